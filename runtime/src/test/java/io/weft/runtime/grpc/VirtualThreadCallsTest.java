package io.weft.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.opentelemetry.context.ContextKey;
import io.weft.runtime.error.WeftException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VirtualThreadCallsTest {
  private static final Context.Key<Integer> NUMBER = Context.key("number");

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile int spun;
  private final VirtualThreadCalls calls = new VirtualThreadCalls(threads);

  @AfterEach
  void stop() {
    threads.close();
  }

  /** A call without a connection; keeps what it was closed with. */
  private static final class FakeCall extends ServerCall<Integer, Integer> {
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Status status = Status.UNKNOWN;

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Integer message) {}

    @Override
    public void close(Status with, Metadata trailers) {
      status = with;
      closed.countDown();
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Integer, Integer> getMethodDescriptor() {
      return MethodDescriptor.<Integer, Integer>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("test/Test")
          .setRequestMarshaller(new NoMarshaller())
          .setResponseMarshaller(new NoMarshaller())
          .build();
    }
  }

  private static final class NoMarshaller implements MethodDescriptor.Marshaller<Integer> {
    @Override
    public InputStream stream(Integer value) {
      return InputStream.nullInputStream();
    }

    @Override
    public Integer parse(InputStream stream) {
      return 0;
    }
  }

  /**
   * The end of a request is the last event: when it is lost, nothing ever brings it. Quarkus' own
   * listener loses some in most runs of this test.
   */
  @Test
  void noEventIsLostHoweverItMeetsTheMethodsThread() throws InterruptedException {
    int count = 100_000;
    CountDownLatch ended = new CountDownLatch(count);
    ServerCallHandler<Integer, Integer> method =
        (call, headers) ->
            new ServerCall.Listener<>() {
              @Override
              public void onHalfClose() {
                ended.countDown();
              }
            };
    for (int i = 0; i < count; i++) {
      ServerCall.Listener<Integer> listener =
          calls.interceptCall(new FakeCall(), new Metadata(), method);
      spin(i);
      listener.onReady();
      spin(i * 7);
      listener.onMessage(i);
      spin(i * 13);
      listener.onHalfClose();
    }

    assertThat(ended.await(30, TimeUnit.SECONDS))
        .as("%d of %d calls never ran", ended.getCount(), count)
        .isTrue();
  }

  /** Some microseconds, of another length each time, so that events meet every point of a task. */
  private void spin(int seed) {
    for (int i = seed % 97 * 60; i > 0; i--) {
      spun = i;
    }
  }

  /** gRPC parses a message as it is told, and then goes on to the request's end. */
  @Test
  void aMessageThatCannotBeReadEndsTheCallAsItsCallersFault() throws InterruptedException {
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    ServerCallHandler<Integer, Integer> method =
        (call, headers) ->
            new ServerCall.Listener<>() {
              @Override
              public void onMessage(Integer message) {
                throw Status.INTERNAL
                    .withCause(new InvalidProtocolBufferException("broken"))
                    .asRuntimeException();
              }

              @Override
              public void onHalfClose() {
                events.add("end");
              }

              @Override
              public void onComplete() {
                done.countDown();
              }
            };
    FakeCall call = new FakeCall();
    ServerCall.Listener<Integer> listener = calls.interceptCall(call, new Metadata(), method);
    listener.onMessage(1);
    listener.onHalfClose();
    listener.onComplete();

    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(call.status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(call.status.getDescription()).isEqualTo("the message is no valid protobuf");
    assertThat(events).isEmpty();
  }

  @Test
  void eventsRunInOrderOnVirtualThreadsInTheirContext() throws InterruptedException {
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger number = new AtomicInteger();
    ServerCallHandler<Integer, Integer> method =
        (call, headers) -> {
          events.add("start");
          return new ServerCall.Listener<>() {
            @Override
            public void onMessage(Integer message) {
              events.add("message " + message);
            }

            @Override
            public void onHalfClose() {
              events.add("end, virtual: " + Thread.currentThread().isVirtual());
              number.set(NUMBER.get());
            }

            @Override
            public void onComplete() {
              done.countDown();
            }
          };
        };
    Context.current()
        .withValue(NUMBER, 42)
        .run(
            () -> {
              ServerCall.Listener<Integer> listener =
                  calls.interceptCall(new FakeCall(), new Metadata(), method);
              listener.onMessage(1);
              listener.onMessage(2);
              listener.onHalfClose();
              listener.onComplete();
            });

    done.await();
    assertThat(events).containsExactly("start", "message 1", "message 2", "end, virtual: true");
    assertThat(number).hasValue(42);
  }

  /** Whoever starts a call's span makes it current on the thread of the start, and no other. */
  @Test
  void eventsRunWithinTheSpanOfTheirCall() throws InterruptedException {
    ContextKey<String> span = ContextKey.named("span");
    List<String> spans = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch done = new CountDownLatch(1);
    ServerCallHandler<Integer, Integer> method =
        (call, headers) -> {
          io.opentelemetry.context.Context.current().with(span, "of the call").makeCurrent();
          return new ServerCall.Listener<>() {
            @Override
            public void onMessage(Integer message) {
              spans.add("" + io.opentelemetry.context.Context.current().get(span));
            }

            @Override
            public void onComplete() {
              done.countDown();
            }
          };
        };
    ServerCall.Listener<Integer> listener =
        calls.interceptCall(new FakeCall(), new Metadata(), method);
    // So that the message comes on another thread.
    Thread.sleep(50);
    listener.onMessage(1);
    listener.onComplete();

    done.await();
    assertThat(spans).containsExactly("of the call");
  }

  @Test
  void aMethodThatThrowsEndsItsCall() throws InterruptedException {
    FakeCall fake = new FakeCall();
    ServerCallHandler<Integer, Integer> method =
        (call, headers) -> {
          throw new WeftException.Unavailable("STARTING", "not yet", null);
        };

    ServerCall.Listener<Integer> listener = calls.interceptCall(fake, new Metadata(), method);
    listener.onHalfClose();

    fake.closed.await();
    assertThat(fake.status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(fake.status.getDescription()).isEqualTo("not yet");
  }
}
