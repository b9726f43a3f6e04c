package io.weft.generator.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IncrementalTextTest {
  private final Vocabulary vocabulary = Vocabularies.bytesAndWords(false);

  /** Right sides by Python: {@code bytes.fromhex(x).decode(errors="replace")}. */
  @ParameterizedTest
  @CsvSource({
    "4142, AB",
    "c3a9, é",
    "f09f9880, 😀",
    // Broken first bytes, lone continuations.
    "ff41, \uFFFDA",
    "80, \uFFFD",
    "c0af, \uFFFD\uFFFD",
    "f5808080, \uFFFD\uFFFD\uFFFD\uFFFD",
    // One replacement for a maximal subpart.
    "e29882, ☂",
    "e29841, \uFFFDA",
    "f09f9841, \uFFFDA",
    "f09f98f09f9880, \uFFFD😀",
    // Overlong, surrogate, past the last code point.
    "e080af, \uFFFD\uFFFD\uFFFD",
    "eda080, \uFFFD\uFFFD\uFFFD",
    "f08080af, \uFFFD\uFFFD\uFFFD\uFFFD",
    "f4908080, \uFFFD\uFFFD\uFFFD\uFFFD",
    "f48fbfbf, '\uDBFF\uDFFF'",
    // Cut at the end.
    "41e298, A\uFFFD",
    "f09f98, \uFFFD",
    "e2, \uFFFD"
  })
  void decodesLikePython(String hex, String expected) {
    byte[] bytes = java.util.HexFormat.of().parseHex(hex);

    assertThat(decode(vocabulary, IntStream.range(0, bytes.length).map(i -> bytes[i] & 0xff)))
        .isEqualTo(expected);
  }

  @Test
  void holdsACharacterBackUntilItIsWhole() {
    IncrementalText text = new IncrementalText(vocabulary, false);

    assertThat(text.add(0xf0)).isEmpty();
    assertThat(text.add(0x9f)).isEmpty();
    assertThat(text.add(0x98)).isEmpty();
    assertThat(text.add(0x80)).isEqualTo("😀");
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void replacesABrokenCharacterAsSoonAsItIsCertain() {
    IncrementalText text = new IncrementalText(vocabulary, false);

    assertThat(text.add(0xe2)).isEmpty();
    assertThat(text.add('A')).isEqualTo("\uFFFDA");
    assertThat(text.add(0xe2)).isEmpty();
    assertThat(text.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void leavesSpecialTokensOutUnlessAsked() {
    IntStream ids = IntStream.of('a', Vocabularies.SPECIAL, 'b');
    assertThat(decode(vocabulary, ids)).isEqualTo("ab");

    IncrementalText text = new IncrementalText(vocabulary, true);
    assertThat(text.add('a') + text.add(Vocabularies.SPECIAL) + text.add('b'))
        .isEqualTo("a<|end|>b");
  }

  @Test
  void stripsTheSpaceOfTheFirstTokenOnly() {
    Vocabulary stripping = Vocabularies.bytesAndWords(true);

    assertThat(decode(stripping, IntStream.of(258, 258))).isEqualTo("world world");
    assertThat(decode(stripping, IntStream.of(Vocabularies.SPECIAL, 258))).isEqualTo("world");
    assertThat(decode(stripping, IntStream.of('a', 258))).isEqualTo("a world");
    assertThat(decode(stripping, IntStream.of(' ', ' ', 'a'))).isEqualTo(" a");
  }

  @Test
  void tellsWhatTheNextTokenLeavesOut() {
    Vocabulary stripping = Vocabularies.bytesAndWords(true);
    IncrementalText text = new IncrementalText(stripping, false);

    assertThat(text.omitted(Vocabularies.SPECIAL)).isEqualTo(7);
    assertThat(text.add(Vocabularies.SPECIAL)).isEmpty();
    assertThat(text.omitted(258)).isEqualTo(1);
    assertThat(text.add(258)).isEqualTo("world");
    assertThat(text.omitted(258)).isZero();
    assertThat(new IncrementalText(stripping, true).omitted(Vocabularies.SPECIAL)).isZero();

    SequenceText kept = new SequenceText(stripping, true, true, List.of(), false);
    assertThat(kept.omitted(258, true)).isZero();
    assertThat(kept.omitted(258, false)).isEqualTo(6);
  }

  /** As vLLM has it: a prompt and its continuation joined are the decoding of both. */
  @Test
  void textThatContinuesKeepsItsFirstSpace() {
    Vocabulary stripping = Vocabularies.bytesAndWords(true);

    assertThat(new IncrementalText(stripping, false, true).add(258)).isEqualTo(" world");
    assertThat(new IncrementalText(stripping, false, false).add(258)).isEqualTo("world");
    assertThat(new SequenceText(stripping, false, true, List.of(), false).add(258, true))
        .isEqualTo(" world");
    assertThat(new SequenceText(stripping, false, false, List.of(), false).add(258, true))
        .isEqualTo("world");
  }

  /** On well-formed text Java's decoder is right too; pieces joined are the whole. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void piecesJoinedAreTheWhole(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      StringBuilder pieces = new StringBuilder();
      IncrementalText text = new IncrementalText(vocabulary, false);
      for (int i = 0; i < 30; i++) {
        String word = word(random);
        // As single bytes: any character may be split.
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
          bytes.write(b);
          String piece = text.add(b & 0xff);
          assertThat(piece).doesNotContain("\uFFFD");
          pieces.append(piece);
        }
      }
      pieces.append(text.finish());
      assertThat(pieces).hasToString(bytes.toString(StandardCharsets.UTF_8));
    }
  }

  private static String word(Random random) {
    int codePoint;
    do {
      codePoint = random.nextInt(1 << (7 + random.nextInt(14)));
    } while (codePoint > Character.MAX_CODE_POINT
        || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)
        || codePoint == 0xFFFD);
    return Character.toString(codePoint);
  }

  private static String decode(Vocabulary vocabulary, IntStream ids) {
    IncrementalText text = new IncrementalText(vocabulary, false);
    StringBuilder all = new StringBuilder();
    ids.forEach(id -> all.append(text.add(id)));
    return all.append(text.finish()).toString();
  }
}
