package io.weft.trainer.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.testing.TinyEncoders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTokenizerTest {
  @TempDir Path folder;

  @Test
  void cutsPairsAtTheirLongerText() throws IOException {
    try (TextTokenizer tokenizer = open("bert", 12)) {
      String text = "the dog sleeps in the sun all day long the dog sleeps in the sun";
      TokenizedText pair = tokenizer.encode(text, "dog");
      assertThat(pair.ids()).hasSize(12);
      assertThat(pair.types()[11]).isEqualTo(1);
      assertThat(pair.types()[0]).isZero();
      assertThat(tokenizer.encode(text, null).ids()).hasSize(12);
      assertThat(tokenizer.encode("the", null).ids().length).isLessThan(12);
    }
  }

  /** Each word once, in order, at its first token, whatever kind of tokens there are. */
  @ParameterizedTest
  @ValueSource(strings = {"bert", "roberta", "xlm-roberta"})
  void findsTheFirstTokenOfEachWord(String architecture) throws IOException {
    List<String> words =
        List.of("Paris", "-", "the", "bakers\u2019", "\uD83D\uDE00x", "morning,", "!");
    try (TextTokenizer tokenizer = open(architecture, 64)) {
      TokenizedText tokens = tokenizer.encodeWords(words);
      List<Integer> found = new ArrayList<>();
      for (int word : tokens.words()) {
        if (word >= 0) {
          found.add(word);
        }
      }
      assertThat(found).containsExactly(0, 1, 2, 3, 4, 5, 6);
      assertThat(tokens.words()[0]).as("a special token").isEqualTo(-1);
      assertThat(tokens.words()).hasSameSizeAs(tokens.ids());
    }
  }

  private TextTokenizer open(String architecture, int tokens) throws IOException {
    Path base = TinyEncoders.checkpoint(architecture, "plain", folder);
    return TextTokenizer.open(base.resolve("tokenizer.json"), tokens);
  }
}
