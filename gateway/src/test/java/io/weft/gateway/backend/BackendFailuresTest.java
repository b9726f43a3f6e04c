package io.weft.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.Status;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BackendFailuresTest {
  private static final Duration LIMIT = Duration.ofSeconds(3);

  @Test
  void hidesAddresses() {
    WeftException failure =
        of(Status.UNAVAILABLE.withDescription("Connection refused: /10.0.0.7:9003"));

    assertThat(failure)
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the generator is not reachable");
    assertThat(failure.reason()).isEqualTo("BACKEND_UNAVAILABLE");
  }

  @Test
  void keepsWhatTheBackendSaysOfItself() {
    WeftException said = new WeftException.Unavailable("STOPPING", "shutting down", null);

    assertThat(BackendFailures.of(Backend.GENERATOR, LIMIT, Context.ROOT, Statuses.toStatus(said)))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("shutting down");
  }

  @Test
  void aMissingMethodIsNoFaultOfTheRequest() {
    assertThat(of(Status.UNIMPLEMENTED.withDescription("Method not found")))
        .isInstanceOf(WeftException.Internal.class)
        .hasMessage("the generator failed: Method not found");
  }

  @Test
  void twoTokenizersAreNoFaultOfTheRequest() {
    WeftException said =
        new WeftException.Unsupported(
            "VOCABULARY_MISMATCH", "another vocabulary", Map.of("param", "vocabulary_hash"));

    assertThat(BackendFailures.of(Backend.GENERATOR, LIMIT, Context.ROOT, Statuses.toStatus(said)))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the tokenizer and the generator hold different tokenizers of this model");
  }

  @Test
  void tellsACancelledCallerFromACallThatTheBackendEnded() {
    Context.CancellableContext caller = Context.ROOT.withCancellation();
    assertThat(
            BackendFailures.of(
                Backend.ENCODER, LIMIT, caller, Status.CANCELLED.asRuntimeException()))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the encoder ended the call");

    caller.cancel(null);
    assertThat(
            BackendFailures.of(
                Backend.ENCODER, LIMIT, caller, Status.CANCELLED.asRuntimeException()))
        .isInstanceOf(WeftException.Cancelled.class);
  }

  @Test
  void aConnectionThatClosedUnderACallIsNoFaultOfTheBackend() {
    assertThat(of(Status.UNKNOWN.withDescription("channel closed")))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the generator ended the call");
  }

  @Test
  void speaksInTheTermsOfTheApi() {
    assertThat(param(new WeftException.InvalidRequest("R", "m", "stop.stop[2]")))
        .isEqualTo("stop[2]");
    assertThat(param(new WeftException.InvalidRequest("R", "m", "prompt_ids"))).isEqualTo("prompt");
    assertThat(param(new WeftException.Unsupported("R", "m", Map.of("param", "sampling.top_k"))))
        .isEqualTo("top_k");
    assertThat(param(new WeftException.InvalidRequest("R", "m", Map.of()))).isNull();
  }

  private static String param(WeftException failure) {
    return ApiTerms.translate(failure, Map.of("prompt_ids", "prompt")).metadata().get("param");
  }

  private static WeftException of(Status status) {
    return BackendFailures.of(Backend.GENERATOR, LIMIT, Context.ROOT, status.asRuntimeException());
  }
}
