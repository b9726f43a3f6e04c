package io.weft.gateway.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The calls of one answer and the pieces that are on their way out. Mutable; used by one thread.
 */
final class Calls {
  /** Most calls of one answer; further ones stay text. */
  static final int MAX_CALLS = 128;

  /** Most characters that are held back while it is not certain that they are a call. */
  static final int MAX_HELD = 1 << 17;

  private final Set<String> names;
  private final boolean parallel;
  private List<CallPiece> pieces = new ArrayList<>();
  private int begun;

  /**
   * @param names of the tools that may be called
   * @param parallel whether there may be several calls
   */
  Calls(Set<String> names, boolean parallel) {
    this.names = Set.copyOf(names);
    this.parallel = parallel;
  }

  int begun() {
    return begun;
  }

  /** Whether all of these are calls that the answer may have. */
  boolean admit(List<CallJson.Found> found) {
    return begun + found.size() <= MAX_CALLS
        && found.stream().allMatch(call -> names.contains(call.name()));
  }

  boolean isTool(String name) {
    return names.contains(name);
  }

  void text(CharSequence text) {
    if (!text.isEmpty()) {
      pieces.add(new CallPiece.Text(text.toString()));
    }
  }

  /** Begins a call, whose arguments follow. */
  void begin(String name) {
    String id = "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24);
    pieces.add(new CallPiece.Begin(begun++, id, name));
  }

  /** More arguments of the last call. */
  void arguments(CharSequence text) {
    if (!text.isEmpty()) {
      pieces.add(new CallPiece.Arguments(begun - 1, text.toString()));
    }
  }

  /** A whole call; left out where there is one already and there may be only one. */
  void whole(CallJson.Found call, CharSequence json) {
    if (begun == 0 || parallel) {
      begin(call.name());
      arguments(json.subSequence(call.argumentsStart(), call.argumentsEnd()));
    }
  }

  /** Hands out the pieces so far. */
  List<CallPiece> take() {
    List<CallPiece> taken = pieces;
    pieces = new ArrayList<>();
    return taken;
  }
}
