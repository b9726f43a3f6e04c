package io.weft.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
  @TempDir Path root;

  @Test
  void readsWhatItWrote() throws IOException {
    Path folder = folder("tiny", manifest("tiny", new ModelManifest.FileEntry("model.bin", 3, "")));
    Files.write(folder.resolve("model.bin"), new byte[3]);

    ModelFolder read = ModelFolder.open(folder);

    assertThat(read.manifest().name()).isEqualTo("tiny");
    assertThat(read.manifest().pooling()).isEqualTo(new ModelManifest.PoolingSpec("mean", true));
    assertThat(read.manifest().family()).isEqualTo(Family.ENCODER);
    assertThat(folder.resolve("model.json"))
        .content()
        .contains("\"format_version\" : 2", "\"family\" : \"encoder\"");
  }

  @Test
  void readsAFolderThatWasMadeBeforeActivationsWereWrittenDown() throws IOException {
    Path folder = folder("older", manifest("older"));
    Path file = folder.resolve("model.json");
    String json = Files.readString(file);
    String field = ",\n    \"activation\" : null";
    assertThat(json).contains(field);
    Files.writeString(file, json.replace(field, ""));

    assertThat(ModelFolder.open(folder).manifest()).isEqualTo(manifest("older"));
  }

  @Test
  void readsAFolderThatWasMadeBeforeTheProblemTypeWasSpelledAsTheRest() throws IOException {
    Path folder = folder("camel", manifest("camel"));
    Path file = folder.resolve("model.json");
    String json = Files.readString(file);
    assertThat(json).contains("\"problem_type\" : null").doesNotContain("problemType");
    Files.writeString(
        file, json.replace("\"problem_type\" : null", "\"problemType\" : \"regression\""));

    assertThat(ModelFolder.open(folder).manifest().encoder().problemType()).isEqualTo("regression");
  }

  @Test
  void readsADecoderWhichHasNoPooling() throws IOException {
    ModelManifest written = manifest("decoder", (ModelManifest.PoolingSpec) null);

    ModelFolder read = ModelFolder.open(folder("decoder", written));

    assertThat(read.manifest()).isEqualTo(written);
    assertThat(read.manifest().pooling()).isNull();
  }

  @Test
  void namesTheFileThatIsMissingOrCut() throws IOException {
    Path folder = folder("cut", manifest("cut", new ModelManifest.FileEntry("model.bin", 3, "")));
    assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessageEndingWith("model.bin is missing");
    Files.write(folder.resolve("model.bin"), new byte[2]);
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .hasMessageEndingWith("model.bin has 2 bytes, its manifest says 3");
  }

  @Test
  void refusesFilesOutsideTheFolder() throws IOException {
    Path folder = folder("out", manifest("out", new ModelManifest.FileEntry("../x", 0, "")));
    Files.write(root.resolve("x"), new byte[0]);
    assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessageContaining("outside");
  }

  @Test
  void refusesAManifestThatIsNotOne() throws IOException {
    Path folder = Files.createDirectory(root.resolve("bad"));
    Files.writeString(folder.resolve("model.json"), "{\"format_version\": 2, \"family\": 3}");
    assertThatThrownBy(() -> ModelFolder.open(folder)).hasMessageContaining("is not a manifest");
  }

  @Test
  void refusesAnotherVersion() throws IOException {
    Path folder = Files.createDirectory(root.resolve("old"));
    Files.writeString(folder.resolve("model.json"), "{\"format_version\": 1}");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .hasMessageEndingWith("version 1, this version reads 2: import the model again");
  }

  @Test
  void findsTheFoldersOfATask() throws IOException {
    folder("b", manifest("b"));
    folder("a", manifest("a"));
    folder("c.part", manifest("c"));
    folder("broken", manifest("broken", new ModelManifest.FileEntry("model.bin", 3, "")));
    Files.createDirectory(root.resolve("half-imported"));

    assertThat(ModelFolder.findAll(root, "embed"))
        .extracting(f -> f.manifest().name())
        .containsExactly("a", "b");
    assertThat(ModelFolder.findAll(root, "generate")).isEmpty();
    assertThat(ModelFolder.findAll(root.resolve("nowhere"), "embed")).isEmpty();
  }

  @Test
  void nothingButBrokenFoldersIsAnError() throws IOException {
    folder("broken", manifest("broken", new ModelManifest.FileEntry("model.bin", 3, "")));

    assertThatThrownBy(() -> ModelFolder.findAll(root, "embed"))
        .hasMessageEndingWith("model.bin is missing");
  }

  private Path folder(String name, ModelManifest manifest) throws IOException {
    Path folder = Files.createDirectory(root.resolve(name));
    ModelFolder.writeManifest(folder, manifest);
    return folder;
  }

  private static ModelManifest manifest(String name, ModelManifest.FileEntry... files) {
    return manifest(name, new ModelManifest.PoolingSpec("mean", true), files);
  }

  private static ModelManifest manifest(
      String name, ModelManifest.PoolingSpec pooling, ModelManifest.FileEntry... files) {
    return new ModelManifest(
        ModelManifest.FORMAT_VERSION,
        name,
        Family.ENCODER,
        "bert",
        List.of(ModelManifest.TASK_EMBED),
        new ModelManifest.Source("huggingface", "somewhere", "00"),
        "fp32",
        null,
        100,
        128,
        32,
        2,
        2,
        2,
        16,
        new ModelManifest.SpecialTokens(null, List.of(), 0, null),
        new ModelManifest.EncoderSpec(ModelManifest.Layout.PACKED, pooling, List.of(), null, null),
        null,
        1_700_000_000,
        List.of(files));
  }
}
