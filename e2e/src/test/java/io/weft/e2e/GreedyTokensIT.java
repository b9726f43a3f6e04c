package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SmolLM2 with fp32 weights gives the very tokens of transformers (e2e/goldens/real_models.py),
 * alone and among others.
 */
class GreedyTokensIT {
  private static final String MODEL = "smollm2-135m-instruct-fp32";
  private static final WeftStack STACK = new WeftStack(WeftStack.FP32);
  private static GeneratorClient generator;

  @BeforeAll
  static void start() throws IOException {
    Path models = WeftStack.ROOT.resolve("e2e/target/models-fp32");
    STACK.with("WEFT_MODELS_DIR", models.toString());
    shareDownloads(models);
    WeftStack.Result pulled =
        STACK.weft("pull", Api.CHAT_MODEL, "--name", MODEL, "--dtype", "fp32", "--force");
    assertThat(pulled.exit()).as(pulled.output()).isZero();
    STACK.up("tokenizer", "generator");
    generator = new GeneratorClient(STACK.port(9003), MODEL);
  }

  @AfterAll
  static void stop() {
    if (generator != null) {
      generator.close();
    }
    STACK.close();
  }

  /** What was fetched for the default models is not fetched again. */
  private static void shareDownloads(Path models) throws IOException {
    Path downloads = Files.createDirectories(WeftStack.ROOT.resolve("models/.download"));
    Path link = Files.createDirectories(models).resolve(".download");
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(link, downloads);
    }
  }

  static Stream<Golden> goldens() throws IOException {
    try (InputStream in =
        GreedyTokensIT.class.getResourceAsStream("/goldens/smollm2-fp32-greedy.json")) {
      JsonNode cases = new ObjectMapper().readTree(in).get("cases");
      return StreamSupport.stream(cases.spliterator(), false).map(Golden::of);
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void areThoseOfTransformers(Golden golden) {
    assertThat(generator.greedy(golden.prompt, golden.output.size())).isEqualTo(golden.output);
  }

  @Test
  void areTheSameAmongFifteenOthers() throws Exception {
    List<Golden> goldens = goldens().toList();
    double before = stepsOfMoreThanOne();

    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Integer>>> together =
          IntStream.range(0, 16)
              .mapToObj(i -> goldens.get(i % goldens.size()))
              .map(
                  golden ->
                      clients.submit(() -> generator.greedy(golden.prompt, golden.output.size())))
              .toList();
      for (int i = 0; i < together.size(); i++) {
        assertThat(together.get(i).get()).isEqualTo(goldens.get(i % goldens.size()).output);
      }
    }

    assertThat(stepsOfMoreThanOne()).as("decode steps of several sequences").isGreaterThan(before);
  }

  private static double stepsOfMoreThanOne() {
    Metrics metrics = STACK.generatorMetrics();
    return metrics.sum("weft_generator_decode_batch_size_count")
        - metrics.sum("weft_generator_decode_batch_size_bucket", "le=\"1.0\"");
  }

  /** A prompt and what transformers continued it with. */
  record Golden(String name, List<Integer> prompt, List<Integer> output) {
    static Golden of(JsonNode json) {
      return new Golden(
          json.get("name").textValue(), ids(json.get("prompt_ids")), ids(json.get("output_ids")));
    }

    private static List<Integer> ids(JsonNode array) {
      return StreamSupport.stream(array.spliterator(), false).map(JsonNode::intValue).toList();
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
