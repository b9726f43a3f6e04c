package io.weft.gateway.error;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every bad request: its status, and an error that names the field, the limit and the value. */
@QuarkusTest
class BadRequestTest extends RefusalTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        // body (M is a valid messages field) | param | code | message
        "{'messages':[]}                 | model    | missing_required_parameter | model is required",
        "{'model':'smol'}                | messages | missing_required_parameter | messages is required",
        "{'model':'smol','messages':[]}  | messages | out_of_range | messages has 0 entries, at least 1 is needed",
        "{'model':'smol','messages':'S'} | messages | invalid_type | messages must be a list, not a string",
        "{'model':'smol','messages':['S']} | messages[0] | invalid_type | messages[0] must be an object, not a string",
        "{'model':'smol','messages':[{'content':'S'}]} | messages[0].role | missing_required_parameter | messages[0].role is required",
        "{'model':'smol','messages':[{'role':'user'}]} | messages[0].content | missing_required_parameter | messages[0].content is required",
        "{'model':'smol','messages':[{'role':'S','content':'S'}]} | messages[0].role | invalid_value | messages[0].role must be one of: system, developer, user, assistant, tool",
        "{'model':'smol','messages':[{'role':'tool','content':'S'}]} | messages[0].tool_call_id | missing_required_parameter | messages[0].tool_call_id is required",
        "{'model':'smol','messages':[{'role':'function','content':'S'}]} | messages[0].role | unsupported_parameter | messages[0].role is 'function', only 'tool' is supported",
        "{'model':'smol','messages':[{'role':'user','content':7}]} | messages[0].content | invalid_type | messages[0].content must be a string or a list of parts, not a number",
        "{'model':'smol','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'S'}}]}]} | messages[0].content[0].type | unsupported_parameter | messages[0].content[0].type is 'image_url', only 'text' is supported",
        "{'model':'smol','messages':[{'role':'user','content':[{'type':'my S text'}]}]} | messages[0].content[0].type | unsupported_parameter | messages[0].content[0].type is '...', only 'text' is supported",
        "{'model':'smol','messages':[{'role':'user','content':[{'type':'text'}]}]} | messages[0].content[0].text | missing_required_parameter | messages[0].content[0].text is required",
        "{'model':'smol','messages':[{'role':'user','content':'S\\ud800'}]} | messages[0].content | invalid_value | messages[0].content holds half of a UTF-16 surrogate pair",
        "{'model':'smol','messages':[{'role':'assistant','content':'S','tool_calls':[{}]}]} | messages[0].tool_calls[0].id | missing_required_parameter | messages[0].tool_calls[0].id is required",
        "{'model':'smol','messages':[{'role':'user','content':'S','tool_calls':[{'id':'S','function':{'name':'f','arguments':''}}]}]} | messages[0].tool_calls | invalid_value | messages[0].tool_calls: only an assistant makes calls",
        "{'model':'smol','messages':[{'role':'assistant','tool_calls':[{'id':'S','function':{'name':'f','arguments':'S{'}}]}]} | messages[0].tool_calls[0].function.arguments | invalid_value | messages[0].tool_calls[0].function.arguments is not valid JSON, or says a key twice",
        "{'model':'smol','messages':[{'role':'assistant','tool_calls':[{'id':'S','function':{'name':'f','arguments':'[]'}}]}]} | messages[0].tool_calls[0].function.arguments | invalid_value | messages[0].tool_calls[0].function.arguments must be a JSON object",
        "{'model':'smol','messages':[{'role':'assistant','tool_calls':[{'id':'S','type':'custom','function':{'name':'f','arguments':''}}]}]} | messages[0].tool_calls[0].type | unsupported_parameter | messages[0].tool_calls[0].type is 'custom', only 'function' is supported",
        "{'model':7,M}                   | model       | invalid_type | model must be a string, not a number",
        "{'model':'',M}                  | model       | out_of_range | model has 0 characters, it must have between 1 and 256",
        "{'model':'smol',M,'temperature':2.5}   | temperature | out_of_range | temperature is 2.5, it must be between 0 and 2",
        "{'model':'smol',M,'temperature':'hot S'} | temperature | invalid_type | temperature must be a number, not a string",
        "{'model':'smol',M,'top_p':0}    | top_p       | out_of_range | top_p is 0, it must be above 0 and at most 1",
        "{'model':'smol',M,'top_k':-2}   | top_k       | out_of_range | top_k is -2, it must be at least -1",
        "{'model':'smol',M,'min_p':1.5}  | min_p       | out_of_range | min_p is 1.5, it must be between 0 and 1",
        "{'model':'smol',M,'presence_penalty':3} | presence_penalty | out_of_range | presence_penalty is 3, it must be between -2 and 2",
        "{'model':'smol',M,'frequency_penalty':-2.5} | frequency_penalty | out_of_range | frequency_penalty is -2.5, it must be between -2 and 2",
        "{'model':'smol',M,'typical_p':0} | typical_p | out_of_range | typical_p is 0, it must be above 0 and at most 1",
        "{'model':'smol',M,'typical_p':1.25} | typical_p | out_of_range | typical_p is 1.25, it must be above 0 and at most 1",
        "{'model':'smol',M,'repetition_penalty':0} | repetition_penalty | out_of_range | repetition_penalty is 0, it must be above 0 and at most 10",
        "{'model':'smol',M,'repetition_penalty':10.5} | repetition_penalty | out_of_range | repetition_penalty is 10.5, it must be above 0 and at most 10",
        "{'model':'smol',M,'no_repeat_ngram_size':65} | no_repeat_ngram_size | out_of_range | no_repeat_ngram_size is 65, it must be between 0 and 64",
        "{'model':'smol',M,'no_repeat_ngram_size':-1} | no_repeat_ngram_size | out_of_range | no_repeat_ngram_size is -1, it must be between 0 and 64",
        "{'model':'smol',M,'best_of':17} | best_of | out_of_range | best_of is 17, it must be between 1 and 16",
        "{'model':'smol',M,'n':3,'best_of':2} | best_of | out_of_range | best_of is 2 < n, 3",
        "{'model':'smol',M,'stream':true,'best_of':2} | best_of | invalid_value | best_of is 2 > n, 1: this cannot be streamed",
        "{'model':'smol',M,'num_beams':17} | num_beams | out_of_range | num_beams is 17, it must be between 1 and 16",
        "{'model':'smol',M,'num_beams':0} | num_beams | out_of_range | num_beams is 0, it must be between 1 and 16",
        "{'model':'smol',M,'num_beams':2,'logprobs':true} | logprobs | invalid_value | logprobs and num_beams exclude each other",
        "{'model':'smol',M,'num_beams':2,'prompt_logprobs':1} | prompt_logprobs | invalid_value | prompt_logprobs and num_beams exclude each other",
        "{'model':'smol',M,'stream':true,'prompt_logprobs':1} | prompt_logprobs | invalid_value | prompt_logprobs and stream exclude each other",
        "{'model':'smol',M,'prompt_logprobs':21} | prompt_logprobs | out_of_range | prompt_logprobs is 21, it must be between 0 and 20",
        "{'model':'smol',M,'num_beams':2,'n':3} | n | out_of_range | n is 3 > num_beams, 2",
        "{'model':'smol',M,'num_beams':2,'length_penalty':5.5} | length_penalty | out_of_range | length_penalty is 5.5, it must be between -5 and 5",
        "{'model':'smol',M,'num_beams':2,'early_stopping':'S'} | early_stopping | invalid_value | early_stopping must be true, false or 'never'",
        "{'model':'smol',M,'num_beams':2,'early_stopping':1} | early_stopping | invalid_type | early_stopping must be true or false, not a number",
        "{'model':'smol',M,'length_penalty':2} | length_penalty | invalid_value | length_penalty needs num_beams of at least 2",
        "{'model':'smol',M,'num_beams':1,'early_stopping':true} | early_stopping | invalid_value | early_stopping needs num_beams of at least 2",
        "{'model':'smol',M,'use_beam_search':true} | use_beam_search | unsupported_parameter | use_beam_search is not supported, num_beams is",
        "{'model':'smol',M,'skip_special_tokens':0} | skip_special_tokens | invalid_type | skip_special_tokens must be true or false, not a number",
        "{'model':'smol',M,'max_tokens':-5} | max_tokens | out_of_range | max_tokens is -5, it must be at least 1",
        "{'model':'smol',M,'max_tokens':0}  | max_tokens | out_of_range | max_tokens is 0, it must be at least 1",
        "{'model':'smol',M,'max_tokens':1.5} | max_tokens | invalid_type | max_tokens must be a whole number, not a fraction",
        "{'model':'smol',M,'max_tokens':65} | max_tokens | out_of_range | max_tokens is 65 > 64, the model's context",
        "{'model':'smol',M,'max_tokens':99999999999999999999} | max_tokens | out_of_range | max_tokens is 1.0E20, it must be between 1 and 2,147,483,647",
        "{'model':'smol',M,'max_completion_tokens':0} | max_completion_tokens | out_of_range | max_completion_tokens is 0, it must be at least 1",
        "{'model':'smol',M,'max_tokens':3,'max_completion_tokens':4} | max_completion_tokens | invalid_value | max_tokens and max_completion_tokens exclude each other",
        "{'model':'smol',M,'max_tokens':3,'min_tokens':4} | min_tokens | out_of_range | min_tokens is 4 > max_tokens, 3",
        "{'model':'smol',M,'n':17}       | n           | out_of_range | n is 17, it must be between 1 and 16",
        "{'model':'smol',M,'n':0}        | n           | out_of_range | n is 0, it must be between 1 and 16",
        "{'model':'smol',M,'stop':''}    | stop        | out_of_range | stop has 0 bytes, it must have between 1 and 1,024",
        "{'model':'smol',M,'stop':['S',1]} | stop[1]   | invalid_type | stop[1] must be a string, not a number",
        "{'model':'smol',M,'stop':{}}    | stop        | invalid_type | stop must be a string or a list of strings, not an object",
        "{'model':'smol',M,'stop':['a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a']} | stop | out_of_range | stop has more than 16 entries",
        "{'model':'smol',M,'seed':1e30}  | seed        | out_of_range | seed is 1.0E30, it must be between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807",
        "{'model':'smol',M,'logit_bias':{'S':1}} | logit_bias | invalid_value | the keys of logit_bias must be token ids",
        "{'model':'smol',M,'logit_bias':{'5':101}} | logit_bias.5 | out_of_range | logit_bias.5 is 101, it must be between -100 and 100",
        "{'model':'smol',M,'logprobs':1} | logprobs    | invalid_type | logprobs must be true or false, not a number",
        "{'model':'smol',M,'top_logprobs':2} | top_logprobs | invalid_value | top_logprobs needs logprobs to be true",
        "{'model':'smol',M,'logprobs':true,'top_logprobs':21} | top_logprobs | out_of_range | top_logprobs is 21, it must be between 0 and 20",
        "{'model':'smol',M,'stream':'S'} | stream      | invalid_type | stream must be true or false, not a string",
        "{'model':'smol',M,'stream_options':{'include_usage':true}} | stream_options | invalid_value | stream_options needs stream to be true",
        "{'model':'smol',M,'tools':[{'type':'function'}]} | tools[0].function | missing_required_parameter | tools[0].function is required",
        "{'model':'smol',M,'tools':[{'type':'custom'}]} | tools[0].type | unsupported_parameter | tools[0].type is 'custom', only 'function' is supported",
        "{'model':'smol',M,'tools':['S']} | tools[0] | invalid_type | tools[0] must be an object, not a string",
        "{'model':'smol',M,'tools':[{'type':'function','function':{'name':'S S'}}]} | tools[0].function.name | invalid_value | tools[0].function.name must have 1 to 64 characters, each a letter, a digit, '_' or '-'",
        "{'model':'smol',M,'tools':[{'type':'function','function':{'name':'f','parameters':7}}]} | tools[0].function.parameters | invalid_type | tools[0].function.parameters must be an object, not a number",
        "{'model':'smol',M,'tools':[{'type':'function','function':{'name':'f','parameters':{'type':'S'}}}]} | tools[0].function.parameters.type | invalid_value | tools[0].function.parameters.type must be 'object'",
        "{'model':'smol',M,'tools':[{'type':'function','function':{'name':'f','strict':1}}]} | tools[0].function.strict | invalid_type | tools[0].function.strict must be true or false, not a number",
        "{'model':'smol',M,'tools':[{'type':'function','function':{'name':'f'}},{'type':'function','function':{'name':'f'}}]} | tools | invalid_value | tools[1] has the name of a tool before it",
        "{'model':'smol',M,'tool_choice':'required'} | tool_choice | invalid_value | tool_choice needs tools",
        "{'model':'smol',M,'tool_choice':'S'} | tool_choice | invalid_value | tool_choice must be one of: none, auto, required, or name a function",
        "{'model':'smol',M,'tool_choice':{'type':'function','function':{'name':'g'}},'tools':[{'type':'function','function':{'name':'f'}}]} | tool_choice | invalid_value | tool_choice names a function that is not among tools",
        "{'model':'smol',M,'tool_choice':{'type':'allowed_tools'}} | tool_choice.type | unsupported_parameter | tool_choice.type is 'allowed_tools', only 'function' is supported",
        "{'model':'smol',M,'parallel_tool_calls':1} | parallel_tool_calls | invalid_type | parallel_tool_calls must be true or false, not a number",
        "{'model':'smol',M,'guided_json':{},'tools':[{'type':'function','function':{'name':'f'}}]} | guided_json | invalid_value | guided_json and tools exclude each other unless tool_choice is 'none'",
        "{'model':'smol',M,'functions':[{}]} | functions | unsupported_parameter | functions is not supported",
        "{'model':'smol',M,'response_format':{'type':'grammar'}} | response_format.type | unsupported_parameter | response_format.type is supported only as: text, json_object, json_schema",
        "{'model':'smol',M,'response_format':{}} | response_format.type | missing_required_parameter | response_format.type is required",
        "{'model':'smol',M,'response_format':'S'} | response_format | invalid_type | response_format must be an object, not a string",
        "{'model':'smol',M,'response_format':{'type':'json_schema'}} | response_format.json_schema.schema | missing_required_parameter | response_format.json_schema.schema is required",
        "{'model':'smol',M,'response_format':{'type':'json_schema','json_schema':{'strict':1}}} | response_format.json_schema.strict | invalid_type | response_format.json_schema.strict must be true or false, not a number",
        "{'model':'smol',M,'guided_regex':'S','guided_json':{}} | guided_json | invalid_value | guided_regex and guided_json exclude each other",
        "{'model':'smol',M,'structured_outputs':{'regex':'S','choice':['S']}} | structured_outputs | invalid_value | structured_outputs and structured_outputs exclude each other",
        "{'model':'smol',M,'structured_outputs':{'grammar':'S'}} | structured_outputs | unsupported_parameter | structured_outputs.grammar is not supported; json, json_object, regex and choice are",
        "{'model':'smol',M,'structured_outputs':{'regex':7}} | structured_outputs.regex | invalid_type | structured_outputs.regex must be a string, not a number",
        "{'model':'smol',M,'guided_choice':'S'} | guided_choice | invalid_type | guided_choice must be a list, not a string",
        "{'model':'smol',M,'guided_json':{'const':'S\\ud800'}} | guided_json | invalid_value | guided_json holds half of a UTF-16 surrogate pair",
        "{'model':'smol',M,'guided_grammar':'S'} | guided_grammar | unsupported_parameter | guided_grammar is not supported",
        "{'model':'minilm',M}            | model       | model_lacks_task | model 'minilm' cannot generate; it can: embed",
      })
  void chat(String body, String param, String code, String message) {
    check(
        "/v1/chat/completions",
        body.replace("M", "'messages':[{'role':'user','content':'S'}]"),
        400,
        param,
        code,
        message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'model':'smol'}                    | prompt    | missing_required_parameter | prompt is required",
        "{'model':'smol','prompt':''}        | prompt    | out_of_range | prompt has 0 characters, at least 1 is needed",
        "{'model':'smol','prompt':[]}        | prompt    | out_of_range | prompt has 0 entries, at least 1 is needed",
        "{'model':'smol','prompt':['S','']}  | prompt[1] | out_of_range | prompt[1] has 0 characters, at least 1 is needed",
        "{'model':'smol','prompt':[[]]}      | prompt[0] | out_of_range | prompt[0] has 0 token ids, at least 1 is needed",
        "{'model':'smol','prompt':[1,'S']}   | prompt[1] | invalid_type | prompt[1] must be of the same kind as the entries before it, not a string",
        "{'model':'smol','prompt':['S',[1]]} | prompt[1] | invalid_type | prompt[1] must be of the same kind as the entries before it, not a list",
        "{'model':'smol','prompt':[true]}    | prompt[0] | invalid_type | prompt[0] must be a string, a token id or a list of token ids, not true or false",
        "{'model':'smol','prompt':[-1]}      | prompt[0] | out_of_range | prompt[0] is -1, it must be at least 0",
        "{'model':'smol','prompt':{}}        | prompt    | invalid_type | prompt must be a string, a list of strings or lists of token ids, not an object",
        "{'model':'smol','prompt':'S','max_tokens':0} | max_tokens | out_of_range | max_tokens is 0, it must be at least 1 unless echo is true",
        "{'model':'smol','prompt':'S','suffix':'S'} | suffix | unsupported_parameter | suffix is not supported",
        "{'model':'smol','prompt':'S','stream':true,'best_of':2} | best_of | invalid_value | best_of is 2 > n, 1: this cannot be streamed",
        "{'model':'smol','prompt':'S','logprobs':21} | logprobs | out_of_range | logprobs is 21, it must be between 0 and 20",
        "{'model':'smol','prompt':'unencodable'}    | prompt | text_too_long | prompt: 1,048,577 bytes > 1,048,576",
        "{'model':'smol','prompt':['S','unencodable']} | prompt[1] | text_too_long | prompt[1]: 1,048,577 bytes > 1,048,576",
      })
  void completions(String body, String param, String code, String message) {
    check("/v1/completions", body, 400, param, code, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'input':'S'}                   | model    | missing_required_parameter | model is required",
        "{'model':'minilm'}              | input    | missing_required_parameter | input is required",
        "{'model':'minilm','input':''}   | input    | out_of_range | input has 0 characters, at least 1 is needed",
        "{'model':'minilm','input':'S','dimensions':0} | dimensions | out_of_range | dimensions is 0, it must be at least 1",
        "{'model':'minilm','input':'S','encoding_format':'S'} | encoding_format | invalid_value | encoding_format must be one of: float, base64",
        "{'model':'minilm','input':['S','1 2 3 4 5 6 7 8 9']} | input[1] | context_length_exceeded | input[1]: 9 tokens > 8, the model's context",
        "{'model':'minilm','input':[[1],[666]]} | input[1] | token_out_of_range | input[1]: token id 666 >= vocabulary size, 600",
        "{'model':'minilm','input':[[1],[999]]} | input[1] | item_failed | input[1]: the model's output is not finite",
        "{'model':'minilm','input':'S','output_dtype':'S'} | output_dtype | invalid_value | output_dtype must be one of: float, int8, binary, ubinary",
        "{'model':'minilm','input':'S','pooling':'S'} | pooling | invalid_value | pooling must be one of: cls, mean, max, last_token, weighted_mean",
        "{'model':'smol','input':'S'}    | model    | model_lacks_task | model 'smol' cannot embed; it can: generate",
      })
  void embeddings(String body, String param, String code, String message) {
    check("/v1/embeddings", body, 400, param, code, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      emptyValue = "",
      value = {
        "''            | the request has no body, it must be a JSON object",
        "[1]           | the body must be an object, not a list",
        "'S'           | the body is not valid JSON: error at line 1, column 1",
        "{'model':S}   | the body is not valid JSON: error at line 1, column 10",
        "{'model':'S   | the body is not valid JSON: error at line 1, column 22",
        "{'model':'a'} S | the body is not valid JSON: error at line 1, column 15",
        "{'model':'a'} {} | the body goes on after its JSON object",
      })
  void malformed(String body, String message) {
    String sent = body.equals("''") ? "" : body.replace("'S'", "S");
    JsonNode error = check("/v1/chat/completions", sent, 400, null, null, message);
    assertThat(error.path("code").asText()).isIn("invalid_json", "invalid_type");
  }

  @Test
  void tooManyInputs() {
    String inputs = String.join(",", Collections.nCopies(2_049, "'S'"));

    check(
        "/v1/embeddings",
        "{'model':'minilm','input':[" + inputs + "]}",
        400,
        "input",
        "out_of_range",
        "input has more than 2,048 entries");
  }

  @Test
  void promptLongerThanTheContext() {
    String words = String.join(" ", Collections.nCopies(64, "S"));

    check(
        "/v1/chat/completions",
        "{'model':'smol','messages':[{'role':'user','content':'" + words + "'}]}",
        400,
        "messages",
        "context_length_exceeded",
        "prompt of 64 tokens > 63, the model's context less one token to generate");
    check(
        "/v1/completions",
        "{'model':'smol','stream':true,'prompt':['S','" + words + "']}",
        400,
        "prompt",
        "context_length_exceeded",
        "prompt of 64 tokens > 63, the model's context less one token to generate");
  }

  /** An encoder's input may fill the context; the output has its own. */
  @Test
  void promptLongerThanTheContextOfAnEncoderDecoder() {
    String words = String.join(" ", Collections.nCopies(64, "S"));

    assertThat(
            Http.post(base, "/v1/completions", body("{'model':'t5','prompt':'" + words + "'}"))
                .statusCode())
        .isEqualTo(200);
    check(
        "/v1/completions",
        "{'model':'t5','prompt':'" + words + " S'}",
        400,
        "prompt",
        "context_length_exceeded",
        "prompt of 65 tokens > 64, the model's context");
  }

  @Test
  void chatWithAModelThatHasNoTemplate() {
    check(
        "/v1/chat/completions",
        "{'model':'t5','messages':[{'role':'user','content':'S'}]}",
        400,
        "model",
        "no_chat_template",
        "model 't5' has no chat template");
  }

  @Test
  void nestedTooDeep() {
    check(
        "/v1/completions",
        "{'x':" + "[".repeat(5_000) + "'S'" + "]".repeat(5_000) + "}",
        400,
        null,
        "invalid_json",
        "the body is nested too deep or holds a number that is too long");
  }

  @Test
  void unknownModels() {
    String message = "model 'gpt-9' is not loaded; loaded: ";

    check(
        "/v1/chat/completions",
        "{'model':'gpt-9','stream':true,'messages':[{'role':'user','content':'S'}]}",
        404,
        "model",
        "model_not_found",
        message + "smol, t5");
    check(
        "/v1/embeddings",
        "{'model':'gpt-9','input':'S'}",
        404,
        "model",
        "model_not_found",
        message + "minilm");
  }
}
