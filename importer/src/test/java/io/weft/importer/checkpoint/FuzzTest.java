package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Broken checkpoints end in an ImportException or in numbers, never in anything else, quickly and
 * in little memory.
 *
 * <p>As part of all tests each of these takes some seconds. {@code -Dweft.fuzz.rounds=50000} asks
 * for so many safetensors headers and as many GGUF files instead, and a tenth as many folders.
 */
class FuzzTest {
  private static final int ROUNDS = Integer.getInteger("weft.fuzz.rounds", 0);
  private static final Duration BRIEFLY = Duration.ofSeconds(3);

  /** One folder for each reader of configurations; the Llama's is sharded. */
  private static final List<String> ARCHITECTURES =
      List.of(
          "tiny-bert",
          "tiny-byt5",
          "tiny-flan-t5",
          "tiny-gemma2",
          "tiny-gemma3-vision",
          "tiny-gpt2",
          "tiny-mistral",
          "tiny-phi3-long",
          "tiny-pythia",
          "tiny-qwen2",
          "tiny-qwen3");

  private static final Path NOWHERE = Path.of("fuzz");

  @TempDir Path temp;

  @Test
  void brokenSafetensors() throws Exception {
    byte[] file =
        Files.readAllBytes(
            new SafetensorsBuilder(true)
                .llama(32, 16, 16, 2, 16)
                .tensor("ids", 4)
                .write(temp.resolve("f")));
    int header = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    JsonMutator json = new JsonMutator(new String(file, 8, header, StandardCharsets.UTF_8));
    byte[] data = Arrays.copyOfRange(file, 8 + header, file.length);

    run(
        new FuzzRun<>(
            "safetensors headers",
            file,
            random -> safetensors(json.mutate(random), data, random),
            bytes -> readAll(Safetensors.parse(mapped(bytes)).values())),
        1);
  }

  /** A file with this header; in one of eight the length of the header is another. */
  private static byte[] safetensors(String header, byte[] data, Random random) {
    byte[] frame = SafetensorsBuilder.frame(header);
    if (random.nextInt(8) == 0) {
      long length = random.nextBoolean() ? random.nextLong() : random.nextInt(2 * frame.length);
      ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    }
    byte[] file = Arrays.copyOf(frame, frame.length + data.length);
    System.arraycopy(data, 0, file, frame.length, data.length);
    return file;
  }

  @Test
  void brokenGguf() throws Exception {
    List<GgufMutator> files = new ArrayList<>();
    for (String type : List.of("f16", "q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q4_k", "q6_k")) {
      files.add(new GgufMutator(Files.readAllBytes(TinyCheckpoints.llamaGguf(temp, type))));
    }
    for (String architecture : List.of("gemma3", "gpt2", "phi3", "pythia", "qwen2", "qwen3")) {
      String name = "tiny-gguf-%s.gguf".formatted(architecture);
      files.add(new GgufMutator(Files.readAllBytes(TinyCheckpoints.file(name, temp))));
    }
    Path tokenizer = temp.resolve("tokenizer.json");

    run(
        new FuzzRun<>(
            "GGUF files",
            files.getFirst().file(),
            random -> files.get(random.nextInt(files.size())).mutate(random),
            bytes -> {
              GgufCheckpoint checkpoint = GgufCheckpoint.read(mapped(bytes));
              readAll(checkpoint.tensorNames().stream().map(checkpoint::find).toList());
              checkpoint.tokenizer().writer().write(tokenizer);
            }),
        1);
  }

  @Test
  void brokenFolders() throws Exception {
    Path target = temp.resolve("written.json");
    List<Seed> seeds = new ArrayList<>();
    List<Path> folders = new ArrayList<>(List.of(shardedLlama()));
    for (String name : ARCHITECTURES) {
      folders.add(TinyCheckpoints.checkpoint(name, temp));
    }
    for (Path folder : folders) {
      seeds.addAll(
          seeds(
              folder,
              () -> {
                try (Checkpoint checkpoint = Checkpoint.open(folder)) {
                  checkpoint.tokenizer().writer().write(target);
                }
              }));
    }
    for (String name : List.of("bert", "gpt2", "llama", "xlm-roberta", "t5")) {
      Path folder = TinyCheckpoints.checkpoint("tokenizers/" + name, temp);
      seeds.addAll(
          seeds(
              folder,
              () ->
                  HuggingFaceTokenizer.read(
                          folder, JsonNodeFactory.instance.objectNode(), Limits.VOCABULARY, true)
                      .writer()
                      .write(target)));
    }

    run(
        new FuzzRun<>(
            "folders",
            seeds.getFirst(),
            random -> {
              Seed seed = seeds.get(random.nextInt(seeds.size()));
              Files.write(seed.file, seed.mutate(random));
              return seed;
            },
            seed -> {
              try {
                seed.open.run();
              } finally {
                Files.write(seed.file, seed.content);
              }
            }),
        10);
  }

  private static List<Seed> seeds(Path folder, Opening open) throws IOException {
    List<Seed> seeds = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.toString().endsWith(".safetensors")) {
          seeds.add(new Seed(file, Files.readAllBytes(file), open));
        }
      }
    }
    return seeds;
  }

  private Path shardedLlama() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    String shard = "model-00001-of-00001.safetensors";
    Files.move(folder.resolve("model.safetensors"), folder.resolve(shard));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        """
        {"metadata": {"total_size": 1},
         "weight_map": {"model.norm.weight": "%s", "model.embed_tokens.weight": "%s"}}
        """
            .formatted(shard, shard));
    return folder;
  }

  private static void run(FuzzRun<?> fuzz, int share) throws Exception {
    FuzzRun.Report report =
        ROUNDS > 0
            ? fuzz.run(ROUNDS / share, Duration.ofHours(2))
            : fuzz.run(Integer.MAX_VALUE, BRIEFLY);
    // Both happen, or the cases prove little.
    assertThat(report.refused()).isGreaterThan(report.cases() / 10);
    assertThat(report.accepted()).isGreaterThan(report.cases() / 50);
  }

  private static MappedFile mapped(byte[] bytes) {
    return new MappedFile(NOWHERE, MemorySegment.ofArray(bytes), Arena.global());
  }

  /** Reads the first and the last row of each tensor that holds weights. */
  private static void readAll(Iterable<Tensor> tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.type().isDecodable()) {
        float[] row = new float[tensor.columns()];
        tensor.readRows(0, 1, row);
        tensor.readRows(tensor.rows() - 1, 1, row);
        QuantizedRows blocks = tensor.blocks();
        if (blocks != null) {
          blocks.read(tensor.rows() - 1, 1, blocks.room(1));
        }
      }
    }
  }

  private record Seed(Path file, byte[] content, Opening open) {
    byte[] mutate(Random random) {
      if (file.toString().endsWith(".json")) {
        return new JsonMutator(new String(content, StandardCharsets.UTF_8))
            .mutate(random)
            .getBytes(StandardCharsets.UTF_8);
      }
      byte[] changed =
          random.nextInt(4) == 0
              ? Arrays.copyOf(content, random.nextInt(content.length))
              : content.clone();
      for (int flips = random.nextInt(5); flips > 0 && changed.length > 0; flips--) {
        changed[random.nextInt(changed.length)] =
            random.nextBoolean() ? (byte) random.nextInt() : (byte) -1;
      }
      return changed;
    }
  }

  @FunctionalInterface
  private interface Opening {
    void run() throws Exception;
  }
}
