package io.weft.gateway.masks;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.TokenIds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaskFillerTest {
  private static final int MASK = 103;

  @Test
  void boundsTheTextsThatCandidatesMake() {
    assertThatCode(() -> check(1, 511, 100)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(101, 0, 100))
        .hasMessage("101 masks with 100 candidates each > 10,000 in all");
    assertThatThrownBy(() -> check(64, 8_128, 100))
        .hasMessage("input: the texts of all candidates would have 52,428,800 tokens > 4,194,304");
  }

  private static void check(int masks, int others, int topK) {
    List<Integer> ids = new ArrayList<>(Collections.nCopies(masks, MASK));
    ids.addAll(Collections.nCopies(others, 7));
    MaskFiller.checkFills(MASK, List.of(EncodedText.of(TokenIds.of(ids))), topK, "input");
  }
}
