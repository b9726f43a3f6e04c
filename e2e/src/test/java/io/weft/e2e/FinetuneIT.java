package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.weft.proto.admin.v1.ModelAdminServiceGrpc;
import io.weft.proto.admin.v1.UnloadModelRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tiny encoder is fine-tuned beside running services, which serve it at once; kills are survived.
 */
class FinetuneIT {
  private static final WeftStack STACK = new WeftStack(WeftStack.FINETUNED);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path CHECKPOINTS =
      WeftStack.ROOT.resolve("importer/src/test/resources/io/weft/importer/testing/encoders/bert");

  @TempDir static Path folder;

  @BeforeAll
  static void start() throws IOException {
    STACK.with("WEFT_MODELS_DIR", folder.resolve("models").toString());
    Path base = Files.createDirectory(folder.resolve("bert-plain"));
    for (Path file :
        List.of(
            CHECKPOINTS.resolve("tokenizer.json"),
            CHECKPOINTS.resolve("tokenizer_config.json"),
            CHECKPOINTS.resolve("plain/config.json"),
            CHECKPOINTS.resolve("plain/model.safetensors"))) {
      Files.copy(file, base.resolve(file.getFileName()));
    }
    WeftStack.Result imported = STACK.weft("import", base.toString());
    assertThat(imported.exit()).as(imported.output()).isZero();
    STACK.up("tokenizer", "encoder", "gateway");
  }

  @AfterAll
  static void stop() {
    STACK.close();
  }

  @Test
  void theModelIsServedWithoutARestartAndAnswersAsItWasJudged() throws Exception {
    Path data = data("train.jsonl", 200);
    Path test = data("test.jsonl", 40);
    long encoder = STACK.pid("encoder");

    WeftStack.Result trained =
        STACK.weft(
            "finetune",
            "--base",
            folder.resolve("bert-plain").toString(),
            "--data",
            data.toString(),
            "--test",
            test.toString(),
            "--name",
            "animals",
            "--epochs",
            "4",
            "--lr",
            "1e-3",
            "--threads",
            "1");

    assertThat(trained.exit()).as(trained.output()).isZero();
    assertThat(trained.output()).contains("Served now as animals");
    awaitModel(true);
    JsonNode report =
        JSON.readTree(folder.resolve("models/.finetune/animals/report.json").toFile());
    assertThat(report.at("/test/accuracy").asDouble()).isGreaterThan(0.9);
    assertThat(confusion(test)).hasToString(report.at("/test/confusion").toString());
    assertThat(STACK.pid("encoder")).isEqualTo(encoder);

    unload(9001);
    unload(9002);
    awaitModel(false);
    assertThat(classify("The dog sleeps").status()).isEqualTo(404);
  }

  /** What the gateway says of rows, as the trainer counts it: given by guessed. */
  private static JsonNode confusion(Path test) throws IOException {
    long[][] counts = new long[2][2];
    List<String> labels = List.of("animal", "food");
    for (String line : Files.readAllLines(test)) {
      JsonNode row = JSON.readTree(line);
      JsonNode best = classify(row.path("text").asText()).json().at("/data/0");
      int given = labels.indexOf(row.path("label").asText());
      counts[given][labels.indexOf(best.path("label").asText())]++;
    }
    return JSON.valueToTree(counts);
  }

  private static Api.Answer classify(String text) {
    return STACK.api().post("/v1/classify", Map.of("model", "animals", "input", text));
  }

  private static void awaitModel(boolean there) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while ((classify("The dog").status() == 200) != there) {
      assertThat(System.nanoTime()).as("the gateway saw no change").isLessThan(deadline);
      Thread.sleep(200);
    }
  }

  private static void unload(int port) throws InterruptedException {
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", STACK.port(port)).usePlaintext().build();
    try {
      var _ =
          ModelAdminServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .unloadModel(UnloadModelRequest.newBuilder().setModel("animals").build());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void aKilledRunEndsWithTheWeightsOfOneThatWasNot() throws Exception {
    Path data = data("long.jsonl", 400);
    Process whole = train(data, "whole");
    assertThat(whole.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(whole.exitValue()).isZero();
    Path losses = folder.resolve("killed/loss.csv");
    int kills = 0;
    for (int after : List.of(100, 350)) {
      Process killed = train(data, "killed");
      while (killed.isAlive()
          && (!Files.exists(losses) || Files.readAllLines(losses).size() < after)) {
        Thread.sleep(5);
      }
      kills += killed.isAlive() ? 1 : 0;
      killed.destroyForcibly().waitFor();
    }
    assertThat(kills).isEqualTo(2);
    assertThat(folder.resolve("killed/checkpoint")).doesNotExist();
    Process rest = train(data, "killed");
    assertThat(rest.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(rest.exitValue()).isZero();

    assertThat(Files.readString(folder.resolve("killed.out"))).contains("Going on behind step");
    assertThat(folder.resolve("killed/checkpoint/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/checkpoint/model.safetensors"));
    assertThat(steps(losses)).isEqualTo(steps(folder.resolve("whole/loss.csv")));
  }

  /** All columns but the last, which is how long a step took. */
  private static List<String> steps(Path losses) throws IOException {
    return Files.readAllLines(losses).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  /** The trainer's own process, so that it can be killed and not its launcher. */
  private static Process train(Path data, String name) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-jar",
            WeftStack.ROOT.resolve("trainer/target/trainer.jar").toString(),
            "--base",
            folder.resolve("bert-plain").toString(),
            "--data",
            data.toString(),
            "--models-dir",
            folder.resolve("models-" + name).toString(),
            "--output",
            folder.resolve(name).toString(),
            "--name",
            name,
            "--epochs",
            "3",
            "--batch",
            "2",
            "--threads",
            "1",
            "--state-steps",
            "20");
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".out").toFile())
        .start();
  }

  private static Path data(String name, int rows) throws IOException {
    SplittableRandom random = new SplittableRandom(rows);
    String[][] words = {
      {"dog", "cat", "The dog sleeps", "a cat in the sun"},
      {"bread", "the baker", "bread for the town", "made bread"}
    };
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      int label = i % 2;
      String[] some = words[label];
      String text =
          some[random.nextInt(some.length)]
              + " all day "
              + random.nextInt(100)
              + " "
              + some[random.nextInt(some.length)];
      lines.add(
          JSON.writeValueAsString(Map.of("text", text, "label", label == 0 ? "animal" : "food")));
    }
    return Files.write(folder.resolve(name), lines);
  }
}
