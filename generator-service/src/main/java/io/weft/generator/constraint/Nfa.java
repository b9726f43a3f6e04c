package io.weft.generator.constraint;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A nondeterministic automaton under construction. It leads from {@link #START} to {@link #END};
 * its labels are bytes, 0 to 255, and calls of rules of the {@link Grammar}, from {@link #CALLS}
 * up; or characters, in one that {@link Determinizer#determinizeCharacters} takes.
 *
 * <p>Whatever is added between two states leads only away from the first and only towards the
 * second, so that parts can be joined without mixing. Mutable; belongs to one thread.
 */
final class Nfa {
  static final int START = 0;
  static final int END = 1;

  /** The label that calls rule 0. */
  static final int CALLS = 256;

  static final int EPSILON = -1;

  private final Budget budget;
  private int states = 2;

  /** Four numbers an edge: from, lowest label or {@link #EPSILON}, highest label, to. */
  private int[] edges = new int[64];

  private int length;

  Nfa(Budget budget) {
    this.budget = budget;
    budget.states(states);
  }

  Budget budget() {
    return budget;
  }

  int size() {
    return states;
  }

  int edgeCount() {
    return length / 4;
  }

  int from(int edge) {
    return edges[4 * edge];
  }

  int low(int edge) {
    return edges[4 * edge + 1];
  }

  int high(int edge) {
    return edges[4 * edge + 2];
  }

  int to(int edge) {
    return edges[4 * edge + 3];
  }

  int state() {
    budget.states(1);
    return states++;
  }

  void epsilon(int from, int to) {
    edge(from, EPSILON, EPSILON, to);
  }

  /** Bytes from low to high, unsigned. */
  void bytes(int from, int low, int high, int to) {
    edge(from, low, high, to);
  }

  /** Characters from low to high, in an automaton that has no calls. */
  void characters(int from, int low, int high, int to) {
    edge(from, low, high, to);
  }

  void call(int from, int rule, int to) {
    edge(from, CALLS + rule, CALLS + rule, to);
  }

  /** These bytes one after the other; ASCII text may be given as a string. */
  void literal(int from, byte[] text, int to) {
    int state = from;
    for (byte b : text) {
      int next = state();
      bytes(state, b & 0xff, b & 0xff, next);
      state = next;
    }
    epsilon(state, to);
  }

  void literal(int from, String ascii, int to) {
    literal(from, ascii.getBytes(StandardCharsets.US_ASCII), to);
  }

  /** A copy of another automaton. */
  void append(int from, Nfa part, int to) {
    budget.states(part.states);
    int offset = states;
    states += part.states;
    for (int i = 0; i < part.length; i += 4) {
      edge(
          offset + part.edges[i], part.edges[i + 1], part.edges[i + 2], offset + part.edges[i + 3]);
    }
    epsilon(from, offset + START);
    epsilon(offset + END, to);
  }

  private void edge(int from, int low, int high, int to) {
    budget.work(1);
    if (length == edges.length) {
      edges = Arrays.copyOf(edges, 2 * length);
    }
    edges[length++] = from;
    edges[length++] = low;
    edges[length++] = high;
    edges[length++] = to;
  }
}
