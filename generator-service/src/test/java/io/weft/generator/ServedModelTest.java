package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.weft.generator.engine.GenerationEvent;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.ModelRunner;
import io.weft.generator.engine.Outbox;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ServedModelTest {
  private static final int VOCABULARY = 320;

  @TempDir Path root;

  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  /** Told nothing that this test looks at. */
  private static final class NoCaller implements Outbox.Writer {
    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void write(GenerationEvent event) {}

    @Override
    public void complete() {}

    @Override
    public void fail(WeftException failure) {}
  }

  @Test
  void aStepThatDoesNotEndIsAFault() throws InterruptedException {
    ModelManifest manifest = TinyCheckpoints.importLlama(root, Dtype.FP32).manifest();
    ServedModel model =
        ServedModel.start(
            manifest,
            hangingRunner(),
            Vocabularies.letters(VOCABULARY),
            Configs.config(Map.of("weft.generator.stuck-after", "1s")),
            new SimpleMeterRegistry(),
            OpenTelemetry.noop().getTracer("test"));
    assertThat(model.fault()).isEmpty();

    GenerationRequest request =
        RequestProtos.request(
            GenerateRequest.newBuilder()
                .addPromptIds(1)
                .setStop(StopConditions.newBuilder().setMaxTokens(1))
                .build(),
            model.limits());
    model.start(
        model.admit(request, new NoCaller()),
        request,
        null,
        io.weft.generator.engine.Generation.NO_DEADLINE);
    running.await();
    assertThat(model.fault()).isEmpty();
    while (model.fault().isEmpty()) {
      Thread.sleep(5);
    }
    assertThat(model.fault())
        .hasValueSatisfying(
            fault -> assertThat(fault).startsWith("its engine has been in one step for "));

    release.countDown();
    while (model.fault().isPresent()) {
      Thread.sleep(5);
    }
    model.stop(Duration.ofSeconds(5));
    assertThat(model.fault()).contains("its engine has failed");
  }

  /** A model whose runs do not end until they are let go. */
  private ModelRunner hangingRunner() {
    return (ModelRunner)
        Proxy.newProxyInstance(
            ModelRunner.class.getClassLoader(),
            new Class<?>[] {ModelRunner.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "vocabularySize" -> VOCABULARY;
                  case "slots" -> 2;
                  case "capacity" -> 64;
                  case "prefill" -> {
                    running.countDown();
                    release.await();
                    yield null;
                  }
                  default -> method.getReturnType() == int.class ? 0 : null;
                });
  }
}
