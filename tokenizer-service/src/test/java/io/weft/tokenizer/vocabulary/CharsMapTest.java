package io.weft.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.encode.NativeTokenizer;
import io.weft.tokenizer.encode.TokenFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CharsMapTest {
  private static final TokenFields IDS = new TokenFields(false, false, false, false);

  @Test
  void acceptsWhatSentencePieceCompiled() throws Exception {
    JsonNode map = map();
    assertThat(map.binaryValue()).hasSizeGreaterThan(500);
    assertThatNoException().isThrownBy(() -> CharsMap.check(map));
  }

  @Test
  void refusesWhatIsNoTable() {
    refuses(NullNode.getInstance(), "it has no bytes");
    refuses(new TextNode("%"), "it is no base64");
    refuses(BinaryNode.valueOf(new byte[7]), "it has 7 bytes");
    refuses(bytes(3, 0, 0), "its trie has 3 bytes of 8");
    refuses(bytes(12, 0, 0), "its trie has 12 bytes of 8");
    refuses(bytes(-4, 0, 0), "its trie has 4,294,967,292 bytes of 8");
    refuses(bytes(4, 0, 0xff), "its replacements are no UTF-8");
    refuses(bytes(4, 0, 0), "it leads to node 1 of 1");
  }

  /** What the check lets through does not make the library abort, whatever the text. */
  @Test
  void whatIsAcceptedDoesNoHarm() throws Exception {
    byte[] good = map().binaryValue();
    String json = Goldens.tokenizer("t5");
    String base64 = map().asText();
    StringBuilder text = new StringBuilder();
    for (int c = 0x20; c < 0x2000; c++) {
      text.appendCodePoint(c);
    }
    Random random = new Random(9);
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 3_000; round++) {
      byte[] bad = good.clone();
      int place = 4 + random.nextInt(bad.length - 4);
      bad[place] ^= (byte) (1 << random.nextInt(8));
      BinaryNode node = BinaryNode.valueOf(bad);
      try {
        CharsMap.check(node);
      } catch (IllegalArgumentException e) {
        refused++;
        continue;
      }
      if (accepted++ % 20 == 0) {
        try (NativeTokenizer tokenizer =
            NativeTokenizer.open(json.replace(base64, node.asText()))) {
          assertThat(tokenizer.encode(text.toString(), null, true, IDS).length()).isPositive();
        }
      }
    }
    assertThat(accepted).isPositive();
    assertThat(refused).isGreaterThan(100);
  }

  private static JsonNode map() {
    return Goldens.json("tokenizers/t5.json")
        .path("normalizer")
        .path("normalizers")
        .path(0)
        .path("precompiled_charsmap");
  }

  private static JsonNode bytes(int size, int node, int text) {
    ByteBuffer buffer = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    return BinaryNode.valueOf(buffer.putInt(size).putInt(node).putInt(text).array());
  }

  @Test
  void refusesReplacementsThatMakeTextsGrow() {
    assertThatNoException().isThrownBy(() -> CharsMap.check(replacing('a', "b".repeat(16))));
    refuses(replacing('a', "b".repeat(17)), "it makes more than 16 bytes of 1; the limit is 16");
    refuses(replacing('a', "b".repeat(1 << 20)), "it makes more than 16 bytes of 1");
  }

  /** A table that replaces one letter. */
  private static BinaryNode replacing(char letter, String by) {
    int[] nodes = new int[512];
    nodes[0] = 256 << 10;
    // Its label, that it has a value, and where: beside it.
    nodes[256 ^ letter] = letter | 1 << 8 | 1 << 10;
    nodes[256 ^ letter ^ 1] = 0x8000_0000;
    ByteBuffer buffer =
        ByteBuffer.allocate(4 + 4 * nodes.length + by.length() + 1).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putInt(4 * nodes.length);
    for (int node : nodes) {
      buffer.putInt(node);
    }
    buffer.put(by.getBytes(StandardCharsets.UTF_8));
    return BinaryNode.valueOf(buffer.array());
  }

  private static void refuses(JsonNode map, String message) {
    assertThatThrownBy(() -> CharsMap.check(map))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"precompiled_charsmap\" is broken: " + message);
  }
}
