package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.encoder.testing.Rpc;
import io.weft.encoder.testing.TaskGoldens;
import io.weft.proto.encoder.v1.Aggregation;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.Entity;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real DistilBERT with 213 labels against transformers' pipeline; skipped where it has not been
 * made (e2e/goldens/grammar_tagger.py). The system property {@code weft.models} names the folder of
 * the models, {@code ../models} by default.
 */
class GrammarTaggerTest {
  private static final Path MODELS = Path.of(System.getProperty("weft.models", "../models"));
  private static final String NAME = "grammar-tagger";
  private static final Offset<Float> CLOSE = Offset.offset(1e-4f);

  @ParameterizedTest
  @ValueSource(strings = {"none", "simple", "first", "average", "max"})
  void tagsAsThePipelineDoes(String strategy) throws InterruptedException {
    assumeThat(MODELS.resolve(NAME).resolve("model.json")).exists();
    List<JsonNode> goldens = TaskGoldens.grammarTagger();
    TinyService service = TinyService.open(MODELS, NAME);
    List<List<Entity>> found;
    try {
      found =
          Rpc.call(
                  service.rpcs()::classifyTokens,
                  ClassifyTokensRequest.newBuilder()
                      .setModel(NAME)
                      .setKeepOutside(true)
                      .setAggregation(
                          Aggregation.valueOf("AGGREGATION_" + strategy.toUpperCase(Locale.ROOT)))
                      .addAllInputs(goldens.stream().map(TaskGoldens::aligned).toList())
                      .build())
              .getResultsList()
              .stream()
              .map(result -> result.getEntities().getEntitiesList())
              .toList();
    } finally {
      service.close();
    }

    assertThat(found).hasSize(goldens.size()).hasSize(7);
    for (int i = 0; i < goldens.size(); i++) {
      JsonNode expected = goldens.get(i).path("entities").path(strategy);
      assertThat(found.get(i)).hasSize(expected.size()).isNotEmpty();
      for (int j = 0; j < expected.size(); j++) {
        Entity entity = found.get(i).get(j);
        assertThat(entity.getLabel()).isEqualTo(expected.path(j).path("label").asText());
        assertThat(entity.getSpan().getStart()).isEqualTo(expected.path(j).path("start").asInt());
        assertThat(entity.getSpan().getEnd()).isEqualTo(expected.path(j).path("end").asInt());
        assertThat(entity.getScore())
            .isCloseTo((float) expected.path(j).path("score").asDouble(), CLOSE);
      }
    }
  }
}
