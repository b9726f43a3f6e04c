package io.weft.e2e;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks a generator directly, ids in and ids out. Thread-safe. */
final class GeneratorClient implements AutoCloseable {
  private final ManagedChannel channel;
  private final String model;

  GeneratorClient(int port, String model) {
    this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    this.model = model;
  }

  /** The {@code count} likeliest tokens after a prompt, one after the other, whatever they are. */
  List<Integer> greedy(List<Integer> prompt, int count) {
    Iterator<GenerateResponse> events =
        GeneratorServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .generate(
                GenerateRequest.newBuilder()
                    .setModel(model)
                    .addAllPromptIds(prompt)
                    .setSampling(Sampling.newBuilder().setTemperature(0))
                    .setStop(StopConditions.newBuilder().setMaxTokens(count).setIgnoreEos(true))
                    .build());
    List<Integer> ids = new ArrayList<>();
    events.forEachRemaining(event -> ids.addAll(event.getDelta().getIdsList()));
    return ids;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
