package io.weft.gateway.tagging;

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
class TaggingTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void namesTokensAsThePipelineDoes() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/token-classification",
            body("{'model':'tagger','input':['four a \ud83d\ude00b','bb']}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Http.json(response.body()))
        .isEqualTo(
            Http.json(
                body(
                    """
                    {'object':'list','model':'tagger','data':[[\
                    {'entity':'B-PER','score':0.125,'index':2,'word':'##a','start':5,'end':6},\
                    {'entity':'B-PER','score':0.125,'index':3,'word':'##\ud83d\ude00b','start':7,'end':9}],[]],\
                    'usage':{'prompt_tokens':6,'total_tokens':6}}""")));
  }

  @Test
  void groupsThemWhenToldAndKeepsWhatIsOutside() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/token-classification",
            body(
                "{'model':'tagger','input':'four a bbb','aggregation_strategy':'first',"
                    + "'ignore_labels':[]}"));

    assertThat(Http.json(response.body()).path("data"))
        .isEqualTo(
            Http.json(
                body(
                    """
                    [[{'entity_group':'O','score':0.375,'word':'4','start':0,'end':4},\
                    {'entity_group':'PER','score':0.375,'word':'1 3','start':5,'end':10}]]""")));
  }

  @Test
  void leavesOutLabelsThatAreIgnored() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/token-classification",
            body(
                "{'model':'tagger','input':'four a','aggregation_strategy':'max',"
                    + "'ignore_labels':['PER']}"));

    assertThat(Http.json(response.body()).at("/data/0")).hasSize(1);
    assertThat(Http.json(response.body()).at("/data/0/0/entity_group").asText()).isEqualTo("O");
  }
}
