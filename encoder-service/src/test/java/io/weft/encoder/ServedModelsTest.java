package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.encoder.testing.Configs;
import io.weft.encoder.testing.Rpc;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.proto.admin.v1.LoadModelRequest;
import io.weft.proto.admin.v1.LoadModelResponse;
import io.weft.proto.admin.v1.UnloadModelRequest;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServedModelsTest {
  @TempDir Path root;
  private final GrpcHealthStorage storage = new GrpcHealthStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private ServedModels models;
  private EncoderConfig config;

  @AfterEach
  void stop() throws InterruptedException {
    if (models != null) {
      models.stop(new ShutdownEvent());
    }
  }

  @Test
  void loadsEveryEncoderAndNothingElse() throws InterruptedException {
    TinyCheckpoints.importBert(root, Dtype.FP32);
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    load(Map.of());

    assertThat(models.all())
        .extracting(model -> model.manifest().name())
        .containsExactly("tiny-bert");
    assertThat(models.get("tiny-bert").isRunning()).isTrue();
    assertThat(health().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
    assertThat(grpcHealth()).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(() -> models.get("tiny-llama")).isInstanceOf(WeftException.NotFound.class);
  }

  @Test
  void isNotReadyWithoutAModel() throws InterruptedException {
    load(Map.of());

    assertThat(health().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
    assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(health().getData().orElseThrow())
        .containsEntry("reason", "no encoder model in " + root.toAbsolutePath());
    assertThatThrownBy(() -> models.get("tiny-bert")).isInstanceOf(WeftException.NotFound.class);
  }

  @Test
  void isNotReadyBeforeLoading() {
    prepare(Map.of());

    assertThat(health().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
    assertThatThrownBy(() -> models.get("tiny-bert"))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the models are being loaded");
  }

  @Test
  void isNotReadyOnceAModelStops() throws InterruptedException {
    TinyCheckpoints.importBert(root, Dtype.FP32);
    load(Map.of());
    models.get("tiny-bert").stop();

    assertThat(health().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
  }

  @Test
  void aNamedModelThatIsBrokenIsFatal() throws IOException {
    ModelFolder folder = TinyCheckpoints.importBert(root, Dtype.FP32);
    Files.delete(folder.graph());

    assertThatThrownBy(() -> load(Map.of("models", "tiny-bert")))
        .hasMessageStartingWith("weft-encoder cannot start: ")
        .hasMessageEndingWith("model.onnx is missing");
  }

  @Test
  void twoModelsOfOneNameAreFatal() throws IOException {
    Path first = TinyCheckpoints.importBert(root, Dtype.FP32).path();
    Path copy = Files.createDirectory(root.resolve("copy"));
    try (Stream<Path> files = Files.list(first)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }

    assertThatThrownBy(() -> load(Map.of())).hasMessageEndingWith("hold a model named tiny-bert");
  }

  @Test
  void aModelNamedTwiceIsLoadedOnce() throws InterruptedException {
    TinyCheckpoints.importBert(root, Dtype.FP32);
    load(Map.of("models", "tiny-bert,tiny-bert"));

    assertThat(models.all()).hasSize(1);
  }

  @Test
  void aModelThatIsNamedMustBeThere() {
    assertThatThrownBy(() -> load(Map.of("models", "bge-small")))
        .hasMessageContaining("cannot read")
        .hasMessageContaining("bge-small");
  }

  @Test
  void aModelThatIsNamedMustBeAnEncoder() {
    TinyCheckpoints.importLlama(root, Dtype.FP32);

    assertThatThrownBy(() -> load(Map.of("models", "tiny-llama")))
        .hasMessageEndingWith("tiny-llama is no encoder: family decoder, tasks [generate]");
  }

  @Test
  void aBadConfigurationIsFatal() {
    assertThatThrownBy(() -> load(Map.of("threads", "0")))
        .hasMessage("weft-encoder cannot start: weft.encoder.threads is 0, it must be at least 1");
  }

  @Test
  void loadsAndUnloadsWhileItRuns() throws InterruptedException {
    load(Map.of());
    ModelAdminGrpcService admin = new ModelAdminGrpcService(models);
    TinyCheckpoints.importBert(root, Dtype.FP32);

    assertThat(Rpc.call(admin::loadModel, load("tiny-bert")).getReplaced()).isFalse();
    assertThat(models.get("tiny-bert").isRunning()).isTrue();
    assertThat(models.attentions("tiny-bert")).isNotNull();
    assertThat(grpcHealth()).isEqualTo(ServingStatus.SERVING);
    var _ =
        Rpc.call(admin::unloadModel, UnloadModelRequest.newBuilder().setModel("tiny-bert").build());

    assertThatThrownBy(() -> models.get("tiny-bert")).isInstanceOf(WeftException.NotFound.class);
    assertThat(models.attentions("tiny-bert")).isNull();
    assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThat(
            Rpc.failure(
                admin::unloadModel, UnloadModelRequest.newBuilder().setModel("tiny-bert").build()))
        .isInstanceOf(WeftException.NotFound.class);
  }

  @Test
  void loadsAnewAndStopsTheOldOneOnceItHasAnswered() throws InterruptedException {
    TinyCheckpoints.importBert(root, Dtype.FP32);
    load(Map.of());
    ServedModel old = models.get("tiny-bert");

    LoadModelResponse response =
        Rpc.call(new ModelAdminGrpcService(models)::loadModel, load("tiny-bert"));

    assertThat(response.getReplaced()).isTrue();
    assertThat(models.get("tiny-bert")).isNotSameAs(old);
    assertThat(models.get("tiny-bert").isRunning()).isTrue();
    assertThat(old.isRunning()).isFalse();
    assertThat(registry.find("weft.encoder.queue.tokens").gauges()).hasSize(1);
    assertThat(registry.get("weft.encoder.queue.tokens").gauge().value()).isZero();
    assertThat(registry.get("te_queue_size").gauge().value()).isZero();
  }

  @Test
  void saysWhyAFolderIsNotLoadedAndKeepsWhatIsLoaded() throws IOException, InterruptedException {
    ModelFolder folder = TinyCheckpoints.importBert(root, Dtype.FP32);
    TinyCheckpoints.importLlama(root, Dtype.FP32);
    load(Map.of());
    ServedModel old = models.get("tiny-bert");
    ModelAdminGrpcService admin = new ModelAdminGrpcService(models);
    Files.delete(folder.graph());

    assertThat(Rpc.failure(admin::loadModel, load("tiny-bert")))
        .isInstanceOf(WeftException.Unsupported.class)
        .hasMessageEndingWith("model.onnx is missing");
    assertThat(models.get("tiny-bert")).isSameAs(old);
    assertThat(Rpc.failure(admin::loadModel, load("tiny-llama")))
        .isInstanceOf(WeftException.Unsupported.class)
        .hasMessageContaining("is no encoder");
    assertThat(Rpc.failure(admin::loadModel, load("nothing")))
        .isInstanceOf(WeftException.NotFound.class)
        .hasMessage("there is no model folder 'nothing'");
    for (String name : List.of("", "../tiny-bert", "tiny-bert.part", "a".repeat(97))) {
      assertThat(Rpc.failure(admin::loadModel, load(name)))
          .isInstanceOf(WeftException.InvalidRequest.class);
    }
    Files.move(folder.path(), root.resolve("moved"));
    Files.writeString(root.resolve("moved/model.onnx"), "");
    assertThat(Rpc.failure(admin::loadModel, load("moved")))
        .isInstanceOf(WeftException.Unsupported.class);
  }

  private static LoadModelRequest load(String model) {
    return LoadModelRequest.newBuilder().setModel(model).build();
  }

  private void load(Map<String, String> values) throws InterruptedException {
    prepare(values);
    models.load(new StartupEvent());
  }

  private void prepare(Map<String, String> values) {
    Map<String, String> all = new HashMap<>(values);
    all.put("models-dir", root.toString());
    config = Configs.of(all);
    models = new ServedModels(config, registry, new GrpcHealthStatus(storage), new OpenCalls());
  }

  private HealthCheckResponse health() {
    return new EncoderReadiness(models, config).call();
  }

  private ServingStatus grpcHealth() {
    return storage.getStatuses().get(GrpcHealthStorage.DEFAULT_SERVICE_NAME);
  }
}
