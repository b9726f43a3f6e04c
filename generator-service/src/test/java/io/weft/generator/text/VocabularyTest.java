package io.weft.generator.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Test
  void knowsWhatTokensSpell() {
    Vocabulary vocabulary = Vocabularies.bytesAndWords(false);

    assertThat(vocabulary.bytes(65)).isEqualTo(ByteBuffer.wrap(new byte[] {'A'}));
    assertThat(vocabulary.bytes(257)).isEqualTo(ByteBuffer.wrap("hello".getBytes()));
    assertThat(vocabulary.isSpecial(Vocabularies.SPECIAL)).isTrue();
    assertThat(vocabulary.isSpecial(65)).isFalse();
  }

  @Test
  void idsPastTheEndOfTheTableSpellNothing() {
    Vocabulary vocabulary = Vocabularies.letters(5);

    assertThat(vocabulary.bytes(5).remaining()).isZero();
    assertThat(vocabulary.isSpecial(5)).isFalse();
  }

  @Test
  void hashesTheEntriesAsTheContractSays() {
    Vocabulary.Builder builder = new Vocabulary.Builder(2);
    builder.add(0, new byte[] {'a', 'b'}, true, false);
    builder.add(1, new byte[0], false, true);

    // printf '\0\0\0\0\1\0\0\0\2ab\0\0\0\1\2\0\0\0\0' | sha256sum
    assertThat(builder.build(false).hash())
        .isEqualTo("82025d7ee62ecc72e7dd53bb91cccbdc595de072626ae83ea142ca17a8daeb00");
  }

  @Test
  void refusesAnEntryThatIsNotTheNext() {
    Vocabulary.Builder builder = new Vocabulary.Builder(2);

    assertThatThrownBy(() -> builder.add(1, new byte[0], false, false))
        .hasMessage("entry 1 where 0 was due in a vocabulary of 2");
    assertThatThrownBy(() -> builder.build(false)).hasMessage("0 entries of 2");
  }

  @Test
  void refusesOneEntryTooMany() {
    Vocabulary.Builder builder = new Vocabulary.Builder(1);
    builder.add(0, new byte[0], false, false);

    assertThatThrownBy(() -> builder.add(1, new byte[0], false, false))
        .hasMessage("entry 1 where 1 was due in a vocabulary of 1");
  }
}
