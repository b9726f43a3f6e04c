package io.weft.gateway.tokens;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** vLLM's shapes; those of text-embeddings-inference are in TeiTest. */
@QuarkusTest
class TokenizeTest {
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
        "/tokenize | {'model':'smol','prompt':'a four'} | {'count':2,'max_model_len':64,'tokens':[1,4],'token_strs':null}",
        "/tokenize | {'model':'minilm','prompt':'a','return_token_strs':true} | {'count':2,'max_model_len':8,'tokens':[101,1],'token_strs':['[CLS]','##a']}",
        "/tokenize | {'model':'minilm','prompt':'a','return_token_strs':true,'add_special_tokens':false} | {'count':1,'max_model_len':8,'tokens':[1],'token_strs':['##a']}",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'a four'}]} | {'count':2,'max_model_len':64,'tokens':[1,4],'token_strs':null}",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'a'}],'return_token_strs':true} | {'count':1,'max_model_len':64,'tokens':[1],'token_strs':['##a']}",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'a'}],'add_special_tokens':true,'return_token_strs':true} | {'count':2,'max_model_len':64,'tokens':[101,1],'token_strs':['[CLS]','##a']}",
        "/detokenize | {'model':'smol','tokens':[101,7]} | {'prompt':'101 7'}",
        "/detokenize | {'model':'smol','tokens':[]} | {'prompt':''}",
      })
  void answers(String route, String request, String answer) {
    HttpResponse<String> response = Http.post(base, route, body(request));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(Http.json(response.body())).isEqualTo(Http.json(body(answer)));
  }

  @Test
  void chatsAreWrittenOutAsTold() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/tokenize",
            body(
                """
                {'model':'smol','messages':[{'role':'user','content':'a'},\
                {'role':'assistant','content':'b'}],'continue_final_message':true,\
                'chat_template_kwargs':{'enable_thinking':false},\
                'tools':[{'type':'function','function':{'name':'find'}}]}"""));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    EncodeChatRequest chat = FakeTokenizer.lastChat;
    assertThat(chat.getAddGenerationPrompt()).isFalse();
    assertThat(chat.getContinueFinalMessage()).isTrue();
    assertThat(chat.getMessagesCount()).isEqualTo(2);
    assertThat(chat.getToolsCount()).isEqualTo(1);
    assertThat(chat.getTemplateOptions().getFieldsOrThrow("enable_thinking").hasBoolValue())
        .isTrue();
  }
}
