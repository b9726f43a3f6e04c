package io.weft.importer.testing;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.runtime.model.ModelFolder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Tiny checkpoints with random weights and what transformers computes with them; made by {@code
 * e2e/goldens/tiny_models.py}.
 *
 * <p>For a test in another module, add to its pom:
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>io.weft</groupId>
 *   <artifactId>importer</artifactId>
 *   <scope>test</scope>
 * </dependency>
 * <dependency>
 *   <groupId>io.weft</groupId>
 *   <artifactId>importer</artifactId>
 *   <version>${project.version}</version>
 *   <type>test-jar</type>
 *   <scope>test</scope>
 * </dependency>
 * }</pre>
 *
 * and in the test:
 *
 * <pre>{@code
 * @TempDir Path models;
 * ModelFolder folder = TinyCheckpoints.importLlama(models, Dtype.FP32);
 * LlamaGoldens goldens = TinyCheckpoints.llamaGoldens();
 * }</pre>
 *
 * <p>Tiny Llama: 2 layers, hidden size 64, 4 heads of 16 over 2 key/value heads, 320 tokens,
 * context 256, byte-level BPE with {@code <|endoftext|>} (0), {@code <|im_start|>} (1) and {@code
 * <|im_end|>} (2, the end of a sequence), ChatML template. Tiny BERT: 2 layers, hidden size 32, 2
 * heads, WordPiece, context 64, mean pooling, normalised.
 */
public final class TinyCheckpoints {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private TinyCheckpoints() {}

  /** Imports the tiny Llama, from safetensors, as {@code modelsDir/tiny-llama}. */
  public static ModelFolder importLlama(Path modelsDir, Dtype dtype) {
    return importLlama(modelsDir, Quantization.of(dtype));
  }

  /** The same, with any number formats. */
  public static ModelFolder importLlama(Path modelsDir, Quantization quantization) {
    return importFrom(TinyCheckpoints::llama, modelsDir, "tiny-llama", quantization);
  }

  /** Imports the tiny BERT, from safetensors, as {@code modelsDir/tiny-bert}. */
  public static ModelFolder importBert(Path modelsDir, Dtype dtype) {
    return importFrom(TinyCheckpoints::bert, modelsDir, "tiny-bert", dtype);
  }

  /** Copies the Hugging Face folder of the tiny Llama into {@code parent} and returns it. */
  public static Path llama(Path parent) {
    return checkpoint("tiny-llama", parent);
  }

  /** Copies the Hugging Face folder of the tiny BERT into {@code parent} and returns it. */
  public static Path bert(Path parent) {
    return checkpoint("tiny-bert", parent);
  }

  /**
   * Copies a Hugging Face folder into {@code parent} and returns it.
   *
   * @param name of the folder beside this class; its {@code files.txt} lists what lies in it
   */
  public static Path checkpoint(String name, Path parent) {
    try (InputStream in = open(name + "/files.txt")) {
      for (String file : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        copy(name + "/" + file, parent.resolve(name).resolve(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return parent.resolve(name);
  }

  /** Imports the Hugging Face folder {@code name} as {@code modelsDir/name}. */
  public static ModelFolder importCheckpoint(String name, Path modelsDir, Dtype dtype) {
    return importFrom(folder -> checkpoint(name, folder), modelsDir, name, dtype);
  }

  /**
   * Copies the GGUF file of the tiny Llama into {@code parent} and returns it.
   *
   * @param type of the linear layers, as {@code q4_0}; the embedding table is {@code q8_0} unless
   *     the type is one of plain floats; the K types' model has one layer of hidden size 256
   */
  public static Path llamaGguf(Path parent, String type) {
    String name = "tiny-llama-" + type + ".gguf";
    return copy(name, parent.resolve(name));
  }

  /** Copies a file beside this class into {@code parent} and returns it. */
  public static Path file(String name, Path parent) {
    return copy(name, parent.resolve(name));
  }

  /** What transformers computes with the tiny Llama in 32-bit floats. */
  public static LlamaGoldens llamaGoldens() {
    return read("tiny-llama-goldens.json", LlamaGoldens.class);
  }

  /** What transformers computes with the weights of {@link #llamaGguf}; no encodings, no chat. */
  public static List<Prompt> llamaGgufGoldens(String type) {
    return read("tiny-llama-" + type + "-goldens.json", LlamaGoldens.class).prompts();
  }

  /** What transformers and sentence-transformers compute with the tiny BERT. */
  public static List<Text> bertGoldens() {
    return read("tiny-bert-goldens.json", BertGoldens.class).texts();
  }

  /**
   * What transformers computes with a tiny encoder-decoder.
   *
   * @param name {@code tiny-t5}, {@code tiny-flan-t5}, {@code tiny-mt5} or {@code tiny-byt5}
   */
  public static List<EncodedInput> t5Goldens(String name) {
    return read(name + "-goldens.json", T5Goldens.class).inputs();
  }

  /** Reads a JSON resource of this package. */
  public static <T> T read(String resource, Class<T> type) {
    try (InputStream in = open(resource)) {
      return JSON.readValue(in, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ModelFolder importFrom(Source source, Path modelsDir, String name, Dtype dtype) {
    return importFrom(source, modelsDir, name, Quantization.of(dtype));
  }

  private static ModelFolder importFrom(
      Source source, Path modelsDir, String name, Quantization quantization) {
    try {
      Path parent = Files.createTempDirectory("tiny");
      try {
        return Importer.importCheckpoint(
                new ImportOptions(
                    source.copyTo(parent), modelsDir, name, quantization, null, false))
            .folder();
      } finally {
        try (var files = Files.walk(parent)) {
          for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path copy(String resource, Path target) {
    try (InputStream in = open(resource)) {
      Files.createDirectories(target.toAbsolutePath().getParent());
      Files.copy(in, target);
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = TinyCheckpoints.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException(resource);
    }
    return in;
  }

  /**
   * Goldens of the tiny Llama.
   *
   * @param encodings what its tokenizer makes of texts, special tokens recognised, none added
   */
  public record LlamaGoldens(List<Prompt> prompts, List<Encoding> encodings, Chat chat) {}

  /**
   * A prompt.
   *
   * @param ids its tokens
   * @param middle a position within it
   * @param middleLogits [vocabulary] at that position
   * @param lastLogits [vocabulary] at the last position
   * @param greedy the 16 tokens that follow greedily; the end of a sequence is not heeded
   */
  public record Prompt(
      String text,
      List<Integer> ids,
      int middle,
      @com.fasterxml.jackson.annotation.JsonProperty("middle_logits") List<Float> middleLogits,
      @com.fasterxml.jackson.annotation.JsonProperty("last_logits") List<Float> lastLogits,
      List<Integer> greedy) {}

  /** A text and its tokens. */
  public record Encoding(String text, List<Integer> ids) {}

  /**
   * A conversation.
   *
   * @param rendered by the chat template, with the generation prompt
   * @param ids tokens of the rendered text
   */
  public record Chat(List<Message> messages, String rendered, List<Integer> ids) {}

  /** A message of a conversation. */
  public record Message(String role, String content) {}

  /**
   * A text through the tiny BERT.
   *
   * @param ids its tokens, [CLS] and [SEP] included
   * @param hidden [tokens, 32], the last hidden state
   * @param embedding [32], pooled and normalised
   */
  public record Text(
      String text, List<Integer> ids, List<List<Float>> hidden, List<Float> embedding) {}

  /**
   * An input of a tiny encoder-decoder, made by {@code e2e/goldens/tiny_t5.py}.
   *
   * @param ids its tokens, {@code </s>} (1) at their end
   * @param greedy the 32 tokens that follow the start token (0) greedily, {@code </s>} banned
   */
  public record EncodedInput(String text, List<Integer> ids, List<Integer> greedy) {}

  private record T5Goldens(List<EncodedInput> inputs) {}

  private record BertGoldens(List<Text> texts) {}

  /** Puts a checkpoint into a folder. */
  @FunctionalInterface
  interface Source {
    Path copyTo(Path parent);
  }
}
