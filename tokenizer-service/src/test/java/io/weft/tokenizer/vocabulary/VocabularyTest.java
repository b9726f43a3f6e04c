package io.weft.tokenizer.vocabulary;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tokenizer.Goldens;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  @Test
  void spellsByteLevelTokensInBytes() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("smollm"), 500);

    assertThat(vocabulary.size()).isEqualTo(500);
    assertThat(vocabulary.token(1)).isEqualTo("<|im_start|>");
    assertThat(vocabulary.bytes(1)).isEqualTo("<|im_start|>".getBytes(UTF_8));
    assertThat(vocabulary.special(1)).isTrue();
    int the = vocabulary.id("Ġthe").orElseThrow();
    assertThat(vocabulary.bytes(the)).isEqualTo(" the".getBytes(UTF_8));
    assertThat(vocabulary.firstBytes(the)).isEqualTo(" the".getBytes(UTF_8));
    assertThat(vocabulary.special(the)).isFalse();
    assertThat(vocabulary.added(the)).isFalse();
    assertThat(vocabulary.added(1)).isTrue();
    int half = vocabulary.id("Ã").orElseThrow();
    assertThat(vocabulary.bytes(half)).containsExactly(0xc3);
    assertThat(vocabulary.stripLeadingSpace()).isFalse();
    assertThat(vocabulary.id("nothing like it")).isEmpty();
  }

  @Test
  void leavesIdsWithoutATokenUnused() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("smollm"), 500);

    assertThat(vocabulary.unused(479)).isFalse();
    assertThat(vocabulary.unused(480)).isTrue();
    assertThat(vocabulary.token(480)).isNull();
    assertThat(vocabulary.bytes(480)).isEmpty();
    assertThat(vocabulary.special(480)).isFalse();
  }

  @Test
  void addedTokensOutsideTheByteAlphabetStandForThemselves() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("llama"), 484);

    int added = vocabulary.id("日本 é").orElseThrow();
    assertThat(vocabulary.bytes(added)).isEqualTo("日本 é".getBytes(UTF_8));
    assertThat(vocabulary.special(added)).isFalse();
    assertThat(vocabulary.added(added)).isTrue();
    assertThat(vocabulary.special(vocabulary.id("<mask>").orElseThrow())).isTrue();
  }

  @Test
  void spellsWordPiecesWithTheirSpace() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("minilm"), 400);

    int the = vocabulary.id("the").orElseThrow();
    assertThat(vocabulary.bytes(the)).isEqualTo(" the".getBytes(UTF_8));
    assertThat(vocabulary.firstBytes(the)).isEqualTo("the".getBytes(UTF_8));
    int part = vocabulary.id("##er").orElseThrow();
    assertThat(vocabulary.bytes(part)).isEqualTo("er".getBytes(UTF_8));
    assertThat(vocabulary.firstBytes(part)).isEqualTo("##er".getBytes(UTF_8));
    assertThat(vocabulary.bytes(vocabulary.id(".").orElseThrow())).isEqualTo(".".getBytes(UTF_8));
    assertThat(vocabulary.stripLeadingSpace()).isTrue();
  }

  @Test
  void hashesTheWholeTable() throws Exception {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("smollm"), 482);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream table = new DataOutputStream(bytes)) {
      for (int id = 0; id < 482; id++) {
        writeEntry(table, id, vocabulary);
      }
    }
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());

    assertThat(vocabulary.hash()).isEqualTo(HexFormat.of().formatHex(hash));
    assertThat(VocabularyReader.read(Goldens.tokenizer("smollm"), 483).hash())
        .isNotEqualTo(vocabulary.hash());
  }

  private static void writeEntry(DataOutputStream table, int id, Vocabulary vocabulary)
      throws IOException {
    table.writeInt(id);
    table.writeByte(id < 3 ? 1 : id >= 480 ? 2 : 0);
    table.writeInt(vocabulary.bytes(id).length);
    table.write(vocabulary.bytes(id));
  }
}
