package io.weft.gateway.tools;

import java.util.List;

/** An answer without calls. */
final class PlainText implements CallParser {
  @Override
  public List<CallPiece> add(String text) {
    return text.isEmpty() ? List.of() : List.of(new CallPiece.Text(text));
  }

  @Override
  public List<CallPiece> end() {
    return List.of();
  }

  @Override
  public int calls() {
    return 0;
  }
}
