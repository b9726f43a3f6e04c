package io.weft.encoder;

import static io.weft.encoder.testing.Calls.embed;
import static io.weft.encoder.testing.Calls.failure;
import static io.weft.encoder.testing.Calls.input;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.rpc.Code;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.encoder.testing.Calls;
import io.weft.encoder.testing.Goldens;
import io.weft.encoder.testing.TinyModel;
import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.HiddenStates;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import io.weft.proto.encoder.v1.VectorFormat;
import io.weft.runtime.error.WeftException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole service over a real connection, with the tiny BERT. */
@QuarkusTest
@QuarkusTestResource(TinyModel.class)
class EncoderGrpcServiceTest {
  private static final Offset<Float> FP32 = Offset.offset(2e-5f);
  private static final List<Goldens.Case> CASES = Goldens.tiny().cases();

  private Calls calls;

  @BeforeEach
  void connect() {
    calls = new Calls();
  }

  @AfterEach
  void disconnect() {
    calls.close();
  }

  @Test
  void embedsAsTheModelFolderSays() {
    EmbedResponse response = call(goldenRequest());

    assertThat(response.getPooling()).isEqualTo(Pooling.POOLING_MEAN);
    assertThat(response.getNormalized()).isTrue();
    assertThat(response.getDimensions()).isEqualTo(32);
    assertThat(response.getResultsCount()).isEqualTo(CASES.size());
    for (int i = 0; i < CASES.size(); i++) {
      assertThat(vector(response, i)).containsExactly(golden(i, "mean").normalized(), FP32);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POOLING_CLS, cls",
    "POOLING_MEAN, mean",
    "POOLING_MAX, max",
    "POOLING_LAST_TOKEN, last_token",
    "POOLING_WEIGHTED_MEAN, weighted_mean"
  })
  void embedsAsTheRequestSays(Pooling pooling, String mode) {
    EmbedResponse raw = call(goldenRequest().setPooling(pooling).setNormalize(false));
    EmbedResponse cut =
        call(goldenRequest().setPooling(pooling).setDimensions(Goldens.tiny().truncated()));
    EmbedResponse bits =
        call(
            goldenRequest()
                .setPooling(pooling)
                .setNormalize(false)
                .setFormat(VectorFormat.VECTOR_FORMAT_BINARY));

    assertThat(raw.getPooling()).isEqualTo(pooling);
    assertThat(raw.getNormalized()).isFalse();
    assertThat(cut.getDimensions()).isEqualTo(Goldens.tiny().truncated());
    for (int i = 0; i < CASES.size(); i++) {
      assertThat(vector(raw, i)).containsExactly(golden(i, mode).raw(), FP32);
      assertThat(vector(cut, i)).containsExactly(golden(i, mode).truncated(), FP32);
      assertThat(packed(bits, i)).isEqualTo(golden(i, mode).binary());
    }
  }

  @Test
  void packsInt8() {
    EmbedResponse response = call(goldenRequest().setFormat(VectorFormat.VECTOR_FORMAT_INT8));

    for (int i = 0; i < CASES.size(); i++) {
      byte[] bytes = packed(response, i);
      assertThat(bytes).hasSize(32);
      for (int j = 0; j < bytes.length; j++) {
        assertThat(bytes[j] / 127f)
            .isCloseTo(golden(i, "mean").normalized()[j], Offset.offset(0.51f / 127));
      }
    }
  }

  @Test
  void aBadItemFailsAlone() {
    EmbedResponse response =
        call(
            embed(
                input(),
                input(2, 77, 3),
                input(2, 240, 3),
                input(new int[65]),
                input(2, 3).toBuilder().addTypeIds(0).build(),
                input(2, 3).toBuilder().addTypeIds(0).addTypeIds(2).build(),
                input(2, 77, 3)));

    assertThat(response.getResultsList())
        .extracting(EmbedResult::getError)
        .extracting(ItemError::getCode, ItemError::getReason, ItemError::getMessage)
        .containsExactly(
            invalid("EMPTY_INPUT", "0 tokens, at least 1 is needed"),
            tuple(0, "", ""),
            invalid("TOKEN_ID_OUT_OF_RANGE", "ids[1] is 240, the vocabulary has 240 entries"),
            invalid("CONTEXT_LENGTH_EXCEEDED", "65 tokens > 64"),
            invalid("TYPE_IDS_LENGTH", "1 type_ids for 2 ids"),
            invalid("TYPE_ID_OUT_OF_RANGE", "type_ids[1] is 2, the model's segments are 0 to 1"),
            tuple(0, "", ""));
    assertThat(vector(response, 6)).containsExactly(vector(response, 1), FP32);
    assertThat(vector(response, 1)).containsExactly(golden(1, "mean").normalized(), FP32);
  }

  @Test
  void aRequestOfBadItemsOnlyIsAnsweredToo() {
    assertThat(call(embed(input(), input())).getResultsList())
        .extracting(result -> result.getError().getReason())
        .containsExactly("EMPTY_INPUT", "EMPTY_INPUT");
  }

  @Test
  void answersTenThousandInputsInTheirOrder() {
    EmbedRequest.Builder distinct = embed();
    for (int i = 0; i < 200; i++) {
      distinct.addInputs(input(Arrays.copyOf(new int[] {2, i}, 2 + i % 9)));
    }
    EmbedResponse expected = call(distinct);
    EmbedRequest.Builder request = embed();
    for (int i = 0; i < 10_000; i++) {
      request.addInputs(distinct.getInputs(i % 200));
    }

    EmbedResponse response = call(request);

    assertThat(response.getResultsCount()).isEqualTo(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(vector(response, i)).containsExactly(vector(expected, i % 200), FP32);
    }
  }

  @Test
  void givesTheHiddenStates() {
    GetHiddenStatesResponse response =
        calls
            .blocking()
            .getHiddenStates(
                GetHiddenStatesRequest.newBuilder()
                    .setModel(Calls.MODEL)
                    .addAllInputs(Calls.inputs(CASES))
                    .addInputs(input(new int[70]))
                    .build());

    for (int i = 0; i < CASES.size(); i++) {
      HiddenStates states = response.getResults(i).getStates();
      assertThat(states.getLastHiddenState().getShapeList())
          .containsExactly(CASES.get(i).ids().length, 32);
      assertThat(Goldens.floats(states.getLastHiddenState().getData().toByteArray()))
          .containsExactly(CASES.get(i).states(), FP32);
      assertThat(states.getPoolerOutput().getShapeList()).containsExactly(32);
      assertThat(states.getPoolerOutput().getData().size()).isEqualTo(32 * Float.BYTES);
    }
    assertThat(response.getResults(CASES.size()).getError().getMessage())
        .isEqualTo("70 tokens > 64");
  }

  @Test
  void listsTheModels() {
    List<ModelInfo> models =
        calls.blocking().listModels(ListModelsRequest.getDefaultInstance()).getModelsList();

    assertThat(models)
        .singleElement()
        .satisfies(
            model -> {
              assertThat(model.getName()).isEqualTo("tiny-bert");
              assertThat(model.getFamily()).isEqualTo("encoder");
              assertThat(model.getTasksList()).containsExactly("embed");
              assertThat(model.getDtype()).isEqualTo("fp32");
              assertThat(model.getContextLength()).isEqualTo(64);
              assertThat(model.getHiddenSize()).isEqualTo(32);
              assertThat(model.getCreatedUnixS()).isPositive();
              assertThat(model.getEncoder())
                  .isEqualTo(
                      EncoderInfo.newBuilder()
                          .setPooling("mean")
                          .setNormalize(true)
                          .setLayers(2)
                          .setHeads(2)
                          .setMaskTokenId(4)
                          .setAttentions(true)
                          .build());
            });
  }

  @Test
  void namesTheModelThatIsNotThere() {
    WeftException failure = failure(() -> call(embed(input(1)).setModel("bge")));

    assertThat(failure)
        .isInstanceOf(WeftException.NotFound.class)
        .hasMessage("model 'bge' is not loaded; loaded: tiny-bert");
    assertThat(failure.metadata()).isEqualTo(Map.of("param", "model"));
  }

  @Test
  void refusesRequestsOutsideTheLimits() {
    TokenInput one = input(1);
    assertInvalid(embed(), "NO_INPUTS", "inputs", "0 inputs, at least 1 is needed");
    assertInvalid(
        embed().addAllInputs(Collections.nCopies(10_001, one)),
        "TOO_MANY_INPUTS",
        "inputs",
        "10,001 inputs > 10,000");
    assertInvalid(
        embed(one).setDimensions(33),
        "DIMENSIONS_OUT_OF_RANGE",
        "dimensions",
        "dimensions is 33, it must be 0 (all) to 32");
    assertInvalid(
        embed(one).setDimensions(-1),
        "DIMENSIONS_OUT_OF_RANGE",
        "dimensions",
        "dimensions is -1, it must be 0 (all) to 32");
    assertInvalid(
        embed(one).setPoolingValue(77), "UNKNOWN_VALUE", "pooling", "pooling has no value 77");
    assertInvalid(
        embed(one).setFormatValue(77), "UNKNOWN_VALUE", "format", "format has no value 77");
    assertInvalid(
        embed(one).setNormalize(false).setFormat(VectorFormat.VECTOR_FORMAT_INT8),
        "FORMAT_NEEDS_NORMALIZE",
        "format",
        "int8 holds values from -1 to 1, so it needs normalised vectors");
  }

  @Test
  void refusesTooManyHiddenStates() {
    GetHiddenStatesRequest request =
        GetHiddenStatesRequest.newBuilder()
            .setModel(Calls.MODEL)
            .addAllInputs(Collections.nCopies(257, input(1)))
            .build();

    assertThat(failure(() -> calls.blocking().getHiddenStates(request)))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage("257 inputs > 256");
  }

  @Test
  void refusesAMessageThatIsTooLarge() {
    int[] ids = new int[12_000_000];
    // Each takes three bytes.
    Arrays.fill(ids, 30_000);
    EmbedRequest tooLarge = embed(input(ids)).build();

    assertThat(failure(() -> calls.blocking().embed(tooLarge)))
        .isInstanceOf(WeftException.Overloaded.class)
        .hasMessageContaining("exceeds maximum size 33554432");
    assertThat(call(embed(input(1))).getResultsCount()).isEqualTo(1);
  }

  private void assertInvalid(
      EmbedRequest.Builder request, String reason, String param, String message) {
    WeftException failure = failure(() -> call(request));
    assertThat(failure).isInstanceOf(WeftException.InvalidRequest.class).hasMessage(message);
    assertThat(failure.reason()).isEqualTo(reason);
    assertThat(failure.metadata()).isEqualTo(Map.of("param", param));
  }

  private EmbedResponse call(EmbedRequest.Builder request) {
    return calls.blocking().embed(request.build());
  }

  private static EmbedRequest.Builder goldenRequest() {
    return embed().addAllInputs(Calls.inputs(CASES));
  }

  private record Golden(float[] raw, float[] normalized, float[] truncated, byte[] binary) {}

  private static Golden golden(int index, String mode) {
    Goldens.Vectors vectors = CASES.get(index).vectors().get(mode);
    return new Golden(
        Goldens.floats(vectors.raw()),
        Goldens.floats(vectors.normalized()),
        Goldens.floats(vectors.truncated()),
        Base64.getDecoder().decode(vectors.binary()));
  }

  private static float[] vector(EmbedResponse response, int index) {
    Vector vector = response.getResults(index).getVector();
    float[] values = new float[vector.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.getValues(i);
    }
    return values;
  }

  private static byte[] packed(EmbedResponse response, int index) {
    return response.getResults(index).getVector().getPacked().toByteArray();
  }

  private static Tuple invalid(String reason, String message) {
    return tuple(Code.INVALID_ARGUMENT_VALUE, reason, message);
  }
}
