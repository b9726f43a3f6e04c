package io.weft.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.FinishReason;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.backend.GenerationStream.Signal;
import io.weft.runtime.error.WeftException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationStreamTest {
  private static final Accepted ACCEPTED = new Accepted(0, 3, 0, List.of());
  private static final Delta DELTA = new Delta(0, 1, "a", List.of());
  private static final Finished FINISHED = new Finished(0, FinishReason.STOP, "", 1);

  private final GenerationStream stream =
      new GenerationStream(1, TokenCharge.none(4), GenerationTrace.none());
  private final FakeCall one = new FakeCall();
  private final FakeCall two = new FakeCall();

  @Test
  void asksForOneMoreEventForEachThatIsTaken() {
    stream.add(one);
    send(one, ACCEPTED, DELTA, FINISHED);
    stream.signal(new Signal.Completed());

    stream.awaitAccepted();
    assertThat(one.requested).isEqualTo(1);
    assertThat(stream.isReady()).isTrue();
    assertThat(stream.next()).isEqualTo(ACCEPTED);
    assertThat(one.requested).isEqualTo(1);
    assertThat(stream.next()).isEqualTo(DELTA);
    assertThat(one.requested).isEqualTo(2);
    assertThat(stream.next()).isEqualTo(FINISHED);
    assertThat(stream.next()).isNull();
    assertThat(stream.isReady()).isFalse();
  }

  @Test
  void endsWithTheLastOfSeveralCalls() {
    stream.add(one);
    stream.add(two);
    send(one, ACCEPTED, FINISHED);
    stream.signal(new Signal.Completed());
    send(two, ACCEPTED, FINISHED);
    stream.signal(new Signal.Completed());

    for (int i = 0; i < 4; i++) {
      assertThat(stream.next()).isNotNull();
    }
    assertThat(stream.next()).isNull();
    assertThat(two.requested).isEqualTo(2);
  }

  @Test
  void oneFailureEndsAllCalls() {
    stream.add(one);
    stream.add(two);
    send(one, ACCEPTED);
    stream.signal(new Signal.Failed(new WeftException.DeadlineExceeded("late")));

    assertThat(stream.next()).isEqualTo(ACCEPTED);
    assertThatThrownBy(stream::next)
        .isInstanceOf(WeftException.DeadlineExceeded.class)
        .hasMessage("late");
    assertThat(one.cancelled).isTrue();
    assertThat(two.cancelled).isTrue();
  }

  @Test
  void aCallThatLeavesASequenceOpenIsAFault() {
    stream.add(one);
    send(one, ACCEPTED);
    stream.signal(new Signal.Completed());

    assertThat(stream.next()).isEqualTo(ACCEPTED);
    assertThatThrownBy(stream::next)
        .isInstanceOf(WeftException.Internal.class)
        .hasMessage("the generator's stream ended with 1 sequences open");
  }

  @Test
  void waitsForAnotherThread() throws Exception {
    stream.add(one);
    Thread other =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (stream.isReady()) {
                    Thread.onSpinWait();
                  }
                  send(one, ACCEPTED);
                });

    assertThat(stream.next()).isEqualTo(ACCEPTED);
    other.join();
  }

  @Test
  void anInterruptCancelsAndIsKept() {
    stream.add(one);
    Thread.currentThread().interrupt();

    assertThatThrownBy(stream::next).isInstanceOf(WeftException.Unavailable.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(one.cancelled).isTrue();
  }

  private void send(FakeCall call, GenerationEvent... events) {
    for (GenerationEvent event : events) {
      stream.signal(new Signal.Event(call, event));
    }
  }

  private static final class FakeCall implements GenerationStream.Call {
    private int requested;
    private boolean cancelled;

    @Override
    public void request() {
      requested++;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
