package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;

/** The last hidden state of every token, as 32-bit floats, little endian, row-major. */
public final class HiddenStatesTask implements EncoderTask<byte[]> {
  @Override
  public byte[] apply(SequenceStates states) {
    return states.toLittleEndian();
  }
}
