package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.weft.proto.gateway.v1.EmbedResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.tei.v1.DecodeRequest;
import io.weft.proto.tei.v1.EmbedAllRequest;
import io.weft.proto.tei.v1.EmbedGrpc;
import io.weft.proto.tei.v1.EmbedRequest;
import io.weft.proto.tei.v1.EncodeRequest;
import io.weft.proto.tei.v1.EncodeResponse;
import io.weft.proto.tei.v1.InfoGrpc;
import io.weft.proto.tei.v1.InfoRequest;
import io.weft.proto.tei.v1.SimpleToken;
import io.weft.proto.tei.v1.TokenizeGrpc;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Other servers' gRPC contracts, on the real stack. */
@ExtendWith(SharedStack.class)
class GrpcClientsIT {
  private static final String MODEL = "all-minilm-l6-v2";
  private static final String TEXT = "A cat sits on the mat";

  @Test
  void tritonsClientPasses(WeftStack stack) {
    WeftStack.Result result =
        stack.run(
            List.of(
                WeftStack.ROOT.resolve(".cache/venv/bin/python").toString(),
                "e2e/src/test/python/triton_client.py",
                "127.0.0.1:" + stack.port(9000)));

    assertThat(result.exit()).as(result.output()).isZero();
  }

  @Test
  void callsOfTextEmbeddingsInferencePass(WeftStack stack) {
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", stack.port(9000)).usePlaintext().build();
    try {
      assertThat(
              InfoGrpc.newBlockingStub(channel).info(InfoRequest.getDefaultInstance()).getModelId())
          .isEqualTo(MODEL);
      List<Float> vector =
          EmbedGrpc.newBlockingStub(channel)
              .embed(EmbedRequest.newBuilder().setInputs(TEXT).setNormalize(true).build())
              .getEmbeddingsList();
      EmbedResponse own =
          InferenceServiceGrpc.newBlockingStub(channel)
              .embed(
                  io.weft.proto.gateway.v1.EmbedRequest.newBuilder()
                      .setModel(MODEL)
                      .addTexts(TEXT)
                      .addTexts("")
                      .build());
      assertThat(vector).hasSize(384).isEqualTo(own.getResults(0).getVector().getValuesList());
      assertThat(own.getResults(1).hasError()).isTrue();

      EncodeResponse tokens =
          TokenizeGrpc.newBlockingStub(channel)
              .tokenize(
                  EncodeRequest.newBuilder().setInputs(TEXT).setAddSpecialTokens(true).build());
      assertThat(tokens.getTokensList())
          .extracting(SimpleToken::getText)
          .containsExactly("[CLS]", "A", "cat", "sits", "on", "the", "mat", "[SEP]");
      assertThat(
              EmbedGrpc.newBlockingStub(channel)
                  .embedAll(EmbedAllRequest.newBuilder().setInputs(TEXT).build())
                  .getTokenEmbeddingsCount())
          .isEqualTo(tokens.getTokensCount());
      assertThat(
              TokenizeGrpc.newBlockingStub(channel)
                  .decode(
                      DecodeRequest.newBuilder()
                          .addAllIds(
                              tokens.getTokensList().stream().map(SimpleToken::getId).toList())
                          .setSkipSpecialTokens(true)
                          .build())
                  .getText())
          .isEqualTo("a cat sits on the mat");
    } finally {
      channel.shutdownNow();
    }
  }
}
