package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.weft.runtime.onnx.OnnxSessions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PackedInputsTest {
  private static final List<TokenSequence> BATCH =
      List.of(
          TokenSequence.of(11, 12, 13),
          TokenSequence.of(21),
          new TokenSequence(new int[] {31, 32}, new int[] {0, 1}));

  private final PackedInputs inputs = new PackedInputs(9, 2);

  @Test
  void putsSequencesOneBehindTheOther() throws OrtException {
    Map<String, Object> values = pack(inputs, BATCH);

    assertThat(values)
        .containsOnlyKeys(
            "input_ids", "token_type_ids", "position_ids", "lengths", "scatter", "gather");
    assertThat(values.get("input_ids")).isEqualTo(new long[] {11, 12, 13, 21, 31, 32});
    assertThat(values.get("token_type_ids")).isEqualTo(new long[] {0, 0, 0, 0, 0, 1});
    assertThat(values.get("position_ids")).isEqualTo(new long[] {0, 1, 2, 0, 0, 1});
    assertThat(values.get("lengths")).isEqualTo(new int[] {3, 1, 2});
    assertThat(values.get("gather")).isEqualTo(new long[] {0, 1, 2, 3, 6, 7});
    long[][] scatter = (long[][]) values.get("scatter");
    assertThat(scatter).hasDimensions(3, 3);
    assertThat(scatter[0]).containsExactly(0, 1, 2);
    assertThat(scatter[1]).startsWith(3);
    assertThat(scatter[2]).startsWith(4, 5);
    assertThat(Arrays.stream(scatter).flatMapToLong(Arrays::stream)).allMatch(i -> i >= 0 && i < 6);
  }

  @Test
  void leavesNothingOfTheBatchBefore() throws OrtException {
    pack(inputs, List.of(new TokenSequence(new int[] {1, 2, 3, 4}, new int[] {1, 1, 1, 1})));

    assertThat(pack(inputs, BATCH).get("token_type_ids")).isEqualTo(new long[] {0, 0, 0, 0, 0, 1});
  }

  @Test
  void givesAGraphOnlyWhatItDeclares() throws OrtException {
    assertThat(pack(inputs, BATCH, Set.of()))
        .containsOnlyKeys("input_ids", "position_ids", "lengths", "scatter", "gather");
    assertThat(pack(inputs, BATCH, Set.of("logits_index")))
        .doesNotContainKey("token_type_ids")
        .containsEntry("logits_index", new long[0]);
  }

  @Test
  void countsScoredPositionsThroughTheBatch() throws OrtException {
    List<TokenSequence> batch =
        List.of(BATCH.get(0).scoring(2, 0), BATCH.get(1), BATCH.get(2).scoring(1));

    assertThat(pack(inputs, batch, Set.of("logits_index")))
        .containsEntry("logits_index", new long[] {2, 0, 5});
    assertThat(pack(inputs, BATCH, Set.of("logits_index")))
        .containsEntry("logits_index", new long[0]);
  }

  @Test
  void refusesMoreThanItsPlaces() {
    assertThatThrownBy(() -> new PackedInputs(8, 2).pack(BATCH))
        .hasMessage("3 sequences of up to 3 tokens do not fit 8 places");
  }

  private static Map<String, Object> pack(PackedInputs inputs, List<TokenSequence> batch)
      throws OrtException {
    return pack(inputs, batch, Set.of("token_type_ids"));
  }

  private static Map<String, Object> pack(
      PackedInputs inputs, List<TokenSequence> batch, Set<String> declared) throws OrtException {
    inputs.pack(batch);
    Map<String, OnnxTensor> tensors = inputs.tensors(OnnxSessions.environment(), declared);
    try {
      return tensors.entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, entry -> value(entry.getValue())));
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static Object value(OnnxTensor tensor) {
    try {
      return tensor.getValue();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
