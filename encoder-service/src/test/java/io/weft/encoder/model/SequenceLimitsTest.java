package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.runtime.error.WeftException;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SequenceLimitsTest {
  private static final SequenceLimits LIMITS = new SequenceLimits(30_522, 512, 2);

  static Stream<Arguments> violations() {
    return Stream.of(
        Arguments.of(TokenSequence.of(), "EMPTY_INPUT", "0 tokens, at least 1 is needed"),
        Arguments.of(
            TokenSequence.of(new int[8_211]), "CONTEXT_LENGTH_EXCEEDED", "8,211 tokens > 512"),
        Arguments.of(
            TokenSequence.of(1, 30_522),
            "TOKEN_ID_OUT_OF_RANGE",
            "ids[1] is 30522, the vocabulary has 30522 entries"),
        Arguments.of(
            TokenSequence.of(-1),
            "TOKEN_ID_OUT_OF_RANGE",
            "ids[0] is -1, the vocabulary has 30522 entries"),
        Arguments.of(
            new TokenSequence(new int[] {1, 2, 3}, new int[] {0, 0}),
            "TYPE_IDS_LENGTH",
            "2 type_ids for 3 ids"),
        Arguments.of(
            new TokenSequence(new int[] {1, 2}, new int[] {0, 2}),
            "TYPE_ID_OUT_OF_RANGE",
            "type_ids[1] is 2, the model's segments are 0 to 1"));
  }

  @ParameterizedTest
  @MethodSource("violations")
  void namesTheLimitAndTheValue(TokenSequence sequence, String reason, String message) {
    WeftException violation = Objects.requireNonNull(LIMITS.violation(sequence));

    assertThat(violation).isInstanceOf(WeftException.InvalidRequest.class).hasMessage(message);
    assertThat(violation.reason()).isEqualTo(reason);
  }

  @Test
  void acceptsWhatFits() {
    int[] longest = new int[512];
    longest[511] = 30_521;
    int[] typeIds = new int[512];
    typeIds[511] = 1;
    assertThat(LIMITS.violation(TokenSequence.of(0))).isNull();
    assertThat(LIMITS.violation(new TokenSequence(longest, typeIds))).isNull();
  }
}
