package io.weft.gateway.tei;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class TeiTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/embed | {'inputs':'one two'} | [[2.0,3.0,0.5,-1.0]]",
        "/embed | {'inputs':['one','a b'],'dimensions':1} | [[1.0],[2.0]]",
        "/embed | {'inputs':[[7,8]]} | [[2.0,7.0,0.5,-1.0]]",
        "/embed | {'inputs':'1 22 3 4 5 6 7 8 9','truncate':true,'truncation_direction':'Left'} | [[8.0,2.0,0.5,-1.0]]",
        "/embed | {'inputs':'1 22 3 4 5 6 7 8 9','truncate':true} | [[8.0,1.0,0.5,-1.0]]",
        "/embed_all | {'inputs':['a bb','ccc']} | [[[1.0,0.0],[2.0,1.0]],[[3.0,0.0]]]",
        "/similarity | {'inputs':{'source_sentence':'a','sentences':['b','a b']}} | [3.25,4.25]",
        "/predict | {'model':'sentiment','inputs':'a b'} | [{'score':0.75,'label':'neg'},{'score':0.25,'label':'pos'}]",
        "/predict | {'model':'sentiment','inputs':['a b','a'],'raw_scores':true} | [{'score':3.75,'label':'pos'},{'score':-3.75,'label':'neg'}]",
        "/predict | {'model':'sentiment','inputs':[['a b'],['a b','1 2 3 4']]} | [[{'score':0.75,'label':'neg'},{'score':0.25,'label':'pos'}],[{'score':0.75,'label':'pos'},{'score':0.25,'label':'neg'}]]",
        "/rerank | {'query':'q','texts':['a','four'],'return_text':true} | [{'index':1,'text':'four','score':0.98201376},{'index':0,'text':'a','score':0.7310586}]",
        "/rerank | {'query':'q','texts':['a','four'],'raw_scores':true} | [{'index':1,'score':4.0},{'index':0,'score':1.0}]",
        "/tokenize | {'model':'minilm','inputs':'a \ud83d\ude00b'} | [[{'id':101,'text':'[CLS]','special':true,'start':null,'stop':null},{'id':1,'text':'a','special':false,'start':0,'stop':1},{'id':3,'text':'\ud83d\ude00b','special':false,'start':2,'stop':4}]]",
        "/tokenize | {'model':'minilm','inputs':['a','b'],'add_special_tokens':false} | [[{'id':1,'text':'a','special':false,'start':0,'stop':1}],[{'id':1,'text':'b','special':false,'start':0,'stop':1}]]",
        "/tokenize | {'model':'smol','inputs':'a'} | [[{'id':101,'text':'[CLS]','special':true,'start':null,'stop':null},{'id':1,'text':'a','special':false,'start':0,'stop':1}]]",
        "/decode | {'model':'smol','ids':[7]} | ['7']",
        "/decode | {'model':'minilm','ids':[101,7]} | ['7']",
        "/decode | {'model':'minilm','ids':[[101,7],[8]],'skip_special_tokens':false} | ['101 7','8']",
      })
  void answers(String route, String request, String answer) {
    HttpResponse<String> response = Http.post(base, route, body(request));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Http.json(response.body())).isEqualTo(Http.json(body(answer)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/embed | {} | 400 | Validation | inputs is required",
        "/embed | {'inputs':['a','1 2 3 4 5 6 7 8 9']} | 413 | Validation | inputs[1]: 9 tokens > 8, the model's context",
        "/embed | {'inputs':'a','truncation_direction':'Up'} | 400 | Validation | truncation_direction must be one of: Left, Right",
        "/embed | {'inputs':'a','prompt_name':'query'} | 400 | Validation | prompt_name is not supported: put the prompt before the text",
        "/embed | {'inputs':[[1],[666]]} | 400 | Validation | inputs[1]: token id 666 >= vocabulary size, 600",
        "/embed | {'inputs':'a','model':'sentiment'} | 424 | Backend | model 'sentiment' cannot embed; it can: classify",
        "/embed | {'inputs':'a','model':'gone'} | 404 | Validation | model 'gone' is not loaded; loaded: minilm",
        "/embed_sparse | {'inputs':'a'} | 424 | Backend | no loaded model can make sparse vectors",
        "/predict | {'inputs':'a'} | 400 | Validation | 2 loaded models can classify, so the field model must name one: nli, sentiment",
        "/predict | {'inputs':['a','b','c']} | 400 | Validation | inputs has more than 2 entries: a batch is a list of lists",
        "/predict | {'inputs':[['a'],'b']} | 400 | Validation | inputs[1] must be a string or a list of one or two strings, as the entries before, not a string",
        "/predict | {'inputs':[['a','b','c']]} | 400 | Validation | inputs[0] has more than 2 entries",
        "/rerank | {'query':'q'} | 400 | Validation | texts is required",
        "/rerank | {'query':'q','texts':['a'],'model':'sentiment'} | 424 | Backend | model 'sentiment' cannot rerank: that takes one label, it has 2",
        "/tokenize | {} | 400 | Validation | inputs is required",
        "/tokenize | {'inputs':['a','']} | 400 | Validation | inputs[1] has 0 characters, at least 1 is needed",
        "/tokenize | {'model':'gone','inputs':'a'} | 404 | Validation | model 'gone' is not loaded; loaded: minilm, smol, t5",
        "/tokenize | {'inputs':'a'} | 400 | Validation | 7 loaded models can encode, so the field model must name one: masker, minilm, nli, ranker, reader, sentiment, tagger",
        "/decode | {'model':'minilm','ids':['a']} | 400 | Validation | ids must be a list of token ids or a list of such lists, not text",
        "/similarity | {'inputs':{'sentences':['a']}} | 400 | Validation | inputs.source_sentence is required",
        "/similarity | {'inputs':{'source_sentence':'a','sentences':['1 2 3 4 5 6 7 8 9']}} | 413 | Validation | inputs.sentences[0]: 9 tokens > 8, the model's context",
      })
  void refuses(String route, String request, int status, String type, String message) {
    HttpResponse<String> response = Http.post(base, route, body(request));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(Http.json(response.body()).path("error").asText()).isEqualTo(message);
    assertThat(Http.json(response.body()).path("error_type").asText()).isEqualTo(type);
  }

  @Test
  void faultsOfOursHaveItsShapeToo() {
    HttpResponse<String> response =
        Http.post(base, "/tokenize", body("{'model':'minilm','inputs':'misplaced'}"));

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(Http.json(response.body()).path("error").asText()).startsWith("internal error, id ");
    assertThat(Http.json(response.body()).path("error_type").asText()).isEqualTo("Backend");
  }

  @Test
  void tellsOfAModel() {
    assertThat(Http.get(base, "/info?model=minilm").body())
        .contains(
            body(
                "'model_id':'minilm','model_dtype':'fp32','model_type':{'embedding':{'pooling':'mean'}}"),
            body("'max_input_length':8,'max_client_batch_size':2048,'auto_truncate':false"));
    assertThat(Http.get(base, "/info?model=sentiment").body())
        .contains(
            body(
                "'model_type':{'classifier':{'id2label':{'0':'neg','1':'pos'},'label2id':{'neg':0,'pos':1}}}"));
    assertThat(Http.get(base, "/info?model=ranker").body())
        .contains(body("{'reranker':{'id2label'"));
    assertThat(Http.get(base, "/info").statusCode()).isEqualTo(400);
  }
}
