package io.weft.gateway.answering;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class AnsweringTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void findsAnswersInWindowsAndJoinsThoseThatReadAlike() {
    // Three tokens before each window leave room for three words, of which two are shared.
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/question-answering",
            body(
                "{'model':'reader','question':'a b','context':'\ud83d\ude00 Paris x paris','top_k':3,"
                    + "'max_seq_len':6,'doc_stride':2,'max_answer_len':7}"));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Http.json(response.body()))
        .isEqualTo(
            Http.json(
                body(
                    """
                    {'object':'list','model':'reader','data':[{'index':0,'object':'answers','answers':[\
                    {'score':1.875,'start':2,'end':7,'answer':'Paris'},\
                    {'score':0.25,'start':0,'end':1,'answer':'\ud83d\ude00'},\
                    {'score':0.25,'start':8,'end':9,'answer':'x'}],'no_answer_score':0.25}],\
                    'usage':{'prompt_tokens':12,'total_tokens':12}}""")));
    AnswerSpansRequest asked = FakeEncoder.lastAnswers;
    assertThat(asked.getInputs(0).getWindowsCount()).isEqualTo(2);
    assertThat(asked.getInputs(0).getWindows(1).getSequenceIdsList())
        .containsExactly(-1, 0, 0, 1, 1, 1);
    assertThat(asked.getInputs(0).getWindows(1).getWordIdsList())
        .containsExactly(-1, 0, 1, 1, 2, 3);
    assertThat(asked.getMaxAnswerTokens()).isEqualTo(7);
    assertThat(asked.getAlignToWords()).isTrue();
  }

  @Test
  void mayFindNone() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/question-answering",
            body(
                "{'model':'reader','question':['a','b'],'context':'x','handle_impossible_answer':true,"
                    + "'top_k':2}"));

    assertThat(Http.json(response.body()).path("data")).hasSize(2);
    assertThat(Http.json(response.body()).at("/data/1/answers"))
        .isEqualTo(
            Http.json(
                body(
                    """
                    [{'score':0.25,'start':0,'end':0,'answer':''},\
                    {'score':0.125,'start':0,'end':1,'answer':'x'}]""")));
  }
}
