package io.weft.generator.engine;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which blocks of keys and values are kept for prompts that begin alike, and where. Blocks are
 * named by what stands in them and before them ({@link BlockKey}), so a sequence's blocks form a
 * chain; the least recently used one makes room. A block never outlives the one before it: whoever
 * uses a chain uses all of it, the last block first, so that of blocks used together the last goes
 * first.
 *
 * <p>Knows places only, numbers from 0 up; what lies in them is its caller's affair. Mutable;
 * belongs to the engine's thread.
 */
final class PrefixCache {
  /** No place. */
  static final int NONE = -1;

  /** Places by block, the least recently used block first. */
  private final Map<BlockKey, Integer> places = new LinkedHashMap<>(16, 0.75f, true);

  private final int capacity;
  private long evictions;

  /**
   * @param capacity blocks that there is room for; 0 keeps none
   */
  PrefixCache(int capacity) {
    this.capacity = capacity;
  }

  /** Blocks that are kept. */
  int size() {
    return places.size();
  }

  int capacity() {
    return capacity;
  }

  /** Blocks that had to make room so far. */
  long evictions() {
    return evictions;
  }

  /** Where a block lies, or {@link #NONE}. Whoever finds it must {@link #use} its chain. */
  int find(BlockKey block) {
    return places.getOrDefault(block, NONE);
  }

  /**
   * Blocks of one chain, from its first on, were used now.
   *
   * @param count how many of them
   */
  void use(List<BlockKey> chain, int count) {
    for (int i = count - 1; i >= 0; i--) {
      // Looking it up makes it the most recently used.
      places.get(chain.get(i));
    }
  }

  /**
   * Keeps the last block of a chain.
   *
   * @return the place that it must be written to now; {@link #NONE} when nothing is to be written:
   *     it is kept already, the block before it is not kept, or the chain alone fills the cache
   */
  int add(List<BlockKey> chain) {
    int last = chain.size() - 1;
    BlockKey block = chain.get(last);
    use(chain, chain.size());
    boolean hasParent = last == 0 || places.containsKey(chain.get(last - 1));
    if (capacity == 0 || !hasParent || places.containsKey(block)) {
      return NONE;
    }
    int place = places.size();
    if (place == capacity) {
      Map.Entry<BlockKey, Integer> eldest = eldest();
      if (last > 0 && eldest.getKey().equals(chain.get(last - 1))) {
        return NONE;
      }
      place = eldest.getValue();
      places.remove(eldest.getKey());
      evictions++;
    }
    places.put(block, place);
    use(chain, last);
    return place;
  }

  /** Keeps nothing any more. */
  void clear() {
    places.clear();
  }

  /** Whether a block is kept; does not count as use. */
  boolean contains(BlockKey block) {
    return places.containsKey(block);
  }

  private Map.Entry<BlockKey, Integer> eldest() {
    Iterator<Map.Entry<BlockKey, Integer>> entries = places.entrySet().iterator();
    return entries.next();
  }
}
