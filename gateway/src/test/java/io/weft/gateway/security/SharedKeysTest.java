package io.weft.gateway.security;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway whose keys are counted in Redis: requests wait for it, event loops do not. */
@QuarkusTest
@TestProfile(SharedKeysTest.Counted.class)
class SharedKeysTest {
  private static final Path FILE = Path.of("target", "test-shared-keys");
  private static final String CHAT = "/v1/chat/completions";

  /** Many small reads long. */
  private static final String GOOD =
      body("{'model':'smol','messages':[{'role':'user','content':'hi'}],'x':'")
          + "a".repeat(300_000)
          + "\"}";

  private static final String HANDLE = "weft.test.redis";

  @TestHTTPResource URI base;

  @GrpcClient("generator")
  Channel managed;

  private ManagedChannel channel;

  public static final class Counted implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Redis redis = Redis.start();
        System.setProperty(HANDLE, redis.handle());
        Files.writeString(
            FILE,
            """
            alice sha256:%s requests-per-minute=4
            bob sha256:%s requests-per-minute=3
            carol sha256:%s requests-per-minute=1000 tokens-per-minute=1000
            """
                .formatted(
                    Hashes.sha256("weft-a"), Hashes.sha256("weft-b"), Hashes.sha256("weft-c")));
        return Map.of(
            "weft.gateway.keys-file", FILE.toString(),
            "weft.gateway.redis-url", redis.url(),
            "weft.gateway.limits-without-redis", "closed");
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeEach
  void open() {
    Fakes.reset(base);
    channel = NettyChannelBuilder.forTarget(managed.authority()).usePlaintext().build();
    Http.await("Redis", () -> get("weft-c").statusCode() == 200);
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
  }

  @AfterAll
  static void stop() {
    Redis.of(System.getProperty(HANDLE)).close();
  }

  @Test
  void requestsWithBodiesAreServedUpToTheLimit() {
    for (int i = 0; i < 4; i++) {
      HttpResponse<String> served = post("weft-a");
      assertThat(served.statusCode()).as(served.body()).isEqualTo(200);
      assertThat(served.headers().firstValue("x-ratelimit-remaining-requests"))
          .hasValue(Integer.toString(3 - i));
    }
    HttpResponse<String> refused = post("weft-a");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(refused.body()).contains("the limit of this key is 4 requests a minute");
  }

  @Test
  void callsAreCountedWithThem() {
    assertThat(get("weft-b").statusCode()).isEqualTo(200);
    chat("weft-b");
    chat("weft-b");
    assertThat(status("weft-b")).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(get("weft-b").statusCode()).isEqualTo(429);
  }

  @Test
  void withoutRedisKeysWithLimitsAreRefusedAndThenServedAgain() throws Exception {
    Redis redis = Redis.of(System.getProperty(HANDLE));
    redis.kill();
    Http.await("the loss", () -> get("weft-c").statusCode() == 503);
    HttpResponse<String> refused = post("weft-c");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(refused.body()).contains("\"code\":\"limits_unavailable\"");
    assertThat(status("weft-c")).isEqualTo(Status.Code.UNAVAILABLE);

    redis.restart();
    System.setProperty(HANDLE, redis.handle());
    Http.await("Redis", () -> get("weft-c").statusCode() == 200);
    chat("weft-c");
  }

  private HttpResponse<String> post(String key) {
    return Http.send(
        Http.request(base, CHAT)
            .header("Authorization", "Bearer " + key)
            .POST(BodyPublishers.ofString(GOOD)));
  }

  private HttpResponse<String> get(String key) {
    return Http.send(
        Http.request(base, "/v1/models").header("Authorization", "Bearer " + key).GET());
  }

  private Status.Code status(String key) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> chat(key))
        .getStatus()
        .getCode();
  }

  private void chat(String key) {
    Metadata metadata = new Metadata();
    metadata.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + key);
    InferenceServiceBlockingStub stub =
        InferenceServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    StringBuilder text = new StringBuilder();
    stub.chat(
            ChatRequest.newBuilder()
                .setModel("smol")
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hi"))
                .build())
        .forEachRemaining(piece -> text.append(piece.getText()));
    assertThat(text).hasToString("Hello there");
  }
}
