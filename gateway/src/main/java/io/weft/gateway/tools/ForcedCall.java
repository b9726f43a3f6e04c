package io.weft.gateway.tools;

import java.util.List;

/**
 * An answer that its shape forces to be one call: its arguments are told as they are written. An
 * answer that ends before them was no call.
 */
final class ForcedCall implements CallParser {
  private final Calls calls;
  private final CallJson json;
  private final StringBuilder held = new StringBuilder();
  private boolean begun;

  /** Where {@link #held} begins within the answer. */
  private int gone;

  ForcedCall(Calls calls, String argumentsKey) {
    this.calls = calls;
    this.json = new CallJson(argumentsKey);
  }

  @Override
  public List<CallPiece> add(String text) {
    held.append(text);
    json.read(text);
    String name = json.name();
    if (!begun && name != null && json.argumentsStart() >= 0 && calls.isTool(name)) {
      begun = true;
      calls.begin(name);
      drop(json.argumentsStart());
    }
    if (begun) {
      int end = json.argumentsEnd() < 0 ? gone + held.length() : json.argumentsEnd();
      if (end > gone) {
        calls.arguments(held.substring(0, end - gone));
      }
      drop(gone + held.length());
    }
    return calls.take();
  }

  @Override
  public List<CallPiece> end() {
    calls.text(held);
    return calls.take();
  }

  @Override
  public int calls() {
    return calls.begun();
  }

  private void drop(int place) {
    held.delete(0, place - gone);
    gone = place;
  }
}
