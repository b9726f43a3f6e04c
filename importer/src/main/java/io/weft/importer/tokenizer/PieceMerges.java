package io.weft.importer.tokenizer;

import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * The merges of a SentencePiece BPE model, which keeps none: a piece comes from every pair of
 * pieces that spells it, and the piece with the highest score is made first (transformers'
 * convert_slow_tokenizer.py, generate_merges).
 *
 * <p>Vocabularies are not trusted: a piece of 60,000 characters has as many cuts, so halves are
 * looked up by polynomial hashes modulo 2^61 - 1 with a secret base, each from the last in constant
 * time. The whole takes time linear in the characters of all pieces, plus sorting.
 */
final class PieceMerges {
  /** Twice what the largest known vocabulary (Gemma's 262,144 pieces) needs, and more. */
  static final int MAX_MERGES = 1 << 21;

  private static final long PRIME = (1L << 61) - 1;

  private final List<Piece> pieces;
  private final long base = ThreadLocalRandom.current().nextLong(1 << 20, PRIME - 1);
  private final Map<Long, Integer> idsByHash = new HashMap<>();
  private final List<Candidate> candidates = new ArrayList<>();

  private PieceMerges(List<Piece> pieces) {
    this.pieces = pieces;
  }

  /** A merge with what it is sorted by; lengths in code points. */
  private record Candidate(int piece, int left, int right, int leftLength, int rightLength) {}

  /**
   * @param mergeable which pieces merges make and use
   * @throws ImportException when there are more than {@link #MAX_MERGES}
   */
  static List<SubwordModel.Merge> of(List<Piece> pieces, Predicate<Piece> mergeable) {
    return new PieceMerges(pieces).build(mergeable);
  }

  private List<SubwordModel.Merge> build(Predicate<Piece> mergeable) {
    int longest = pieces.stream().mapToInt(piece -> piece.text().length()).max().orElse(0);
    long[] powers = new long[longest + 1];
    powers[0] = 1;
    for (int i = 1; i <= longest; i++) {
      powers[i] = multiply(powers[i - 1], base);
    }
    for (int id = 0; id < pieces.size(); id++) {
      String text = pieces.get(id).text();
      if (mergeable.test(pieces.get(id)) && !text.isEmpty()) {
        idsByHash.put(prefixes(text)[text.length()], id);
      }
    }
    for (int id = 0; id < pieces.size(); id++) {
      if (mergeable.test(pieces.get(id))) {
        addCuts(id, powers);
      }
    }
    candidates.sort(
        Comparator.<Candidate>comparingDouble(c -> pieces.get(c.piece).score())
            .thenComparingInt(Candidate::leftLength)
            .thenComparingInt(Candidate::rightLength)
            .reversed());
    return candidates.stream()
        .map(c -> new SubwordModel.Merge(pieces.get(c.left).text(), pieces.get(c.right).text()))
        .toList();
  }

  /** All cuts of a piece into two, by the ids of the halves. */
  private void addCuts(int id, long[] powers) {
    String text = pieces.get(id).text();
    int length = text.length();
    int codePoints = text.codePointCount(0, length);
    long[] prefixes = prefixes(text);
    List<Candidate> cuts = new ArrayList<>();
    int before = 0;
    for (int cut = Character.charCount(length == 0 ? 0 : text.codePointAt(0)); cut < length; ) {
      before++;
      Integer left = idsByHash.get(prefixes[cut]);
      if (left != null) {
        long tail = multiply(prefixes[cut], powers[length - cut]);
        Integer right = idsByHash.get(Math.floorMod(prefixes[length] - tail, PRIME));
        if (right != null) {
          cuts.add(new Candidate(id, left, right, before, codePoints - before));
        }
      }
      cut += Character.charCount(text.codePointAt(cut));
    }
    if (candidates.size() + cuts.size() > MAX_MERGES) {
      throw new ImportException(
          "the pieces of the tokenizer make more than the limit of %,d merges"
              .formatted(MAX_MERGES));
    }
    cuts.sort(Comparator.comparingInt(Candidate::left).thenComparingInt(Candidate::right));
    candidates.addAll(cuts);
  }

  /** Hashes of the first 0, 1, ... characters. */
  private long[] prefixes(String text) {
    long[] hashes = new long[text.length() + 1];
    for (int i = 0; i < text.length(); i++) {
      hashes[i + 1] = (multiply(hashes[i], base) + text.charAt(i) + 1) % PRIME;
    }
    return hashes;
  }

  /** Both factors are below 2^61 - 1. */
  private static long multiply(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    long sum = (low & PRIME) + ((low >>> 61) | (high << 3));
    return sum >= PRIME ? sum - PRIME : sum;
  }
}
