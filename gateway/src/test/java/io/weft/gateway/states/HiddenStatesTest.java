package io.weft.gateway.states;

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
class HiddenStatesTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void givesStatesAndThePoolersOutput() {
    HttpResponse<String> response =
        Http.post(base, "/v1/hidden-states", body("{'model':'minilm','input':[['bb','a']]}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            body(
                """
                {'object':'list','model':'minilm','data':[{'index':0,'object':'hidden_states','tokens':[\
                {'id':101,'text':'[CLS]','start':null,'end':null,'special':true,'sequence':null},\
                {'id':2,'text':'bb','start':0,'end':2,'special':false,'sequence':0},\
                {'id':1,'text':'a','start':0,'end':1,'special':false,'sequence':1}],\
                'last_hidden_state':[[101.0,0.0],[2.0,1.0],[1.0,2.0]],'pooler_output':[0.5,3.0]}],\
                'usage':{'prompt_tokens':3,'total_tokens':3}}"""));
  }

  @Test
  void aModelWithoutAPoolerHasNoOutputOfIt() {
    HttpResponse<String> response =
        Http.post(base, "/v1/hidden-states", body("{'model':'tagger','input':'a'}"));

    assertThat(response.body()).contains(body("'pooler_output':null"));
  }
}
