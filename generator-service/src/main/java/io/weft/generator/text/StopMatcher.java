package io.weft.generator.text;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first stop string in a growing text and holds back what could still become one. The
 * first is the one that is complete first; of several that are complete at the same place, the
 * longest. The outcome does not depend on how the text is cut into pieces.
 *
 * <p>Each stop string is followed by its own Knuth-Morris-Pratt automaton, so that the work is
 * linear in the text. Mutable; belongs to one thread.
 */
public final class StopMatcher {
  private final List<Pattern> patterns;
  private final boolean includeStop;

  /** Text that was not released: a proper prefix of a stop string. */
  private final StringBuilder held = new StringBuilder();

  private @Nullable String matched;

  /**
   * @param stops none empty
   * @param includeStop release the stop string too
   */
  public StopMatcher(List<String> stops, boolean includeStop) {
    // The longest first: it wins where several are complete at once.
    this.patterns =
        stops.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::new)
            .toList();
    this.includeStop = includeStop;
  }

  /**
   * Takes more text and returns what is certain not to belong to a stop string; after a match,
   * nothing.
   */
  public String add(String text) {
    return add(text, true);
  }

  /**
   * The same.
   *
   * @param mayStop whether a stop string counts that is complete within this text; one that only
   *     begins here may be complete, and count, later
   */
  String add(String text, boolean mayStop) {
    if (matched != null) {
      return "";
    }
    if (patterns.isEmpty()) {
      return text;
    }
    int longest = 0;
    for (int i = 0; i < text.length(); i++) {
      held.append(text.charAt(i));
      longest = 0;
      for (Pattern pattern : patterns) {
        int length = pattern.advance(text.charAt(i));
        if (length == pattern.text.length() && mayStop) {
          matched = pattern.text;
          return take(includeStop ? held.length() : held.length() - length);
        }
        longest = Math.max(longest, pattern.length);
      }
    }
    return text.isEmpty() ? "" : take(held.length() - longest);
  }

  /** Ends the text and returns what was held back; after a match, nothing. */
  public String finish() {
    return matched == null ? take(held.length()) : "";
  }

  /** The stop string that was found. */
  public @Nullable String matched() {
    return matched;
  }

  private String take(int length) {
    String taken = held.substring(0, length);
    held.delete(0, length);
    return taken;
  }

  /** One stop string and how much of it the text ends with. */
  private static final class Pattern {
    private final String text;

    /** For each length: the longest shorter prefix that the prefix of that length ends with. */
    private final int[] fallback;

    /** How much of it, but less than all, the text ends with. */
    private int length;

    Pattern(String text) {
      if (text.isEmpty()) {
        throw new IllegalArgumentException("an empty stop string");
      }
      this.text = text;
      this.fallback = new int[text.length() + 1];
      int border = 0;
      for (int i = 1; i < text.length(); i++) {
        while (border > 0 && text.charAt(border) != text.charAt(i)) {
          border = fallback[border];
        }
        border += text.charAt(border) == text.charAt(i) ? 1 : 0;
        fallback[i + 1] = border;
      }
    }

    /** How much of the stop string the text ends with now, perhaps all. */
    int advance(char c) {
      while (length > 0 && text.charAt(length) != c) {
        length = fallback[length];
      }
      length += text.charAt(length) == c ? 1 : 0;
      int reached = length;
      if (length == text.length()) {
        length = fallback[length];
      }
      return reached;
    }
  }
}
