package io.weft.tokenizer.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tokenizer.vocabulary.Detokenizer;
import io.weft.tokenizer.vocabulary.Vocabulary;
import java.util.Arrays;

/** Text that comes piece by piece. */
final class Streams {
  private static final char REPLACEMENT = '\ufffd';

  private Streams() {}

  /**
   * Decodes ids one, two and three at a time; together the pieces are the text decoded at once, and
   * no piece holds a U+FFFD unless the source does.
   *
   * @return the text
   */
  static String check(Vocabulary vocabulary, int[] ids, boolean skip, String source) {
    String whole = Detokenizer.decode(vocabulary, ids, skip);
    Detokenizer detokenizer = new Detokenizer(vocabulary, skip);
    StringBuilder pieces = new StringBuilder();
    int step = 1;
    for (int start = 0; start < ids.length; step = step % 3 + 1) {
      int end = Math.min(ids.length, start + step);
      pieces.append(detokenizer.append(Arrays.copyOfRange(ids, start, end)));
      start = end;
    }
    pieces.append(detokenizer.finish());
    assertThat(pieces.toString().equals(whole)).as("pieces are the whole").isTrue();
    if (source.indexOf(REPLACEMENT) < 0) {
      assertThat(whole.indexOf(REPLACEMENT)).as("place of a U+FFFD").isEqualTo(-1);
    }
    return whole;
  }
}
