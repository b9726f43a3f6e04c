package io.weft.gateway.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells calls from text while a sequence is generated. What a model writes is not trusted: what
 * only looks like a call, or calls what the request does not offer, stays text; no text is lost.
 * Mutable; used by one thread.
 */
public interface CallParser {
  /** Characters of a whole text that are taken at once. */
  int SLICE = 4_096;

  /** Takes the next text, and returns what is now certain. */
  List<CallPiece> add(String text);

  /** Takes the end, and returns what was held back. */
  List<CallPiece> end();

  /** Takes a whole text. */
  default List<CallPiece> all(String text) {
    List<CallPiece> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); from += SLICE) {
      pieces.addAll(add(text.substring(from, Math.min(text.length(), from + SLICE))));
    }
    pieces.addAll(end());
    return pieces;
  }

  /** How many calls have begun. */
  int calls();
}
