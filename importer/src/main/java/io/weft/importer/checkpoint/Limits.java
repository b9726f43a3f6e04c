package io.weft.importer.checkpoint;

/** What no known model comes near: larger values in a checkpoint are errors or attacks. */
final class Limits {
  static final int LAYERS = 1_024;
  static final int HEADS = 1_024;
  static final int WIDTH = 1 << 18;
  static final int CONTEXT = 1 << 21;
  static final int LABELS = 1 << 16;
  static final int VOCABULARY = 1 << 20;

  private Limits() {}
}
