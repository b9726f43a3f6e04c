package io.weft.importer.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.SubwordModel.Merge;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PieceMergesTest {
  @Test
  void sortsByScoreThenByTheLongerLeftHalf() {
    List<Merge> merges =
        PieceMerges.of(pieces("a", "b", "c", "ab", "bc", "abc", "x"), piece -> true);

    assertThat(merges)
        .containsExactly(
            new Merge("a", "b"), new Merge("b", "c"), new Merge("ab", "c"), new Merge("a", "bc"));
  }

  @Test
  void cutsBetweenCodePointsAndCountsThem() {
    List<Merge> merges = PieceMerges.of(pieces("😀", "a", "aa", "😀a", "😀aa"), piece -> true);

    assertThat(merges)
        .containsExactly(
            new Merge("a", "a"),
            new Merge("😀", "a"),
            new Merge("😀a", "a"),
            new Merge("😀", "aa"));
  }

  @Test
  void leavesOutWhatIsNotMergeable() {
    assertThat(PieceMerges.of(pieces("a", "b", "ab"), piece -> !piece.text().equals("b")))
        .isEmpty();
  }

  @Test
  void findsEveryCutThatThereIs() {
    Random random = new Random(3);
    List<String> texts = new ArrayList<>();
    while (texts.size() < 400) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i >= 0; i--) {
        text.append("abé▁".charAt(random.nextInt(4)));
      }
      if (!texts.contains(text.toString())) {
        texts.add(text.toString());
      }
    }
    List<Merge> expected = new ArrayList<>();
    for (String text : texts) {
      for (int cut = 1; cut < text.length(); cut++) {
        if (texts.contains(text.substring(0, cut)) && texts.contains(text.substring(cut))) {
          expected.add(new Merge(text.substring(0, cut), text.substring(cut)));
        }
      }
    }
    assertThat(PieceMerges.of(pieces(texts.toArray(String[]::new)), piece -> true))
        .hasSizeGreaterThan(300)
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  /** Sixty pieces of 60,000 characters have 3.6 million cuts of 30,000 characters on average. */
  @Test
  @Timeout(60)
  void longPiecesTakeLinearTime() {
    List<String> texts = new ArrayList<>(List.of("a", "b"));
    for (int i = 0; i < 60; i++) {
      texts.add("a".repeat(60_000 - i) + "b");
    }
    assertThat(PieceMerges.of(pieces(texts.toArray(String[]::new)), piece -> true)).hasSize(59);
  }

  @Test
  @Timeout(60)
  void refusesTooManyMerges() {
    List<String> texts = new ArrayList<>();
    for (int i = 1; i < 2_200; i++) {
      texts.add("a".repeat(i));
    }
    assertThatThrownBy(() -> PieceMerges.of(pieces(texts.toArray(String[]::new)), piece -> true))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("make more than the limit of 2,097,152 merges");
  }

  /** Pieces of falling scores. */
  private static List<Piece> pieces(String... texts) {
    List<Piece> pieces = new ArrayList<>();
    for (String text : texts) {
      pieces.add(new Piece(text, -pieces.size(), Piece.Type.NORMAL));
    }
    return pieces;
  }
}
