package io.weft.gateway.grpc;

import io.weft.gateway.backend.ItemOutcome;
import io.weft.proto.common.v1.ItemError;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;

/** What concerns messages of every service. */
final class MessageProtos {
  private MessageProtos() {}

  /** The failure of one item. */
  static ItemError error(ItemOutcome.Failed<?> failed) {
    return ItemError.newBuilder()
        .setCode(failed.code())
        .setReason(failed.reason())
        .setMessage(failed.message())
        .build();
  }

  /** A failure as that of one item of a stream. */
  static ItemError error(WeftException failure) {
    return ItemError.newBuilder()
        .setCode(Statuses.code(failure).getNumber())
        .setReason(failure.reason())
        .setMessage(String.valueOf(failure.getMessage()))
        .build();
  }
}
