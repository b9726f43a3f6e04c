package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelManifest.PoolingSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceCheckpointTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path temp;
  private Path llama;
  private Path bert;

  @BeforeEach
  void copyCheckpoints() {
    llama = TinyCheckpoints.llama(temp);
    bert = TinyCheckpoints.bert(temp);
  }

  @Test
  void readsTheShapeOfALlama() {
    try (Checkpoint checkpoint = Checkpoint.open(llama)) {
      LlamaConfig config = (LlamaConfig) checkpoint.architecture();

      assertThat(config.vocabularySize()).isEqualTo(320);
      assertThat(config.contextLength()).isEqualTo(256);
      assertThat(config.headSize()).isEqualTo(16);
      assertThat(config.kvHeads()).isEqualTo(2);
      assertThat(config.tiedHead()).isTrue();
      assertThat(config.rotary().frequencies()).hasSize(8).startsWith(1f);
      assertThat(checkpoint.pooling()).isNull();
      assertThat(checkpoint.tokenizer().tokens().eos()).containsExactly(2);
      assertThat(checkpoint.tokenizer().chatTemplate()).contains("<|im_start|>");
    }
  }

  @Test
  void readsTheShapeOfASentenceEncoder() {
    try (Checkpoint checkpoint = Checkpoint.open(bert)) {
      assertThat(checkpoint.architecture().contextLength()).isEqualTo(64);
      assertThat(((BertConfig) checkpoint.architecture()).positions()).isEqualTo(80);
      assertThat(checkpoint.pooling()).isEqualTo(new PoolingSpec("mean", true));
      assertThat(checkpoint.tokenizer().chatTemplate()).isNull();
    }
  }

  /** As in transformers, whose templates get the tokens of the tokenizer. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      nullValues = "-",
      value = {
        "'x':0;[2,1];2,1;0",
        "'eos_token':'<|im_start|>';[2,1,0];1,2,0;0",
        "'eos_token':{'content':'<|im_start|>'},'bos_token':'<|im_end|>';[2];1,2;2",
        "'bos_token':null;2;2;-",
        "'bos_token':'no such token';2;2;0",
      })
  void specialTokensAreThoseOfTheTokenizer(
      String settings, String configured, String ends, @Nullable Integer bos) throws IOException {
    Files.writeString(
        llama.resolve("tokenizer_config.json"),
        "{'tokenizer_class':'PreTrainedTokenizerFast',%s}".formatted(settings).replace('\'', '"'));
    Files.writeString(
        llama.resolve("generation_config.json"), "{\"eos_token_id\":" + configured + "}");
    Files.writeString(llama.resolve("chat_template.jinja"), "{{ bos_token }}");
    Files.deleteIfExists(llama.resolve("special_tokens_map.json"));
    edit("config.json", json -> json.put("bos_token_id", 0));
    try (Checkpoint checkpoint = Checkpoint.open(llama)) {
      assertThat(checkpoint.tokenizer().tokens().eos())
          .isEqualTo(Stream.of(ends.split(",")).map(Integer::valueOf).toList());
      assertThat(checkpoint.tokenizer().tokens().bos()).isEqualTo(bos);
    }
  }

  @Test
  void refusesAPoolingThatIsNamedButMissing() throws IOException {
    Files.delete(bert.resolve("1_Pooling/config.json"));
    assertThatThrownBy(() -> Checkpoint.open(bert))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("modules.json names the module 1_Pooling, but ")
        .hasMessageEndingWith("1_Pooling/config.json is missing");
  }

  @Test
  void anEncoderWithoutSentenceFilesIsMeanPooledAndNotNormalised() throws IOException {
    for (String file : new String[] {"modules.json", "sentence_bert_config.json"}) {
      Files.delete(bert.resolve(file));
    }
    Files.delete(bert.resolve("1_Pooling/config.json"));
    try (Checkpoint checkpoint = Checkpoint.open(bert)) {
      assertThat(checkpoint.architecture().contextLength()).isEqualTo(80);
      assertThat(checkpoint.pooling()).isEqualTo(new PoolingSpec("mean", false));
    }
  }

  @Test
  void theTokenizerNeitherTruncatesNorPadsAnyMore() throws IOException {
    Path written = temp.resolve("written.json");
    try (Checkpoint checkpoint = Checkpoint.open(bert)) {
      checkpoint.tokenizer().writer().write(written);
    }
    JsonNode before = JSON.readTree(bert.resolve("tokenizer.json").toFile());
    JsonNode after = JSON.readTree(written.toFile());
    assertThat(before.path("truncation").isObject()).isTrue();
    assertThat(after.path("truncation").isNull()).isTrue();
    assertThat(after.path("padding").isNull()).isTrue();
    assertThat(after.path("model")).isEqualTo(before.path("model"));
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.builder()
            .optTokenizerPath(written)
            .optTruncation(false)
            .optPadding(false)
            .build()) {
      for (TinyCheckpoints.Text golden : TinyCheckpoints.bertGoldens()) {
        assertThat(tokenizer.encode(golden.text()).getIds())
            .containsExactly(golden.ids().stream().mapToLong(i -> i).toArray());
      }
    }
  }

  @Test
  void findsTheTemplateInTheOlderPlaces() throws IOException {
    Files.delete(llama.resolve("chat_template.jinja"));
    edit("tokenizer_config.json", json -> json.put("chat_template", "old"));
    assertThat(template()).isEqualTo("old");
    edit(
        "tokenizer_config.json",
        json ->
            json.putArray("chat_template")
                .add(JSON.createObjectNode().put("name", "tools").put("template", "t"))
                .add(JSON.createObjectNode().put("name", "default").put("template", "d")));
    assertThat(template()).isEqualTo("d");
    Files.writeString(llama.resolve("chat_template.json"), "{\"chat_template\": \"processor\"}");
    assertThat(template()).isEqualTo("d");
    edit("tokenizer_config.json", json -> json.remove("chat_template"));
    assertThat(template()).isEqualTo("processor");
  }

  @Test
  void readsShards() throws IOException {
    Files.move(
        llama.resolve("model.safetensors"), llama.resolve("model-00001-of-00001.safetensors"));
    index("model-00001-of-00001.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(llama)) {
      assertThat(checkpoint.find("model.norm.weight")).isNotNull();
      assertThat(checkpoint.weightFiles()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../tiny-bert/model.safetensors", "/etc/passwd", "a/b.safetensors", ""})
  void refusesShardsOutsideTheFolder(String name) throws IOException {
    Files.delete(llama.resolve("model.safetensors"));
    index(name);
    refuses(llama, "names the file '" + name + "', which is refused");
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    Files.delete(llama.resolve("model.safetensors"));
    refuses(llama, "has neither model.safetensors nor model.safetensors.index.json");
    index("model-1.safetensors");
    refuses(llama, "names the file model-1.safetensors, which is missing");
    Files.delete(bert.resolve("tokenizer.json"));
    refuses(bert, "has no tokenizer.json");
    Files.delete(bert.resolve("config.json"));
    refuses(bert, "has no config.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type|\"mamba\"|model_type 'mamba' is not supported; supported: bert, ",
        "hidden_act|\"relu\"|hidden_act 'relu' is not supported; supported: [silu, swish]",
        "num_hidden_layers|2000|num_hidden_layers is 2,000, it must lie in [1, 1,024]",
        "num_hidden_layers|0|num_hidden_layers is 0",
        "num_hidden_layers|1e3|num_hidden_layers is no integer",
        "num_hidden_layers|99999999999999999999|num_hidden_layers is no integer",
        "num_hidden_layers|null|config.json has no num_hidden_layers",
        "num_key_value_heads|3|4 attention heads are no multiple of 3 key/value heads",
        "head_dim|20|the head size is 20, with rotary positions it must be a multiple of 16",
        "rms_norm_eps|-1|rms_norm_eps is -1, it must be a number above 0",
        "rms_norm_eps|1e999|rms_norm_eps is",
        "rms_norm_eps|NaN|cannot read",
        "model_type|3|config.json: model_type is no text",
        "tie_word_embeddings|\"yes\"|tie_word_embeddings is neither true nor false",
        "rope_scaling|\"linear\"|config.json: rope_scaling is no object",
        "quantization_config|{\"quant_method\":\"gptq\"}|quantization_config 'gptq' is not supported",
        "num_local_experts|8|num_local_experts is not supported",
        "add_cross_attention|true|add_cross_attention is not supported",
        "pruned_heads|{\"1\":[0]}|pruned_heads is not supported",
        "rope_scaling|{\"rope_type\":\"llama3\",\"low_freq_factor\":4,\"high_freq_factor\":4}|high_freq_factor is 4.0, it must be above",
        "rope_theta|\"x\"|rope_theta is \"x\", it must be a number above 0",
        "rope_scaling|{\"rope_type\":\"yarn\"}|rope type 'yarn' is not supported",
        "bos_token_id|320|bos_token_id is 320, it must lie in [0, 320)",
      })
  void refusesConfigurations(String field, String value, String message) throws IOException {
    Path file = llama.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.remove(field);
    String text = config.toString();
    Files.writeString(file, "{\"" + field + "\":" + value + "," + text.substring(1));
    refuses(llama, message);
  }

  @Test
  void scalesRotaryFrequenciesAsLlama3Does() throws IOException {
    edit(
        "config.json",
        json -> {
          ObjectNode scaling = json.putObject("rope_scaling");
          scaling.put("rope_type", "llama3").put("factor", 8.0).put("low_freq_factor", 1.0);
          scaling.put("high_freq_factor", 4.0).put("original_max_position_embeddings", 512);
        });
    try (Checkpoint checkpoint = Checkpoint.open(llama)) {
      // From transformers' _compute_llama3_parameters with the same settings.
      float[] expected = {
        1.0f,
        0.3162277638912201f,
        0.10000000149011612f,
        0.01849667727947235f,
        0.0012499999720603228f,
        0.00039528473280370235f,
        0.0001250000059371814f,
        3.9528473280370235e-05f
      };
      assertThat(((LlamaConfig) checkpoint.architecture()).rotary().frequencies())
          .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 * b ? 0 : 1)
          .containsExactly(Floats.asList(expected).toArray(Float[]::new));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1_Pooling/config.json|{\"pooling_mode_mean_tokens\":true,\"pooling_mode_cls_token\":true}|asks for",
        "1_Pooling/config.json|{}|1_Pooling/config.json asks for []",
        "modules.json|[{\"type\":\"sentence_transformers.models.Dense\"}]|Dense' is not supported",
        "modules.json|{}|is no JSON array",
        "sentence_bert_config.json|{\"max_seq_length\":0}|max_seq_length is 0",
        "tokenizer.json|{\"model\":3}|has no object 'model'",
        "tokenizer.json|[]|is no JSON object",
        "tokenizer.json|{\"model\":{},\"model\":{}}|has the field 'model' twice",
        "tokenizer.json|{\"model\":{}|cannot read",
      })
  void refusesSentenceAndTokenizerFiles(String file, String content, String message)
      throws IOException {
    Files.writeString(bert.resolve(file), content);
    assertThatThrownBy(
            () -> {
              try (Checkpoint checkpoint = Checkpoint.open(bert)) {
                checkpoint.tokenizer().writer().write(temp.resolve("t.json"));
              }
            })
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private static void refuses(Path folder, String message) {
    assertThatThrownBy(() -> Checkpoint.open(folder).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private String template() {
    try (Checkpoint checkpoint = Checkpoint.open(llama)) {
      return checkpoint.tokenizer().chatTemplate();
    }
  }

  private void index(String shard) throws IOException {
    ObjectNode index = JSON.createObjectNode();
    index.putObject("weight_map").put("model.norm.weight", shard);
    JSON.writeValue(llama.resolve("model.safetensors.index.json").toFile(), index);
  }

  private void edit(String name, java.util.function.Consumer<ObjectNode> change)
      throws IOException {
    Path file = llama.resolve(name);
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(json);
    JSON.writeValue(file.toFile(), json);
  }
}
