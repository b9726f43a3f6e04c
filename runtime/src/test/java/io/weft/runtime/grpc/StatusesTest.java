package io.weft.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatusesTest {
  static Stream<WeftException> failures() {
    return Stream.of(
        new WeftException.InvalidRequest("TOO_LONG", "9 tokens > 8", "messages"),
        WeftException.NotFound.model("x", List.of("a", "b")),
        new WeftException.Unsupported("NO_TEMPLATE", "no chat template", Map.of("model", "x")),
        new WeftException.Overloaded("QUEUE_FULL", "full", Duration.ofMillis(1_500)),
        new WeftException.Unauthenticated("INVALID_API_KEY", "no such key"),
        new WeftException.Unavailable("STOPPING", "stopping", null),
        new WeftException.DeadlineExceeded("3 ms late"),
        new WeftException.Cancelled("gone"),
        new WeftException.Internal("broken", null));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void everyFailureSurvivesTheWayThroughGrpc(WeftException sent) {
    WeftException received = Statuses.fromStatus(Statuses.toStatus(sent));

    assertThat(received).hasSameClassAs(sent).hasMessage(sent.getMessage());
    assertThat(received.reason()).isEqualTo(sent.reason());
    assertThat(received.metadata()).isEqualTo(sent.metadata());
    if (sent instanceof WeftException.Overloaded overloaded) {
      assertThat(((WeftException.Overloaded) received).retryAfter())
          .isEqualTo(overloaded.retryAfter());
    }
  }

  @Test
  void tellsALostServerFromAFault() {
    assertThat(Statuses.isLost(Status.UNAVAILABLE.asRuntimeException())).isTrue();
    assertThat(Statuses.isLost(Status.INTERNAL.asRuntimeException())).isTrue();
    assertThat(Statuses.isLost(Status.DEADLINE_EXCEEDED.asRuntimeException())).isFalse();
    assertThat(Statuses.isLost(Statuses.toStatus(new WeftException.Unavailable("R", "m", null))))
        .isTrue();
    assertThat(Statuses.isLost(Statuses.toStatus(new WeftException.Internal("m", null)))).isFalse();
    assertThat(Statuses.isLost(Statuses.toStatus(new IllegalStateException()))).isFalse();
  }

  @Test
  void unknownFailuresDoNotShowTheirMessage() {
    StatusRuntimeException status = Statuses.toStatus(new IllegalStateException("secret prompt"));

    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(status.getStatus().getDescription()).doesNotContain("secret");
  }
}
