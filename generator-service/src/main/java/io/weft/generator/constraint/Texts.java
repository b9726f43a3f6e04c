package io.weft.generator.constraint;

import java.nio.charset.StandardCharsets;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Transition;

/** Automata over characters as parts of automata over bytes. */
final class Texts {
  private static final String ESCAPED = "\b\t\n\f\r\"\\";
  private static final String ESCAPES = "btnfr\"\\";

  private Texts() {}

  /** Adds one text in UTF-8. */
  static void addLiteral(Nfa nfa, int from, String text, int to) {
    nfa.literal(from, text.getBytes(StandardCharsets.UTF_8), to);
  }

  /** How a character is written. */
  interface Writer {
    /** Adds the characters from low to high. */
    void add(Nfa nfa, int from, int low, int high, int to);
  }

  /** Adds texts in UTF-8. */
  static void addPlain(Nfa nfa, int from, Automaton characters, int to) {
    add(nfa, from, characters, to, Utf8::add);
  }

  /** Adds texts as the inside of JSON strings: only what must be escaped is. */
  static void addJson(Nfa nfa, int from, Automaton characters, int to) {
    add(nfa, from, characters, to, Texts::jsonCharacters);
  }

  /** Characters as they stand inside of a JSON string. */
  static void jsonCharacters(Nfa nfa, int from, int low, int high, int to) {
    for (int c = low; c <= Math.min(high, 0x1f); c++) {
      escape(nfa, from, c, to);
    }
    int start = Math.max(low, 0x20);
    for (int special : new int[] {'"', '\\'}) {
      if (start <= special && special <= high) {
        Utf8.add(nfa, from, start, special - 1, to);
        escape(nfa, from, special, to);
        start = special + 1;
      }
    }
    Utf8.add(nfa, from, start, high, to);
  }

  private static void escape(Nfa nfa, int from, int c, int to) {
    int i = ESCAPED.indexOf(c);
    nfa.literal(from, i < 0 ? String.format("\\u%04x", c) : "\\" + ESCAPES.charAt(i), to);
  }

  private static void add(Nfa nfa, int from, Automaton characters, int to, Writer writer) {
    int[] states = new int[characters.getNumStates()];
    for (int s = 0; s < states.length; s++) {
      states[s] = nfa.state();
      if (characters.isAccept(s)) {
        nfa.epsilon(states[s], to);
      }
    }
    if (states.length > 0) {
      nfa.epsilon(from, states[0]);
    }
    Transition transition = new Transition();
    for (int s = 0; s < states.length; s++) {
      int count = characters.initTransition(s, transition);
      for (int i = 0; i < count; i++) {
        characters.getNextTransition(transition);
        writer.add(nfa, states[s], transition.min, transition.max, states[transition.dest]);
      }
    }
  }
}
