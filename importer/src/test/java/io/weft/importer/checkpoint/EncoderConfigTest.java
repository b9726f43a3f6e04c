package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyEncoders;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the configurations of encoders say, and what of it is refused. */
class EncoderConfigTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bert|plain|embed||",
        "bert|fill|embed,fill_mask||",
        "bert|classify|classify|negative,neutral,positive|multi_label_classification",
        "bert|rerank|classify|LABEL_0|multi_label_classification",
        "electra|classify|classify|negative,neutral,positive|single_label_classification",
        "roberta|tag|classify_tokens|O,B-PER,I-PER,B-LOC,I-LOC|",
        "modernbert|answer|answer_spans||",
      })
  void theManifestTellsTheHead(
      String architecture,
      String model,
      String tasks,
      @Nullable String labels,
      @Nullable String problemType) {
    Path folder = TinyEncoders.checkpoint(architecture, model, temp);

    ModelManifest manifest =
        Importer.importCheckpoint(ImportOptions.of(folder, temp.resolve("models")))
            .folder()
            .manifest();

    assertThat(manifest.architecture()).isEqualTo(architecture);
    assertThat(manifest.tasks()).containsExactly(tasks.split(","));
    assertThat(manifest.encoder().labels())
        .containsExactly(labels == null ? new String[0] : labels.split(","));
    assertThat(manifest.encoder().problemType()).isEqualTo(problemType);
    assertThat(manifest.encoder().layout()).isEqualTo(ModelManifest.Layout.PACKED);
    assertThat(manifest.pooling()).isEqualTo(new ModelManifest.PoolingSpec("mean", false));
    assertThat(manifest.contextLength()).isEqualTo(64);
    assertThat(manifest.tokens().mask()).isEqualTo(4);
    assertThat(manifest.files())
        .extracting(ModelManifest.FileEntry::name)
        .containsExactly("attentions.onnx", "model.bin", "model.onnx", "tokenizer.json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "-|-|-|sigmoid",
        "-|-|torch.nn.modules.linear.Identity|identity",
        "-|torch.nn.modules.activation.Sigmoid|torch.nn.modules.linear.Identity|sigmoid",
        "torch.nn.modules.linear.Identity|torch.nn.modules.activation.Sigmoid|-|identity",
        "own.module.Clamp|-|torch.nn.modules.linear.Identity|sigmoid",
      })
  void theManifestTellsWhatMakesAPairsScore(
      @Nullable String file, @Nullable String section, @Nullable String old, String expected)
      throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "rerank", temp);
    if (file != null) {
      Files.writeString(
          folder.resolve("config_sentence_transformers.json"),
          "{\"activation_fn\": \"" + file + "\"}");
    }
    edit(
        folder,
        json -> {
          json.put("sbert_ce_default_activation_function", old);
          if (section != null) {
            json.putObject("sentence_transformers").put("activation_fn", section);
          }
        });

    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.architecture().activationOfPairs()).isEqualTo(expected);
    }
  }

  @Test
  void refusesAnActivationOfPairsThatItDoesNotKnow() throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "rerank", temp);
    edit(folder, json -> json.put("sbert_ce_default_activation_function", "torch.nn.modules.Tanh"));

    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessage(
            "activation_fn 'torch.nn.modules.Tanh' is not supported; supported: torch.nn.Sigmoid,"
                + " torch.nn.Identity");
  }

  @Test
  void onlyAHeadWithOneLabelScoresPairs() {
    try (Checkpoint checkpoint = open("bert", "classify")) {
      assertThat(checkpoint.architecture().activationOfPairs()).isNull();
    }
  }

  @Test
  void robertaCountsPositionsFromBehindItsPadding() {
    try (Checkpoint checkpoint = open("roberta", "plain")) {
      BertConfig config = (BertConfig) checkpoint.architecture();
      assertThat(config.positions()).isEqualTo(66);
      assertThat(config.firstPosition()).isEqualTo(2);
      assertThat(config.contextLength()).isEqualTo(64);
    }
  }

  @Test
  void readsModernBertAsTransformers5WritesIt() throws IOException {
    ModernBertConfig older = modernBert();
    edit(
        temp.resolve("modernbert-plain"),
        json -> {
          json.remove(List.of("global_attn_every_n_layers", "global_rope_theta"));
          json.remove("local_rope_theta");
          json.putArray("layer_types")
              .add("full_attention")
              .add("sliding_attention")
              .add("sliding_attention")
              .add("full_attention");
          ObjectNode rotary = json.putObject("rope_parameters");
          rotary.putObject("full_attention").put("rope_type", "default").put("rope_theta", 5000.0);
          rotary
              .putObject("sliding_attention")
              .put("rope_type", "default")
              .put("rope_theta", 100.0);
        });
    try (Checkpoint checkpoint = Checkpoint.open(temp.resolve("modernbert-plain"))) {
      assertThat(checkpoint.architecture()).isEqualTo(older);
    }
    assertThat(older.localLayers()).containsExactly(false, true, true, false);
    assertThat(older.window()).isEqualTo(3);
    assertThat(older.globalFrequencies()).isNotEqualTo(older.localFrequencies());
  }

  @Test
  void localLayersOfModernBertHaveTheUsualBaseUnlessItIsNull() throws IOException {
    Path folder = TinyEncoders.checkpoint("modernbert", "plain", temp);
    edit(folder, json -> json.remove("local_rope_theta"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      ModernBertConfig config = (ModernBertConfig) checkpoint.architecture();
      // 10,000^(-2 / 16)
      assertThat(config.localFrequencies()).startsWith(1f, 0.31622776f);
    }
    edit(folder, json -> json.putNull("local_rope_theta"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      ModernBertConfig config = (ModernBertConfig) checkpoint.architecture();
      assertThat(config.localFrequencies()).isEqualTo(config.globalFrequencies());
    }
  }

  private ModernBertConfig modernBert() {
    try (Checkpoint checkpoint = open("modernbert", "plain")) {
      return (ModernBertConfig) checkpoint.architecture();
    }
  }

  @Test
  void aMaskedModelWithoutItsHeadOnlyEmbeds() throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "plain", temp);
    edit(folder, json -> json.putArray("architectures").add("BertForMaskedLM"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.architecture().tasks()).containsExactly("embed");
    }
  }

  @Test
  void withoutArchitecturesTheTensorsTell() throws IOException {
    Path masked = TinyEncoders.checkpoint("distilbert", "fill", temp);
    Path tagger = TinyEncoders.checkpoint("roberta", "tag", temp);
    for (Path folder : List.of(masked, tagger)) {
      edit(folder, json -> json.remove("architectures"));
    }
    try (Checkpoint checkpoint = Checkpoint.open(masked)) {
      assertThat(checkpoint.architecture().tasks()).containsExactly("embed", "fill_mask");
    }
    refuses(
        tagger,
        "the checkpoint has a head (tensor classifier.bias) but config.json has no architectures");
  }

  @Test
  void labelsAreNumberedUnlessTheyHaveNames() throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "classify", temp);
    edit(folder, json -> json.put("num_labels", 3).remove("id2label"));
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.architecture().labels())
          .containsExactly("LABEL_0", "LABEL_1", "LABEL_2");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bert|classify|id2label|{\"0\":\"a\",\"2\":\"b\"}|id2label has 2 labels but none with id 1; the ids must be 0 to 1",
        "bert|classify|id2label|{\"0\":{}}|id2label has 1 labels but none with id 0",
        "bert|classify|id2label|{}|id2label must be an object of 1 to 65,536 labels",
        "bert|classify|id2label|[\"a\"]|id2label must be an object of 1 to 65,536 labels",
        "bert|classify|problem_type|\"ranking\"|problem_type 'ranking' is not supported; supported: [multi_label_classification",
        "bert|plain|architectures|[\"BertForMultipleChoice\"]|architectures names 'BertForMultipleChoice', which is not supported",
        "bert|plain|architectures|[\"BertLMHeadModel\"]|architectures names 'BertLMHeadModel', which is not supported",
        "bert|plain|hidden_act|\"mish\"|hidden_act 'mish' is not supported; supported: gelu",
        "bert|plain|position_embedding_type|\"relative_key\"|position_embedding_type 'relative_key' is not supported",
        "bert|plain|is_decoder|true|is_decoder is not supported",
        "roberta|plain|pad_token_id|65|pad_token_id 65 leaves no position of the 66",
        "roberta|plain|pad_token_id|-1|pad_token_id is -1, it must lie in",
        "mpnet|plain|max_position_embeddings|2|pad_token_id 1 leaves no position of the 2",
        "mpnet|plain|relative_attention_num_buckets|16|num_buckets 16 is not supported; supported: 32",
        "distilbert|plain|dim|33|hidden size 33 is no multiple of 2 heads",
        "electra|plain|embedding_size|0|embedding_size is 0, it must lie in",
        "modernbert|plain|classifier_pooling|\"max\"|classifier_pooling 'max' is not supported; supported: [cls, mean]",
        "modernbert|plain|layer_types|[\"full_attention\"]|layer_types has 1 entries for 4 layers",
        "modernbert|plain|layer_types|[\"linear\"]|layer_types has \"linear\"; supported: full_attention, sliding_attention",
        "modernbert|plain|rope_scaling|{\"rope_type\":\"linear\",\"factor\":2}|rope_scaling is not supported in modernbert models",
        "modernbert|plain|local_attention|1|local_attention is 1, it must be at least 2",
        "modernbert|plain|hidden_size|34|hidden size 34 is no multiple of twice the 2 heads",
      })
  void refusesConfigurations(
      String architecture, String model, String field, String value, String message)
      throws IOException {
    Path folder = TinyEncoders.checkpoint(architecture, model, temp);
    edit(folder, json -> json.set(field, JSON.readTree(value)));
    refuses(folder, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bert|classify|id2label|{\"0\":\"a\",\"1\":\"b\"}|tensor classifier.weight has shape [3, 32], the configuration asks for [2, 32]",
        "bert|plain|architectures|[\"BertForQuestionAnswering\"]|the checkpoint has no tensor qa_outputs.weight",
        "bert|answer|architectures|[\"BertModel\"]|the checkpoint has a tensor qa_outputs.",
        "electra|tag|embedding_size|16|tensor electra.embeddings.word_embeddings.weight has shape",
        "modernbert|plain|attention_bias|true|the checkpoint has no tensor layers.0.attn.Wqkv.bias",
        "modernbert|tag|mlp_bias|false|the checkpoint has a tensor model.layers.0.mlp.Wi.bias",
      })
  void refusesTensorsThatDoNotFit(
      String architecture, String model, String field, String value, String message)
      throws IOException {
    Path folder = TinyEncoders.checkpoint(architecture, model, temp);
    edit(folder, json -> json.set(field, JSON.readTree(value)));
    assertThatThrownBy(
            () -> Importer.importCheckpoint(ImportOptions.of(folder, temp.resolve("models"))))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  @Test
  void lowerCaseIsLeftToATokenizerThatMakesIt() throws IOException {
    Path lower = TinyEncoders.checkpoint("bert", "plain", temp);
    Path upper = TinyEncoders.checkpoint("roberta", "plain", temp);
    for (Path folder : List.of(lower, upper)) {
      Files.writeString(folder.resolve("sentence_bert_config.json"), "{\"do_lower_case\":true}");
    }
    Checkpoint.open(lower).close();
    refuses(upper, "sentence_bert_config.json: do_lower_case is true but the normalizer");
  }

  @Test
  void aPromptThatWouldStandBeforeEveryTextIsRefused() throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "plain", temp);
    Path file = folder.resolve("config_sentence_transformers.json");
    for (String none : List.of("null", "\"document\"")) {
      Files.writeString(
          file,
          "{\"prompts\":{\"query\":\"query: \",\"document\":\"\"},\"default_prompt_name\":%s}"
              .formatted(none));
      Checkpoint.open(folder).close();
    }
    Files.writeString(
        file, "{\"prompts\":{\"query\":\"query: \"},\"default_prompt_name\":\"query\"}");
    refuses(folder, "default_prompt_name is 'query'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"pooling_mode\":\"cls\"}|cls",
        "{\"pooling_mode\":[\"lasttoken\"],\"include_prompt\":true}|last_token",
        "{\"pooling_mode\":\"weightedmean\"}|weighted_mean",
        "{\"pooling_mode_max_tokens\":true,\"pooling_mode_mean_tokens\":false}|max",
      })
  void readsPoolingOfOlderAndNewerSentenceTransformers(String config, String mode)
      throws IOException {
    Path folder = TinyEncoders.checkpoint("roberta", "plain", temp);
    Files.writeString(
        folder.resolve("modules.json"),
        """
        [{"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
         {"path": "1_Pool", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"}]
        """);
    Files.createDirectory(folder.resolve("1_Pool"));
    Files.writeString(folder.resolve("1_Pool/config.json"), config);
    Files.writeString(folder.resolve("sentence_bert_config.json"), "{}");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 40}");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.pooling()).isEqualTo(new ModelManifest.PoolingSpec(mode, false));
      assertThat(checkpoint.architecture().contextLength()).isEqualTo(40);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2_Dense|models.Dense|module '2_Dense' of type 'models.Dense' is not supported",
        "../other|models.Pooling|names the folder '../other', which is refused",
      })
  void refusesModules(String path, String type, String message) throws IOException {
    Path folder = TinyEncoders.checkpoint("roberta", "plain", temp);
    Files.writeString(
        folder.resolve("modules.json"),
        "[{\"path\":\"%s\",\"type\":\"%s\"}]".formatted(path, type));
    refuses(folder, message);
  }

  @Test
  void aCrossEncoderHasOneModule() throws IOException {
    Path folder = TinyEncoders.checkpoint("bert", "rerank", temp);
    Files.writeString(
        folder.resolve("modules.json"),
        "[{\"path\":\"\",\"type\":\"sentence_transformers.base.modules.transformer.Transformer\"}]");
    Files.writeString(
        folder.resolve("config_sentence_transformers.json"), "{\"model_type\":\"CrossEncoder\"}");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.architecture().tasks()).containsExactly("classify");
    }
  }

  @Test
  void theMaskTokenIsFoundWhereverItIsNamed() throws IOException {
    Path folder = TinyEncoders.checkpoint("xlm-roberta", "plain", temp);
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"mask_token\":{\"content\":\"<mask>\"}}");
    assertThat(maskOf(folder)).isEqualTo(4);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
    assertThat(maskOf(folder)).isEqualTo(4);
    Files.writeString(folder.resolve("special_tokens_map.json"), "{\"mask_token\":\"</s>\"}");
    assertThat(maskOf(folder)).isEqualTo(2);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"mask_token\":\"none such\"}");
    assertThat(maskOf(folder)).isNull();
    assertThat(maskOf(TinyCheckpoints.llama(temp))).isNull();
  }

  private static @Nullable Integer maskOf(Path folder) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return checkpoint.tokenizer().tokens().mask();
    }
  }

  private Checkpoint open(String architecture, String model) {
    return Checkpoint.open(TinyEncoders.checkpoint(architecture, model, temp));
  }

  private static void refuses(Path folder, String message) {
    assertThatThrownBy(() -> Checkpoint.open(folder).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private static void edit(Path folder, Change change) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    change.apply(json);
    JSON.writeValue(file.toFile(), json);
  }

  @FunctionalInterface
  private interface Change {
    void apply(ObjectNode json) throws IOException;
  }
}
