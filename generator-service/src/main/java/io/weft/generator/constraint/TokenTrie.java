package io.weft.generator.constraint;

import io.weft.generator.text.Vocabulary;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The tokens that spell text, as a tree of their bytes. Nodes are numbered so that a node comes
 * before its children and all below it lie side by side: a walk is a loop, and a subtree is left
 * out by a jump. Immutable; built once a vocabulary.
 */
final class TokenTrie {
  /** For node i: its byte, the bytes from the root to it, and the node after its subtree. */
  private final byte[] labels;

  private final short[] depths;
  private final int[] ends;

  /** Node i is spelled by tokens[firsts[i]] to tokens[firsts[i + 1]], without the last. */
  private final int[] firsts;

  private final int[] tokens;
  private final int maxDepth;
  private final BitSet singleBytes = new BitSet(256);

  private TokenTrie(byte[][] spellings, int[] sorted) {
    int nodes = 0;
    byte[] last = {};
    for (int id : sorted) {
      nodes += spellings[id].length - common(last, spellings[id]);
      last = spellings[id];
    }
    this.labels = new byte[nodes];
    this.depths = new short[nodes];
    this.ends = new int[nodes];
    this.firsts = new int[nodes + 1];
    this.tokens = sorted;
    this.maxDepth = Arrays.stream(sorted).map(id -> spellings[id].length).max().orElse(0);
    fill(spellings);
  }

  /** The tree of a vocabulary: neither special tokens nor those without text are in it. */
  static TokenTrie of(Vocabulary vocabulary) {
    byte[][] spellings = new byte[vocabulary.size()][];
    for (int id = 0; id < spellings.length; id++) {
      ByteBuffer bytes = vocabulary.bytes(id);
      spellings[id] = new byte[bytes.remaining()];
      bytes.get(spellings[id]);
    }
    int[] sorted =
        IntStream.range(0, spellings.length)
            .filter(id -> vocabulary.isText(id) && spellings[id].length <= Short.MAX_VALUE)
            .boxed()
            .sorted((a, b) -> Arrays.compareUnsigned(spellings[a], spellings[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new TokenTrie(spellings, sorted);
  }

  int nodes() {
    return labels.length;
  }

  byte label(int node) {
    return labels[node];
  }

  /** 1 for the first byte of tokens. */
  int depth(int node) {
    return depths[node];
  }

  /** The node after all that lie below this one. */
  int end(int node) {
    return ends[node];
  }

  /** Sets the bits of the tokens that a node spells. */
  void setTokens(int node, long[] bits) {
    for (int i = firsts[node]; i < firsts[node + 1]; i++) {
      bits[tokens[i] >> 6] |= 1L << tokens[i];
    }
  }

  /** Bytes of the longest token. */
  int maxDepth() {
    return maxDepth;
  }

  /** Bytes that are tokens of their own: a text of these can always go on. */
  BitSet singleBytes() {
    return (BitSet) singleBytes.clone();
  }

  /** The node of a byte right below the root, or -1. */
  int child(byte label) {
    for (int node = 0; node < nodes(); node = ends[node]) {
      if (labels[node] == label) {
        return node;
      }
    }
    return -1;
  }

  private void fill(byte[][] spellings) {
    int[] path = new int[maxDepth + 1];
    byte[] last = {};
    int node = 0;
    for (int i = 0; i < tokens.length; i++) {
      byte[] spelling = spellings[tokens[i]];
      int common = common(last, spelling);
      close(path, common, last.length, node);
      for (int depth = common + 1; depth <= spelling.length; depth++) {
        labels[node] = spelling[depth - 1];
        depths[node] = (short) depth;
        firsts[node] = i;
        path[depth] = node;
        node++;
        firsts[node] = i;
      }
      firsts[node] = i + 1;
      if (spelling.length == 1) {
        singleBytes.set(spelling[0] & 0xff);
      }
      last = spelling;
    }
    close(path, 0, last.length, node);
  }

  /** The nodes on the path below a depth have no more children. */
  private void close(int[] path, int depth, int length, int node) {
    for (int d = depth + 1; d <= length; d++) {
      ends[path[d]] = node;
    }
  }

  private static int common(byte[] a, byte[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }
}
