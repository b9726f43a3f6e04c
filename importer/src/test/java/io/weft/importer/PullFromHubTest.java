package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.download.hub.FakeHub;
import io.weft.importer.download.hub.Screen;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the hub's address to the model folder. */
class PullFromHubTest {
  @TempDir Path temp;
  private final FakeHub hub = new FakeHub();
  private final StringWriter output = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void aRepositoryBecomesWhatItsFolderWouldBecome() throws IOException {
    Path folder = TinyCheckpoints.bert(temp);
    hub.withFolder(folder);

    pull("hf:org/tiny", "pulled");

    ModelManifest pulled = ModelFolder.open(temp.resolve("models/pulled")).manifest();
    ModelManifest imported =
        Importer.importCheckpoint(
                ImportOptions.of(folder, temp.resolve("models")).withName("imported"))
            .folder()
            .manifest();
    assertThat(pulled)
        .usingRecursiveComparison()
        .ignoringFields("name", "source.location", "createdUnixS")
        .isEqualTo(imported);
    assertThat(pulled.source().location()).isEqualTo("hf:org/tiny@" + FakeHub.COMMIT);
    assertThat(output.toString())
        .contains(
            "Importing pulled from hf:org/tiny@" + FakeHub.COMMIT,
            "Imported pulled: bert encoder, fp32");
    assertThat(temp.resolve("models/.download/hf/org--tiny").resolve(FakeHub.COMMIT))
        .isDirectoryContaining("glob:**/model.safetensors");
  }

  @Test
  void aGgufFileIsNamedInTheManifest() throws IOException {
    Path gguf = TinyCheckpoints.llamaGguf(temp, "q8_0");
    Path repository = Files.createDirectory(temp.resolve("repository"));
    Files.move(gguf, repository.resolve("tiny-Q8_0.gguf"));
    hub.withFolder(repository);

    pull("hf:org/tiny:Q8_0", null);

    ModelManifest manifest = ModelFolder.open(temp.resolve("models/tiny")).manifest();
    assertThat(manifest.source().kind()).isEqualTo("gguf");
    assertThat(manifest.source().location())
        .isEqualTo("hf:org/tiny@" + FakeHub.COMMIT + ":tiny-Q8_0.gguf");
  }

  @Test
  void aModelThatIsThereCostsNoRequest() throws IOException {
    hub.withFolder(TinyCheckpoints.bert(temp));
    pull("hf:org/tiny", null);
    int before = hub.requests().size();

    pull("hf:org/tiny", null);

    assertThat(hub.requests()).hasSize(before);
    assertThat(output.toString()).endsWith("tiny is there already (fp32)\n");
  }

  @Test
  void whatWasFetchedIsImportedWithoutANetwork() throws IOException {
    hub.withFolder(TinyCheckpoints.bert(temp));
    pull("hf:org/tiny", "first");
    hub.close();
    environment.put("HF_HUB_OFFLINE", "1");

    pull("hf:org/tiny", "second");

    ModelFolder.open(temp.resolve("models/second"));
    assertThatThrownBy(() -> pull("hf:org/other", "third"))
        .isInstanceOf(ImportException.class)
        .hasMessage("HF_HUB_OFFLINE is set, and org/other@main was not fetched before");
    assertThat(temp.resolve("models/third")).doesNotExist();
  }

  private void pull(String source, @org.jspecify.annotations.Nullable String name) {
    environment.put("HF_ENDPOINT", hub.endpoint().toString());
    PrintWriter out = new PrintWriter(output, true);
    new Puller(temp.resolve("models"), out, Downloads.of(out, Screen.NONE, environment))
        .pull(PullSource.parse(source), name, Quantization.DEFAULT, false);
  }
}
