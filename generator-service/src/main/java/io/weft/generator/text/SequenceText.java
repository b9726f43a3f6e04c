package io.weft.generator.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text of one generated sequence: tokens in, text that may be sent out. Mutable; belongs to the
 * engine's thread.
 */
public final class SequenceText {
  private final Vocabulary vocabulary;
  private final IncrementalText decoded;
  private final StopMatcher stops;
  private boolean stopsCount = true;

  /**
   * @param includeSpecial keep special tokens in the text
   * @param continues the text goes on after a prompt that has text
   * @param stops the strings that end the text, none empty
   * @param includeStop keep the stop string in the text
   */
  public SequenceText(
      Vocabulary vocabulary,
      boolean includeSpecial,
      boolean continues,
      List<String> stops,
      boolean includeStop) {
    this.vocabulary = vocabulary;
    this.decoded = new IncrementalText(vocabulary, includeSpecial, continues);
    this.stops = new StopMatcher(stops, includeStop);
  }

  /**
   * How many of its first bytes the next token leaves out of the text.
   *
   * @param isText whether it is to be added; of one that is not, all are left out
   */
  public int omitted(int id, boolean isText) {
    return isText ? decoded.omitted(id) : vocabulary.bytes(id).remaining();
  }

  /**
   * Takes the next token and returns the text that is now certain.
   *
   * @param mayStop whether a stop string counts that is complete with this token; once true, it
   *     stays true
   */
  public String add(int id, boolean mayStop) {
    stopsCount = mayStop;
    return stops.add(decoded.add(id), mayStop);
  }

  /** Ends the text and returns what was held back. */
  public String finish() {
    return stops.add(decoded.finish(), stopsCount) + stops.finish();
  }

  /** The stop string that was found. */
  public @Nullable String matchedStop() {
    return stops.matched();
  }
}
