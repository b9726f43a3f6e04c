package io.weft.gateway.replica;

import java.util.Arrays;

/**
 * The beginnings of a prompt, each as a hash: of its first 16 tokens, 32, ... up to 512, and of
 * every 128 tokens more. 16 is the block of the generators' prefix cache; beyond 512 a coarser step
 * finds the same replica with less to remember. Two prompts that begin alike have the same hashes
 * up to where they part.
 */
public final class Prefix {
  /** Of nothing. */
  static final Prefix NONE = new Prefix(new long[0]);

  private static final int FINE = 16;
  private static final int COARSE = 128;
  private static final int FINE_UNTIL = 512;

  private final long[] hashes;

  private Prefix(long[] hashes) {
    this.hashes = hashes;
  }

  /** Makes one, token by token. */
  public static final class Builder {
    private long hash = 1;
    private int tokens;
    private long[] hashes = new long[8];
    private int count;

    /**
     * @param salt what else a prompt must share: the model and the tenant, whose caches are apart
     */
    public Builder(String... salt) {
      for (String part : salt) {
        hash = mix(hash, part.hashCode());
      }
    }

    /** Adds the next token. */
    public void add(int token) {
      hash = mix(hash, token);
      tokens++;
      if (tokens % (tokens <= FINE_UNTIL ? FINE : COARSE) == 0) {
        if (count == hashes.length) {
          hashes = Arrays.copyOf(hashes, 2 * count);
        }
        hashes[count++] = hash;
      }
    }

    public Prefix build() {
      return new Prefix(Arrays.copyOf(hashes, count));
    }
  }

  /** How many beginnings there are. */
  int size() {
    return hashes.length;
  }

  /** Of the beginning {@code index}, the shortest first. */
  long hash(int index) {
    return hashes[index];
  }

  /** The finalizer of SplitMix64, over the hash so far and one more value. */
  private static long mix(long hash, int value) {
    long mixed = hash * 0x9E3779B97F4A7C15L + value;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
