package io.weft.runtime.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnknownServicesTest {
  private static final String KNOWN = "weft.test.v1.TestService";

  /** Names that reached the endpoint. */
  private final List<String> asked = new CopyOnWriteArrayList<>();

  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    GrpcHealthStorage storage = new GrpcHealthStorage();
    storage.setStatus(KNOWN, ServingStatus.SERVING);
    server =
        NettyServerBuilder.forPort(0)
            .addService(ServerInterceptors.intercept(new Endpoint(), new UnknownServices(storage)))
            .build()
            .start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private final class Endpoint extends HealthGrpc.HealthImplBase {
    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> call) {
      watch(request, call);
      call.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> call) {
      asked.add(request.getService());
      call.onNext(HealthCheckResponse.newBuilder().setStatus(ServingStatus.SERVING).build());
    }
  }

  @Test
  void answersForWhatIsServed() {
    assertThat(blocking().check(of("")).getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(blocking().check(of(KNOWN)).getStatus()).isEqualTo(ServingStatus.SERVING);
    assertThat(firstOfWatch(KNOWN)).isEqualTo(ServingStatus.SERVING_VALUE);
    assertThat(asked).containsExactly("", KNOWN, KNOWN);
  }

  @Test
  void checkFindsNoOtherServices() {
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> blocking().check(of("weft.nowhere")));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(asked).isEmpty();
  }

  /** The endpoint would keep each name for ever. */
  @Test
  void watchOfOtherServicesStaysOpenAndIsNotKept() {
    assertThat(firstOfWatch("weft.nowhere")).isEqualTo(3);
    assertThat(asked).isEmpty();
  }

  private int firstOfWatch(String service) {
    Context.CancellableContext call = Context.current().withCancellation();
    Context previous = call.attach();
    try {
      Iterator<HealthCheckResponse> answers = blocking().watch(of(service));
      return answers.next().getStatusValue();
    } finally {
      call.detach(previous);
      call.cancel(null);
    }
  }

  private HealthGrpc.HealthBlockingStub blocking() {
    return HealthGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
  }

  private static HealthCheckRequest of(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }
}
