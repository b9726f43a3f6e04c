package io.weft.encoder.batch;

/** Which of a queue's batches a loop runs. */
public enum Lane {
  /** All of them. */
  BULK,
  /** Small requests, when no other lane runs any. */
  EXPRESS
}
