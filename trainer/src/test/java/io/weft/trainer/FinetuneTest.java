package io.weft.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.testing.TinyEncoders;
import io.weft.proto.admin.v1.LoadModelRequest;
import io.weft.proto.admin.v1.LoadModelResponse;
import io.weft.proto.admin.v1.ModelAdminServiceGrpc;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line, from data files to model folders. */
class FinetuneTest {
  @TempDir Path folder;
  private Path models;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void makeFolder() throws IOException {
    models = Files.createDirectory(folder.resolve("models"));
  }

  @Test
  void makesAModelFolderACheckpointAndReports() throws IOException {
    Path data = classify(40);

    assertThat(finetune("bert", data, "--task", "classify", "--epochs", "2")).as(err()).isZero();

    ModelFolder model = ModelFolder.open(models.resolve("new"));
    assertThat(model.manifest().tasks()).containsExactly("classify");
    assertThat(model.manifest().encoder().labels()).containsExactly("animal", "food");
    assertThat(model.manifest().encoder().problemType()).isEqualTo("single_label_classification");
    Path run = models.resolve(".finetune/new");
    assertThat(run.resolve("state.safetensors")).doesNotExist();
    assertThat(run.resolve("scratch")).doesNotExist();
    assertThat(Files.readAllLines(run.resolve("loss.csv"))).hasSize(1 + 2 * 9);
    assertThat(Files.readAllLines(run.resolve("epochs.csv")))
        .hasSize(3)
        .first()
        .isEqualTo("step,epoch,loss,accuracy,macro_f1");
    assertThat(Files.readAllLines(run.resolve("doubted.csv"))).hasSize(1 + 36);
    JsonNode report = new JsonMapper().readTree(run.resolve("report.json").toFile());
    assertThat(report.at("/validation/rows").asInt()).isEqualTo(4);
    assertThat(report.at("/validation/confusion")).hasSize(2);
    JsonNode config = new JsonMapper().readTree(run.resolve("checkpoint/config.json").toFile());
    assertThat(config.at("/architectures/0").asText()).isEqualTo("BertForSequenceClassification");
    assertThat(config.at("/label2id/food").asInt()).isEqualTo(1);
    assertThat(out.toString())
        .contains("Data: 36 rows to train on, 4 to validate by, 0 to test by; 2 labels")
        .contains("epoch 2: validation loss")
        .contains("It is served when the services start the next time");
  }

  @Test
  void importsWhatEveryTaskAndArchitectureMakes() throws IOException {
    Path tags =
        write(
            "tags.jsonl",
            20,
            i ->
                i % 2 == 0
                    ? "{\"tokens\": [\"The\", \"dog\", \"sleeps\"], \"tags\": [\"O\", \"ANIMAL\","
                        + " \"O\"]}"
                    : "{\"tokens\": [\"bread\", \"baker\"], \"tags\": [\"O\", \"O\"]}");
    Path many =
        write(
            "many.jsonl",
            20,
            i ->
                "{\"text\": \"dog %d\", \"labels\": [%s]}"
                    .formatted(i, i % 2 == 0 ? "\"a\"" : "\"a\", \"b\""));
    Path pairs =
        write(
            "pairs.jsonl",
            20,
            i ->
                "{\"text\": \"a dog\", \"text_pair\": \"a cat\", \"score\": 0.%d}"
                    .formatted(i % 10));

    check("distilbert", tags, "tag", "classify_tokens", "O", 2, "ANIMAL");
    check("electra", many, "multi-label", "classify", "a", 2, "b");
    check("xlm-roberta", pairs, "score", "classify", "score", 1, "score");
    check("roberta", pairs, "regression", "classify", "score", 1, "score");
    check("mpnet", tags, "tag", "classify_tokens", "O", 2, "ANIMAL");
    assertThat(ModelFolder.open(models.resolve("roberta")).manifest().encoder().activation())
        .isEqualTo("identity");
    assertThat(ModelFolder.open(models.resolve("xlm-roberta")).manifest().encoder().activation())
        .isEqualTo("sigmoid");
  }

  private void check(
      String base, Path data, String task, String served, String label, int labels, String other)
      throws IOException {
    assertThat(
            finetune(
                base, data, "--task", task, "--epochs", "1", "--name", base, "--train", "lora"))
        .as(err())
        .isZero();
    ModelFolder model = ModelFolder.open(models.resolve(base));
    assertThat(model.manifest().tasks()).containsExactly(served);
    assertThat(model.manifest().encoder().labels()).hasSize(labels).contains(label, other);
    try (Checkpoint checkpoint =
        Checkpoint.open(models.resolve(".finetune").resolve(base).resolve("checkpoint"))) {
      assertThat(checkpoint.tensorNames()).noneMatch(name -> name.contains("lora"));
    }
  }

  @Test
  void tellsWhatIsWrongBeforeAnyTraining() throws IOException {
    Path broken = folder.resolve("broken.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(classify(20)));
    lines.set(16, "{\"text\": ");
    lines.set(18, "{\"text\": \"\", \"label\": \"food\"}");
    Files.write(broken, lines);
    assertThat(finetune("bert", broken)).isEqualTo(1);
    assertThat(err().lines())
        .containsExactly(
            "error: broken.jsonl, line 17: this is not JSON, at column 10",
            "broken.jsonl, line 19: the text is empty");

    Path one = write("one.jsonl", 5, i -> "{\"text\": \"dog %d\", \"label\": \"x\"}".formatted(i));
    assertThat(finetune("bert", one)).isEqualTo(1);
    assertThat(err()).contains("all 5 rows have the label 'x'; there must be at least 2");
    assertThat(finetune("bert", classify(20), "--labels", "food,drink")).isEqualTo(1);
    assertThat(err()).contains("line 1: the label 'animal' is unknown; known: food, drink");
    assertThat(finetune("modernbert", classify(20))).isEqualTo(1);
    assertThat(err()).contains("is of architecture modernbert; those that can be trained: bert,");
    assertThat(finetune("bert", classify(20), "--lr", "2")).isEqualTo(1);
    assertThat(err()).contains("lr is 2, it must lie in (0, 1]");
    assertThat(finetune("bert", classify(20), "--class-weights", "food=0")).isEqualTo(1);
    assertThat(err()).contains("--class-weights: 'food=0' is not LABEL=W");
    assertThat(finetune("bert", classify(20), "--name", "../x")).isEqualTo(1);
    assertThat(err()).contains("'../x' cannot name a model");
    assertThat(finetune("bert", classify(20), "--max-length", "65")).isEqualTo(1);
    assertThat(err()).contains("--max-length is 65.0, it must lie in [8.0, 64.0]");
    assertThat(models.resolve("new")).doesNotExist();
    assertThat(out.toString()).doesNotContain("Training:");
  }

  @Test
  void aBaseThatIsNotThereIsNamed() throws IOException {
    Path data = classify(20);
    assertThat(run("--base", "nothing", "--data", data.toString(), "--name", "new")).isEqualTo(1);
    assertThat(err()).contains("'nothing' is neither a model in");
    TinyEncoders.importModel("bert", "plain", models, io.weft.importer.quantize.Dtype.FP32);
    assertThat(run("--base", "bert-plain", "--data", data.toString(), "--name", "new"))
        .isEqualTo(1);
    assertThat(err())
        .contains("model bert-plain was imported from a path")
        .contains("name the Hugging Face folder itself");
  }

  @Test
  void runningServicesLoadTheModel() throws IOException {
    List<String> loaded = new ArrayList<>();
    Server server = service(loaded, null);
    try {
      String address = "127.0.0.1:" + server.getPort();
      assertThat(
              finetune(
                  "bert",
                  classify(20),
                  "--epochs",
                  "1",
                  "--tokenizer-service",
                  address,
                  "--encoder-service",
                  address))
          .as(err())
          .isZero();
      assertThat(loaded).containsExactly("new", "new");
      assertThat(out.toString()).contains("Served now as new");
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void aServiceThatRefusesIsTold() throws IOException {
    Server server = service(new ArrayList<>(), Status.FAILED_PRECONDITION.withDescription("full"));
    try {
      assertThat(
              finetune(
                  "bert",
                  classify(20),
                  "--epochs",
                  "1",
                  "--encoder-service",
                  "127.0.0.1:" + server.getPort()))
          .isEqualTo(1);
      assertThat(err()).contains("the encoder service at").contains("did not load it: full");
    } finally {
      server.shutdownNow();
    }
  }

  private static Server service(List<String> loaded, Status refusal) throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
        .addService(
            new ModelAdminServiceGrpc.ModelAdminServiceImplBase() {
              @Override
              public void loadModel(
                  LoadModelRequest request, StreamObserver<LoadModelResponse> call) {
                if (refusal != null) {
                  call.onError(refusal.asRuntimeException());
                  return;
                }
                loaded.add(request.getModel());
                call.onNext(LoadModelResponse.getDefaultInstance());
                call.onCompleted();
              }
            })
        .build()
        .start();
  }

  private int finetune(String base, Path data, String... more) throws IOException {
    Path checkpoint =
        TinyEncoders.checkpoint(base, "plain", Files.createTempDirectory(folder, "base"));
    List<String> arguments =
        new ArrayList<>(
            List.of("--base", checkpoint.toString(), "--data", data.toString(), "--batch", "4"));
    arguments.addAll(List.of("--threads", "1"));
    arguments.addAll(Arrays.asList(more));
    if (!arguments.contains("--name")) {
      arguments.addAll(List.of("--name", "new"));
    }
    return run(arguments.toArray(new String[0]));
  }

  private int run(String... arguments) {
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--models-dir", models.toString()));
    CommandLine commandLine = TrainerMain.commandLine();
    return commandLine
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(new String[0]));
  }

  private String err() {
    return err.toString();
  }

  private Path classify(int count) throws IOException {
    return write(
        "classify.jsonl",
        count,
        i ->
            i % 2 == 0
                ? "{\"text\": \"The dog sleeps %d\", \"label\": \"animal\"}".formatted(i)
                : "{\"text\": \"The baker made bread %d\", \"label\": \"food\"}".formatted(i));
  }

  private Path write(String name, int count, java.util.function.IntFunction<String> row)
      throws IOException {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row.apply(i));
    }
    return Files.write(folder.resolve(name), rows);
  }
}
