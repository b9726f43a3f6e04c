package io.weft.gateway.tools;

import java.util.ArrayList;
import java.util.List;

/**
 * An answer in which calls have been told from text.
 *
 * @param text what is no call, together; may be empty
 * @param calls in their order
 */
public record WholeAnswer(String text, List<Call> calls) {
  public WholeAnswer {
    calls = List.copyOf(calls);
  }

  /**
   * A call.
   *
   * @param id unique
   * @param name of the tool
   * @param arguments a JSON object as text, cut where the answer was
   */
  public record Call(String id, String name, String arguments) {}

  /** Puts all pieces of an answer together. */
  public static WholeAnswer of(List<CallPiece> pieces) {
    StringBuilder text = new StringBuilder();
    List<Call> calls = new ArrayList<>();
    for (CallPiece piece : pieces) {
      switch (piece) {
        case CallPiece.Text(String more) -> text.append(more);
        case CallPiece.Begin(int _, String id, String name) -> calls.add(new Call(id, name, ""));
        case CallPiece.Arguments(int _, String more) -> {
          Call last = calls.removeLast();
          calls.add(new Call(last.id(), last.name(), last.arguments() + more));
        }
      }
    }
    return new WholeAnswer(text.toString(), calls);
  }
}
