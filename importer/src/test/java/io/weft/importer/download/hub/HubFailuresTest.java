package io.weft.importer.download.hub;

import static io.weft.importer.download.hub.FakeHub.COMMIT;
import static io.weft.importer.download.hub.FakeHub.redirect;
import static io.weft.importer.download.hub.FakeHub.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpHandler;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can go wrong between here and the hub. */
class HubFailuresTest {
  private static final String WEIGHTS = "model.safetensors";
  private static final String SOURCE = "hf:org/tiny";

  @TempDir Path temp;
  private final FakeHub hub = new FakeHub();
  private HubSetup setup;

  @BeforeEach
  void setUp() {
    hub.with("config.json", "{\"model_type\": \"tiny\"}").with(WEIGHTS, HubSetup.bytes(200_000));
    setup = new HubSetup(temp, hub);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void aCutTransferGoesOnFromItsByte() throws IOException {
    hub.next(WEIGHTS, hub.cut(WEIGHTS, 70_000));

    Path folder = setup.fetch(SOURCE).path();

    assertThat(ranges()).hasSize(2);
    assertThat(ranges().getFirst()).isEqualTo("null");
    long from = Long.parseLong(ranges().get(1).replaceAll("bytes=(\\d+)-", "$1"));
    assertThat(from).isPositive().isLessThanOrEqualTo(70_000);
    assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
    assertThat(setup.pauses()).containsExactly(Duration.ofMillis(500));
    assertThat(setup.output())
        .contains(
            "model.safetensors: the connection was cut", "; again in 0.5 s", "Fetched 2 files");
  }

  @Test
  void aLaterPullGoesOnWhereAnEarlierOneStopped() throws IOException {
    Path part = temp.resolve(COMMIT).resolve(WEIGHTS + ".part");
    Files.createDirectories(part.getParent());
    Files.write(part, Arrays.copyOf(hub.content(WEIGHTS), 150_000));

    setup.fetch(SOURCE);

    assertThat(ranges()).containsExactly("bytes=150000-");
    assertThat(setup.output()).contains("(150.0 kB are there)", "Fetched 2 files, 50.0 kB in");
    assertThat(HubSetup.files(temp.resolve(COMMIT))).containsExactly("config.json", WEIGHTS);
  }

  @Test
  void aServerThatDoesNotResumeSendsAllAgain() throws IOException {
    hub.next(WEIGHTS, hub.cut(WEIGHTS, 70_000)).next(WEIGHTS, hub.whole(WEIGHTS));

    Path folder = setup.fetch(SOURCE).path();

    assertThat(ranges().get(1)).startsWith("bytes=");
    assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(hub.content(WEIGHTS));
  }

  @Test
  void aTransferThatStallsIsCutAndResumed() throws IOException {
    setup.withStall(Duration.ofMillis(300));
    CountDownLatch end = new CountDownLatch(1);
    hub.next(
        WEIGHTS,
        exchange -> {
          exchange.sendResponseHeaders(200, 200_000);
          exchange.getResponseBody().write(hub.content(WEIGHTS), 0, 50_000);
          exchange.getResponseBody().flush();
          await(end);
          exchange.close();
        });
    try {
      setup.fetch(SOURCE);
    } finally {
      end.countDown();
    }
    assertThat(setup.output()).contains("model.safetensors: nothing arrived for 300 ms");
    assertThat(ranges().get(1)).startsWith("bytes=");
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUp() {
    setup.withAnswer(Duration.ofMillis(200));
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < Retries.ATTEMPTS; i++) {
      hub.next("metadata", exchange -> await(end));
    }
    try {
      assertThatThrownBy(() -> setup.fetch(SOURCE))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining("did not answer within 200 ms (5 attempts)");
    } finally {
      end.countDown();
    }
  }

  @Test
  void busyServersAreAskedAgainAsTheyWish() throws IOException {
    hub.next("metadata", status(429, Map.of("Retry-After", "7")))
        .next("metadata", status(500, Map.of()))
        .next("metadata", status(503, Map.of("Retry-After", "3")));

    setup.fetch(SOURCE);

    assertThat(setup.pauses())
        .containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(1), Duration.ofSeconds(3));
    assertThat(setup.output())
        .contains("org/tiny: the hub has too many requests (429); again in 7.0 s");
  }

  @Test
  void aServerThatStaysBusyIsGivenUp() {
    for (int i = 0; i < Retries.ATTEMPTS; i++) {
      hub.next(WEIGHTS, status(502, Map.of()));
    }
    assertThatThrownBy(() -> setup.fetch(SOURCE))
        .isInstanceOf(ImportException.class)
        .hasMessage(
            "cannot fetch model.safetensors: the hub answers 502 (5 attempts); what was received is"
                + " kept, so try again");
    assertThat(setup.pauses())
        .containsExactly(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4));
  }

  @Test
  void nobodyWaitsForAnHour() {
    hub.next("metadata", status(429, Map.of("Retry-After", "3600")));
    assertThatThrownBy(() -> setup.fetch(SOURCE))
        .hasMessageEndingWith("(1 attempt); what was received is kept, so try again in 3,600 s");
    assertThat(setup.pauses()).isEmpty();
  }

  @Test
  void anotherContent() {
    hub.sibling(WEIGHTS).withObject("/lfs").put("sha256", "0".repeat(64));
    refused(
        "model.safetensors has SHA256 %s, the hub's metadata says %s; what was received is deleted"
            .formatted(FakeHub.hash("SHA-256", hub.content(WEIGHTS)), "0".repeat(64)));
  }

  @Test
  void anotherSmallFile() {
    hub.sibling("config.json").put("blobId", "0".repeat(40));
    refused(
        "config.json has GIT_BLOB %s, the hub's metadata says %s; what was received is deleted"
            .formatted(FakeHub.gitHash(hub.content("config.json")), "0".repeat(40)));
  }

  @Test
  void anotherSize() {
    hub.sibling(WEIGHTS).withObject("/lfs").put("size", 200_001);
    refused(
        "the hub announces 200,000 bytes of model.safetensors, its metadata says 200,001; what was"
            + " received is deleted");
  }

  @Test
  void moreBytesThanAnnounced() {
    hub.next(
        WEIGHTS,
        exchange -> {
          // Chunked, so no length is announced.
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(hub.content(WEIGHTS));
          exchange.getResponseBody().write(new byte[100_000]);
          exchange.close();
        });
    refused(
        "the hub sends more of model.safetensors than the 200,000 bytes of its metadata; what was"
            + " received is deleted");
  }

  @Test
  void anotherRange() {
    hub.next(WEIGHTS, hub.cut(WEIGHTS, 70_000))
        .next(
            WEIGHTS,
            exchange -> {
              exchange.getResponseHeaders().add("Content-Range", "bytes 1-199999/200000");
              exchange.sendResponseHeaders(206, 199_999);
              exchange.getResponseBody().write(0);
              exchange.getResponseBody().flush();
              exchange.close();
            });
    assertThatThrownBy(() -> setup.fetch(SOURCE))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("the hub answers with 'bytes 1-199999/200000'");
  }

  @Test
  void redirectsElsewhere() {
    String at = "redirect " + WEIGHTS;
    hub.next(at, redirect("https://evil.example.com/x"));
    refused(
        "the hub redirects to https://evil.example.com, which is refused: allowed are %s and https"
                .formatted(hub.endpoint())
            + " on huggingface.co, *.huggingface.co, *.hf.co (WEFT_HF_HOSTS adds hosts)");
    hub.next(at, redirect("http://huggingface.co/x"));
    refused("the hub redirects to http://huggingface.co, which is refused");
    hub.next(at, redirect("file:///etc/passwd"));
    refused("the hub redirects to file://, which is refused");
    hub.next(at, redirect("https://huggingface.co@evil.example.com/"));
    refused("the hub redirects to https://evil.example.com, which is refused");
    hub.next(at, redirect("::"));
    refused("the hub redirects to '::', no address");
    hub.next(at, status(302, Map.of()));
    refused("the hub redirects without saying where to");
  }

  @Test
  void redirectsWithoutEnd() {
    for (int i = 0; i < 10; i++) {
      hub.next(WEIGHTS, redirect(hub.blobEndpoint() + "/blobs/" + WEIGHTS));
    }
    refused("/org/tiny/resolve/%s/model.safetensors redirects more than 5 times".formatted(COMMIT));
    assertThat(ranges()).hasSize(5);
  }

  @Test
  void whoMayNot() {
    HttpHandler unknown = status(401, Map.of());
    hub.next("metadata", unknown);
    refused(
        "the hub answers 401 for org/tiny: the repository is private or gated, or does not exist;"
            + " set HF_TOKEN to a token that may read it");
    hub.next(WEIGHTS, status(403, Map.of("X-Error-Code", "GatedRepo")));
    refused(
        "the hub answers 403 for model.safetensors: accept the licence at %s/org/tiny, or ask for"
                .formatted(hub.endpoint())
            + " access there, and set HF_TOKEN");
    setup.with("HF_TOKEN", "hf_wrong");
    hub.next("metadata", unknown);
    refused("the hub answers 401 for org/tiny: it does not accept the token in HF_TOKEN");
    hub.next("metadata", status(403, Map.of()));
    refused("or ask for access there, with the account of the token in HF_TOKEN");
    assertThat(setup.output()).doesNotContain("hf_wrong");
  }

  @Test
  void whatIsNotThere() {
    assertThatThrownBy(() -> setup.fetch("hf:org/other"))
        .hasMessageStartingWith("there is no repository org/other on http://127.0.0.1");
    assertThatThrownBy(() -> setup.fetch("hf:org/tiny@v2"))
        .hasMessage("org/tiny has no revision 'v2'");
    HttpHandler mute = status(404, Map.of());
    hub.next("metadata", mute);
    refused("org/tiny has no revision 'main'");
    hub.next("metadata", mute).next("metadata", mute);
    refused("there is no repository org/tiny");
    hub.next(WEIGHTS, mute);
    refused("the hub lists model.safetensors in org/tiny but does not have it");
    hub.next("metadata", status(418, Map.of()));
    refused("the hub answers 418 for org/tiny");
  }

  @Test
  void metadataWithoutEnd() {
    hub.next(
        "metadata",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] spaces = new byte[1 << 20];
          try {
            for (int i = 0; i < 100; i++) {
              exchange.getResponseBody().write(spaces);
            }
          } finally {
            exchange.close();
          }
        });
    refused("the hub's metadata of org/tiny has more than 16,777,216 bytes");
  }

  @Test
  void nobodyListens() {
    hub.close();
    refused(
        "cannot fetch org/tiny: cannot connect to %s (5 attempts)"
            .formatted(hub.endpoint().getAuthority()));
  }

  /** Fetching fails with this message, and nothing of the weights is left. */
  private void refused(String message) {
    assertThatThrownBy(() -> setup.fetch(SOURCE))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
    assertThat(temp.resolve(COMMIT).resolve(WEIGHTS)).doesNotExist();
  }

  /** The Range headers that the second server saw. */
  private List<String> ranges() {
    return hub.requests().stream()
        .filter(request -> request.server().equals("blobs"))
        .map(FakeHub.Request::range)
        .toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
