package io.weft.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A plain client's connection to the gateway's gRPC port. */
final class Channels {
  private Channels() {}

  /**
   * A connection of its own.
   *
   * @param managed any of Quarkus' clients, which in tests all lead to the same server
   */
  static ManagedChannel open(Channel managed) {
    return NettyChannelBuilder.forTarget(managed.authority()).usePlaintext().build();
  }

  /** The failure that a call ends with, whose message must have some parts. */
  static WeftException failure(Status.Code code, ThrowingCallable call, String... parts) {
    StatusRuntimeException status = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(status.getStatus().getCode()).as(status.toString()).isEqualTo(code);
    for (String part : parts) {
      assertThat(status.getStatus().getDescription()).contains(part);
    }
    return Statuses.fromStatus(status);
  }
}
