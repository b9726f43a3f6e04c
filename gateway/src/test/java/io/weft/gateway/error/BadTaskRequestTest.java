package io.weft.gateway.error;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every bad request to an encoder or a tokenizer but for embeddings. */
@QuarkusTest
class BadTaskRequestTest extends RefusalTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/v1/classify | {'input':'S'} | model | missing_required_parameter | model is required",
        "/v1/classify | {'model':'sentiment','input':['S','']} | input[1] | out_of_range | input[1] has 0 characters, at least 1 is needed",
        "/v1/classify | {'model':'sentiment','input':'1 2 3 4 5 6 7 8 9'} | input | context_length_exceeded | input: 9 tokens > 8, the model's context",
        "/v1/classify | {'model':'minilm','input':'S'} | model | model_lacks_task | model 'minilm' cannot classify; it can: embed",
        "/v1/rerank | {'model':'ranker','documents':['S']} | query | missing_required_parameter | query is required",
        "/v1/rerank | {'model':'ranker','query':'S'} | documents | missing_required_parameter | documents is required",
        "/v1/rerank | {'model':'ranker','query':'S','documents':[]} | documents | out_of_range | documents has 0 entries, at least 1 is needed",
        "/v1/rerank | {'model':'ranker','query':'S','documents':['S',{}]} | documents[1].text | missing_required_parameter | documents[1].text is required",
        "/v1/rerank | {'model':'ranker','query':'S','documents':['S'],'top_n':0} | top_n | out_of_range | top_n is 0, it must be at least 1",
        "/v1/rerank | {'model':'ranker','query':'S','documents':['S','1 2 3 4 5 6 7 8']} | documents[1] | context_length_exceeded | documents[1]: 9 tokens > 8, the model's context",
        "/v1/rerank | {'model':'minilm','query':'S','documents':['S','1 2 3 4 5 6 7 8 9']} | documents[1] | context_length_exceeded | documents[1]: 9 tokens > 8, the model's context",
        "/v1/rerank | {'model':'sentiment','query':'S','documents':['S']} | model | model_lacks_task | model 'sentiment' cannot score pairs: that takes one label or embeddings, it has 2 labels",
        "/v1/score | {'model':'ranker','text_1':['S','S'],'text_2':['S','S','S']} | text_2 | invalid_value | text_1 has 2 entries and text_2 3: it must be one to any number, or as many",
        "/v1/score | {'model':'ranker','text_1':'S'} | text_2 | missing_required_parameter | text_2 is required",
        "/v1/score | {'model':'ranker','text_1':1,'text_2':'S'} | text_1 | invalid_type | text_1 must be a string or a list of strings, not a number",
        "/tokenize | {'prompt':'S'} | model | missing_required_parameter | model is required",
        "/tokenize | {'model':'smol','prompt':7} | prompt | invalid_type | prompt must be a string, not a number",
        "/tokenize | {'model':'smol','prompt':'unencodable'} | prompt | text_too_long | prompt: 1,048,577 bytes > 1,048,576",
        "/tokenize | {'model':'smol','messages':[]} | messages | out_of_range | messages has 0 entries, at least 1 is needed",
        "/tokenize | {'model':'smol','messages':[{'role':'user'}]} | messages[0].content | missing_required_parameter | messages[0].content is required",
        "/tokenize | {'model':'smol','prompt':'S','messages':[{'role':'user','content':'S'}]} | messages | invalid_value | prompt and messages exclude each other",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'S'}],'continue_final_message':true,'add_generation_prompt':true} | continue_final_message | invalid_value | continue_final_message and add_generation_prompt exclude each other",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'S'}],'chat_template':'S'} | chat_template | unsupported_parameter | chat_template is not supported: the model's own is used",
        "/tokenize | {'model':'smol','messages':[{'role':'user','content':'S'}],'chat_template_kwargs':['S']} | chat_template_kwargs | invalid_type | chat_template_kwargs must be an object, not a list",
        "/tokenize | {'model':'t5','messages':[{'role':'user','content':'S'}]} | model | no_chat_template | model 't5' has no chat template",
        "/detokenize | {'tokens':[1]} | model | missing_required_parameter | model is required",
        "/detokenize | {'model':'smol'} | tokens | missing_required_parameter | tokens is required",
        "/detokenize | {'model':'smol','tokens':[-1]} | tokens[0] | out_of_range | tokens[0] is -1, it must be at least 0",
        "/detokenize | {'model':'smol','tokens':[666]} | tokens | token_id_out_of_range | token id 666 is outside 0 to 599",
        "/v1/token-classification | {'input':'S'} | model | missing_required_parameter | model is required",
        "/v1/token-classification | {'model':'tagger'} | input | missing_required_parameter | input is required",
        "/v1/token-classification | {'model':'tagger','input':[['S','S']]} | input[0] | invalid_type | input[0] must be a string, not a list",
        "/v1/token-classification | {'model':'tagger','input':['S','']} | input[1] | out_of_range | input[1] has 0 characters, at least 1 is needed",
        "/v1/token-classification | {'model':'tagger','input':['S','unencodable']} | input[1] | text_too_long | input[1]: 1,048,577 bytes > 1,048,576",
        "/v1/token-classification | {'model':'tagger','input':['S','1 2 3 4 5 6 7 8']} | input[1] | context_length_exceeded | input[1]: 9 tokens > 8, the model's context",
        "/v1/token-classification | {'model':'tagger','input':'S','aggregation_strategy':'S'} | aggregation_strategy | invalid_value | aggregation_strategy must be one of: none, simple, first, average, max",
        "/v1/token-classification | {'model':'tagger','input':'S','ignore_labels':'S'} | ignore_labels | invalid_type | ignore_labels must be a list, not a string",
        "/v1/token-classification | {'model':'minilm','input':'S'} | model | model_lacks_task | model 'minilm' cannot classify_tokens; it can: embed",
        "/v1/question-answering | {'model':'reader','context':'S'} | question | missing_required_parameter | question is required",
        "/v1/question-answering | {'model':'reader','question':'S'} | context | missing_required_parameter | context is required",
        "/v1/question-answering | {'model':'reader','question':['S','S'],'context':['S','S','S']} | context | invalid_value | question has 2 entries and context 3: it must be as many, or one of either",
        "/v1/question-answering | {'model':'reader','question':'S','context':'S','top_k':21} | top_k | out_of_range | top_k is 21, it must be between 1 and 20",
        "/v1/question-answering | {'model':'reader','question':'S','context':'S','max_answer_len':513} | max_answer_len | out_of_range | max_answer_len is 513, it must be between 1 and 512",
        "/v1/question-answering | {'model':'reader','question':'S','context':'S','max_seq_len':9} | max_seq_len | out_of_range | max_seq_len is 9 > 8, the model's context",
        "/v1/question-answering | {'model':'reader','question':'S','context':'S','max_seq_len':4,'doc_stride':4} | doc_stride | out_of_range | doc_stride is 4, it must be below the window's 4 tokens",
        "/v1/question-answering | {'model':'reader','question':'unencodable','context':['S','S']} | context[0] | text_too_long | context[0]: 1,048,577 bytes > 1,048,576",
        "/v1/question-answering | {'model':'tagger','question':'S','context':'S'} | model | model_lacks_task | model 'tagger' cannot answer_spans; it can: classify_tokens",
        "/v1/fill-mask | {'model':'masker'} | input | missing_required_parameter | input is required",
        "/v1/fill-mask | {'model':'masker','input':['[MASK]','S']} | input[1] | no_mask | input[1]: none of the ids is the mask token, 103",
        "/v1/fill-mask | {'model':'masker','input':'[MASK]','top_k':101} | top_k | out_of_range | top_k is 101, it must be between 1 and 100",
        "/v1/fill-mask | {'model':'masker','input':'[MASK]','targets':[]} | targets | out_of_range | targets has 0 entries, at least 1 is needed",
        "/v1/fill-mask | {'model':'masker','input':'[MASK]','targets':['7','unencodable']} | targets[1] | text_too_long | targets[1]: 1,048,577 bytes > 1,048,576",
        "/v1/fill-mask | {'model':'minilm','input':'[MASK]'} | model | model_lacks_task | model 'minilm' cannot fill_mask; it can: embed",
        "/v1/zero-shot-classification | {'model':'nli','input':'S'} | candidate_labels | missing_required_parameter | candidate_labels is required",
        "/v1/zero-shot-classification | {'model':'nli','input':'S','candidate_labels':' , '} | candidate_labels | out_of_range | candidate_labels has 0 labels, at least 1 is needed",
        "/v1/zero-shot-classification | {'model':'nli','input':'S','candidate_labels':7} | candidate_labels | invalid_type | candidate_labels must be a list of strings, or labels with commas between them, not a number",
        "/v1/zero-shot-classification | {'model':'nli','input':'S','candidate_labels':['S'],'hypothesis_template':'S'} | hypothesis_template | invalid_value | hypothesis_template must hold {} once, where the label goes",
        "/v1/zero-shot-classification | {'model':'nli','input':'S','candidate_labels':['S'],'hypothesis_template':'{} S {}'} | hypothesis_template | invalid_value | hypothesis_template must hold {} once, where the label goes",
        "/v1/zero-shot-classification | {'model':'nli','input':['S','1 2 3 4 5'],'candidate_labels':['S','S']} | input[1] | context_length_exceeded | input[1]: 9 tokens > 8, the model's context",
        "/v1/zero-shot-classification | {'model':'sentiment','input':'S','candidate_labels':['S']} | model | model_lacks_task | model 'sentiment' cannot classify by other labels: none of its 2 begins with 'entail'",
        "/v1/hidden-states | {'model':'minilm'} | input | missing_required_parameter | input is required",
        "/v1/hidden-states | {'model':'minilm','input':['S',7]} | input[1] | invalid_type | input[1] must be a string or a pair of strings, not a number",
        "/v1/attentions | {'input':'S'} | model | missing_required_parameter | model is required",
        "/v1/attentions | {'model':'minilm'} | input | missing_required_parameter | input is required",
        "/v1/attentions | {'model':'minilm','input':{}} | input | invalid_type | input must be a string, or a list of strings and pairs of strings, not an object",
        "/v1/attentions | {'model':'minilm','input':[]} | input | out_of_range | input has 0 entries, at least 1 is needed",
        "/v1/attentions | {'model':'minilm','input':['S',['S']]} | input[1] | out_of_range | input[1] has 1 entry, a pair has 2",
        "/v1/attentions | {'model':'minilm','input':[['S','S','S']]} | input[0] | out_of_range | input[0] has more than 2 entries",
        "/v1/attentions | {'model':'minilm','input':[['S','']]} | input[0][1] | out_of_range | input[0][1] has 0 characters, at least 1 is needed",
        "/v1/attentions | {'model':'minilm','input':['S','1 2 3 4 5 6 7 8 9']} | input[1] | context_length_exceeded | input[1]: 10 tokens > 8, the model's context",
        "/v1/attentions | {'model':'minilm','input':['a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a']} | input | out_of_range | input has more than 16 entries",
        "/v1/attentions | {'model':'minilm','input':'S','layers':[]} | layers | out_of_range | layers has 0 entries, at least 1 is needed",
        "/v1/attentions | {'model':'minilm','input':'S','layers':[0,3]} | layers[1] | out_of_range | layers[1] is 3, it must be between -3 and 2",
        "/v1/attentions | {'model':'minilm','input':'S','heads':[-3]} | heads[0] | out_of_range | heads[0] is -3, it must be between -2 and 1",
        "/v1/attentions | {'model':'minilm','input':'S','layers':[0,-3]} | layers[1] | invalid_value | layers[1] is -3, which is there already",
        "/v1/attentions | {'model':'sentiment','input':'S'} | model | model_lacks_task | model 'sentiment' has no graph that gives attentions",
      })
  void encoderTasks(String route, String body, String param, String code, String message) {
    check(route, body, 400, param, code, message);
  }

  @Test
  void tooManyPairsFillsOrWindows() {
    String labels = String.join(",", Collections.nCopies(1_025, "'S'"));
    check(
        "/v1/zero-shot-classification",
        "{'model':'nli','input':['S','S'],'candidate_labels':[" + labels + "]}",
        400,
        "candidate_labels",
        "out_of_range",
        "2 texts with 1,025 labels are 2,050 pairs > 2,048");
    String masked = String.join(",", Collections.nCopies(101, "'[MASK]'"));
    check(
        "/v1/fill-mask",
        "{'model':'masker','top_k':100,'input':[" + masked + "]}",
        400,
        "top_k",
        "out_of_range",
        "101 masks with 100 candidates each > 10,000 in all");
    String words = String.join(" ", Collections.nCopies(258, "S"));
    check(
        "/v1/question-answering",
        "{'model':'reader','question':'S','context':['S','"
            + words
            + "'],"
            + "'max_seq_len':4,'doc_stride':1}",
        400,
        "context[1]",
        "out_of_range",
        "context[1]: 257 windows > 256");
  }

  /**
   * A text that stands beside many is sent with each: the body's limit alone does not bound that.
   */
  @Test
  void pairsThatAreTooLargeTogether() {
    String text = "S".repeat(1_000_000);
    String many = String.join(",", Collections.nCopies(33, "'a'"));
    for (String request :
        List.of(
            "/v1/score | {'model':'ranker','text_1':'%s','text_2':[%s]} | text_2",
            "/v1/rerank | {'model':'ranker','query':'%s','documents':[%s]} | documents",
            "/v1/zero-shot-classification | {'model':'nli','input':'%s','candidate_labels':[%s]} | input")) {
      String[] parts = request.split(" \\| ");
      HttpResponse<String> response =
          Http.post(base, parts[0], body(parts[1].formatted(text, many)));

      assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
      JsonNode error = Http.json(response.body()).path("error");
      assertThat(error.path("code").asText()).isEqualTo("batch_too_large");
      assertThat(error.path("param").asText()).isEqualTo(parts[2]);
      assertThat(error.path("message").asText())
          .matches(
              parts[2]
                  + ": texts of 33,000,[0-9]{3} bytes, counted as often as they are paired > 33,000,000");
    }
  }
}
