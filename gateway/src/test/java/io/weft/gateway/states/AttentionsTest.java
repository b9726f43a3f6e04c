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
class AttentionsTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void namesLayersHeadsAndTokens() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/attentions",
            body("{'model':'minilm','input':'\ud83d\ude00b a','layers':[-1,0],'heads':[1]}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    // As trees: a character beyond 16 bits may be written as it is or escaped.
    assertThat(Http.json(response.body()))
        .isEqualTo(
            Http.json(
                body(
                    """
                {'object':'list','model':'minilm','data':[{'index':0,'object':'attentions','tokens':[\
                {'id':101,'text':'[CLS]','start':null,'end':null,'special':true,'sequence':null},\
                {'id':3,'text':'\ud83d\ude00b','start':0,'end':2,'special':false,'sequence':0},\
                {'id':1,'text':'a','start':3,'end':4,'special':false,'sequence':0}],\
                'attentions':[\
                {'layer':2,'head':1,'weights':[[145.25,145.5,145.75],[120.75,121.0,121.25],\
                [120.25,120.5,120.75]]},\
                {'layer':0,'head':1,'weights':[[125.25,125.5,125.75],[100.75,101.0,101.25],\
                [100.25,100.5,100.75]]}]}],\
                'usage':{'prompt_tokens':3,'total_tokens':3}}""")));
  }

  @Test
  void takesPairsAndGivesAllLayersAndHeads() {
    HttpResponse<String> response =
        Http.post(base, "/v1/attentions", body("{'model':'minilm','input':[['a b','four'],'cc']}"));

    assertThat(response.body())
        .contains(
            body("{'id':4,'text':'four','start':0,'end':4,'special':false,'sequence':1}"),
            body("'index':1"));
    assertThat(Http.json(response.body()).at("/data/0/attentions")).hasSize(6);
    assertThat(Http.json(response.body()).at("/data/0/attentions/5/layer").asInt()).isEqualTo(2);
    assertThat(Http.json(response.body()).at("/data/0/attentions/5/weights")).hasSize(4);
  }

  @Test
  void cutsWhenTold() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/attentions",
            body("{'model':'minilm','input':'1 2 3 4 5 6 7 8 9','truncate':true,'layers':[0]}"));

    assertThat(Http.json(response.body()).at("/data/0/tokens")).hasSize(8);
  }
}
