package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code config.json} of a decoder may leave out, and what it must not say. */
class DecoderConfigsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String LONG_ROPE =
      "'short_factor':[2,2,2,2,2,2,2,2],'long_factor':[4,4,4,4,4,4,4,4]";

  /** Four layers, two heads of 16. */
  private static final String LLAMA =
      "{'vocab_size':8,'hidden_size':32,'intermediate_size':48,'num_hidden_layers':4,"
          + "'num_attention_heads':2,'max_position_embeddings':128}";

  private static final String GPT2 =
      "{'vocab_size':8,'n_embd':32,'n_layer':4,'n_head':2,'n_positions':128}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "llama|'sliding_window':5|0 0 0 0",
        "mistral|'x':0|4096 4096 4096 4096",
        "mistral|'sliding_window':null|0 0 0 0",
        "mistral|'sliding_window':5|5 5 5 5",
        "phi3|'x':0|0 0 0 0",
        "phi3|'sliding_window':5|5 5 5 5",
        "qwen2|'sliding_window':5|0 0 0 0",
        "qwen2|'use_sliding_window':true,'sliding_window':5|0 0 0 0",
        "qwen2|'use_sliding_window':true,'max_window_layers':3|0 0 0 4096",
        "qwen3|'head_dim':16,'use_sliding_window':true,'sliding_window':5,'max_window_layers':0|5 5 5 5",
        "qwen3|'head_dim':16,'use_sliding_window':true,'sliding_window':5,'layer_types':"
            + "['full_attention','sliding_attention','full_attention','full_attention']|0 5 0 0",
        "gemma|'num_key_value_heads':1,'sliding_window':5|0 0 0 0",
        "gemma2|'num_key_value_heads':1,'sliding_window':5,'sliding_window_pattern':4|5 0 5 0",
        "gemma2|'num_key_value_heads':1,'sliding_window':5,'layer_types':null|5 0 5 0",
        "gemma2|'num_key_value_heads':1,'layer_types':"
            + "['full_attention','full_attention','sliding_attention','full_attention']|0 0 4096 0",
        "gemma3_text|'num_key_value_heads':1|4096 4096 4096 4096",
        "gemma3_text|'num_key_value_heads':1,'sliding_window':5,'sliding_window_pattern':3|5 5 0 5",
        "gemma3_text|'num_key_value_heads':1,'sliding_window':null,'sliding_window_pattern':1|0 0 0 0",
      })
  void windowsAreThoseOfTransformers(String type, String fields, String windows) {
    LlamaConfig config = (LlamaConfig) read(type, LLAMA, fields);

    assertThat(config.variant().attention().windows())
        .isEqualTo(List.of(windows.split(" ")).stream().map(Integer::valueOf).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'original_max_position_embeddings':64,'rope_scaling':{'type':'longrope',",
        "'original_max_position_embeddings':64,'rope_scaling':{'type':'su',",
        "'rope_parameters':{'rope_type':'longrope','original_max_position_embeddings':64,",
      })
  void longRopeTakesTheShortFactorsUpToTheOriginalContext(String fields) {
    LlamaConfig config = (LlamaConfig) read("phi3", LLAMA, fields + LONG_ROPE + "}");

    assertThat(config.contextLength()).isEqualTo(64);
    assertThat(config.rotary().frequencies()).startsWith(0.5f);
    // sqrt(1 + log(128 / 64) / log(64))
    assertThat(config.rotary().scale()).isEqualTo(1.0801234f);
  }

  @Test
  void longRopeScalesByItsFactorWhereItHasOne() {
    String fields =
        "'original_max_position_embeddings':64,'rope_scaling':{'type':'longrope','factor':4,";
    LlamaConfig config = (LlamaConfig) read("phi3", LLAMA, fields + LONG_ROPE + "}");

    // sqrt(1 + log(4) / log(64))
    assertThat(config.rotary().scale()).isEqualTo(1.1547005f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'rope_scaling':{'original_max_position_embeddings':64,",
        "'original_max_position_embeddings':64,'rope_scaling':{'original_max_position_embeddings':9,",
        "'max_position_embeddings':64,'rope_scaling':{",
      })
  void llama3ScalesFromTheOriginalContext(String fields) {
    String scaling = "'rope_type':'llama3','factor':8,'low_freq_factor':1,'high_freq_factor':4}";
    LlamaConfig config = (LlamaConfig) read("llama", LLAMA, fields + scaling);

    // Wavelengths below 64 / 4 stay, those above 64 are 8 times as long.
    assertThat(config.rotary().frequencies()).startsWith(1f).endsWith(3.952847e-5f);
    assertThat(config.rotary().frequencies().get(2)).isEqualTo(0.013042256f, Offset.offset(1e-8f));
  }

  /** The first frequencies behind 1 are those of transformers 5.24 with the same fields. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "llama|'rope_parameters':{'rope_theta':20},'rope_scaling':{'type':'linear','factor':2}|10000|2",
        "llama|'rope_theta':30,'rope_parameters':{'rope_theta':20},'rope_scaling':{'factor':2}|30|1",
        "llama|'rope_theta':30,'rope_parameters':{'rope_theta':20},'rope_scaling':{}|20|1",
        "llama|'rope_theta':30,'rope_parameters':{'rope_type':'default'}|30|1",
        "gpt_neox|'rotary_pct':1,'rotary_emb_base':30,'rope_scaling':{}|30|1",
        "gpt_neox|'rotary_pct':1,'rotary_emb_base':30,'rope_scaling':{'type':'linear','factor':4}|30|4",
        "gpt_neox|'rotary_pct':1,'rope_theta':30|10000|1",
      })
  void ropeScalingCountsBeforeRopeParameters(
      String type, String fields, double theta, double divisor) {
    RotaryEmbedding rotary =
        read(type, LLAMA, fields) instanceof LlamaConfig llama
            ? llama.rotary()
            : ((GptNeoXConfig) read(type, LLAMA, fields)).rotary();

    assertThat(rotary.frequencies().get(0)).isEqualTo((float) (1 / divisor));
    assertThat(rotary.frequencies().get(1))
        .isEqualTo((float) (Math.pow(theta, -2.0 / 16) / divisor), Offset.offset(1e-6f));
  }

  /** As the class in transformers has it; Phi-3 was made for 4,096. */
  @Test
  void longRopeOfPhi3BeginsAt4096WhereNothingSays() {
    String fields = "'max_position_embeddings':16384,'rope_scaling':{'type':'longrope',";
    LlamaConfig config = (LlamaConfig) read("phi3", LLAMA, fields + LONG_ROPE + "}");

    assertThat(config.contextLength()).isEqualTo(4_096);
    // sqrt(1 + log(16384 / 4096) / log(4096))
    assertThat(config.rotary().scale()).isEqualTo(1.0801234f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'original_max_position_embeddings':256,", ""})
  void theOriginalContextMayBeTheWholeOne(String original) {
    String fields = original + "'rope_scaling':{'type':'longrope'," + LONG_ROPE;
    LlamaConfig config = (LlamaConfig) read("phi3", LLAMA, fields + "}");

    assertThat(config.contextLength()).isEqualTo(128);
    assertThat(config.rotary().scale()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "phi3|'original_max_position_embeddings':64,'rope_scaling':{'type':'longrope'}|short_factor has 0 elements, it must have 8",
        "llama|'is_causal':false|is_causal is false, which is not supported",
        "phi3|'partial_rotary_factor':0.1|rotary part 0.1 of a head of 16 is 1 values",
        "qwen2|'use_sliding_window':true,'layer_types':['full_attention']"
            + "|layer_types has 1 elements for 4 layers",
        "qwen2|'use_sliding_window':true,'layer_types':"
            + "['full_attention','linear_attention','full_attention','full_attention']"
            + "|layer_types[1] 'linear_attention' is not supported",
        "mistral|'hidden_act':'gelu'|hidden_act 'gelu' is not supported; supported: [silu, swish]",
        "qwen3|'head_dim':24|the head size is 24, with rotary positions it must be a multiple of 16",
        "gpt_neox|'rope_scaling':{'type':'dynamic','factor':2}|rope type 'dynamic' is not supported",
        "gpt_neox|'rotary_pct':0.1|rotary part 0.1 of a head of 16 is 1 values",
        "llama|'partial_rotary_factor':0.5"
            + "|partial_rotary_factor is 0.5, which is not supported in llama models",
        "qwen2|'rope_parameters':{'rope_type':'default','partial_rotary_factor':0.25}"
            + "|partial_rotary_factor is 0.25, which is not supported in qwen2 models",
        "gemma|'partial_rotary_factor':0.5"
            + "|partial_rotary_factor is 0.5, which is not supported in gemma models",
        "gemma|'use_bidirectional_attention':true|use_bidirectional_attention is not supported",
        "gemma2|'hidden_activation':'mish'|hidden_activation 'mish' is not supported",
        "gemma2|'final_logit_softcapping':0|final_logit_softcapping is 0, it must be a number above 0",
        "gemma2|'sliding_window':null|sliding_window is null, but layer 0 has sliding_attention",
        "gemma3_text|'sliding_window_pattern':0|sliding_window_pattern is 0, it must lie in [1, ",
        "gemma3_text|'rope_parameters':{'rope_type':'default'}"
            + "|rope_parameters has rope_type, it must have full_attention and sliding_attention",
        "gemma3_text|'rope_scaling':{'rope_type':'yarn','factor':8}"
            + "|rope type 'yarn' is not supported; supported: default, linear, ",
        "gemma3_text|'query_pre_attn_scalar':0|query_pre_attn_scalar is 0",
        "gpt_neox|'hidden_act':'mish'|hidden_act 'mish' is not supported; supported: gelu",
      })
  void refuses(String type, String fields, String message) {
    assertThatThrownBy(() -> read(type, LLAMA, fields))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  /** As {@code GemmaConfig()}, {@code Gemma2Config()} and {@code Gemma3TextConfig()} have them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gemma|256000 8192 3072 24576 28 16 16 256|0|0|10000|10000",
        "gemma2|256000 8192 2304 9216 26 8 4 256|50|30|10000|10000",
        "gemma3_text|262208 131072 2304 9216 26 8 4 256|0|0|1000000|10000",
      })
  void gemmasMayLeaveAnythingOut(
      String type, String sizes, float cap, float logitCap, double base, double baseInWindows) {
    LlamaConfig config = (LlamaConfig) read(type, "{}", "");

    assertThat(
            List.of(
                config.vocabularySize(),
                config.contextLength(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.layers(),
                config.heads(),
                config.kvHeads(),
                config.headSize()))
        .isEqualTo(List.of(sizes.split(" ")).stream().map(Integer::valueOf).toList());
    assertThat(config.normEpsilon()).isEqualTo(1e-6f);
    assertThat(config.tiedHead()).isTrue();
    LlamaConfig.Variant variant = config.variant();
    assertThat(variant.biases()).isEqualTo(LlamaConfig.Biases.NONE);
    assertThat(variant.activation()).isEqualTo(Activation.GELU_TANH);
    assertThat(variant.embeddingScale()).isEqualTo((float) Math.sqrt(config.hiddenSize()));
    assertThat(variant.normalizesOutputs()).isEqualTo(!type.equals("gemma"));
    assertThat(variant.logitCap()).isEqualTo(logitCap);
    assertThat(variant.attention().cap()).isEqualTo(cap);
    assertThat(variant.attention().scale()).isEqualTo(1 / 16f);
    assertThat(variant.attention().normalizesHeads()).isEqualTo(type.equals("gemma3_text"));
    assertThat(config.rotary()).isEqualTo(rotary(base, 1));
    assertThat(variant.attention().rotaryInWindows()).isEqualTo(rotary(baseInWindows, 1));
  }

  /** Fields of transformers 4 and 5; what scales the positions is not for layers with a window. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'rope_theta':500,'rope_local_base_freq':20,'rope_scaling':{'rope_type':'linear','factor':8}"
            + "|500|8|20",
        "'rope_theta':500,'rope_scaling':{'type':'linear','factor':8}|500|8|10000",
        "'rope_parameters':{'full_attention':{'rope_type':'linear','factor':8,'rope_theta':500},"
            + "'sliding_attention':{'rope_type':'default','rope_theta':20}}|500|8|20",
        "'rope_parameters':{'full_attention':null},'rope_local_base_freq':20|1000000|1|20",
        "'rope_parameters':null,'rope_scaling':null|1000000|1|10000",
      })
  void gemma3HasPositionsOfTwoKinds(String fields, double base, float factor, double inWindows) {
    LlamaConfig config = (LlamaConfig) read("gemma3_text", "{}", fields);

    assertThat(config.rotary()).isEqualTo(rotary(base, factor));
    assertThat(config.variant().attention().rotaryInWindows()).isEqualTo(rotary(inWindows, 1));
    assertThat(config.contextLength()).isEqualTo(131_072);
  }

  /** Of heads of 256. */
  private static RotaryEmbedding rotary(double base, float factor) {
    float[] frequencies = Rotary.frequencies(base, 256);
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] /= factor;
    }
    return new RotaryEmbedding(256, Floats.asList(frequencies), 1);
  }

  @Test
  void nullTakesGemmasLimitsAway() {
    String fields = "'attn_logit_softcapping':null,'final_logit_softcapping':null";
    LlamaConfig config = (LlamaConfig) read("gemma2", "{}", fields);

    assertThat(config.variant().attention().cap()).isZero();
    assertThat(config.variant().logitCap()).isZero();
  }

  /** transformers hands it to Gemma 2's attention only. */
  @Test
  void gemma3DoesNotCapScores() {
    LlamaConfig config = (LlamaConfig) read("gemma3_text", "{}", "'attn_logit_softcapping':50");

    assertThat(config.variant().attention().cap()).isZero();
  }

  /** The first configurations of Gemma mean the approximation; those of later ones say it. */
  @Test
  void geluOfTheFirstGemmaIsApproximated() {
    LlamaConfig first = (LlamaConfig) read("gemma", "{}", "'hidden_act':'gelu'");
    LlamaConfig second = (LlamaConfig) read("gemma2", "{}", "'hidden_activation':'gelu'");

    assertThat(first.variant().activation()).isEqualTo(Activation.GELU_TANH);
    assertThat(second.variant().activation()).isEqualTo(Activation.GELU);
  }

  @Test
  void aHeadOfGpt2IsAMultipleOfEight() {
    assertThat(read("gpt2", GPT2, "'n_head':4").headSize()).isEqualTo(8);
    assertThatThrownBy(() -> read("gpt2", GPT2, "'n_head':8"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("hidden size 32 in 8 heads: a head's size must be a multiple of 8");
  }

  private static Architecture read(String type, String base, String fields) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(base.replace('\'', '"'));
      json.setAll((ObjectNode) JSON.readTree("{" + fields.replace('\'', '"') + "}"));
      return HuggingFaceConfig.read(json.put("model_type", type), 0, Set.of());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(fields, e);
    }
  }
}
