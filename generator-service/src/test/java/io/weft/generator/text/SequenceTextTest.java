package io.weft.generator.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceTextTest {
  private final Vocabulary vocabulary = Vocabularies.bytesAndWords(false);

  @Test
  void aStopStringSplitOverTokensAndCharactersIsFound() {
    SequenceText text = new SequenceText(vocabulary, false, false, List.of("é!"), false);
    byte[] accent = "é".getBytes(StandardCharsets.UTF_8);

    assertThat(text.add('a', true)).isEqualTo("a");
    assertThat(text.add(accent[0] & 0xff, true)).isEmpty();
    assertThat(text.add(accent[1] & 0xff, true)).isEmpty();
    assertThat(text.matchedStop()).isNull();
    assertThat(text.add('!', true)).isEmpty();
    assertThat(text.matchedStop()).isEqualTo("é!");
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void releasesPartOfAStopAndAnUnfinishedCharacterAtTheEnd() {
    SequenceText text = new SequenceText(vocabulary, false, false, List.of("stop"), false);

    assertThat(text.add(264, true)).isEmpty();
    assertThat(text.add(0xe2, true)).isEmpty();
    assertThat(text.finish()).isEqualTo("st\uFFFD");
  }

  @Test
  void stopStringsDoNotCountBeforeTheyMay() {
    SequenceText text = new SequenceText(vocabulary, false, false, List.of("stop"), false);

    assertThat(text.add(263, false)).isEqualTo("stop");
    assertThat(text.add(264, false)).isEmpty();
    assertThat(text.add('x', true)).isEqualTo("stx");
    assertThat(text.add(263, true)).isEmpty();
    assertThat(text.matchedStop()).isEqualTo("stop");
  }

  @Test
  void aStopStringThatBeginsBeforeItMayCountIsFound() {
    SequenceText text = new SequenceText(vocabulary, false, false, List.of("xstop", "!"), false);

    assertThat(text.add('!', false)).isEqualTo("!");
    assertThat(text.add('a', false)).isEqualTo("a");
    assertThat(text.add('x', false)).isEmpty();
    assertThat(text.add(263, true)).isEmpty();
    assertThat(text.matchedStop()).isEqualTo("xstop");
    assertThat(text.finish()).isEmpty();
  }

  @Test
  void whatTheEndReleasesCountsAsTheLastTokenDid() {
    SequenceText text = new SequenceText(vocabulary, false, false, List.of("\uFFFD"), false);

    assertThat(text.add(0xe2, false)).isEmpty();
    assertThat(text.finish()).isEqualTo("\uFFFD");
    assertThat(text.matchedStop()).isNull();
  }
}
