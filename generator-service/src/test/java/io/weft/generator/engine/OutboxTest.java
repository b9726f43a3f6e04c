package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.engine.GenerationEvent.Accepted;
import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.generator.engine.GenerationEvent.Finished;
import io.weft.runtime.error.WeftException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private final FakeWriter writer = new FakeWriter();
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private int closed;
  private final Outbox outbox = new Outbox(writer, tasks::add, () -> closed++);

  /** A client that is ready or not, as a test says. */
  private static final class FakeWriter implements Outbox.Writer {
    private final List<Object> written = new ArrayList<>();
    private boolean ready = true;
    private boolean gone;

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void write(GenerationEvent event) {
      if (gone) {
        throw new IllegalStateException("gone");
      }
      written.add(event);
    }

    @Override
    public void complete() {
      written.add("complete");
    }

    @Override
    public void fail(WeftException failure) {
      written.add(failure);
    }
  }

  @Test
  void writesEventsInOrderAndThenTheEnd() {
    Accepted accepted = new Accepted(3, 0, 1, List.of());
    outbox.emit(accepted);
    outbox.emit(delta(0, 1, "a"));
    assertThat(tasks).hasSize(1);
    runTasks();
    outbox.emit(delta(0, 2, "b"));
    outbox.emit(finished(0));
    outbox.complete();
    assertThat(closed).isZero();
    runTasks();

    assertThat(writer.written)
        .containsExactly(accepted, delta(0, 1, "a"), delta(0, 2, "b"), finished(0), "complete");
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void joinsTheDeltasThatASlowClientHasNotTaken() {
    writer.ready = false;
    outbox.emit(delta(0, 1, "a"));
    runTasks();
    outbox.emit(delta(1, 7, "x"));
    outbox.emit(delta(0, 2, "b"));
    outbox.emit(delta(1, 8, "y"));
    outbox.emit(finished(0));
    outbox.complete();
    runTasks();
    assertThat(writer.written).isEmpty();

    writer.ready = true;
    outbox.ready();
    runTasks();

    assertThat(writer.written)
        .containsExactly(
            new Delta(0, List.of(1, 2), "ab", List.of()),
            new Delta(1, List.of(7, 8), "xy", List.of()),
            finished(0),
            "complete");
  }

  @Test
  void aFailureDoesNotWaitForASlowClient() {
    writer.ready = false;
    outbox.emit(delta(0, 1, "a"));
    WeftException failure = new WeftException.DeadlineExceeded("late");
    outbox.fail(failure);
    runTasks();

    assertThat(writer.written).containsExactly(failure);
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void nothingFollowsTheEnd() {
    outbox.complete();
    outbox.emit(delta(0, 1, "a"));
    outbox.fail(new WeftException.Cancelled("late"));
    outbox.complete();
    runTasks();
    outbox.ready();
    runTasks();

    assertThat(writer.written).containsExactly("complete");
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void nothingIsWrittenToAClientThatHasGone() {
    outbox.emit(delta(0, 1, "a"));
    outbox.close();
    outbox.emit(delta(0, 2, "b"));
    outbox.complete();
    runTasks();

    assertThat(writer.written).isEmpty();
    assertThat(closed).isEqualTo(1);
  }

  @Test
  void aClientThatCannotBeWrittenToIsGone() {
    writer.gone = true;
    outbox.emit(delta(0, 1, "a"));
    runTasks();
    outbox.emit(delta(0, 2, "b"));

    assertThat(tasks).isEmpty();
    assertThat(closed).isEqualTo(1);
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.removeFirst().run();
    }
  }

  private static Delta delta(int index, int id, String text) {
    return new Delta(index, List.of(id), text, List.of());
  }

  private static Finished finished(int index) {
    return new Finished(index, FinishReason.STOP, "", new Usage(1, 2, 0, 3, 4), "", null);
  }
}
