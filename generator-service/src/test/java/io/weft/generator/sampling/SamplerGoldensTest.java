package io.weft.generator.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Filters and probabilities against transformers' own (e2e/goldens/sampling_goldens.py). */
class SamplerGoldensTest {
  private static final Goldens GOLDENS = read();

  private record Goldens(List<Row> rows, List<Case> cases) {}

  private record Row(String name, float[] logits, float[] logprobs) {}

  /** Of a row what filters keep; ids and probabilities of the first 40. */
  private record Case(
      String row,
      float temperature,
      @JsonProperty("top_k") int topK,
      @JsonProperty("top_p") float topP,
      @JsonProperty("min_p") float minP,
      int kept,
      int[] ids,
      double[] probabilities) {
    SamplingOptions options() {
      return new SamplingOptions(temperature, topK, topP, minP, 1, Map.of());
    }

    @Override
    public String toString() {
      return "%s T=%s k=%d p=%s min=%s".formatted(row, temperature, topK, topP, minP);
    }
  }

  static Stream<Case> cases() {
    return GOLDENS.cases().stream();
  }

  static Stream<Row> rows() {
    return GOLDENS.rows().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void keepsWhatTransformersKeepsAndWithItsProbabilities(Case golden) {
    Logits logits = logits(golden.row());
    float cut = new Sampler(golden.options(), 0).cut(logits);

    int[] kept = logits.idsFrom(cut);
    assertThat(kept).hasSize(golden.kept()).startsWith(golden.ids());
    double sum = logits.weigh(cut, golden.temperature());
    double before = 0;
    for (int i = 0; i < golden.ids().length; i++) {
      int id = golden.ids()[i];
      double probability = logits.weight(id) / sum;
      assertThat(probability).isCloseTo(golden.probabilities()[i], within(1e-5));
      // In the middle of its own share of the sum, an id is the one that is drawn.
      assertThat(logits.idAtSum(cut, (before + probability / 2) * sum)).isEqualTo(id);
      before += probability;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void logProbabilitiesEqualTransformers(Row row) {
    Logits logits = logits(row.name());

    for (int id = 0; id < row.logprobs().length; id++) {
      TokenLogprob logprob = TokenLogprob.of(logits, id, 5);
      assertThat(logprob.token().logprob()).isCloseTo(row.logprobs()[id], within(1e-5f));
      assertThat(logprob.top()).hasSize(5);
      assertThat(logprob.top())
          .isSortedAccordingTo((a, b) -> Float.compare(b.logprob(), a.logprob()));
      assertThat(logprob.top().getFirst().id()).isEqualTo(logits.argMax());
    }
  }

  private static Logits logits(String name) {
    float[] values =
        GOLDENS.rows().stream()
            .filter(row -> row.name().equals(name))
            .findFirst()
            .orElseThrow()
            .logits();
    return SamplerTest.scanned(values);
  }

  private static Goldens read() {
    try (InputStream in =
        Objects.requireNonNull(
            SamplerGoldensTest.class.getResourceAsStream("/sampling-goldens.json"))) {
      return new ObjectMapper().readValue(in, Goldens.class);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
