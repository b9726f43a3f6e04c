package io.weft.gateway.security;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.GenerateResponse;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway with API keys. */
@QuarkusTest
@TestProfile(SecuredTest.Keys.class)
class SecuredTest {
  private static final Path FILE = Path.of("target", "test-keys");
  private static final String CHAT = "/v1/chat/completions";
  private static final String GOOD =
      body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}");
  private static final String ALICE = "weft-alices-key";

  public static final class Keys implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      write("alice " + hash(ALICE));
      return Map.of(
          "weft.gateway.keys-file", FILE.toString(),
          "weft.gateway.keys-reload", "10ms",
          "weft.gateway.generator-timeout", "1s",
          "quarkus.http.cors.enabled", "true",
          "quarkus.http.cors.origins", "https://app.example");
    }
  }

  @TestHTTPResource URI base;
  @Inject Router router;

  @BeforeEach
  void reset() {
    write("alice " + hash(ALICE));
    Fakes.reset(base);
  }

  @Test
  void aKnownKeyPassesAndItsNameIsTheTenant() {
    assertThat(Http.send(with(ALICE, CHAT).POST(BodyPublishers.ofString(GOOD))).statusCode())
        .isEqualTo(200);
    assertThat(Fakes.generated().getTenant()).isEqualTo("alice");
    assertThat(Http.send(with(ALICE, "/v1/models").GET()).statusCode()).isEqualTo(200);
  }

  @Test
  void withoutAKeyOpenAisErrorIsAnswered() {
    HttpResponse<String> response = Http.post(base, CHAT, GOOD);

    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    JsonNode error = Http.json(response.body()).path("error");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("code").asText()).isEqualTo("invalid_api_key");
    assertThat(error.path("param").isNull()).isTrue();
    assertThat(error.path("message").asText()).startsWith("no API key was given");
  }

  @Test
  void aWrongKeyIsRefusedAndLoggedNowhere() {
    try (LogRecorder log = LogRecorder.start()) {
      HttpResponse<String> response =
          Http.send(with("weft-wrong", CHAT).POST(BodyPublishers.ofString(GOOD)));

      assertThat(response.statusCode()).isEqualTo(401);
      assertThat(response.body())
          .contains("the API key that was given is not known")
          .doesNotContain("weft-wrong");
      assertThat(log.text()).doesNotContain("weft-wrong");
    }
  }

  @Test
  void twoKeysAreNone() {
    HttpRequest.Builder request = with("weft-wrong", "/v1/models");
    assertThat(Http.send(request.header("Authorization", "Bearer " + ALICE).GET()).statusCode())
        .isEqualTo(401);
  }

  @Test
  void everyRouteNeedsAKeyWhateverItIs() {
    TreeSet<String> paths = new TreeSet<>(List.of("/v1", "/nope", "/v1/models/smol.html", "/.env"));
    for (Route route : router.getRoutes()) {
      if (route.getPath() != null) {
        paths.add(route.getPath());
      }
    }
    paths.addAll(List.of("/embed", "/tokenize", "/info", "/rerank", "/health/", "/v1/..%2fhealth"));
    paths.removeIf(path -> path.equals("/health") || path.matches("/(openapi|swagger).*"));
    paths.remove("/");
    for (String path : paths) {
      assertThat(Http.get(base, path).statusCode()).as("GET " + path).isEqualTo(401);
    }
    for (String path : new String[] {"/", "/health", CHAT, "/v1/embeddings", "/predict"}) {
      assertThat(Http.post(base, path, "{}").statusCode()).as("POST " + path).isEqualTo(401);
    }
    assertThat(Http.send(Http.request(base, "/health").DELETE()).statusCode()).isEqualTo(401);
    for (String path : new String[] {"/health", "/openapi", "/openapi.json", "/swagger/"}) {
      assertThat(Http.get(base, path).statusCode()).as("GET " + path).isEqualTo(200);
    }
  }

  @Test
  void aBrowserAsksBeforeItShowsAKeyAndReadsItsRefusal() {
    HttpResponse<String> preflight =
        Http.send(
            Http.request(base, CHAT)
                .header("Origin", "https://app.example")
                .header("Access-Control-Request-Method", "POST")
                .header(
                    "Access-Control-Request-Headers", "authorization,content-type,x-stainless-os")
                .method("OPTIONS", BodyPublishers.noBody()));
    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://app.example");
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElseThrow())
        .as("headers that OpenAI's client for JavaScript sends")
        .containsIgnoringCase("authorization")
        .containsIgnoringCase("content-type")
        .containsIgnoringCase("x-stainless-os");

    HttpResponse<String> refused =
        Http.send(
            Http.request(base, CHAT)
                .header("Origin", "https://app.example")
                .POST(BodyPublishers.ofString(GOOD)));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("Access-Control-Allow-Origin"))
        .hasValue("https://app.example");
    assertThat(refused.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");

    HttpResponse<String> stranger =
        Http.send(with(ALICE, "/v1/models").header("Origin", "https://evil.example").GET());
    assertThat(stranger.statusCode()).isEqualTo(403);
    assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void keysAreReadAgainAndAFileWithoutSenseChangesNothing() {
    String bobs = "weft-bobs-key";
    assertThat(models(bobs)).isEqualTo(401);

    try (LogRecorder log = LogRecorder.start()) {
      write("bob " + hash(bobs));
      Http.await("bob", () -> models(bobs) == 200);
      assertThat(models(ALICE)).isEqualTo(401);

      write("bob nonsense");
      Http.await("the complaint", () -> log.text().contains("cannot be used, the keys stay"));
      assertThat(models(bobs)).isEqualTo(200);
      assertThat(Http.get(base, "/v1/models").statusCode()).isEqualTo(401);

      write("alice " + hash(ALICE));
      Http.await("alice", () -> models(ALICE) == 200);
      assertThat(log.text()).contains("API keys read again, now of: bob").doesNotContain("weft-");
    }
  }

  @Test
  void requestsAMinute() {
    write("bob " + hash("weft-b") + " requests-per-minute=2");
    Http.await("bob", () -> models("weft-b") == 200);
    HttpResponse<String> second = Http.send(with("weft-b", "/v1/models").GET());
    assertThat(second.headers().firstValue("x-ratelimit-limit-requests")).hasValue("2");
    assertThat(second.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("0");
    assertThat(second.headers().firstValue("x-ratelimit-reset-requests").orElseThrow())
        .matches("[0-9]+s|1m0s");
    assertThat(second.headers().firstValue("x-ratelimit-limit-tokens")).isEmpty();

    HttpResponse<String> third = Http.send(with("weft-b", "/v1/models").GET());
    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(third.headers().firstValue("Retry-After").orElseThrow()))
        .isBetween(25, 30);
    assertThat(third.headers().firstValue("x-ratelimit-remaining-requests")).hasValue("0");
    assertThat(third.body())
        .contains(
            "the limit of this key is 2 requests a minute; try again in ",
            "\"type\":\"rate_limit_error\"",
            "\"code\":\"rate_limit_exceeded\"");
  }

  @Test
  void tokensAMinute() {
    write("carol " + hash("weft-c") + " tokens-per-minute=100");
    Http.await("carol", () -> models("weft-c") == 200);
    String chat = GOOD.replace("{\"model", "{\"max_tokens\":%d,\"model");

    HttpResponse<String> answer = chat("weft-c", chat.formatted(60));
    assertThat(answer.statusCode()).isEqualTo(200);
    int used = Http.json(answer.body()).path("usage").path("total_tokens").asInt();
    assertThat(used).isPositive();
    assertThat(remaining(answer)).as("what was not generated is back").isBetween(100 - used, 100);

    HttpResponse<String> never =
        chat("weft-c", chat.formatted(60).replace("{\"max", "{\"n\":2,\"max"));
    assertThat(never.statusCode()).isEqualTo(400);
    assertThat(never.body())
        .contains("the limit of this key is 100 a minute", "\"tokens_above_key_limit\"");

    FakeGenerator.script = (_, _) -> {};
    CompletableFuture<HttpResponse<String>> open =
        CompletableFuture.supplyAsync(() -> chat("weft-c", chat.formatted(60)));
    Http.await("the request", () -> FakeGenerator.REQUESTS.size() == 2);
    HttpResponse<String> refused = chat("weft-c", chat.formatted(60));
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(refused.body()).contains("are left of the 100 a minute of this key");
    assertThat(remaining(refused)).isLessThan(60);
    assertThat(open.isDone()).isFalse();
    // Its deadline ends it, and what it did not use is back.
    assertThat(open.join().statusCode()).isEqualTo(504);
    Http.await("its tokens", () -> chat("weft-c", chat.formatted(60)).statusCode() != 429);
  }

  /** They were generated all the same. */
  @Test
  void tokensOfSequencesThatAreNotReturnedCount() {
    write("frank " + hash("weft-f") + " tokens-per-minute=100");
    Http.await("frank", () -> models("weft-f") == 200);
    String chat = GOOD.replace("{\"model", "{\"max_tokens\":30,%s,\"model");

    for (String many : new String[] {"\"best_of\":4", "\"num_beams\":4"}) {
      HttpResponse<String> never = chat("weft-f", chat.formatted(many));
      assertThat(never.statusCode()).as(never.body()).isEqualTo(400);
      assertThat(never.body()).contains("\"tokens_above_key_limit\"");
    }
    FakeGenerator.script = FakeGenerator.say("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    HttpResponse<String> answer = chat("weft-f", chat.formatted("\"best_of\":3"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(Http.json(answer.body()).at("/usage/completion_tokens").asInt()).isEqualTo(10);
    assertThat(remaining(answer)).isLessThan(100 - 3 * 10 + 5);
  }

  /** A piece that was held up on its way has several. */
  @Test
  void allTokensOfWhatIsCutOffCount() {
    write("grace " + hash("weft-g") + " tokens-per-minute=100");
    Http.await("grace", () -> models("weft-g") == 200);
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          GenerateResponse.Builder piece = FakeGenerator.delta(0, "much").toBuilder();
          piece.getDeltaBuilder().addAllIds(Collections.nCopies(49, 7));
          call.onNext(piece.build());
        };

    HttpResponse<String> answer =
        chat("weft-g", GOOD.replace("{\"model", "{\"max_tokens\":60,\"model"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(504);
    assertThat(remaining(answer)).isLessThan(100 - 50 + 5);
  }

  @Test
  void tokensOfEmbeddingsCount() {
    write("eve " + hash("weft-e") + " tokens-per-minute=50");
    Http.await("eve", () -> models("weft-e") == 200);
    String embed = body("{'model':'minilm','input':['one two','three']}");

    HttpResponse<String> answer =
        Http.send(with("weft-e", "/v1/embeddings").POST(BodyPublishers.ofString(embed)));
    assertThat(answer.statusCode()).isEqualTo(200);
    int used = Http.json(answer.body()).path("usage").path("total_tokens").asInt();
    assertThat(remaining(answer)).isBetween(50 - used, 51 - used);
  }

  @Test
  void requestsAtOnce() {
    write("dora " + hash("weft-d") + " concurrent-requests=1");
    Http.await("dora", () -> models("weft-d") == 200);
    FakeGenerator.script = (_, _) -> {};
    CompletableFuture<HttpResponse<String>> open =
        CompletableFuture.supplyAsync(() -> chat("weft-d", GOOD));
    Http.await("the request", () -> FakeGenerator.REQUESTS.size() == 1);

    HttpResponse<String> refused = Http.send(with("weft-d", "/v1/models").GET());
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("1 requests of this key are open, its limit is 1");
    open.join();
    Http.await("room", () -> models("weft-d") == 200);
  }

  private HttpResponse<String> chat(String key, String body) {
    return Http.send(with(key, CHAT).POST(BodyPublishers.ofString(body)));
  }

  private static int remaining(HttpResponse<String> response) {
    return Integer.parseInt(
        response.headers().firstValue("x-ratelimit-remaining-tokens").orElseThrow());
  }

  private int models(String key) {
    return Http.send(with(key, "/v1/models").GET()).statusCode();
  }

  private HttpRequest.Builder with(String key, String path) {
    return Http.request(base, path).header("Authorization", "Bearer " + key);
  }

  private static String hash(String key) {
    return "sha256:" + Hashes.sha256(key);
  }

  private static void write(String text) {
    try {
      Path whole = Files.writeString(Path.of(FILE + ".new"), text);
      Files.move(whole, FILE, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
