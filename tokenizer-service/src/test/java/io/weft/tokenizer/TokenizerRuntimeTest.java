package io.weft.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import io.weft.tokenizer.encode.TokenFields;
import io.weft.tokenizer.model.TestModels;
import io.weft.tokenizer.model.TokenizerModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerRuntimeTest {
  @TempDir Path root;

  private final GrpcHealthStorage storage = new GrpcHealthStorage();

  @Test
  void isReadyOnceItsModelsAreLoaded() {
    TestModels.encoder(root, "encoder");
    TokenizerConfig config = config(Map.of());
    TokenizerRuntime runtime = runtime(config);
    TokenizerReadiness readiness = new TokenizerReadiness(runtime, config);

    assertThatExceptionOfType(WeftException.Unavailable.class)
        .isThrownBy(runtime::state)
        .withMessage("the tokenizers are being loaded");
    assertDown(readiness.call(), "the tokenizers are being loaded");
    runtime.start(new StartupEvent());
    assertThat(readiness.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
    assertThat(readiness.call().getData().orElseThrow()).containsEntry("models", "encoder");
    assertThat(serving()).isEqualTo(ServingStatus.SERVING);
    runtime.stop(new ShutdownEvent());
    assertThat(serving()).isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void staysUnreadyWithoutModels() {
    TokenizerConfig config = config(Map.of());
    TokenizerRuntime runtime = runtime(config);
    runtime.start(new StartupEvent());

    assertDown(
        new TokenizerReadiness(runtime, config).call(), "no model with a tokenizer in " + root);
    assertThat(serving()).isEqualTo(ServingStatus.NOT_SERVING);
    runtime.stop(new ShutdownEvent());
  }

  @Test
  void doesNotStartWithABrokenConfigurationOrAModelThatItNames() throws IOException {
    Path folder = TestModels.encoder(root, "encoder");
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                runtime(config(Map.of("weft.tokenizer.models", "encoder")))
                    .start(new StartupEvent()))
        .withMessage(
            "weft-tokenizer cannot start: cannot use %s/tokenizer.json: it has no \"model\"",
            folder)
        .withNoCause();
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> runtime(config(Map.of("weft.tokenizer.threads", "0"))).start(new StartupEvent()))
        .withMessageStartingWith("weft-tokenizer cannot start: weft.tokenizer.threads is 0");
  }

  @Test
  void isReadyWithoutTheModelsThatItLeavesOut() throws IOException {
    TestModels.encoder(root, "encoder");
    Files.writeString(TestModels.encoder(root, "broken").resolve("tokenizer.json"), "{}");
    TokenizerConfig config = config(Map.of());
    TokenizerRuntime runtime = runtime(config);
    runtime.start(new StartupEvent());

    HealthCheckResponse response = new TokenizerReadiness(runtime, config).call();
    assertThat(response.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
    assertThat(response.getData().orElseThrow())
        .containsEntry("models", "encoder")
        .containsEntry("left_out", "broken");
    runtime.stop(new ShutdownEvent());
  }

  @Test
  void loadsAndUnloadsWhileItRuns() throws IOException {
    TokenizerConfig config = config(Map.of());
    TokenizerRuntime runtime = runtime(config);
    runtime.start(new StartupEvent());
    Path folder = TestModels.encoder(root, "encoder");

    assertThat(runtime.load("encoder")).isFalse();
    assertThat(serving()).isEqualTo(ServingStatus.SERVING);
    TokenizerModel old = runtime.state().models().require("encoder");
    assertThat(runtime.load("encoder")).isTrue();
    TokenizerModel now = runtime.state().models().require("encoder");
    assertThat(now).isNotSameAs(old);
    assertThat(old.encoder()).as("whoever has the old one may go on with it").isNotNull();
    assertThat(old.tokenizer().encode("hello", null, true, TokenFields.IDS).ids())
        .isEqualTo(now.tokenizer().encode("hello", null, true, TokenFields.IDS).ids());
    Files.writeString(folder.resolve("tokenizer.json"), "{}");
    assertThatExceptionOfType(WeftException.Unsupported.class)
        .isThrownBy(() -> runtime.load("encoder"))
        .withMessageEndingWith("it has no \"model\"");
    assertThat(runtime.state().models().require("encoder")).isSameAs(now);
    assertThatExceptionOfType(WeftException.NotFound.class)
        .isThrownBy(() -> runtime.load("nothing"));
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> runtime.load("../encoder"));
    runtime.unload("encoder");
    assertThat(serving()).isEqualTo(ServingStatus.NOT_SERVING);
    assertThatExceptionOfType(WeftException.NotFound.class)
        .isThrownBy(() -> runtime.unload("encoder"));
    runtime.stop(new ShutdownEvent());
  }

  private static void assertDown(HealthCheckResponse response, String reason) {
    assertThat(response.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
    assertThat(response.getData().orElseThrow()).containsEntry("reason", reason);
  }

  private ServingStatus serving() {
    return storage.statusForService(GrpcHealthStorage.DEFAULT_SERVICE_NAME).getStatus();
  }

  private TokenizerRuntime runtime(TokenizerConfig config) {
    return new TokenizerRuntime(
        config,
        new TokenizerMetrics(new SimpleMeterRegistry()),
        new GrpcHealthStatus(storage),
        new OpenCalls());
  }

  private TokenizerConfig config(Map<String, String> properties) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withMapping(TokenizerConfig.class)
        .withSources(
            new PropertiesConfigSource(
                Map.of("weft.tokenizer.models-dir", root.toString()), "root", 100),
            new PropertiesConfigSource(properties, "test", 200))
        .withConverter(
            java.time.Duration.class, 100, new io.quarkus.runtime.configuration.DurationConverter())
        .build()
        .getConfigMapping(TokenizerConfig.class);
  }
}
