package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tiny encoders, imported and served as a user would, answer by REST what transformers' pipelines
 * answer (e2e/goldens/task_goldens.py) and what its models compute (e2e/goldens/tiny_encoders.py).
 */
class EncoderTasksIT {
  private static final WeftStack STACK = new WeftStack(WeftStack.ENCODERS);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path CHECKPOINTS =
      WeftStack.ROOT.resolve("importer/src/test/resources/io/weft/importer/testing/encoders");
  private static final Path TARGET = WeftStack.ROOT.resolve("e2e/target");
  private static final Offset<Double> CLOSE = within(1e-4);
  private static JsonNode goldens;

  @BeforeAll
  static void start() throws IOException {
    goldens =
        JSON.readTree(
            WeftStack.ROOT
                .resolve("encoder-service/src/test/resources/io/weft/encoder/task-goldens.json")
                .toFile());
    STACK.with("WEFT_MODELS_DIR", TARGET.resolve("models-encoders").toString());
    for (String model :
        List.of(
            "bert-plain",
            "bert-tag",
            "bert-classify",
            "roberta-tag",
            "roberta-answer",
            "roberta-fill")) {
      WeftStack.Result imported =
          STACK.weft("import", checkpoint(model).toString(), "--dtype", "fp32", "--force");
      assertThat(imported.exit()).as(imported.output()).isZero();
    }
    STACK.up("tokenizer", "encoder", "gateway");
  }

  @AfterAll
  static void stop() {
    STACK.close();
  }

  /** A folder with a model and its tokenizer; the classifier becomes one for inference. */
  private static Path checkpoint(String model) throws IOException {
    String architecture = model.substring(0, model.indexOf('-'));
    Path folder = Files.createDirectories(TARGET.resolve("checkpoints-encoders").resolve(model));
    Path own = CHECKPOINTS.resolve(architecture).resolve(model.substring(model.indexOf('-') + 1));
    for (Path source :
        List.of(
            CHECKPOINTS.resolve(architecture).resolve("tokenizer.json"),
            CHECKPOINTS.resolve(architecture).resolve("tokenizer_config.json"),
            own.resolve("config.json"),
            own.resolve("model.safetensors"))) {
      Files.copy(source, folder.resolve(source.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    if (model.equals("bert-classify")) {
      Path config = folder.resolve("config.json");
      ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
      json.putObject("id2label")
          .put("0", "ENTAILMENT")
          .put("1", "NEUTRAL")
          .put("2", "CONTRADICTION");
      Files.writeString(config, json.toString());
    }
    return folder;
  }

  @ParameterizedTest
  @CsvSource({
    "bert, none", "bert, simple", "bert, first", "bert, average", "bert, max",
    "roberta, none", "roberta, simple", "roberta, first", "roberta, average", "roberta, max"
  })
  void findsTheEntitiesOfThePipeline(String architecture, String strategy) {
    JsonNode cases = goldens.path(architecture).path("tag");
    JsonNode data =
        post(
            "/v1/token-classification",
            Map.of(
                "model",
                architecture + "-tag",
                "input",
                texts(cases, "text"),
                "aggregation_strategy",
                strategy,
                "ignore_labels",
                List.of()));

    assertThat(data).hasSize(cases.size());
    for (int i = 0; i < cases.size(); i++) {
      JsonNode expected = cases.get(i).path("entities").path(strategy);
      assertThat(data.get(i)).as(cases.get(i).path("text").asText()).hasSize(expected.size());
      for (int j = 0; j < expected.size(); j++) {
        JsonNode found = data.get(i).get(j);
        JsonNode golden = expected.get(j);
        assertThat(found.path(strategy.equals("none") ? "entity" : "entity_group"))
            .isEqualTo(golden.path("label"));
        assertThat(found.path("start")).isEqualTo(golden.path("start"));
        assertThat(found.path("end")).isEqualTo(golden.path("end"));
        assertThat(found.path("score").asDouble())
            .isCloseTo(golden.path("score").asDouble(), CLOSE);
        // By words the pipeline decodes what it has decoded already, which ruins what is not ASCII.
        if (architecture.equals("roberta") && List.of("none", "simple").contains(strategy)) {
          assertThat(found.path("word")).isEqualTo(golden.path("word"));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void findsTheAnswersOfThePipeline(int variant) {
    JsonNode cases = goldens.path("roberta").path("answer");
    JsonNode options = cases.get(0).path("answers").get(variant);
    JsonNode data =
        post(
            "/v1/question-answering",
            Map.of(
                "model",
                "roberta-answer",
                "question",
                texts(cases, "question"),
                "context",
                texts(cases, "passage"),
                "top_k",
                options.path("top_k").asInt(),
                "handle_impossible_answer",
                options.path("allow_no_answer").asBoolean(),
                "align_to_words",
                options.path("align_to_words").asBoolean(),
                "max_answer_len",
                options.path("max_answer_tokens").asInt(),
                "max_seq_len",
                32,
                "doc_stride",
                8));

    assertThat(data).hasSize(cases.size());
    for (int i = 0; i < cases.size(); i++) {
      JsonNode expected = cases.get(i).path("answers").get(variant).path("best");
      JsonNode answers = data.get(i).path("answers");
      assertThat(answers).hasSize(expected.size());
      for (int j = 0; j < expected.size(); j++) {
        assertThat(answers.get(j).path("answer")).isEqualTo(expected.get(j).path("answer"));
        assertThat(answers.get(j).path("start")).isEqualTo(expected.get(j).path("start"));
        assertThat(answers.get(j).path("end")).isEqualTo(expected.get(j).path("end"));
        assertThat(answers.get(j).path("score").asDouble())
            .isCloseTo(expected.get(j).path("score").asDouble(), CLOSE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fills", "targeted"})
  void fillsMasksAsThePipelineDoes(String which) {
    JsonNode cases = goldens.path("roberta").path("fill");
    Map<String, Object> request = new HashMap<>();
    request.put("model", "roberta-fill");
    request.put("input", texts(cases, "text"));
    request.put("top_k", which.equals("fills") ? 7 : 2);
    if (which.equals("targeted")) {
      request.put("targets", cases.get(0).path("targets"));
    }
    JsonNode data = post("/v1/fill-mask", request);

    for (int i = 0; i < cases.size(); i++) {
      JsonNode expected = cases.get(i).path(which);
      JsonNode masks = expected.size() == 1 ? JSON.createArrayNode().add(data.get(i)) : data.get(i);
      assertThat(masks).hasSize(expected.size());
      for (int j = 0; j < expected.size(); j++) {
        assertThat(masks.get(j)).hasSize(expected.get(j).size());
        for (int k = 0; k < expected.get(j).size(); k++) {
          JsonNode found = masks.get(j).get(k);
          JsonNode golden = expected.get(j).get(k);
          assertThat(found.path("token")).isEqualTo(golden.path("id"));
          assertThat(found.path("token_str")).isEqualTo(golden.path("str"));
          assertThat(found.path("sequence")).isEqualTo(golden.path("sequence"));
          assertThat(found.path("score").asDouble())
              .isCloseTo(golden.path("score").asDouble(), CLOSE);
        }
      }
    }
  }

  @Test
  void classifiesByOtherLabels() {
    int pairs = 0;
    for (JsonNode golden : goldens.path("bert").path("classify")) {
      if (!golden.has("text_pair")) {
        continue;
      }
      pairs++;
      JsonNode data =
          post(
              "/v1/zero-shot-classification",
              Map.of(
                  "model",
                  "bert-classify",
                  "input",
                  golden.path("text"),
                  "candidate_labels",
                  List.of(golden.path("text_pair")),
                  "hypothesis_template",
                  "{}"));

      Map<String, Double> logits = new HashMap<>();
      golden
          .path("logits")
          .forEach(
              label -> logits.put(label.path("label").asText(), label.path("score").asDouble()));
      assertThat(data.get(0).path("sequence")).isEqualTo(golden.path("text"));
      assertThat(data.get(0).path("labels").get(0)).isEqualTo(golden.path("text_pair"));
      assertThat(data.get(0).path("scores").get(0).asDouble())
          .isCloseTo(1 / (1 + Math.exp(logits.get("positive") - logits.get("negative"))), CLOSE);
    }
    assertThat(pairs).isEqualTo(3);
  }

  @Test
  void givesTheStatesAndAttentionsOfTheModel() throws IOException {
    JsonNode golden = JSON.readTree(CHECKPOINTS.resolve("bert/plain/goldens.json").toFile()).get(1);
    List<List<String>> pair =
        List.of(List.of("What is the capital of France?", "Paris is the capital of France."));
    Map<String, Object> request = Map.of("model", "bert-plain", "input", pair);
    JsonNode states = post("/v1/hidden-states", request).get(0);
    JsonNode attentions = post("/v1/attentions", request).get(0);

    assertThat(states.path("tokens").findValues("id"))
        .isEqualTo(elements(golden.path("ids")))
        .isEqualTo(attentions.path("tokens").findValues("id"));
    assertThat(states.at("/tokens/10").toString())
        .isEqualTo(
            "{\"id\":180,\"text\":\"Par\",\"start\":0,\"end\":3,\"special\":false,\"sequence\":1}");
    assertSame(states.path("last_hidden_state"), golden.path("last_hidden_state"));
    assertSame(states.path("pooler_output"), golden.path("pooler_output"));
    assertThat(attentions.path("attentions")).hasSize(golden.path("attentions").size() * 2);
    for (int layer = 0; layer < golden.path("attentions").size(); layer++) {
      List<JsonNode> heads = new ArrayList<>();
      for (int head = 0; head < 2; head++) {
        JsonNode one = attentions.path("attentions").get(layer * 2 + head);
        assertThat(one.path("layer").asInt()).isEqualTo(layer);
        assertThat(one.path("head").asInt()).isEqualTo(head);
        heads.add(one.path("weights"));
      }
      assertSame(JSON.createArrayNode().addAll(heads), golden.path("attentions").get(layer));
    }
  }

  private static JsonNode post(String route, Map<String, Object> request) {
    Api.Answer answer = STACK.api().post(route, request);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer.json().path("data");
  }

  private static List<String> texts(JsonNode cases, String field) {
    return elements(cases).stream().map(one -> one.path(field).asText()).toList();
  }

  private static List<JsonNode> elements(JsonNode list) {
    List<JsonNode> elements = new ArrayList<>();
    list.forEach(elements::add);
    return elements;
  }

  /** Nested lists of numbers against base64 of floats, row-major. */
  private static void assertSame(JsonNode found, JsonNode golden) {
    FloatBuffer expected =
        ByteBuffer.wrap(Base64.getDecoder().decode(golden.asText()))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    List<Double> values = leaves(found).map(JsonNode::asDouble).toList();
    assertThat(values).hasSize(expected.remaining());
    for (double value : values) {
      assertThat(value).isCloseTo(expected.get(), CLOSE);
    }
  }

  private static Stream<JsonNode> leaves(JsonNode node) {
    return node.isArray()
        ? elements(node).stream().flatMap(EncoderTasksIT::leaves)
        : Stream.of(node);
  }
}
