package io.weft.generator.sampling;

import java.util.Arrays;

/**
 * The different tokens of one sequence and how often each was generated. A token costs a step of a
 * hash table, and a row of logits one operation for each different token, whatever the size of the
 * vocabulary. Mutable; belongs to the engine's thread.
 */
final class SeenTokens {
  private static final int START = 64;

  /** The different ids, in the order in which they came; the first {@code size} count. */
  private int[] ids;

  /** How often each of them was generated; 0 for those that only the prompt has. */
  private int[] generated;

  private int size;

  /**
   * Open addressing over {@code ids}, twice as long: for a hash, or a place after it, the index of
   * the id plus 1; 0 is empty.
   */
  private int[] table;

  SeenTokens() {
    this.ids = new int[START];
    this.generated = new int[START];
    this.table = new int[2 * START];
  }

  private SeenTokens(SeenTokens from) {
    this.ids = from.ids.clone();
    this.generated = from.generated.clone();
    this.size = from.size;
    this.table = from.table.clone();
  }

  SeenTokens copy() {
    return new SeenTokens(this);
  }

  /** A token of the prompt. */
  void read(int id) {
    index(id);
  }

  /** A token of the output. */
  void write(int id) {
    // First: it may replace the array.
    int index = index(id);
    generated[index]++;
  }

  /** Changes the logits of the tokens seen, the repetition penalty first. */
  void penalize(Logits logits, Penalties penalties) {
    float[] values = logits.values();
    float repetition = penalties.repetition();
    for (int i = 0; i < size; i++) {
      float value = values[ids[i]];
      value = value < 0 ? value * repetition : value / repetition;
      if (generated[i] > 0) {
        value -= generated[i] * penalties.frequency() + penalties.presence();
      }
      values[ids[i]] = value;
    }
  }

  private int index(int id) {
    int place = place(id);
    if (table[place] == 0) {
      if (size == ids.length) {
        grow();
        place = place(id);
      }
      ids[size++] = id;
      table[place] = size;
    }
    return table[place] - 1;
  }

  /** Where an id stands in the table, or would. */
  private int place(int id) {
    int mask = table.length - 1;
    // The golden ratio's bits spread ids that lie close together.
    int place = ((id * 0x9E3779B9) >>> 7) & mask;
    while (table[place] != 0 && ids[table[place] - 1] != id) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    ids = Arrays.copyOf(ids, 2 * size);
    generated = Arrays.copyOf(generated, 2 * size);
    table = new int[4 * size];
    for (int i = 0; i < size; i++) {
      table[place(ids[i])] = i + 1;
    }
  }
}
