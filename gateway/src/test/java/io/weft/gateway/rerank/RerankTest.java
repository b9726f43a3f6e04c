package io.weft.gateway.rerank;

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
class RerankTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void ordersDocuments() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/rerank",
            body(
                "{'model':'ranker','query':'q','top_n':2,'return_documents':true,"
                    + "'documents':['a',{'text':'four'},'bb']}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body().replaceFirst("rerank-[0-9a-f]{32}", "ID"))
        .isEqualTo(
            body(
                """
                {'id':'ID','model':'ranker','results':[\
                {'index':1,'relevance_score':0.4,'document':{'text':'four'}},\
                {'index':2,'relevance_score':0.2,'document':{'text':'bb'}}],\
                'usage':{'prompt_tokens':6,'total_tokens':6}}"""));
  }

  @Test
  void ordersByTheCosineOfEmbeddingsToo() {
    HttpResponse<String> response =
        Http.post(
            base, "/v1/rerank", body("{'model':'minilm','query':'a','documents':['b','a b']}"));

    // (1, 1, 0.5, -1) with itself, and with (2, 1, 0.5, -1): the fake does not normalise.
    assertThat(response.body())
        .contains(
            body("[{'index':1,'relevance_score':4.25},{'index':0,'relevance_score':3.25}]"),
            // Both "a" and "b" once, and "a b".
            body("'usage':{'prompt_tokens':4,"));
  }

  @Test
  void scoresPairs() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/score",
            body("{'model':'ranker','text_1':'q','text_2':['a','four'],'use_activation':false}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(
            response
                .body()
                .replaceFirst("score-[0-9a-f]{32}", "ID")
                .replaceFirst("\"created\":1[0-9]{9}", "\"created\":0"))
        .isEqualTo(
            body(
                """
                {'id':'ID','object':'list','created':0,'model':'ranker','data':[\
                {'index':0,'object':'score','score':1.0},\
                {'index':1,'object':'score','score':4.0}],\
                'usage':{'prompt_tokens':4,'total_tokens':4,'completion_tokens':0}}"""));
  }

  @Test
  void scoresPairByPair() {
    String answer =
        Http.post(
                base,
                "/v1/score",
                body("{'model':'ranker','text_1':['q','q q'],'text_2':['a','bb']}"))
            .body();

    assertThat(Http.json(answer).path("data").findValues("score")).hasToString("[0.1, 0.2]");
    assertThat(Http.json(answer).at("/usage/prompt_tokens").asInt()).isEqualTo(5);
  }
}
