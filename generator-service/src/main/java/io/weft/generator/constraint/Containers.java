package io.weft.generator.constraint;

/** The signs of objects and lists, with the space that may stand beside them. */
final class Containers {
  private Containers() {}

  /** An opening brace or bracket. */
  static void open(Nfa nfa, int from, char sign, int to) {
    int after = nfa.state();
    nfa.bytes(from, sign, sign, after);
    JsonShapes.space(nfa, after, to);
  }

  /** A closing brace or bracket. */
  static void close(Nfa nfa, int from, char sign, int to) {
    int before = nfa.state();
    JsonShapes.space(nfa, from, before);
    nfa.bytes(before, sign, sign, to);
  }

  static void comma(Nfa nfa, int from, int to) {
    open(nfa, from, ',', to);
  }

  static void colon(Nfa nfa, int from, int to) {
    open(nfa, from, ':', to);
  }
}
