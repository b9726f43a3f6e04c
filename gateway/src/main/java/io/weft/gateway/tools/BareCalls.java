package io.weft.gateway.tools;

import io.weft.gateway.backend.ToolCallForm;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is nothing but calls: JSON values with white space, and marks, between them. All
 * is held back until its end, since what comes later may make it text; an answer that does not
 * begin like a call is text at once.
 */
final class BareCalls implements CallParser {
  private final Calls calls;
  private final ToolCallForm form;
  private final List<String> marks;
  private final StringBuilder held = new StringBuilder();

  /** Whether the answer may still be nothing but calls. */
  private boolean mayBeCalls = true;

  /** The value that is being read; null between values. */
  private @Nullable CallJson call;

  /** Where that value, or what may be one, begins within {@link #held}. */
  private int start;

  /** How much has been read. */
  private int read;

  private final List<Whole> found = new ArrayList<>();

  /**
   * @param form tells what the arguments are called, and whether there may be a list
   * @param marks what may stand around values
   */
  BareCalls(Calls calls, ToolCallForm form, List<String> marks) {
    this.calls = calls;
    this.form = form;
    this.marks = List.copyOf(marks);
  }

  private record Whole(CallJson.Found call, String json) {}

  @Override
  public List<CallPiece> add(String text) {
    if (!mayBeCalls) {
      calls.text(text);
      return calls.take();
    }
    held.append(text);
    boolean more = true;
    while (more) {
      more = call == null ? readBetween(false) : readCall(call);
    }
    if (held.length() > Calls.MAX_HELD) {
      refuse();
    }
    return calls.take();
  }

  @Override
  public List<CallPiece> end() {
    if (mayBeCalls) {
      readBetween(true);
    }
    if (mayBeCalls && call == null && !found.isEmpty()) {
      found.forEach(whole -> calls.whole(whole.call(), whole.json()));
    } else if (mayBeCalls) {
      refuse();
    }
    return calls.take();
  }

  @Override
  public int calls() {
    return calls.begun();
  }

  /** Reads up to the next value, and returns whether there is one. */
  private boolean readBetween(boolean last) {
    while (call == null && mayBeCalls && read < held.length()) {
      char next = held.charAt(read);
      String rest = held.substring(read, Math.min(held.length(), read + 16));
      if (Character.isWhitespace(next)) {
        read++;
      } else if (next == '{' || (next == '[' && form == ToolCallForm.JSON)) {
        start = read;
        call = new CallJson(form.argumentsKey());
        return true;
      } else if (marks.stream().anyMatch(rest::startsWith)) {
        read += marks.stream().filter(rest::startsWith).findFirst().orElseThrow().length();
      } else if (!last && marks.stream().anyMatch(mark -> mark.startsWith(rest))) {
        return false;
      } else {
        refuse();
      }
    }
    return false;
  }

  /** Reads a value, and returns whether it is whole. */
  private boolean readCall(CallJson json) {
    String text = held.substring(read);
    read = held.length();
    return switch (json.read(text)) {
      case OPEN -> false;
      case BROKEN -> {
        refuse();
        yield false;
      }
      case WHOLE -> {
        if (!calls.admit(json.found()) || found.size() + json.found().size() > Calls.MAX_CALLS) {
          refuse();
          yield false;
        }
        read = start + json.length();
        String value = held.substring(start, read);
        json.found().forEach(one -> found.add(new Whole(one, value)));
        call = null;
        yield true;
      }
    };
  }

  private void refuse() {
    mayBeCalls = false;
    calls.text(held);
    held.setLength(0);
    call = null;
  }
}
