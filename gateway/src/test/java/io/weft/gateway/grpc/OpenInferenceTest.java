package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.inference.GRPCInferenceServiceGrpc;
import io.weft.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import io.weft.proto.inference.InferParameter;
import io.weft.proto.inference.InferTensorContents;
import io.weft.proto.inference.ModelInferRequest;
import io.weft.proto.inference.ModelInferRequest.InferInputTensor;
import io.weft.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import io.weft.proto.inference.ModelInferResponse;
import io.weft.proto.inference.ModelMetadataRequest;
import io.weft.proto.inference.ModelMetadataResponse;
import io.weft.proto.inference.ModelReadyRequest;
import io.weft.proto.inference.ServerLiveRequest;
import io.weft.proto.inference.ServerMetadataRequest;
import io.weft.proto.inference.ServerReadyRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code inference.GRPCInferenceService}. */
@QuarkusTest
class OpenInferenceTest extends GrpcTest {
  private GRPCInferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void tellsOfServerAndModels() {
    assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive()).isTrue();
    assertThat(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady()).isTrue();
    assertThat(stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName())
        .isEqualTo("weft");
    assertThat(ready("minilm", "")).isTrue();
    assertThat(ready("minilm", "1")).isTrue();
    assertThat(ready("minilm", "2")).isFalse();
    assertThat(ready("gone", "")).isFalse();

    ModelMetadataResponse embedder = metadata("minilm");
    assertThat(embedder.getInputs(0).getName()).isEqualTo("text");
    assertThat(embedder.getInputs(0).getShapeList()).containsExactly(-1L);
    assertThat(embedder.getOutputs(0).getName()).isEqualTo("embedding");
    assertThat(embedder.getOutputs(0).getShapeList()).containsExactly(-1L, 4L);
    assertThat(metadata("sentiment").getOutputs(0).getShapeList()).containsExactly(-1L, 2L);
    assertThat(metadata("ranker").getInputs(0).getShapeList()).containsExactly(-1L, 2L);
    failure(Status.Code.NOT_FOUND, () -> metadata("gone"), "model 'gone' is not loaded");
  }

  @Test
  void infersFromContents() {
    ModelInferResponse response =
        stub.modelInfer(infer("minilm", List.of(2L), "a bb", "ccc").setId("x").build());

    assertThat(response.getId()).isEqualTo("x");
    assertThat(response.getModelVersion()).isEqualTo("1");
    assertThat(response.getOutputs(0).getShapeList()).containsExactly(2L, 4L);
    assertThat(response.getOutputs(0).getContents().getFp32ContentsList())
        .containsExactly(2f, 1f, 0.5f, -1f, 1f, 3f, 0.5f, -1f);
    assertThat(response.getRawOutputContentsCount()).isZero();
    assertThat(scores("sentiment", List.of(1L, 1L), "a b")).containsExactly(0.75f, 0.25f);
    assertThat(scores("ranker", List.of(2L, 2L), "q", "ccc", "q", "a")).containsExactly(0.3f, 0.1f);
  }

  @Test
  void infersFromRawContents() {
    ModelInferResponse response = stub.modelInfer(raw(List.of(2L), bytes("a bb", "ccc")).build());

    ByteBuffer values =
        response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    assertThat(values.remaining()).isEqualTo(32);
    assertThat(values.getFloat(16)).isEqualTo(1);
    assertThat(values.getFloat(20)).isEqualTo(3);
    assertThat(response.getOutputs(0).hasContents()).isFalse();

    invalid(raw(List.of(2L), bytes("a")), "inputs[0] has 1 texts, its shape says 2");
    invalid(raw(List.of(1L), bytes("a", "b", "c")), "inputs[0] has 2 texts, its shape says 1");
    invalid(
        raw(List.of(1L), bytes("abc").substring(0, 6)),
        "raw_input_contents ends within a text or its length");
    invalid(raw(List.of(1L), ByteString.copyFrom(new byte[] {-1, -1, -1, -1})), "ends within");
    invalid(
        raw(List.of(1L), ByteString.copyFrom(new byte[] {1, 0, 0, 0, (byte) 0xff})),
        "text[0] is not UTF-8");
  }

  @Test
  void refusesWhatItDoesNotHave() {
    invalid(infer("minilm", List.of(1L), ""), "text[0] has 0 characters");
    invalid(infer("minilm", List.of(0L)), "begins with 0, it must be between 1 and 2,048");
    invalid(infer("minilm", List.of(Long.MAX_VALUE)), "it must be between 1 and 2,048");
    invalid(infer("minilm", List.of(1L, 2L), "a", "b"), "inputs[0].shape must be [n] or [n, 1]");
    invalid(infer("ranker", List.of(1L), "a"), "inputs[0].shape must be [n, 2]");
    invalid(infer("minilm", List.of(1L), "a").clearInputs(), "inputs has 0 entries");
    invalid(
        infer("minilm", List.of(1L), "a")
            .addOutputs(InferRequestedOutputTensor.newBuilder().setName("logits")),
        "outputs may only name embedding");
    ModelInferRequest.Builder tooLong = infer("minilm", List.of(1L), "1 2 3 4 5 6 7 8 9");
    invalid(tooLong, "text[0]: 9 tokens > 8, the model's context");
    tooLong.putParameters("truncate", InferParameter.newBuilder().setBoolParam(true).build());
    assertThat(stub.modelInfer(tooLong.build()).getOutputs(0).getContents().getFp32Contents(0))
        .isEqualTo(8);
    failure(
        Status.Code.NOT_FOUND,
        () -> stub.modelInfer(infer("minilm", List.of(1L), "a").setModelVersion("7").build()),
        "has only the version 1");
  }

  private void invalid(ModelInferRequest.Builder request, String message) {
    failure(Status.Code.INVALID_ARGUMENT, () -> stub.modelInfer(request.build()), message);
  }

  private List<Float> scores(String model, List<Long> shape, String... texts) {
    return stub.modelInfer(infer(model, shape, texts).build())
        .getOutputs(0)
        .getContents()
        .getFp32ContentsList();
  }

  private boolean ready(String name, String version) {
    return stub.modelReady(ModelReadyRequest.newBuilder().setName(name).setVersion(version).build())
        .getReady();
  }

  private ModelMetadataResponse metadata(String name) {
    return stub.modelMetadata(ModelMetadataRequest.newBuilder().setName(name).build());
  }

  private static ModelInferRequest.Builder infer(String model, List<Long> shape, String... texts) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (String text : texts) {
      contents.addBytesContents(ByteString.copyFromUtf8(text));
    }
    return ModelInferRequest.newBuilder()
        .setModelName(model)
        .addInputs(input(shape).setContents(contents));
  }

  private static ModelInferRequest.Builder raw(List<Long> shape, ByteString contents) {
    return ModelInferRequest.newBuilder()
        .setModelName("minilm")
        .addInputs(input(shape))
        .addRawInputContents(contents);
  }

  private static InferInputTensor.Builder input(List<Long> shape) {
    return InferInputTensor.newBuilder().setName("text").setDatatype("BYTES").addAllShape(shape);
  }

  private static ByteString bytes(String... texts) {
    ByteString bytes = ByteString.EMPTY;
    for (String text : texts) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      ByteBuffer length =
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(utf8.length).flip();
      bytes = bytes.concat(ByteString.copyFrom(length)).concat(ByteString.copyFrom(utf8));
    }
    return bytes;
  }
}
