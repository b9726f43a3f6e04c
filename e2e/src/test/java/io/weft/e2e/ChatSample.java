package io.weft.e2e;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import java.util.concurrent.TimeUnit;

/** Asks {@code args[1]} at {@code args[0]} and prints the answer as it comes. */
public final class ChatSample {
  /** Runs it. */
  public static void main(String[] args) {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(args[0]).usePlaintext().build();
    ChatRequest request =
        ChatRequest.newBuilder()
            .setModel("smollm2-135m-instruct")
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent(args[1]))
            .setSampling(Sampling.newBuilder().setTemperature(0))
            .setStop(StopConditions.newBuilder().setMaxTokens(64))
            .build();
    InferenceServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .chat(request)
        .forEachRemaining(piece -> System.out.print(piece.getText()));
    System.out.println();
    channel.shutdownNow();
  }
}
