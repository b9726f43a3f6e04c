package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.check.Agreement;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCheckTest {
  @TempDir Path temp;

  @Test
  void fp32AgreesWithItself() {
    Agreement.Predictions decoder = predictions("tiny-llama", Dtype.FP32);
    assertThat(decoder.topAgreement()).isEqualTo(1);
    assertThat(decoder.divergence()).isZero();
    assertThat(decoder.perplexity()).isEqualTo(decoder.exactPerplexity()).isGreaterThan(1);
    // Windows of the model's 256 tokens, second halves but for their last tokens.
    assertThat(decoder.positions()).isPositive();
    assertThat(decoder.positions() % 127).isZero();

    Agreement.Predictions encoderDecoder = predictions("tiny-t5", Dtype.FP32);
    assertThat(encoderDecoder.topAgreement()).isEqualTo(1);
    assertThat(encoderDecoder.divergence()).isZero();

    Agreement.Vectors encoder = vectors(Dtype.FP32);
    assertThat(encoder.lowest()).isGreaterThan(1 - 1e-6);
  }

  @Test
  void coarserFormatsAgreeLess() {
    for (String name : new String[] {"tiny-llama", "tiny-t5"}) {
      Agreement.Predictions int8 = predictions(name, Dtype.INT8);
      Agreement.Predictions int4 = predictions(name, Dtype.INT4);
      assertThat(int8.divergence()).isBetween(1e-9, int4.divergence());
      assertThat(int8.topAgreement()).isBetween(int4.topAgreement(), 0.9999);
      // The tiny T5's predictions are almost flat, so that little changes the most likely one.
      assertThat(int8.topAgreement()).isGreaterThan(name.equals("tiny-t5") ? 0.4 : 0.8);
    }
    Agreement.Vectors int8 = vectors(Dtype.INT8);
    assertThat(int8.lowest()).isBetween(0.99, 1 - 1e-7);
    assertThat(int8.mean()).isGreaterThan(int8.lowest());
  }

  @Test
  void theCommandPrintsItAndLeavesNothingBeside() throws IOException {
    Path models = temp.resolve("models");
    StringWriter out = new StringWriter();
    int status =
        ImporterMain.commandLine()
            .setOut(new PrintWriter(out))
            .execute(
                "import",
                TinyCheckpoints.llama(temp).toString(),
                "--models-dir",
                models.toString(),
                "--dtype",
                "int8",
                "--check");

    assertThat(status).isZero();
    assertThat(out.toString())
        .contains("against fp32 over ", "top-1 agreement ", "mean KL divergence ", "perplexity ");
    try (Stream<Path> left = Files.list(models)) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly("tiny-llama");
    }
  }

  private Agreement.Predictions predictions(String name, Dtype dtype) {
    return (Agreement.Predictions) check(name, dtype);
  }

  private Agreement.Vectors vectors(Dtype dtype) {
    return (Agreement.Vectors) check("tiny-bert", dtype);
  }

  private Agreement check(String name, Dtype dtype) {
    try {
      Path parent = Files.createTempDirectory(temp, "checked");
      ImportOptions options =
          ImportOptions.of(TinyCheckpoints.checkpoint(name, parent), parent.resolve("models"))
              .withDtype(dtype);
      return ImportCheck.run(options, Importer.importCheckpoint(options).folder());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
