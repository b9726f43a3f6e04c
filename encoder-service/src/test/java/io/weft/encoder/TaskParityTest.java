package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.encoder.testing.Goldens;
import io.weft.encoder.testing.Rpc;
import io.weft.encoder.testing.TaskGoldens;
import io.weft.importer.testing.TinyEncoders;
import io.weft.importer.testing.TinyExports;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.encoder.v1.Answer;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.Answers;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResponse;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResponse;
import io.weft.proto.encoder.v1.Entity;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResponse;
import io.weft.proto.encoder.v1.FloatTensor;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetAttentionsResponse;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.LabelScore;
import io.weft.proto.encoder.v1.MaskFill;
import io.weft.proto.encoder.v1.QuestionInput;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResponse;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Every task with every tiny encoder: what transformers' pipelines and sentence-transformers'
 * CrossEncoder answer, and what an input alone gets.
 */
class TaskParityTest {
  private static final Offset<Float> CLOSE = Offset.offset(1e-4f);

  /** Sums are taken in another order in a batch. */
  private static final Offset<Float> ALONE = Offset.offset(1e-5f);

  @SuppressWarnings("unused") // the parameters of the tests
  private static final List<String> ARCHITECTURES = TinyEncoders.ARCHITECTURES;

  @TempDir static Path models;
  private static TinyService service;

  @BeforeAll
  static void start() throws InterruptedException {
    service = TinyService.start(models, TinyEncoders.ARCHITECTURES, TinyEncoders.MODELS);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    service.close();
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void classifiesAsThePipelineDoes(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "classify");
    List<TokenInput> inputs = goldens.stream().map(TaskGoldens::tokens).toList();
    ClassifyRequest request =
        ClassifyRequest.newBuilder()
            .setModel(architecture + "-classify")
            .addAllInputs(inputs)
            .build();
    ClassifyResponse response = Rpc.call(service.rpcs()::classify, request);
    ClassifyResponse raw =
        Rpc.call(service.rpcs()::classify, request.toBuilder().setRawScores(true).build());

    assertThat(goldens).hasSize(8);
    for (int i = 0; i < goldens.size(); i++) {
      List<LabelScore> scores = response.getResults(i).getScores().getLabelsList();
      assertLabels(scores, goldens.get(i).path("scores"));
      assertLabels(raw.getResults(i).getScores().getLabelsList(), goldens.get(i).path("logits"));
      assertSame(alone(request, inputs.get(i)), scores);
    }
  }

  private static void assertSame(List<LabelScore> alone, List<LabelScore> amongOthers) {
    assertThat(alone).hasSameSizeAs(amongOthers);
    for (int i = 0; i < alone.size(); i++) {
      assertThat(alone.get(i).getLabel()).isEqualTo(amongOthers.get(i).getLabel());
      assertThat(alone.get(i).getScore()).isCloseTo(amongOthers.get(i).getScore(), ALONE);
    }
  }

  private static List<LabelScore> alone(ClassifyRequest request, TokenInput input) {
    return Rpc.call(
            service.rpcs()::classify, request.toBuilder().clearInputs().addInputs(input).build())
        .getResults(0)
        .getScores()
        .getLabelsList();
  }

  private static void assertLabels(List<LabelScore> labels, JsonNode expected) {
    assertThat(labels).hasSize(expected.size()).hasSize(3);
    for (int i = 0; i < labels.size(); i++) {
      assertThat(labels.get(i).getLabel()).isEqualTo(expected.path(i).path("label").asText());
      assertThat(labels.get(i).getScore()).isCloseTo(score(expected.path(i)), CLOSE);
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void tagsAsThePipelineDoes(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "tag");
    ClassifyTokensRequest.Builder request =
        ClassifyTokensRequest.newBuilder()
            .setModel(architecture + "-tag")
            .addAllInputs(goldens.stream().map(TaskGoldens::aligned).toList());
    assertThat(goldens).hasSize(5);
    for (String strategy : List.of("none", "simple", "first", "average", "max")) {
      request.setAggregation(
          Aggregation.valueOf("AGGREGATION_" + strategy.toUpperCase(Locale.ROOT)));
      ClassifyTokensResponse all =
          Rpc.call(service.rpcs()::classifyTokens, request.setKeepOutside(true).build());
      ClassifyTokensResponse entities =
          Rpc.call(service.rpcs()::classifyTokens, request.setKeepOutside(false).build());

      for (int i = 0; i < goldens.size(); i++) {
        List<Entity> found = all.getResults(i).getEntities().getEntitiesList();
        JsonNode expected = goldens.get(i).path("entities").path(strategy);
        assertThat(found).as("%s, %s", strategy, expected).hasSize(expected.size()).isNotEmpty();
        for (int j = 0; j < found.size(); j++) {
          assertEntity(found.get(j), expected.path(j));
        }
        assertThat(entities.getResults(i).getEntities().getEntitiesList())
            .isEqualTo(found.stream().filter(e -> !e.getLabel().equals("O")).toList());
      }
    }
  }

  private static void assertEntity(Entity entity, JsonNode expected) {
    assertThat(entity.getLabel()).isEqualTo(expected.path("label").asText());
    assertThat(entity.getSpan().getStart()).isEqualTo(expected.path("start").asInt());
    assertThat(entity.getSpan().getEnd()).isEqualTo(expected.path("end").asInt());
    assertThat(entity.getScore()).isCloseTo(score(expected), CLOSE);
    assertThat(entity.getTokenEnd()).isGreaterThan(entity.getTokenStart());
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void aTextAmongOthersIsTaggedAsAlone(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "tag");
    ClassifyTokensRequest.Builder request =
        ClassifyTokensRequest.newBuilder().setModel(architecture + "-tag").setKeepOutside(true);
    goldens.forEach(golden -> request.addInputs(TaskGoldens.aligned(golden)));
    ClassifyTokensResponse all = Rpc.call(service.rpcs()::classifyTokens, request.build());

    for (int i = 0; i < goldens.size(); i++) {
      request.clearInputs().addInputs(TaskGoldens.aligned(goldens.get(i)));
      List<Entity> alone =
          Rpc.call(service.rpcs()::classifyTokens, request.build())
              .getResults(0)
              .getEntities()
              .getEntitiesList();
      List<Entity> amongOthers = all.getResults(i).getEntities().getEntitiesList();
      assertThat(alone).hasSameSizeAs(amongOthers);
      for (int j = 0; j < alone.size(); j++) {
        assertThat(alone.get(j).getLabel()).isEqualTo(amongOthers.get(j).getLabel());
        assertThat(alone.get(j).getScore()).isCloseTo(amongOthers.get(j).getScore(), ALONE);
      }
    }
  }

  @Test
  void anExportWithScoresOnlyTagsToo(@TempDir Path exports) throws InterruptedException {
    ModelFolder folder = TinyExports.importTagger(exports, exports.resolve("models"));
    assertThat(folder.manifest().encoder().layout()).isEqualTo(ModelManifest.Layout.PADDED);
    List<JsonNode> goldens = TaskGoldens.cases("distilbert", "tag");
    TinyService padded = TinyService.open(exports.resolve("models"), "distilbert-tag");
    try {
      ClassifyTokensResponse response =
          Rpc.call(
              padded.rpcs()::classifyTokens,
              ClassifyTokensRequest.newBuilder()
                  .setModel("distilbert-tag")
                  .setKeepOutside(true)
                  .addAllInputs(goldens.stream().map(TaskGoldens::aligned).toList())
                  .build());
      for (int i = 0; i < goldens.size(); i++) {
        List<Entity> found = response.getResults(i).getEntities().getEntitiesList();
        JsonNode expected = goldens.get(i).path("entities").path("none");
        assertThat(found).hasSize(expected.size());
        for (int j = 0; j < found.size(); j++) {
          assertEntity(found.get(j), expected.path(j));
        }
      }
      assertThat(
              Rpc.failure(
                  padded.rpcs()::getHiddenStates,
                  GetHiddenStatesRequest.newBuilder().setModel("distilbert-tag").build()))
          .hasMessage("the graph of model distilbert-tag does not give its states");
      assertThat(
              Rpc.failure(
                  padded.rpcs()::getAttentions,
                  GetAttentionsRequest.newBuilder().setModel("distilbert-tag").build()))
          .hasMessage("model distilbert-tag has no graph that gives attentions");
    } finally {
      padded.close();
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void answersAsThePipelineDoes(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "answer");
    assertThat(goldens).anyMatch(golden -> golden.path("windows").size() > 2);
    for (int variant = 0; variant < 4; variant++) {
      JsonNode options = goldens.getFirst().path("answers").path(variant);
      AnswerSpansRequest.Builder request =
          AnswerSpansRequest.newBuilder()
              .setModel(architecture + "-answer")
              .setTopK(options.path("top_k").asInt())
              .setMaxAnswerTokens(options.path("max_answer_tokens").asInt())
              .setAllowNoAnswer(options.path("allow_no_answer").asBoolean())
              .setAlignToWords(options.path("align_to_words").asBoolean());
      for (JsonNode golden : goldens) {
        request.addInputs(question(golden));
      }
      List<Answers> all = answers(request.setAllCandidates(true));
      List<Answers> best = answers(request.setAllCandidates(false));

      for (int i = 0; i < goldens.size(); i++) {
        JsonNode expected = goldens.get(i).path("answers").path(variant).path("best");
        List<Merged> merged = merged(all.get(i), goldens.get(i).path("passage").asText());
        assertThat(merged).hasSizeGreaterThanOrEqualTo(expected.size());
        for (int j = 0; j < expected.size(); j++) {
          assertThat(merged.get(j).text).isEqualTo(expected.path(j).path("answer").asText());
          assertThat(merged.get(j).score).isCloseTo(score(expected.path(j)), CLOSE);
          assertThat(merged.get(j).start).isEqualTo(expected.path(j).path("start").asInt());
        }
        assertThat(best.get(i).getAnswersList())
            .isEqualTo(
                all.get(i).getAnswersList().stream()
                    .sorted(Comparator.comparingDouble(Answer::getScore).reversed())
                    .limit(request.getTopK())
                    .toList());
      }
    }
  }

  private static QuestionInput question(JsonNode golden) {
    return QuestionInput.newBuilder()
        .addAllWindows(
            TaskGoldens.list(golden.path("windows")).stream().map(TaskGoldens::aligned).toList())
        .build();
  }

  private static List<Answers> answers(AnswerSpansRequest.Builder request) {
    return Rpc.call(service.rpcs()::answerSpans, request.build()).getResultsList().stream()
        .map(result -> result.getAnswers())
        .toList();
  }

  private record Merged(String text, int start, float score) {}

  /** What a caller who has the passage makes of all candidates, as the contract tells it. */
  private static List<Merged> merged(Answers answers, String passage) {
    int[] codePoints = passage.codePoints().toArray();
    Map<String, Merged> byText = new LinkedHashMap<>();
    for (Answer answer : answers.getAnswersList()) {
      int start = answer.getSpan().getStart();
      String text = new String(codePoints, start, answer.getSpan().getEnd() - start);
      assertThat(answer.getNoAnswer()).isEqualTo(!answer.hasSpan());
      byText.merge(
          text.toLowerCase(Locale.ROOT),
          new Merged(text, start, answer.getScore()),
          (a, b) -> new Merged(a.text, a.start, a.score + b.score));
    }
    List<Merged> merged = new ArrayList<>(byText.values());
    merged.sort(Comparator.comparingDouble(Merged::score).reversed());
    return merged;
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void fillsMasksAsThePipelineDoes(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "fill");
    FillMaskRequest request =
        FillMaskRequest.newBuilder()
            .setModel(architecture + "-fill")
            .addAllInputs(goldens.stream().map(TaskGoldens::tokens).toList())
            .setTopK(7)
            .build();
    FillMaskResponse response = Rpc.call(service.rpcs()::fillMask, request);
    FillMaskResponse targeted =
        Rpc.call(
            service.rpcs()::fillMask,
            request.toBuilder()
                .addAllTargetIds(TaskGoldens.ints(goldens.getFirst().path("target_ids")))
                .setTopK(2)
                .build());

    assertThat(goldens).extracting(golden -> golden.path("fills").size()).containsExactly(1, 2, 3);
    for (int i = 0; i < goldens.size(); i++) {
      assertFills(response.getResults(i).getFills().getMasksList(), goldens.get(i), "fills");
      assertFills(targeted.getResults(i).getFills().getMasksList(), goldens.get(i), "targeted");
    }
  }

  private static void assertFills(List<MaskFill> fills, JsonNode golden, String key) {
    JsonNode expected = golden.path(key);
    assertThat(fills).hasSize(expected.size());
    int mask = golden.path("ids").path(fills.getFirst().getPosition()).asInt();
    for (int i = 0; i < fills.size(); i++) {
      MaskFill fill = fills.get(i);
      assertThat(golden.path("ids").path(fill.getPosition()).asInt()).isEqualTo(mask).isEqualTo(4);
      assertThat(fill.getCandidatesCount()).isEqualTo(expected.path(i).size());
      for (int j = 0; j < fill.getCandidatesCount(); j++) {
        JsonNode candidate = expected.path(i).path(j);
        assertThat(fill.getCandidates(j).getId()).isEqualTo(candidate.path("id").asInt());
        assertThat(fill.getCandidates(j).getScore()).isCloseTo(score(candidate), CLOSE);
      }
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void scoresPairsAsCrossEncoderDoes(String architecture) {
    List<JsonNode> goldens = TaskGoldens.cases(architecture, "rerank");
    if (goldens.isEmpty()) {
      assertThat(architecture).isEqualTo("bert");
      return;
    }
    ScorePairsRequest request =
        ScorePairsRequest.newBuilder()
            .setModel(architecture + "-rerank")
            .addAllInputs(goldens.stream().map(TaskGoldens::tokens).toList())
            .build();
    ScorePairsResponse response = Rpc.call(service.rpcs()::scorePairs, request);
    ScorePairsResponse raw =
        Rpc.call(service.rpcs()::scorePairs, request.toBuilder().setRawScores(true).build());

    assertThat(goldens).hasSize(3);
    for (int i = 0; i < goldens.size(); i++) {
      assertThat(response.getResults(i).getScore()).isCloseTo(score(goldens.get(i)), CLOSE);
      assertThat(raw.getResults(i).getScore())
          .isCloseTo((float) goldens.get(i).path("logit").asDouble(), CLOSE);
    }
  }

  @ParameterizedTest
  @FieldSource("ARCHITECTURES")
  void givesTheAttentionsOfTransformers(String architecture) {
    List<TinyEncoders.Case> goldens = TinyEncoders.goldens(architecture, "plain");
    GetAttentionsRequest.Builder request =
        GetAttentionsRequest.newBuilder().setModel(architecture + "-plain");
    for (TinyEncoders.Case golden : goldens) {
      request.addInputs(
          TokenInput.newBuilder().addAllIds(golden.ids()).addAllTypeIds(golden.typeIds()));
    }
    GetAttentionsResponse all = Rpc.call(service.rpcs()::getAttentions, request.build());
    GetAttentionsResponse chosen =
        Rpc.call(service.rpcs()::getAttentions, request.addLayers(1).addHeads(1).build());

    assertThat(all.getHeadsList()).containsExactly(0, 1);
    assertThat(chosen.getLayersList()).containsExactly(1);
    for (int i = 0; i < goldens.size(); i++) {
      List<String> layers = goldens.get(i).attentions();
      int tokens = goldens.get(i).ids().size();
      FloatTensor tensor = all.getResults(i).getAttentions();
      assertThat(tensor.getShapeList()).containsExactly(layers.size(), 2, tokens, tokens);
      float[] values = Goldens.floats(tensor.getData().toByteArray());
      int size = 2 * tokens * tokens;
      for (int layer = 0; layer < layers.size(); layer++) {
        assertThat(Arrays.copyOfRange(values, layer * size, (layer + 1) * size))
            .containsExactly(TinyEncoders.floats(layers.get(layer)), CLOSE);
      }
      assertThat(Goldens.floats(chosen.getResults(i).getAttentions().getData().toByteArray()))
          .containsExactly(Arrays.copyOfRange(values, size + size / 2, 2 * size), CLOSE);
    }
  }

  private static float score(JsonNode golden) {
    return (float) golden.path("score").asDouble();
  }
}
