package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ServedModelsTest {
  @TempDir Path root;

  private final GrpcHealthStorage storage = new GrpcHealthStorage();
  private FakeTokenizer tokenizer = FakeTokenizer.honest(320, 0);
  private ManagedChannel channel;
  private ServedModels models;

  @AfterEach
  void stop() throws InterruptedException {
    if (models != null) {
      models.stop(new ShutdownEvent());
    }
    if (channel != null) {
      channel.shutdownNow();
    }
    tokenizer.close();
  }

  @Test
  void loadsEveryDecoderAndNothingElse() throws InterruptedException {
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    TinyCheckpoints.importBert(root, Dtype.FP32);
    load(Map.of());
    awaitReady();

    assertThat(models.all())
        .extracting(model -> model.manifest().name())
        .containsExactly("tiny-llama");
    assertThat(models.get("tiny-llama").isRunning()).isTrue();
    assertThat(readiness().getData().orElseThrow()).containsEntry("models", "tiny-llama");
    assertThat(grpcHealth()).isEqualTo(ServingStatus.SERVING);
    assertThat(new GeneratorLiveness(models).call().getStatus()).isEqualTo(Status.UP);
    assertThatThrownBy(() -> models.get("tiny-bert")).isInstanceOf(WeftException.NotFound.class);
  }

  @Test
  void loadsEncoderDecodersBesideDecoders() throws InterruptedException {
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    TinyCheckpoints.importCheckpoint("tiny-byt5", root, Dtype.FP32);
    load(Map.of("context-length", "100"));
    awaitReady();

    assertThat(models.all())
        .extracting(model -> model.manifest().name())
        .containsExactly("tiny-byt5", "tiny-llama");
    assertThat(models.get("tiny-byt5").limits().decoderStart()).isZero();
    assertThat(models.get("tiny-byt5").limits().contextLength()).isEqualTo(100);
    assertThat(models.get("tiny-llama").limits().decoderStart()).isNull();
  }

  @Test
  void anEncoderDecoderMustSayWhatItStartsFrom() throws IOException {
    Path manifest =
        TinyCheckpoints.importCheckpoint("tiny-t5", root, Dtype.FP32).path().resolve("model.json");
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replace("\"decoderStart\" : 0", "\"decoderStart\" : null"));

    assertThatThrownBy(() -> load(Map.of("models", "tiny-t5")))
        .hasMessageEndingWith(
            "tiny-t5 is an encoder-decoder whose generation.decoderStart is null, it must be"
                + " between 0 and 127");
  }

  @Test
  void isNotReadyUntilTheVocabularyComes() throws InterruptedException {
    tokenizer.close();
    tokenizer = FakeTokenizer.honest(320, Integer.MAX_VALUE);
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    load(Map.of());

    while (!reason().endsWith("no vocabulary from the tokenizer service: starting")) {
      Thread.sleep(5);
    }
    assertThat(readiness().getStatus()).isEqualTo(Status.DOWN);
    assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThatThrownBy(() -> models.get("tiny-llama"))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the model is being loaded");
  }

  @Test
  void isNotReadyWithoutAModel() {
    load(Map.of());

    assertThat(readiness().getStatus()).isEqualTo(Status.DOWN);
    assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(reason()).isEqualTo("no model that generates in " + root.toAbsolutePath());
    assertThatThrownBy(() -> models.get("tiny-llama")).isInstanceOf(WeftException.NotFound.class);
  }

  @Test
  void isNotReadyBeforeLoading() {
    prepare(Map.of());

    assertThat(readiness().getStatus()).isEqualTo(Status.DOWN);
    assertThatThrownBy(() -> models.get("tiny-llama"))
        .isInstanceOf(WeftException.Unavailable.class);
  }

  @Test
  void isNeitherReadyNorAliveOnceAnEngineHasEnded() throws InterruptedException {
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    load(Map.of());
    awaitReady();
    models.get("tiny-llama").stop(java.time.Duration.ZERO);

    assertThat(readiness().getStatus()).isEqualTo(Status.DOWN);
    assertThat(new GeneratorLiveness(models).call().getStatus()).isEqualTo(Status.DOWN);
  }

  @Test
  void isNotReadyWhileItStops() throws InterruptedException {
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    load(Map.of());
    awaitReady();
    models.stop(new ShutdownEvent());

    assertThat(reason()).isEqualTo("stopping");
    assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(new GeneratorLiveness(models).call().getStatus()).isEqualTo(Status.UP);
  }

  @Test
  void aNamedModelThatIsBrokenIsFatal() throws IOException {
    ModelFolder folder = TinyCheckpoints.importLlama(root, Dtype.FP32);
    Files.delete(folder.path().resolve("model.bin"));

    assertThatThrownBy(() -> load(Map.of("models", "tiny-llama")))
        .hasMessageStartingWith("weft-generator cannot start: ")
        .hasMessageEndingWith("model.bin is missing");
  }

  @Test
  void aModelThatIsNamedMustGenerate() {
    TinyCheckpoints.importBert(root, Dtype.FP32);

    assertThatThrownBy(() -> load(Map.of("models", "tiny-bert")))
        .hasMessageEndingWith("tiny-bert does not generate: family encoder, tasks [embed]");
  }

  @Test
  void tooLittleMemoryIsFatal() {
    TinyCheckpoints.importLlama(root, Dtype.FP32);

    assertThatThrownBy(() -> load(Map.of("max-cache-bytes", "1000")))
        .hasMessageContaining("16 slots of 256 tokens need up to 2,097,152 bytes");
  }

  @Test
  void aBadConfigurationIsFatal() {
    assertThatThrownBy(() -> load(Map.of("slots", "0")))
        .hasMessage(
            "weft-generator cannot start: weft.generator.slots is 0, it must be at least 1");
  }

  private void load(Map<String, String> values) {
    prepare(values);
    models.load(new StartupEvent());
  }

  private void prepare(Map<String, String> values) {
    Map<String, String> keys = new HashMap<>();
    values.forEach((key, value) -> keys.put("weft.generator." + key, value));
    keys.put("weft.generator.models-dir", root.toString());
    keys.put("weft.generator.vocabulary-retry", "10ms");
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + tokenizer.port(), InsecureChannelCredentials.create())
            .build();
    models =
        new ServedModels(
            Configs.config(keys),
            new VocabularyClient(channel),
            new SimpleMeterRegistry(),
            OpenTelemetry.noop().getTracer("test"),
            new GrpcHealthStatus(storage),
            new OpenCalls());
  }

  private HealthCheckResponse readiness() {
    return new GeneratorReadiness(models).call();
  }

  private String reason() {
    return String.valueOf(readiness().getData().map(data -> data.get("reason")).orElse(""));
  }

  private ServingStatus grpcHealth() {
    return storage.statusForService(GrpcHealthStorage.DEFAULT_SERVICE_NAME).getStatus();
  }

  private void awaitReady() throws InterruptedException {
    while (readiness().getStatus() != Status.UP) {
      Thread.sleep(5);
    }
  }
}
