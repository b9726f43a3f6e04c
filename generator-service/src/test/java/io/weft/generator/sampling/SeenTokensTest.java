package io.weft.generator.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Against plain maps, over more tokens than the tables start with. */
class SeenTokensTest {
  private static final int VOCABULARY = 5_000;

  @Test
  void countsWhatAMapCounts() {
    Random random = new Random(3);
    Penalties penalties = new Penalties(1.3f, 0.5f, 0.25f, 0);
    SeenTokens seen = new SeenTokens();
    Set<Integer> prompt = new HashSet<>();
    Map<Integer, Integer> output = new HashMap<>();
    for (int step = 0; step < 3_000; step++) {
      int id = (int) (VOCABULARY * Math.pow(random.nextDouble(), 3));
      if (step < 1_000) {
        seen.read(id);
        prompt.add(id);
      } else {
        seen.write(id);
        output.merge(id, 1, Integer::sum);
      }
    }

    Logits logits = new Logits(VOCABULARY);
    for (int id = 0; id < VOCABULARY; id++) {
      logits.values()[id] = id % 7 - 3;
    }
    seen.penalize(logits, penalties);

    for (int id = 0; id < VOCABULARY; id++) {
      float expected = id % 7 - 3;
      if (prompt.contains(id) || output.containsKey(id)) {
        expected = expected < 0 ? expected * 1.3f : expected / 1.3f;
      }
      int count = output.getOrDefault(id, 0);
      expected -= count * 0.25f + (count > 0 ? 0.5f : 0);
      assertThat(logits.value(id)).isCloseTo(expected, within(1e-6f * (1 + count)));
    }
  }

  /** Against all n-grams, listed. */
  @Test
  void bansExactlyWhatWouldRepeat() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      int n = 1 + random.nextInt(5);
      int[] ids = random.ints(random.nextInt(600), 0, 2 + random.nextInt(8)).toArray();
      SeenNgrams ngrams = new SeenNgrams(n);
      Set<Integer> banned = new HashSet<>();
      for (int id : ids) {
        ngrams.add(id);
      }
      for (int from = 0; from + n <= ids.length; from++) {
        boolean same = true;
        for (int i = 0; i < n - 1; i++) {
          same &= ids[from + i] == ids[ids.length - n + 1 + i];
        }
        if (same) {
          banned.add(ids[from + n - 1]);
        }
      }

      Logits logits = new Logits(10);
      ngrams.ban(logits);
      for (int id = 0; id < 10; id++) {
        assertThat(logits.value(id) == Float.NEGATIVE_INFINITY).isEqualTo(banned.contains(id));
      }
    }
  }
}
