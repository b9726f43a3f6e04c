package io.weft.runtime.text;

import java.util.List;

/**
 * A part of a regular expression, and in how many ways a backtracking matcher may try it at one
 * place of a text. Characters are not compared: every repetition may share its characters with the
 * next. What makes the bound useful all the same is that nobody comes back to a part when all that
 * follows always matches, as {@code [\r\n]*} does: so end the words of published tokenizers.
 */
sealed interface RegexNode {
  /** Characters of a text for which the ways are counted: as many as a service takes. */
  int TEXT = 1 << 20;

  /** How often Oniguruma goes back in one match before it gives up. */
  double MAX_WAYS = 1e7;

  /** Parts of an expression, with those repeated a given number of times counted as often. */
  double MAX_PARTS = 1_000;

  int UNBOUNDED = Integer.MAX_VALUE;

  /** Whether it matches something, perhaps nothing, of any text. */
  boolean always();

  /**
   * The ways to try it, at least 1.
   *
   * @param last whether all that follows always matches
   */
  double ways(boolean last);

  double parts();

  /**
   * Refuses what may be tried too often.
   *
   * @throws IllegalArgumentException with the reason
   */
  static void check(RegexNode regex) {
    if (regex.parts() > MAX_PARTS) {
      throw new IllegalArgumentException(
          "it has %,.0f parts, the limit is %,.0f".formatted(regex.parts(), MAX_PARTS));
    }
    double ways = regex.ways(true);
    if (ways > MAX_WAYS) {
      throw new IllegalArgumentException(
          "repetitions within repetitions, or one after the other, may match %,d characters in"
                  .formatted(TEXT)
              + " %s ways, the limit is %,.0f"
                  .formatted(ways > 1e18 ? "endless" : "%,.0f".formatted(ways), MAX_WAYS));
    }
  }

  /** A character, a class of them, or an anchor. */
  record Atom(double ways) implements RegexNode {
    @Override
    public boolean always() {
      return false;
    }

    @Override
    public double ways(boolean last) {
      return ways;
    }

    @Override
    public double parts() {
      return 1;
    }
  }

  /** One after the other. */
  record Sequence(List<RegexNode> nodes) implements RegexNode {
    @Override
    public boolean always() {
      return nodes.stream().allMatch(RegexNode::always);
    }

    @Override
    public double ways(boolean last) {
      boolean rest = last;
      double ways = 1;
      double end = 0;
      for (RegexNode node : nodes.reversed()) {
        double own = node.ways(rest);
        if (rest && node.always()) {
          // Begun once, when all before it has matched.
          end += own - 1;
        } else {
          ways *= own;
          rest = false;
        }
      }
      return ways + end;
    }

    @Override
    public double parts() {
      return nodes.stream().mapToDouble(RegexNode::parts).sum();
    }
  }

  /** One of several. */
  record Choice(List<RegexNode> nodes) implements RegexNode {
    @Override
    public boolean always() {
      return nodes.stream().anyMatch(RegexNode::always);
    }

    @Override
    public double ways(boolean last) {
      return nodes.stream().mapToDouble(node -> node.ways(last)).sum();
    }

    @Override
    public double parts() {
      return nodes.stream().mapToDouble(RegexNode::parts).sum();
    }
  }

  /**
   * Greedy, lazy or possessive: the last goes back less often, and is as slow in a repetition.
   *
   * @param max {@link #UNBOUNDED} without one
   */
  record Repeat(RegexNode body, int min, int max) implements RegexNode {
    @Override
    public boolean always() {
      return min == 0 || body.always();
    }

    @Override
    public double ways(boolean last) {
      boolean bodyIsLast = last && (min < 2 || body.always());
      double once = body.ways(bodyIsLast);
      int times = Math.min(max, TEXT);
      if (once == 1) {
        return last ? 1 : Math.max(1, times - min + 1);
      }
      return bodyIsLast
          ? once * Math.max(1, times)
          : Math.pow(once, times) * Math.max(1, times - min + 1);
    }

    @Override
    public double parts() {
      return Math.max(1, body.parts()) * Math.max(1, max == UNBOUNDED ? min : max);
    }
  }

  /**
   * A look-around or an atomic group: it is left once, and begun as often as anything.
   *
   * @param starts places where a look-behind may begin
   */
  record Aside(RegexNode body, int starts) implements RegexNode {
    @Override
    public boolean always() {
      return false;
    }

    @Override
    public double ways(boolean last) {
      return body.ways(false) * starts;
    }

    @Override
    public double parts() {
      return 1 + body.parts();
    }
  }
}
