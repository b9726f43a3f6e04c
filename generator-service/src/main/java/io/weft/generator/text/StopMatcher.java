package io.weft.generator.text;

import io.weft.runtime.text.PrefixAutomaton;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first stop string in a growing text and holds back what could still become one. The
 * first is the one that is complete first; of several that are complete at the same place, the
 * longest. The outcome does not depend on how the text is cut into pieces.
 *
 * <p>Each stop string is followed by its own {@link PrefixAutomaton}, so that the work is linear in
 * the text. Mutable; belongs to one thread.
 */
public final class StopMatcher {
  private final List<PrefixAutomaton> patterns;
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
            .map(PrefixAutomaton::new)
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
      for (PrefixAutomaton pattern : patterns) {
        if (pattern.advance(text.charAt(i)) && mayStop) {
          matched = pattern.pattern();
          return take(includeStop ? held.length() : held.length() - matched.length());
        }
        longest = Math.max(longest, pattern.length());
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
}
