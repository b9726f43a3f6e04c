package io.weft.tokenizer.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.encode.EncodeOptions;
import io.weft.tokenizer.encode.TextItem;
import io.weft.tokenizer.encode.TokenFields;
import io.weft.tokenizer.encode.Tokens;
import io.weft.tokenizer.model.TokenizerModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Ids, offsets, words and decoded text of published tokenizers against the tokenizers library and
 * transformers, over the lines of {@code e2e/goldens/tokenizer_lines.py}, hashed 100 lines at a
 * time by {@code e2e/goldens/real_tokenizer_goldens.py}. By default the first 2,000 lines; all of
 * them with {@code -Dweft.tokenizer.lines=20000}.
 */
class RealTokenizersTest {
  static final java.util.List<String> NAMES = RealTokenizers.NAMES;

  private static final int CHUNK = 100;
  private static final int LINES = Integer.getInteger("weft.tokenizer.lines", 2_000);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode GOLDENS = Goldens.json("real/tokenizers.goldens.json");
  private static final EncodeOptions POINTS = options(false);
  private static final EncodeOptions UTF16 = options(true);

  @TempDir static Path root;

  private static Path lines;

  private static EncodeOptions options(boolean utf16) {
    return new EncodeOptions(true, null, new TokenFields(true, true, false, false), utf16);
  }

  @BeforeAll
  static void makeLines() throws IOException, InterruptedException {
    assertThat(LINES).isPositive().isLessThanOrEqualTo(CHUNK * GOLDENS.path("lines").size());
    assertThat(LINES % CHUNK).isZero();
    lines = Assets.lines(LINES, root);
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void agreesWithTheReference(String name) throws IOException {
    JsonNode goldens = GOLDENS.path("tokenizers").path(name);
    try (TokenizerModel model = RealTokenizers.load(name, root);
        BufferedReader in = Files.newBufferedReader(lines)) {
      for (int chunk = 0; chunk < LINES / CHUNK; chunk++) {
        MessageDigest source = Assets.sha256();
        MessageDigest answers = Assets.sha256();
        for (int i = 0; i < CHUNK; i++) {
          String json = Objects.requireNonNull(in.readLine());
          source.update((json + "\n").getBytes(StandardCharsets.UTF_8));
          answer(model, JSON.readValue(json, String.class), answers);
        }
        assertThat(Assets.finish(source))
            .as("lines of chunk %d, which this test did not make", chunk)
            .isEqualTo(GOLDENS.path("lines").path(chunk).asText());
        assertThat(Assets.finish(answers))
            .as("chunk %d: see real_tokenizer_goldens.py %s %d", chunk, name, chunk)
            .isEqualTo(goldens.path(chunk).asText());
      }
    }
  }

  private static void answer(TokenizerModel model, String text, MessageDigest digest) {
    if (isBroken(text)) {
      try {
        model.encoder().encode(new TextItem(text, null), POINTS, tokens -> {});
        fail("half a surrogate pair was taken for text");
      } catch (WeftException.InvalidRequest e) {
        assertThat(e.reason()).isEqualTo("TEXT_NOT_UNICODE");
        digest.update("refused".getBytes(StandardCharsets.UTF_8));
      }
      return;
    }
    Tokens tokens = encode(model, text, POINTS);
    put(digest, tokens.ids());
    put(digest, Objects.requireNonNull(tokens.spans()));
    put(digest, Objects.requireNonNull(encode(model, text, UTF16).spans()));
    put(digest, Objects.requireNonNull(tokens.wordIds()));
    int[] special = tokens.sequences().clone();
    for (int i = 0; i < special.length; i++) {
      special[i] = special[i] < 0 ? 1 : 0;
    }
    put(digest, special);
    put(digest, Streams.check(model.vocabulary(), tokens.ids(), true, text));
    put(digest, Streams.check(model.vocabulary(), tokens.ids(), false, text));
  }

  private static boolean isBroken(String text) {
    return !StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  private static Tokens encode(TokenizerModel model, String text, EncodeOptions options) {
    return model.encoder().encode(new TextItem(text, null), options, tokens -> {}).tokens();
  }

  private static void put(MessageDigest digest, int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * values.length).putInt(values.length);
    bytes.asIntBuffer().put(values);
    digest.update(bytes.rewind());
  }

  private static void put(MessageDigest digest, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(utf8.length).flip());
    digest.update(utf8);
  }
}
