package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.engine.BeamOptions.EarlyStopping;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Beam search on tiny models against transformers' own (e2e/goldens/beam_goldens.py). */
@Timeout(120)
class BeamGoldensTest {
  private static final int SLOTS = 8;
  private static final Goldens GOLDENS = read();

  @TempDir static Path models;

  private record Goldens(List<Case> cases) {}

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  private record Case(
      String model,
      int[] prompt,
      int numBeams,
      int n,
      float lengthPenalty,
      String earlyStopping,
      int maxTokens,
      int minTokens,
      List<Integer> endIds,
      float repetitionPenalty,
      int noRepeatNgramSize,
      List<List<Integer>> sequences,
      List<Double> scores) {
    GenerationRequest request(ModelManifest manifest) {
      Penalties penalties = new Penalties(repetitionPenalty, 0, 0, noRepeatNgramSize);
      Prompt given = Prompt.of(prompt);
      return new GenerationRequest(
          manifest.family() == Family.ENCODER_DECODER
              ? Prompt.ofInput(given, Objects.requireNonNull(manifest.generation()).decoderStart())
              : given,
          n,
          new SamplingOptions(0, 0, 1, 0, 1, penalties, 0, Map.of()),
          new StopOptions(
              maxTokens, Math.min(minTokens, maxTokens), List.of(), new HashSet<>(endIds), false),
          OutputOptions.plain(),
          "",
          n,
          new BeamOptions(
              numBeams,
              lengthPenalty,
              EarlyStopping.valueOf(earlyStopping.toUpperCase(Locale.ROOT))));
    }
  }

  static Stream<String> names() {
    return GOLDENS.cases().stream().map(Case::model).distinct();
  }

  @ParameterizedTest
  @MethodSource("names")
  void sequencesAndScoresEqualTransformersAlone(String name) {
    ModelFolder folder = folder(name);
    for (Case golden : cases(name)) {
      check(golden, run(folder, List.of(golden.request(folder.manifest()))).getFirst());
    }
  }

  /** All searches of a model at once, and greedy requests between them. */
  @ParameterizedTest
  @MethodSource("names")
  void sequencesEqualTransformersAmongOthers(String name) {
    ModelFolder folder = folder(name);
    List<Case> cases = cases(name);
    List<GenerationRequest> requests = new ArrayList<>();
    for (Case golden : cases) {
      GenerationRequest search = golden.request(folder.manifest());
      requests.add(search);
      requests.add(
          new GenerationRequest(
              search.prompt(),
              1,
              SamplingOptions.likeliest(),
              StopOptions.after(11),
              OutputOptions.plain(),
              ""));
    }

    List<RecordingSink> sinks = run(folder, requests);

    for (int i = 0; i < cases.size(); i++) {
      check(cases.get(i), sinks.get(2 * i));
      assertThat(sinks.get(2 * i + 1).ids(0)).hasSize(11);
    }
  }

  private static void check(Case golden, RecordingSink sink) {
    assertThat(sink.failure()).isNull();
    for (int i = 0; i < golden.n(); i++) {
      assertThat(sink.ids(i)).as("%s, sequence %d", golden, i).isEqualTo(golden.sequences().get(i));
      assertThat(sink.finished(i).score())
          .isCloseTo(golden.scores().get(i), tolerance(golden.scores().get(i)));
      boolean ends = golden.endIds().contains(sink.ids(i).getLast());
      assertThat(sink.finished(i).reason())
          .isEqualTo(ends ? FinishReason.STOP : FinishReason.LENGTH);
      assertThat(sink.finished(i).usage().completionTokens()).isEqualTo(sink.ids(i).size());
    }
    assertThat(sink.ids()).hasSize(golden.n());
  }

  private static Offset<Double> tolerance(double score) {
    return within(1e-4 * Math.max(1, Math.abs(score)));
  }

  private static List<RecordingSink> run(ModelFolder folder, List<GenerationRequest> requests) {
    ModelManifest manifest = folder.manifest();
    OnnxModelRunner runner =
        OnnxModelRunner.open(
            folder,
            new OnnxModelRunner.Options(1, SLOTS, manifest.contextLength(), 16, 1L << 30, 0));
    Inbox inbox = new Inbox();
    List<RecordingSink> sinks = new ArrayList<>();
    for (GenerationRequest request : requests) {
      RecordingSink sink = new RecordingSink();
      sinks.add(sink);
      inbox.offer(new Generation(request, sink, 0, Generation.NO_DEADLINE, Context.root()));
    }
    inbox.close();
    Engine.Parts parts =
        new Engine.Parts(
            "tiny",
            Vocabularies.letters(manifest.vocabularySize()),
            16,
            Speculation.Options.off(),
            new EngineMetrics(new SimpleMeterRegistry(), "tiny"),
            OpenTelemetry.noop().getTracer("test"),
            System::nanoTime);
    Engine.loop(runner, inbox, parts).run();
    return sinks;
  }

  private static List<Case> cases(String name) {
    return GOLDENS.cases().stream()
        .filter(golden -> golden.model().equals(name))
        .collect(Collectors.toList());
  }

  private static ModelFolder folder(String name) {
    Path folder = models.resolve("tiny-" + name);
    return folder.toFile().exists()
        ? ModelFolder.open(folder)
        : TinyCheckpoints.importCheckpoint("tiny-" + name, models, Dtype.FP32);
  }

  private static Goldens read() {
    try (InputStream in =
        Objects.requireNonNull(BeamGoldensTest.class.getResourceAsStream("/beam-goldens.json"))) {
      return new ObjectMapper().readValue(in, Goldens.class);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
