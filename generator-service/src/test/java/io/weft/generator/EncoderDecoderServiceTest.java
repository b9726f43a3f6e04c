package io.weft.generator;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.EncodedInput;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GeneratorServiceGrpc.GeneratorServiceStub;
import io.weft.proto.generator.v1.GetLoadRequest;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.grpc.Statuses;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole service over real gRPC, with a tiny encoder-decoder beside a decoder. */
@QuarkusTest
@TestProfile(TinyServiceProfile.class)
@Timeout(60)
class EncoderDecoderServiceTest {
  private static final String MODEL = TinyServiceProfile.ENCODER_DECODER;
  private static final List<EncodedInput> GOLDENS = TinyCheckpoints.t5Goldens(MODEL);

  @ConfigProperty(name = "quarkus.grpc.server.test-port")
  int port;

  private ManagedChannel channel;
  private GeneratorServiceStub stub;

  @BeforeEach
  void connect() throws InterruptedException {
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
    stub = GeneratorServiceGrpc.newStub(channel);
    while (get("/q/health/ready").statusCode() != 200) {
      Thread.sleep(5);
    }
  }

  @AfterEach
  void disconnect() {
    channel.shutdownNow();
  }

  @Test
  void streamsTheTokensOfTransformersToManyAtOnce() throws InterruptedException {
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      calls.add(Call.start(stub, request(GOLDENS.get(i % GOLDENS.size())).build()));
    }

    for (int i = 0; i < calls.size(); i++) {
      EncodedInput golden = GOLDENS.get(i % GOLDENS.size());
      Call call = calls.get(i).awaitEnd();
      assertThat(call.ids(0)).isEqualTo(golden.greedy());
      assertThat(call.finished(0).getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
      assertThat(call.finished(0).getUsage().getPromptTokens()).isEqualTo(golden.ids().size());
      assertThat(call.finished(0).getUsage().getCompletionTokens()).isEqualTo(32);
      assertThat(call.responses().getFirst().getAccepted().getPromptTokens())
          .isEqualTo(golden.ids().size());
    }
  }

  @Test
  void allSequencesOfARequestReadTheSameInput() throws InterruptedException {
    Call call = Call.start(stub, request(GOLDENS.get(2)).setN(6).build()).awaitEnd();

    for (int i = 0; i < 6; i++) {
      assertThat(call.ids(i)).isEqualTo(GOLDENS.get(2).greedy());
    }
  }

  @Test
  void aCallerThatLeavesFreesItsSlots() throws InterruptedException {
    GenerateRequest endless =
        request(GOLDENS.get(1))
            .setN(4)
            .setStop(StopConditions.newBuilder().setIgnoreEos(true))
            .build();
    Call left = Call.start(stub, endless).awaitFirstToken();
    left.cancel();

    Call other = Call.start(stub, request(GOLDENS.get(0)).build()).awaitEnd();

    assertThat(other.ids(0)).isEqualTo(GOLDENS.get(0).greedy());
    while (load().getRunning() > 0) {
      Thread.sleep(2);
    }
    assertThat(load()).isEqualTo(GetLoadResponse.newBuilder().setSlots(4).build());
  }

  @Test
  void anInputThatIsTooLongIsRefused() throws InterruptedException {
    GenerateRequest.Builder request = GenerateRequest.newBuilder().setModel(MODEL);
    for (int i = 0; i < 1_025; i++) {
      request.addPromptIds(3);
    }
    Call call = Call.start(stub, request.build()).awaitEnd();

    assertThat(call.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Statuses.fromStatus(call.failure())).hasMessage("prompt of 1,025 tokens > 1,024");
  }

  /** The goldens were made with the end of a sequence banned. */
  private static GenerateRequest.Builder request(EncodedInput golden) {
    return GenerateRequest.newBuilder()
        .setModel(MODEL)
        .addAllPromptIds(golden.ids())
        .setStop(StopConditions.newBuilder().setMaxTokens(32).setMinTokens(32));
  }

  private GetLoadResponse load() {
    return GeneratorServiceGrpc.newBlockingStub(channel)
        .getLoad(GetLoadRequest.newBuilder().setModel(MODEL).build());
  }
}
