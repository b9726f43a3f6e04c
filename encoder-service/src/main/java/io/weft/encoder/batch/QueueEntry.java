package io.weft.encoder.batch;

import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.TokenSequence;
import io.weft.runtime.error.WeftException;

/**
 * One sequence in a batch: its payload, its way back and its timings, all kept by its request.
 *
 * @param submission the request it belongs to
 * @param index its number in the request
 */
record QueueEntry(Submission<?> submission, int index) {
  TokenSequence sequence() {
    return submission.sequence(index);
  }

  long queuedNs() {
    return submission.queuedNs();
  }

  void started(long nowNs) {
    submission.started(nowNs);
  }

  void answer(SequenceStates states) {
    submission.answer(index, states);
  }

  void fail(WeftException failure) {
    submission.fail(index, failure);
  }
}
