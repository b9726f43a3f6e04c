package io.weft.importer.download.hub;

import static io.weft.importer.download.hub.FakeHub.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is fetched, kept and refused, when all goes well on the way. */
class HubDownloadTest {
  @TempDir Path temp;
  private final FakeHub hub = new FakeHub();

  @AfterEach
  void stop() {
    hub.close();
  }

  private HubSetup setup() {
    return new HubSetup(temp, hub);
  }

  private FakeHub tiny() {
    return hub.with("config.json", "{\"model_type\": \"tiny\"}")
        .with("tokenizer.json", "{}")
        .with("1_Pooling/config.json", "{\"pooling_mode_cls_token\": true}")
        .with("model.safetensors", HubSetup.bytes(100_000));
  }

  @Test
  void fetchesOnlyWhatAnImportNeeds() throws IOException {
    tiny()
        .with(".gitattributes", "x")
        .with("README.md", "# x")
        .with("vocab.txt", "needed only without tokenizer.json")
        .with("pytorch_model.bin", "never")
        .with("model-Q8_0.gguf", HubSetup.bytes(10))
        .with("onnx/model.onnx", HubSetup.bytes(10));

    HubDownload.Fetched fetched = setup().fetch("hf:org/tiny");

    assertThat(fetched.location()).isEqualTo("hf:org/tiny@" + COMMIT);
    assertThat(fetched.path()).isEqualTo(temp.resolve(COMMIT));
    assertThat(hub.fetched())
        .containsExactly(
            "1_Pooling/config.json", "config.json", "model.safetensors", "tokenizer.json");
    assertThat(HubSetup.files(temp.resolve(COMMIT))).isEqualTo(hub.fetched());
    for (String name : hub.fetched()) {
      assertThat(fetched.path().resolve(name)).hasBinaryContent(hub.content(name));
    }
  }

  @Test
  void fetchesAVocabularyWhereThereIsNoTokenizerJson() throws IOException {
    hub.with("config.json", "{}")
        .with("vocab.txt", "a")
        .with("tokenizer.model", "b")
        .with("model.safetensors", HubSetup.bytes(10));
    setup().fetch("hf:org/tiny");
    assertThat(hub.fetched())
        .containsExactly("config.json", "model.safetensors", "tokenizer.model", "vocab.txt");
  }

  @Test
  void theTokenGoesToTheEndpointOnly() throws IOException {
    tiny();
    setup().with("HF_TOKEN", "hf_secret").fetch("hf:org/tiny");

    assertThat(hub.requests())
        .filteredOn(request -> request.server().equals("hub"))
        .hasSize(5)
        .allMatch(request -> request.authorization().equals("Bearer hf_secret"));
    assertThat(hub.requests())
        .filteredOn(request -> request.server().equals("blobs"))
        .hasSize(1)
        .allMatch(request -> request.authorization().equals("null"));
  }

  @Test
  void fetchesTheShardsThatTheIndexNames() throws IOException {
    hub.with("config.json", "{}")
        .with(
            "model.safetensors.index.json",
            "{\"weight_map\": {\"x\": \"a.safetensors\", \"y\": \"b.safetensors\"}}")
        .with("a.safetensors", HubSetup.bytes(1_000))
        .with("b.safetensors", HubSetup.bytes(2_000))
        .with("other.safetensors", HubSetup.bytes(3_000));

    HubDownload.Fetched fetched = setup().fetch("hf:org/tiny");

    assertThat(HubSetup.files(fetched.path()))
        .containsExactly(
            "a.safetensors", "b.safetensors", "config.json", "model.safetensors.index.json");
  }

  @Test
  void refusesAnIndexThatNamesWhatIsNotThereOrOutside() {
    hub.with("config.json", "{}")
        .with("model.safetensors.index.json", "{\"weight_map\": {\"x\": \"a.safetensors\"}}");
    assertThatThrownBy(() -> setup().fetch("hf:org/tiny"))
        .isInstanceOf(ImportException.class)
        .hasMessage(
            "model.safetensors.index.json names the file a.safetensors, which the repository does"
                + " not have");
  }

  @Test
  void fetchesNothingTwice() throws IOException {
    tiny();
    setup().fetch("hf:org/tiny@" + COMMIT);
    int before = hub.requests().size();

    setup().fetch("hf:org/tiny@" + COMMIT);
    assertThat(hub.requests()).hasSize(before);

    setup().fetch("hf:org/tiny");
    assertThat(hub.requests().subList(before, hub.requests().size()))
        .extracting(FakeHub.Request::path)
        .as("a branch may have moved, which costs one question")
        .containsExactly("/api/models/org/tiny/revision/main");
  }

  @Test
  void fetchesAgainWhatHasChangedOnTheDisk() throws IOException {
    tiny();
    Path folder = setup().fetch("hf:org/tiny").path();
    byte[] weights = HubSetup.bytes(100_000);
    weights[5]++;
    Files.write(folder.resolve("model.safetensors"), weights);

    setup().fetch("hf:org/tiny");

    assertThat(folder.resolve("model.safetensors"))
        .hasBinaryContent(hub.content("model.safetensors"));
    assertThat(hub.fetched()).filteredOn("model.safetensors"::equals).hasSize(2);
  }

  @Test
  void offlineUsesWhatWasFetchedAndSaysWhatIsMissing() throws IOException {
    tiny();
    HubSetup offline = setup().with("HF_HUB_OFFLINE", "1");
    assertThatThrownBy(() -> offline.fetch("hf:org/tiny"))
        .isInstanceOf(ImportException.class)
        .hasMessage("HF_HUB_OFFLINE is set, and org/tiny@main was not fetched before");
    assertThat(hub.requests()).isEmpty();

    setup().fetch("hf:org/tiny");
    int before = hub.requests().size();
    assertThat(offline.fetch("hf:org/tiny").path()).isEqualTo(temp.resolve(COMMIT));
    assertThat(offline.fetch("hf:org/tiny@" + COMMIT).path()).isEqualTo(temp.resolve(COMMIT));

    Files.delete(temp.resolve(COMMIT).resolve("model.safetensors"));
    assertThatThrownBy(() -> offline.fetch("hf:org/tiny"))
        .hasMessage(
            "HF_HUB_OFFLINE is set, and of org/tiny these were not fetched before:"
                + " model.safetensors");
    assertThat(hub.requests()).hasSize(before);
  }

  @Test
  void fetchesOneGgufFileByItsQuantisation() throws IOException {
    hub.with("tiny.Q4_K_M.gguf", HubSetup.bytes(5_000)).with("tiny.Q8_0.gguf", HubSetup.bytes(10));

    HubDownload.Fetched fetched = setup().fetch("hf:org/tiny@main:q4_k_m");

    assertThat(fetched.location()).isEqualTo("hf:org/tiny@" + COMMIT + ":tiny.Q4_K_M.gguf");
    assertThat(fetched.path()).hasBinaryContent(hub.content("tiny.Q4_K_M.gguf"));
    assertThat(hub.fetched()).containsExactly("tiny.Q4_K_M.gguf");
  }

  @Test
  void refusesPicklesBeforeAnythingIsFetched() {
    hub.with("config.json", "{}").with("tokenizer.json", "{}").with("pytorch_model.bin", "x");
    assertThatThrownBy(() -> setup().fetch("hf:org/tiny"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("which is a Python pickle: reading it can run any code");
    assertThat(hub.fetched()).isEmpty();
  }

  @Test
  void fourFilesAreFetchedAtOnceAndNeverFive() throws IOException {
    CyclicBarrier four = new CyclicBarrier(HubDownload.AT_ONCE);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    StringBuilder map = new StringBuilder();
    hub.with("config.json", "{}");
    for (int i = 0; i < 8; i++) {
      String name = "part-" + i + ".safetensors";
      map.append(i == 0 ? "" : ",").append("\"%d\": \"%s\"".formatted(i, name));
      hub.with(name, HubSetup.bytes(100 + i));
      hub.next(
          name,
          exchange -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
              // Opens when four are here: eight files, so twice.
              four.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
              throw new IOException(e);
            }
            running.decrementAndGet();
            FakeHub.send(exchange, hub.content(name));
          });
    }
    hub.with("model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");

    setup().fetch("hf:org/tiny");

    assertThat(most).hasValue(HubDownload.AT_ONCE);
    assertThat(HubSetup.files(temp.resolve(COMMIT))).hasSize(10);
  }

  @Test
  void refusesADownloadThatTheDiskCannotHold() {
    hub.with("config.json", "{}");
    hub.list("model.safetensors", 1)
        .putObject("lfs")
        .put("size", 1L << 48)
        .put("sha256", "0".repeat(64));
    assertThatThrownBy(() -> setup().fetch("hf:org/tiny"))
        .isInstanceOf(ImportException.class)
        .hasMessageMatching(
            "the download needs 281,474,976,710,658 bytes, the disk of .* has [\\d,]+ free");
    assertThat(hub.fetched()).isEmpty();
  }

  @Test
  void hostileNamesAreRefusedBeforeAnythingIsFetched() {
    tiny().with("../../evil.gguf", "x");
    assertThatThrownBy(() -> setup().fetch("hf:org/tiny"))
        .isInstanceOf(ImportException.class)
        .hasMessage("the hub lists a file '../../evil.gguf', which is refused");
    assertThat(hub.fetched()).isEmpty();
  }

  @Test
  void refusesACommitThatWasNotAskedFor() {
    tiny().metadata().put("sha", "f".repeat(40));
    assertThatThrownBy(() -> setup().fetch("hf:org/tiny@" + COMMIT))
        .hasMessage(
            "asked for commit %s, the hub answers with %s".formatted(COMMIT, "f".repeat(40)));
    assertThat(List.of(temp.toFile().list())).isEmpty();
  }
}
