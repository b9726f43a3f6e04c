package io.weft.gateway.embeddings;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.Fakes;
import io.weft.runtime.error.WeftException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class EmbeddingsTest {
  private static final String ROUTE = "/v1/embeddings";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void answersInOpenAisShape() {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'minilm','input':['a cat sits','on']}"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            body(
                """
                {'object':'list','data':[\
                {'object':'embedding','embedding':[3.0,1.0,0.5,-1.0],'index':0},\
                {'object':'embedding','embedding':[1.0,2.0,0.5,-1.0],'index':1}],\
                'model':'minilm','usage':{'prompt_tokens':4,'total_tokens':4},'pooling':'mean','normalized':false}"""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'one two'       | [[2.0,3.0,0.5,-1.0]]",
        "['one','three'] | [[1.0,3.0,0.5,-1.0],[1.0,5.0,0.5,-1.0]]",
        "[7,8,9]         | [[3.0,7.0,0.5,-1.0]]",
        "[[7],[8,9]]     | [[1.0,7.0,0.5,-1.0],[2.0,8.0,0.5,-1.0]]"
      },
      quoteCharacter = '"')
  void takesEveryKindOfInput(String input, String vectors) {
    JsonNode answer =
        Http.json(Http.post(base, ROUTE, body("{'model':'minilm','input':" + input + "}")).body());

    assertThat(answer.path("data").findValues("embedding"))
        .hasToString(vectors.replace("],[", "], ["));
  }

  @Test
  void encodesBase64AsLittleEndianFloats() {
    JsonNode answer =
        Http.json(
            Http.post(
                    base,
                    ROUTE,
                    body("{'model':'minilm','input':'one two','encoding_format':'base64'}"))
                .body());

    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(answer.at("/data/0/embedding").asText()))
            .order(ByteOrder.LITTLE_ENDIAN);
    float[] vector = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(vector);
    assertThat(vector).containsExactly(2f, 3f, 0.5f, -1f);
  }

  @Test
  void cutsToDimensions() {
    JsonNode answer =
        Http.json(
            Http.post(base, ROUTE, body("{'model':'minilm','input':'one','dimensions':2}")).body());

    assertThat(answer.at("/data/0/embedding")).hasToString("[1.0,3.0]");
  }

  @Test
  void answersTheLargestBatch() {
    String inputs = String.join(",", Collections.nCopies(2_048, "'a b c'"));

    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'minilm','input':[" + inputs + "]}"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Http.json(response.body()).path("data")).hasSize(2_048);
    assertThat(Http.json(response.body()).at("/usage/prompt_tokens").asInt()).isEqualTo(6_144);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'output_dtype':'int8'                               | [3,-128]",
        "'output_dtype':'binary'                             | [-125,0]",
        "'output_dtype':'ubinary'                            | [3,128]",
        "'output_dtype':'binary','encoding_format':'base64'  | \"\"\"gwA=\"\"\"",
        "'output_dtype':'ubinary','encoding_format':'base64' | \"\"\"A4A=\"\"\"",
        "'output_dtype':'int8','encoding_format':'base64'    | \"\"\"A4A=\"\"\"",
      })
  void packsVectors(String fields, String vector) {
    JsonNode answer =
        Http.json(
            Http.post(base, ROUTE, body("{'model':'minilm','input':'a b c'," + fields + "}"))
                .body());

    assertThat(answer.at("/data/0/embedding")).hasToString(vector);
  }

  @Test
  void namesTheFieldThatTheEncoderRefuses() {
    FakeEncoder.failure =
        new WeftException.InvalidRequest("FORMAT_NEEDS_NORMALIZE", "not of length 1", "format");

    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'minilm','input':'a','output_dtype':'int8'}"));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Http.json(response.body()).at("/error/param").asText()).isEqualTo("output_dtype");
  }

  @Test
  void saysHowVectorsWereMade() {
    JsonNode answer =
        Http.json(
            Http.post(
                    base,
                    ROUTE,
                    body("{'model':'minilm','input':'a','pooling':'cls','normalize':true}"))
                .body());

    assertThat(answer.path("pooling").asText()).isEqualTo("cls");
    assertThat(answer.path("normalized").asBoolean()).isTrue();
  }

  @Test
  void cutsLongTextsOnlyWhenTold() {
    String request = "{'model':'minilm','input':['a','1 2 3 4 5 6 7 8 9'],'truncate':%s}";

    assertThat(Http.post(base, ROUTE, body(request.formatted("false"))).body())
        .contains("input[1]: 9 tokens > 8, the model's context");
    assertThat(
            Http.json(Http.post(base, ROUTE, body(request.formatted("true"))).body())
                .at("/data/1/embedding/0")
                .asInt())
        .isEqualTo(8);
  }
}
