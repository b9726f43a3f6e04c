package io.weft.importer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentencePieceFileTest {
  @TempDir Path temp;

  @Test
  void readsWhatSentencePieceWrote() {
    SentencePieceFile bpe = SentencePieceFile.read(model("llama", "tokenizer.model"));

    assertThat(bpe.kind()).isEqualTo(SentencePieceFile.Kind.BPE);
    assertThat(bpe.pieces()).hasSize(560);
    assertThat(bpe.pieces().getFirst()).isEqualTo(new Piece("<unk>", 0, Piece.Type.UNKNOWN));
    assertThat(bpe.pieces().get(1).type()).isEqualTo(Piece.Type.CONTROL);
    assertThat(bpe.pieces().get(3).type()).isEqualTo(Piece.Type.USER_DEFINED);
    assertThat(bpe.pieces().get(4)).isEqualTo(new Piece("<0x00>", 0, Piece.Type.BYTE));
    assertThat(bpe.addSpacePrefix()).isTrue();
    assertThat(bpe.removeExtraSpaces()).isFalse();
    assertThat(bpe.charsMap()).isEmpty();
    assertThat(SentencePieceFile.read(model("llama-no-prefix", "tokenizer.model")).addSpacePrefix())
        .isFalse();

    SentencePieceFile unigram = SentencePieceFile.read(model("t5", "spiece.model"));
    assertThat(unigram.kind()).isEqualTo(SentencePieceFile.Kind.UNIGRAM);
    assertThat(unigram.unknown()).isEqualTo(2);
    assertThat(unigram.removeExtraSpaces()).isTrue();
    assertThat(unigram.charsMap()).isNotEmpty();
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    refuses(new byte[0], "it has no pieces");
    refuses("#version: 0.2\na b\n".getBytes(java.nio.charset.StandardCharsets.UTF_8), "no Sent");
    refuses(message(out -> out.writeTag(9, 3)), "it has a group");
    refuses(piece(out -> out.writeFloat(2, Float.NaN)), "has score NaN");
    refuses(piece(out -> out.writeEnum(3, 9)), "has type 9");
    refuses(piece(out -> out.writeByteArray(1, new byte[] {(byte) 0xff})), "is no UTF-8");
    byte[] fine = piece(out -> out.writeString(1, "a"));
    refuses(
        concat(fine, nested(2, out -> out.writeInt32(40, 5))), "unk_id is 5, pieces are 0 to 0");
    refuses(concat(fine, nested(2, out -> out.writeEnum(3, 9))), "model type 9");
  }

  @Test
  void survivesDamage() throws IOException {
    byte[] good = Files.readAllBytes(model("t5", "spiece.model"));
    Random random = new Random(5);
    int refused = 0;
    for (int round = 0; round < 2_000; round++) {
      byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length) + 1);
      for (int i = random.nextInt(4); i >= 0; i--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      try {
        SentencePieceFile.read(Files.write(temp.resolve("bad"), bad));
      } catch (ImportException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  private Path model(String name, String file) {
    return TinyCheckpoints.checkpoint("tokenizers/" + name, temp.resolve(name + file))
        .resolve(file);
  }

  private void refuses(byte[] content, String message) throws IOException {
    Path file = Files.write(temp.resolve("model"), content);
    assertThatThrownBy(() -> SentencePieceFile.read(file))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private interface Content {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    content.write(out);
    out.flush();
    return bytes.toByteArray();
  }

  private static byte[] nested(int field, Content content) throws IOException {
    byte[] inner = message(content);
    return message(out -> out.writeByteArray(field, inner));
  }

  private static byte[] piece(Content content) throws IOException {
    return nested(1, content);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
