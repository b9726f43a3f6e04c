package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixCacheTest {
  private static final int BLOCK = ModelRunner.BLOCK_TOKENS;

  /** A sequence of blocks, each one letter, of one tenant. */
  private record Text(String tenant, String blocks) {
    Text upTo(int length) {
      return new Text(tenant, blocks.substring(0, length));
    }

    List<BlockKey> chain() {
      Prompt prompt =
          Prompt.of(
              blocks.chars().flatMap(c -> IntStream.generate(() -> c).limit(BLOCK)).toArray());
      TokenHistory tokens = new TokenHistory(prompt);
      List<BlockKey> chain = new ArrayList<>();
      BlockKey key = BlockKey.root("model", tenant);
      for (int i = 0; i < blocks.length(); i++) {
        key = key.next(tokens, i * BLOCK, (i + 1) * BLOCK);
        chain.add(key);
      }
      return chain;
    }
  }

  /**
   * What the cache must do, said another way: each use gives a text's beginnings one time, and the
   * one with the oldest time goes, of equal ones the longest.
   */
  private static final class Truth {
    private final int capacity;
    private final Map<Text, Integer> lastUse = new HashMap<>();
    private int time;
    private int evictions;

    Truth(int capacity) {
      this.capacity = capacity;
    }

    int use(Text text) {
      time++;
      int kept = 0;
      while (kept < text.blocks().length() && lastUse.containsKey(text.upTo(kept + 1))) {
        lastUse.put(text.upTo(++kept), time);
      }
      return kept;
    }

    void add(Text text) {
      use(text);
      int length = text.blocks().length();
      if (capacity == 0
          || lastUse.containsKey(text)
          || (length > 1 && !lastUse.containsKey(text.upTo(length - 1)))) {
        return;
      }
      if (lastUse.size() == capacity) {
        Text eldest =
            lastUse.keySet().stream()
                .min(
                    Comparator.<Text>comparingInt(lastUse::get)
                        .thenComparingInt(t -> -t.blocks().length()))
                .orElseThrow();
        if (lastUse.get(eldest) == time) {
          return;
        }
        lastUse.remove(eldest);
        evictions++;
      }
      lastUse.put(text, time);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5, 17, 60, 10_000})
  void keepsWhatAModelOfTruthKeepsAndNeverMixesTextsUp(int capacity) {
    Random random = new Random(capacity);
    PrefixCache cache = new PrefixCache(capacity);
    Truth truth = new Truth(capacity);
    Text[] places = new Text[capacity];
    int hits = 0;

    for (int round = 0; round < 3_000; round++) {
      Text text = text(random);
      List<BlockKey> chain = text.chain();
      int found = 0;
      while (found < chain.size() && cache.find(chain.get(found)) != PrefixCache.NONE) {
        assertThat(places[cache.find(chain.get(found))]).isEqualTo(text.upTo(++found));
      }
      cache.use(chain, found);
      assertThat(found).isEqualTo(truth.use(text));
      hits += found;

      for (int length = found + 1; length <= chain.size(); length++) {
        int place = cache.add(chain.subList(0, length));
        truth.add(text.upTo(length));
        if (place != PrefixCache.NONE) {
          places[place] = text.upTo(length);
        }
      }
      assertThat(cache.size()).isEqualTo(truth.lastUse.size()).isLessThanOrEqualTo(capacity);
      assertThat(cache.evictions()).isEqualTo(truth.evictions);
    }
    assertThat(hits).isBetween(capacity == 0 ? 0 : 100, 3_000 * 8);
    assertThat(cache.evictions() > 0).isEqualTo(capacity > 0 && capacity < 10_000);
  }

  /** A beginning that is missing makes the rest useless. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20})
  void noBlockOutlivesTheOneBeforeIt(int capacity) {
    Random random = new Random(capacity);
    PrefixCache cache = new PrefixCache(capacity);
    List<List<BlockKey>> all = new ArrayList<>();
    for (int round = 0; round < 150; round++) {
      Text text = text(random);
      List<BlockKey> chain = text.chain();
      all.add(chain);
      // Now and then a beginning is not even asked for.
      for (int length = 1 + random.nextInt(2); length <= chain.size(); length++) {
        cache.add(chain.subList(0, length));
      }
      for (List<BlockKey> blocks : all) {
        for (int i = 1; i < blocks.size(); i++) {
          assertThat(cache.contains(blocks.get(i)) && !cache.contains(blocks.get(i - 1))).isFalse();
        }
      }
    }
  }

  @Test
  void aChainLongerThanTheCacheKeepsItsBeginning() {
    PrefixCache cache = new PrefixCache(3);
    List<BlockKey> chain = new Text("", "abcdef").chain();

    int[] places =
        IntStream.rangeClosed(1, 6).map(length -> cache.add(chain.subList(0, length))).toArray();

    assertThat(places)
        .containsExactly(0, 1, 2, PrefixCache.NONE, PrefixCache.NONE, PrefixCache.NONE);
    assertThat(cache.evictions()).isZero();
  }

  @Test
  void clearedItKeepsNothingAndStartsAgain() {
    PrefixCache cache = new PrefixCache(3);
    List<BlockKey> chain = new Text("", "ab").chain();
    cache.add(chain.subList(0, 1));
    cache.clear();

    assertThat(cache.size()).isZero();
    assertThat(cache.find(chain.getFirst())).isEqualTo(PrefixCache.NONE);
    assertThat(cache.add(chain.subList(0, 1))).isZero();
  }

  @Test
  void namesDifferByTokensPlaceModelAndTenant() {
    TokenHistory tokens =
        new TokenHistory(Prompt.of(IntStream.range(0, 64).map(i -> i % 32).toArray()));
    BlockKey root = BlockKey.root("m", "t");
    List<BlockKey> names =
        List.of(
            root,
            BlockKey.root("m", ""),
            BlockKey.root("mt", ""),
            BlockKey.root("", "mt"),
            root.next(tokens, 0, 16),
            root.next(tokens, 16, 32),
            root.next(tokens, 0, 16).next(tokens, 0, 16),
            root.next(tokens, 0, 16).next(tokens, 16, 32),
            BlockKey.root("m", "u").next(tokens, 0, 16));

    assertThat(names).doesNotHaveDuplicates();
    assertThat(root.next(tokens, 32, 48)).isEqualTo(root.next(tokens, 0, 16));
  }

  private static Text text(Random random) {
    char[] blocks = new char[1 + random.nextInt(8)];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = (char) ('a' + (random.nextInt(3) == 0 ? random.nextInt(3) : 0));
    }
    return new Text("tenant" + random.nextInt(2), new String(blocks));
  }
}
