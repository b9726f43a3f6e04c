package io.weft.generator;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceBlockingStub;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceStub;
import io.weft.proto.generator.v1.GetLoadRequest;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.StopConditions;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A connection to the service with its tiny model; after each test nothing runs any more. */
abstract class ServiceConnection {
  static final String MODEL = "tiny-llama";
  static final TinyCheckpoints.Prompt GOLDEN = TinyCheckpoints.llamaGoldens().prompts().getFirst();

  @ConfigProperty(name = "quarkus.grpc.server.test-port")
  int port;

  private ManagedChannel channel;
  GeneratorServiceStub stub;
  GeneratorServiceBlockingStub blocking;

  @BeforeEach
  void connect() throws InterruptedException {
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
    stub = GeneratorServiceGrpc.newStub(channel);
    blocking = GeneratorServiceGrpc.newBlockingStub(channel);
    await(Duration.ofSeconds(10), () -> get("/q/health/ready").statusCode() == 200);
  }

  @AfterEach
  void disconnect() throws InterruptedException {
    await(Duration.ofSeconds(10), () -> load().getRunning() == 0);
    channel.shutdownNow();
  }

  static GenerateRequest.Builder golden() {
    return GenerateRequest.newBuilder()
        .setModel(MODEL)
        .addAllPromptIds(GOLDEN.ids())
        .setStop(StopConditions.newBuilder().setMaxTokens(16).setIgnoreEos(true));
  }

  GetLoadResponse load() {
    return blocking.getLoad(GetLoadRequest.newBuilder().setModel(MODEL).build());
  }

  static String letters(List<Integer> ids) {
    StringBuilder text = new StringBuilder();
    ids.forEach(id -> text.append((char) ('a' + id % 26)));
    return text.toString();
  }

  static void await(Duration limit, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within %s", limit).isLessThan(end);
      Thread.sleep(2);
    }
  }
}
