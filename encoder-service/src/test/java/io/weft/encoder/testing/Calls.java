package io.weft.encoder.testing;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;

/** A client of the service under test, over a real connection. */
public final class Calls implements AutoCloseable {
  public static final String MODEL = "tiny-bert";

  private final ManagedChannel channel;

  public Calls() {
    int port = ConfigProvider.getConfig().getValue("quarkus.grpc.server.test-port", int.class);
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
  }

  public ManagedChannel channel() {
    return channel;
  }

  public EncoderServiceGrpc.EncoderServiceBlockingStub blocking() {
    return EncoderServiceGrpc.newBlockingStub(channel);
  }

  public EncoderServiceGrpc.EncoderServiceFutureStub future() {
    return EncoderServiceGrpc.newFutureStub(channel);
  }

  /** A request for the tiny BERT, with all defaults. */
  public static EmbedRequest.Builder embed(TokenInput... inputs) {
    return EmbedRequest.newBuilder().setModel(MODEL).addAllInputs(Arrays.asList(inputs));
  }

  public static TokenInput input(int... ids) {
    TokenInput.Builder input = TokenInput.newBuilder();
    for (int id : ids) {
      input.addIds(id);
    }
    return input.build();
  }

  /** Work for some seconds: many full sequences. */
  public static EmbedRequest bulk() {
    TokenInput full = input(new int[64]);
    return embed().addAllInputs(Collections.nCopies(10_000, full)).build();
  }

  public static List<TokenInput> inputs(List<Goldens.Case> cases) {
    return cases.stream()
        .map(
            golden ->
                input(golden.ids()).toBuilder()
                    .addAllTypeIds(Arrays.stream(golden.typeIds()).boxed().toList())
                    .build())
        .toList();
  }

  /** What a call failed with. */
  public static WeftException failure(Runnable call) {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      return Statuses.fromStatus(e);
    }
    throw new AssertionError("the call did not fail");
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
