package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/** What e2e/goldens/tiny_tokenizers.py wrote: texts, and the ids that the originals give them. */
final class TokenizerGoldens {
  private static final String FOLDER = "/io/weft/importer/testing/tokenizers/";
  private static final JsonNode GOLDENS =
      TinyCheckpoints.read("tokenizers/goldens.json", JsonNode.class);

  private TokenizerGoldens() {}

  /** Names of the ways to cut words that byte-level BPE has. */
  static List<String> schemes() {
    List<String> names = new ArrayList<>();
    GOLDENS.path("schemes").fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Copies {@code NAME.gguf}, which has metadata alone, into a folder. */
  static Path gguf(String name, Path parent) {
    try (InputStream in = TokenizerGoldens.class.getResourceAsStream(FOLDER + name + ".gguf")) {
      assertThat(in).as(name).isNotNull();
      Path file = parent.resolve(name + ".gguf");
      Files.copy(in, file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies the Hugging Face folder {@code NAME}, which has no weights, into a folder. */
  static Path folder(String name, Path parent) {
    return TinyCheckpoints.checkpoint("tokenizers/" + name, parent);
  }

  /** Requires that a written {@code tokenizer.json} cuts words as the scheme does. */
  static void assertScheme(String scheme, Path tokenizer) throws IOException {
    assertIds(GOLDENS.path("schemes").path(scheme), tokenizer, false);
  }

  /** Requires that a written {@code tokenizer.json} encodes as the original {@code name}. */
  static void assertTokenizer(String name, Path tokenizer) throws IOException {
    JsonNode golden = GOLDENS.path("tokenizers").path(name);
    assertIds(golden.path("ids"), tokenizer, true);
    JsonNode pair = GOLDENS.path("pair");
    try (HuggingFaceTokenizer library = open(tokenizer)) {
      assertThat(
              ids(library.encode(pair.get(0).asText(), pair.get(1).asText(), true, false).getIds()))
          .as("pair")
          .isEqualTo(ids(golden.path("pair")));
    }
  }

  private static void assertIds(JsonNode expected, Path tokenizer, boolean special)
      throws IOException {
    JsonNode texts = GOLDENS.path("texts");
    assertThat(texts.size()).isGreaterThanOrEqualTo(40);
    assertThat(expected.size()).isEqualTo(texts.size());
    try (HuggingFaceTokenizer library = open(tokenizer)) {
      for (int i = 0; i < texts.size(); i++) {
        assertThat(ids(library.encode(texts.get(i).asText(), special, false).getIds()))
            .as("'%s'", texts.get(i).asText())
            .isEqualTo(ids(expected.get(i)));
      }
    }
  }

  private static HuggingFaceTokenizer open(Path tokenizer) throws IOException {
    return HuggingFaceTokenizer.newInstance(tokenizer);
  }

  private static List<Integer> ids(long[] ids) {
    return Arrays.stream(ids).mapToObj(Math::toIntExact).toList();
  }

  private static List<Integer> ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::intValue).toList();
  }
}
