package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from, and refused of, GGUF files of T5. */
class GgufT5Test {
  @TempDir Path temp;

  @Test
  void theConfigurationIsThatOfTheFolder() {
    Path gguf = TinyCheckpoints.file("tiny-mt5-f32.gguf", temp);
    Path folder = TinyCheckpoints.checkpoint("tiny-mt5", temp);
    try (Checkpoint file = Checkpoint.open(gguf);
        Checkpoint reference = Checkpoint.open(folder)) {
      T5Config expected = (T5Config) reference.architecture();
      T5Config found = (T5Config) file.architecture();
      assertThat(found)
          .usingRecursiveComparison()
          .ignoringFields("name", "contextLength")
          .isEqualTo(expected);
      assertThat(found.name()).isEqualTo("t5");
      assertThat(file.tensorNames()).isSubsetOf(reference.tensorNames());
    }
  }

  /** Renames a key or a tensor in the file; the new name has as many bytes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "t5.block_count|t5.block_c0unt|the file has no metadata key t5.block_count",
        "t5.attention.relative_buckets_count|t5.attention.relative_buckets_c0unt|the file has no metadata key t5.attention.relative_buckets_count",
        "token_embd.weight|token_embD.weight|the checkpoint has no tensor token_embd.weight",
        "dec.blk.0.attn_q.weight|enc.blk.0.attn_q.weight|twice",
      })
  void refusesWhatDoesNotFit(String from, String to, String message) throws IOException {
    Path gguf = TinyCheckpoints.file("tiny-t5-f16.gguf", temp);
    String bytes = Files.readString(gguf, StandardCharsets.ISO_8859_1);
    assertThat(bytes).contains(from);
    Files.writeString(gguf, bytes.replace(from, to), StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> Checkpoint.open(gguf).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  @Test
  void withoutAStartTokenOutputsStartFromPadding() throws IOException {
    Path gguf = TinyCheckpoints.file("tiny-t5-f16.gguf", temp);
    String bytes = Files.readString(gguf, StandardCharsets.ISO_8859_1);
    String start = bytes.replace("decoder_start_token_id", "decoder_start_t0ken_id");
    Files.writeString(gguf, start, StandardCharsets.ISO_8859_1);
    try (Checkpoint checkpoint = Checkpoint.open(gguf)) {
      assertThat(checkpoint.generation().decoderStart()).isZero();
    }
    String padding = start.replace("padding_token_id", "padding_t0ken_id");
    Files.writeString(gguf, padding, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> Checkpoint.open(gguf).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(
            "the file has neither t5.decoder_start_token_id nor tokenizer.ggml.padding_token_id");
  }
}
