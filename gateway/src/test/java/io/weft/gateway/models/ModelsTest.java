package io.weft.gateway.models;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ModelsTest {
  private static final String SMOL =
      body(
          "{'id':'smol','object':'model','created':1700000000,'owned_by':'weft',"
              + "'max_model_len':64,'family':'decoder','tasks':['generate'],'dtype':'int4'}");
  private static final String MINILM =
      body(
          "{'id':'minilm','object':'model','created':1700000001,'owned_by':'weft',"
              + "'max_model_len':8,'family':'encoder','tasks':['embed'],'dtype':'fp32'}");

  private static final String MASKER = encoder("masker", "fill_mask");
  private static final String NLI = encoder("nli", "classify");
  private static final String RANKER = encoder("ranker", "classify");
  private static final String READER = encoder("reader", "answer_spans");
  private static final String SENTIMENT = encoder("sentiment", "classify");
  private static final String TAGGER = encoder("tagger", "classify_tokens");

  private static final String T5 =
      body(
          "{'id':'t5','object':'model','created':1700000000,'owned_by':'weft',"
              + "'max_model_len':64,'family':'encoder-decoder','tasks':['generate'],"
              + "'dtype':'fp32'}");

  @TestHTTPResource URI base;

  @TestHTTPResource(management = true)
  URI management;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void listsTheModelsOfAllWorkers() {
    HttpResponse<String> response = Http.get(base, "/v1/models");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            body("{'object':'list','data':[")
                + String.join(",", MASKER, MINILM, NLI, RANKER, READER, SENTIMENT, SMOL, T5, TAGGER)
                + "]}");
  }

  private static String encoder(String name, String task) {
    return MINILM.replace("minilm", name).replace("\"embed\"", "\"" + task + "\"");
  }

  @Test
  void givesOne() {
    assertThat(Http.get(base, "/v1/models/smol").body()).isEqualTo(SMOL);
    assertThat(Http.get(base, "/v1/models/minilm").body()).isEqualTo(MINILM);

    HttpResponse<String> response = Http.get(base, "/v1/models/org/name");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body())
        .isEqualTo(
            body("{'error':{'message':\u0001model 'org/name' is not loaded; loaded: masker, minilm, nli, ranker, reader, sentiment, smol, t5, tagger\u0001,"
                    + "'type':'invalid_request_error','param':'model','code':'model_not_found'}}")
                .replace("\"org/name\"", "'org/name'")
                .replace('\u0001', '"'));
  }

  @Test
  void isReadyAndSaysOfWhat() {
    assertThat(Http.get(base, "/health").body())
        .isEqualTo(
            body(
                "{'status':'ok','backends':{'encoder':'up: masker, minilm, nli, ranker, reader, sentiment, tagger','generator':'up: smol, t5',"
                    + "'tokenizer':'up: minilm, smol, t5'}}"));
    HttpResponse<String> ready = Http.get(management, "/q/health/ready");
    assertThat(ready.statusCode()).isEqualTo(200);
    assertThat(Http.json(ready.body()).path("checks"))
        .as(ready.body())
        .anyMatch(check -> check.path("name").asText().equals("grpc-server"))
        .anyMatch(check -> check.at("/data/generator").asText().equals("up: smol, t5"));
  }

  @Test
  void servesMetricsOnTheManagementPortOnly() {
    assertThat(Http.get(management, "/q/metrics").body())
        .contains("weft_gateway_open_streams", "weft_gateway_open_requests", "jvm_memory_used");
    assertThat(Http.get(base, "/q/metrics").statusCode()).isEqualTo(404);
  }
}
