package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ImporterMainTest {
  @TempDir Path temp;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void importsAndSaysWhatItDid() {
    Path gguf = TinyCheckpoints.llamaGguf(temp, "f32");
    String models = temp.resolve("models").toString();

    int exit =
        run("import", gguf.toString(), "--models-dir", models, "--name", "x", "--dtype", "int8");

    assertThat(exit).isZero();
    assertThat(out.toString())
        .containsPattern(
            "Imported x: llama decoder, int8, 0\\.3 MB -> 0\\.\\d MB in \\d+\\.\\d s, into .*x");
    assertThat(out.toString())
        .containsPattern("F32 +-> 8-bit blocks of 32 +15 tensors, +0\\.1 MB")
        .containsPattern("F32 +-> fp32, exact +5 tensors, +0\\.0 MB");
    assertThat(ModelFolder.open(temp.resolve("models/x")).manifest().dtype()).isEqualTo("int8");
  }

  @Test
  void takesOptionsForNumberFormats() {
    String gguf = TinyCheckpoints.llamaGguf(temp, "f32").toString();
    String models = temp.resolve("models").toString();

    int exit =
        run(
            "import",
            gguf,
            "--models-dir",
            models,
            "--name",
            "x",
            "--dtype",
            "int4",
            "--block-size",
            "16",
            "--asymmetric",
            "--head-dtype",
            "fp32",
            "--embedding-dtype",
            "int4",
            "--requantize");

    assertThat(exit).isZero();
    assertThat(out.toString()).contains("4-bit blocks of 16 with zero points");
    assertThat(run("import", gguf, "--models-dir", models, "--name", "y", "--block-size", "5"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("--block-size 5 is not supported");
  }

  @Test
  void tellsAFailureInOneLine() {
    assertThat(run("import", temp.resolve("nothing").toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo("error: " + temp.resolve("nothing") + " is neither a file nor a folder\n");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void explainsWrongUsage() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("import")).isEqualTo(2);
    assertThat(run("import", "x", "--dtype", "int3")).isEqualTo(2);
    assertThat(run("pull")).isEqualTo(2);
    assertThat(run("pull", "--defaults", "x")).isEqualTo(2);
    assertThat(run("pull", "--defaults", "--name", "x")).isEqualTo(2);
    assertThat(err.toString())
        .contains("a command is missing", "expected one of", "--defaults takes neither --name");
  }

  private int run(String... arguments) {
    CommandLine commandLine = ImporterMain.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }
}
