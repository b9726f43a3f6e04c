package io.weft.importer.check;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerTest {
  @TempDir private Path folder;

  /** Else a sample of thirty letters would abort the import, and leave its folder behind. */
  @Test
  void refusesExpressionsThatGoBackEndlessly() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tokenizer.json"),
            "{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a+)+b\"},"
                + "\"behavior\":\"Isolated\",\"invert\":false},"
                + "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
    assertThatThrownBy(() -> TextTokenizer.open(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("its regular expression (a+)+b is not supported");
  }
}
