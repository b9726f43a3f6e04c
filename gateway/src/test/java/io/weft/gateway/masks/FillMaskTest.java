package io.weft.gateway.masks;

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
class FillMaskTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void fillsOneMaskOrSeveral() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/fill-mask",
            body("{'model':'masker','input':['aaaa [MASK]','[MASK] [MASK]'],'top_k':2}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Http.json(response.body()))
        .isEqualTo(
            Http.json(
                body(
                    """
                    {'object':'list','model':'masker','data':[\
                    [{'score':0.5,'token':1,'token_str':'1','sequence':'4 1'},\
                    {'score':0.33333334,'token':2,'token_str':'2','sequence':'4 2'}],\
                    [[{'score':0.5,'token':1,'token_str':'1','sequence':'1 103'},\
                    {'score':0.33333334,'token':2,'token_str':'2','sequence':'2 103'}],\
                    [{'score':0.5,'token':1,'token_str':'1','sequence':'103 1'},\
                    {'score':0.33333334,'token':2,'token_str':'2','sequence':'103 2'}]]],\
                    'usage':{'prompt_tokens':4,'total_tokens':4}}""")));
  }

  /** A target that is no token of the vocabulary stands for the first one that it makes. */
  @Test
  void choosesAmongTargets() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/fill-mask",
            body("{'model':'masker','input':'[MASK]','targets':['17','four','17','bb aaa']}"));

    assertThat(Http.json(response.body()).at("/data/0").findValuesAsText("token"))
        .containsExactly("17", "4", "2");
  }
}
