package io.weft.generator.engine;

import java.util.List;

/**
 * Spares sequences the part of their prompt whose keys and values an earlier one has left: copies
 * them out of the slots, block by block as they become whole, and into the slot of a sequence that
 * begins alike. Blocks hold tokens of prompts and generated ones. Belongs to the engine's thread.
 */
final class PrefixReuse {
  private static final int BLOCK = ModelRunner.BLOCK_TOKENS;

  private final ModelRunner runner;
  private final PrefixCache cache;
  private final EngineMetrics metrics;
  private final String model;

  /** For metrics, which other threads read. */
  private volatile long bytes;

  private volatile long evictions;

  /**
   * @param model its name, which salts the names of blocks
   */
  PrefixReuse(ModelRunner runner, String model, EngineMetrics metrics) {
    this.runner = runner;
    this.model = model;
    this.metrics = metrics;
    this.cache = new PrefixCache(runner.blocks());
    metrics.watchPrefixes(this);
  }

  /**
   * Fills the slot of a sequence that begins. At least the prompt's last token is left to run, for
   * its logits.
   */
  void restore(Sequence sequence) {
    if (!isKept(sequence)) {
      return;
    }
    int most = (sequence.prompt().length() - 1) / BLOCK;
    List<BlockKey> chain = sequence.blocks();
    int found = 0;
    while (found < most) {
      BlockKey block = nextBlock(sequence);
      int place = cache.find(block);
      if (place == PrefixCache.NONE) {
        break;
      }
      runner.restoreBlock(place, sequence.slot(), found * BLOCK);
      chain.add(block);
      found++;
    }
    cache.use(chain, found);
    sequence.cached(found * BLOCK);
    metrics.prefixLookup(found * BLOCK, sequence.prompt().length());
  }

  /** Keeps the blocks of a sequence that have become whole. */
  void save(Sequence sequence) {
    if (!isKept(sequence)) {
      return;
    }
    List<BlockKey> chain = sequence.blocks();
    while ((chain.size() + 1) * BLOCK <= sequence.cached()) {
      int from = chain.size() * BLOCK;
      chain.add(nextBlock(sequence));
      int place = cache.add(chain);
      if (place != PrefixCache.NONE) {
        runner.saveBlock(sequence.slot(), from, place);
      }
      count();
    }
  }

  /** One sequence's slot was copied to another's: the names of its blocks are the same. */
  void share(Sequence from, Sequence to) {
    to.blocks()
        .addAll(from.blocks().subList(0, Math.min(from.blocks().size(), to.cached() / BLOCK)));
  }

  /** Drops all: what is kept may be broken. */
  void clear() {
    cache.clear();
    count();
  }

  /** Memory that holds blocks. Any thread may ask. */
  long bytes() {
    return bytes;
  }

  /** Blocks that made room for others so far. Any thread may ask. */
  long evictions() {
    return evictions;
  }

  /** What is computed after an encoder's input depends on that too, which names do not tell. */
  private boolean isKept(Sequence sequence) {
    return cache.capacity() > 0 && sequence.prompt().input() == null;
  }

  private void count() {
    bytes = cache.size() * runner.blockBytes();
    evictions = cache.evictions();
  }

  private BlockKey nextBlock(Sequence sequence) {
    List<BlockKey> chain = sequence.blocks();
    BlockKey before =
        chain.isEmpty()
            ? BlockKey.root(model, sequence.generation().request().tenant())
            : chain.getLast();
    int from = chain.size() * BLOCK;
    return before.next(sequence.tokens(), from, from + BLOCK);
  }
}
