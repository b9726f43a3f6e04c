package io.weft.gateway.tools;

import io.weft.gateway.backend.ToolCallForm;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls between {@code <tool_call>} and {@code </tool_call>}, anywhere in the text. White space
 * around them is part of the form. A call is told once it is whole and proven; the closing tag may
 * be absent at the end of the text.
 */
final class TaggedCalls implements CallParser {
  private static final String OPEN = "<tool_call>";
  private static final String CLOSE = "</tool_call>";

  /** Characters that are looked at at once: most that is no call shows it early. */
  private static final int SLICE = 256;

  private final Calls calls;
  private final StringBuilder held = new StringBuilder();

  /** The call that is being read; null within text. */
  private @Nullable CallJson call;

  /** Where the JSON of that call begins within {@link #held}. */
  private int callStart;

  /** How much of {@link #held} that call has read. */
  private int callRead;

  TaggedCalls(Calls calls) {
    this.calls = calls;
  }

  @Override
  public List<CallPiece> add(String text) {
    held.append(text);
    read(false);
    return calls.take();
  }

  @Override
  public List<CallPiece> end() {
    read(true);
    String rest = held.toString();
    if (calls.begun() == 0 || !rest.isBlank()) {
      calls.text(rest);
    }
    return calls.take();
  }

  @Override
  public int calls() {
    return calls.begun();
  }

  private void read(boolean last) {
    boolean more = true;
    while (more) {
      more = call == null ? readText() : readCall(call, last);
    }
  }

  /** Reads up to a tag, and returns whether there is one. */
  private boolean readText() {
    int tag = held.indexOf(OPEN);
    int certain = beforeSpace(tag < 0 ? held.length() - openingAtEnd() : tag);
    calls.text(held.substring(0, certain));
    held.delete(0, certain);
    if (tag < 0) {
      return false;
    }
    callStart = tag - certain + OPEN.length();
    callRead = callStart;
    call = new CallJson(ToolCallForm.TAGGED.argumentsKey());
    return true;
  }

  /** Reads a call, and returns whether it is decided what it is. */
  private boolean readCall(CallJson json, boolean last) {
    CallJson.State state = json.state();
    while (state == CallJson.State.OPEN && callRead < held.length()) {
      int end = Math.min(held.length(), callRead + SLICE);
      state = json.read(held.substring(callRead, end));
      callRead = end;
    }
    return switch (state) {
      case BROKEN -> refuse();
      case WHOLE -> close(json, last);
      case OPEN -> (last || held.length() > Calls.MAX_HELD) && refuse();
    };
  }

  private boolean close(CallJson json, boolean last) {
    int end = callStart + json.length();
    while (end < held.length() && Character.isWhitespace(held.charAt(end))) {
      end++;
    }
    String rest = held.substring(end, Math.min(held.length(), end + CLOSE.length()));
    boolean isClosed = rest.equals(CLOSE);
    if (!isClosed && CLOSE.startsWith(rest) && !last && held.length() <= Calls.MAX_HELD) {
      return false;
    }
    if ((!isClosed && !(last && CLOSE.startsWith(rest))) || !calls.admit(json.found())) {
      return refuse();
    }
    String arguments = held.substring(callStart);
    json.found().forEach(found -> calls.whole(found, arguments));
    held.delete(0, end + rest.length());
    call = null;
    return true;
  }

  /** What was taken for a call is text, at least its tag. */
  private boolean refuse() {
    calls.text(held.substring(0, callStart));
    held.delete(0, callStart);
    call = null;
    return true;
  }

  /** Length of the longest end of the text that an opening tag may begin with. */
  private int openingAtEnd() {
    int length = Math.min(held.length(), OPEN.length() - 1);
    while (length > 0 && !OPEN.startsWith(held.substring(held.length() - length))) {
      length--;
    }
    return length;
  }

  /** Where the white space before a place begins. */
  private int beforeSpace(int place) {
    int start = place;
    while (start > 0 && Character.isWhitespace(held.charAt(start - 1))) {
      start--;
    }
    return place - start > Calls.MAX_HELD ? place : start;
  }
}
