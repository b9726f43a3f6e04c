package io.weft.gateway.zeroshot;

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
class ZeroShotTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void sharesOneTruthAmongTheLabels() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/zero-shot-classification",
            body(
                "{'model':'nli','input':['a','b b'],'candidate_labels':'x, yy',"
                    + "'hypothesis_template':'it is {}'}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    // The softmax of 2 and 1.
    assertThat(Http.json(response.body()))
        .isEqualTo(
            Http.json(
                body(
                    """
                    {'object':'list','model':'nli','data':[\
                    {'sequence':'a','labels':['yy','x'],'scores':[0.7310586,0.26894143]},\
                    {'sequence':'b b','labels':['yy','x'],'scores':[0.7310586,0.26894143]}],\
                    'usage':{'prompt_tokens':18,'total_tokens':18}}""")));
  }

  /** The softmax of entailment and contradiction, which is 0 here. */
  @Test
  void judgesEachByItselfWhenSeveralMayBeTrue() {
    HttpResponse<String> several =
        Http.post(
            base,
            "/v1/zero-shot-classification",
            body(
                "{'model':'nli','input':'a','candidate_labels':['x','yy'],'multi_label':true,"
                    + "'hypothesis_template':'{}'}"));
    HttpResponse<String> one =
        Http.post(
            base,
            "/v1/zero-shot-classification",
            body("{'model':'nli','input':'a','candidate_labels':['x']}"));

    assertThat(several.body()).contains(body("'labels':['yy','x'],'scores':[0.8807971,0.7310586]"));
    // "This example is x.": the last word has two characters.
    assertThat(one.body()).contains(body("'labels':['x'],'scores':[0.8807971]"));
  }
}
