package io.weft.gateway.classify;

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
class ClassifyTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void answersInVllmsShape() {
    HttpResponse<String> response =
        Http.post(
            base, "/v1/classify", body("{'model':'sentiment','input':['a b','1 2 3 4 5 6']}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(
            response
                .body()
                .replaceFirst("classify-[0-9a-f]{32}", "ID")
                .replaceFirst("\"created\":1[0-9]{9}", "\"created\":0"))
        .isEqualTo(
            body(
                """
                {'id':'ID','object':'list','created':0,'model':'sentiment','data':[\
                {'index':0,'label':'neg','probs':[0.75,0.25],'num_classes':2},\
                {'index':1,'label':'pos','probs':[0.25,0.75],'num_classes':2}],\
                'usage':{'prompt_tokens':8,'total_tokens':8,'completion_tokens':0}}"""));
  }

  @Test
  void givesLogitsAndCutsWhenTold() {
    String answer =
        Http.post(
                base,
                "/v1/classify",
                body(
                    "{'model':'sentiment','input':'1 2 3 4 5 6 7 8 9','truncate':true,"
                        + "'use_activation':false}"))
            .body();

    assertThat(answer).contains(body("'label':'pos','probs':[-10.0,10.0]"));
  }
}
