package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code config.json} into an {@link Architecture}. */
final class HuggingFaceConfig {
  /**
   * What changes any architecture's computation and none here can do: weights that are quantised
   * already, mixtures of experts, cross-attention added to another architecture, heads taken out.
   */
  private static final List<String> UNSUPPORTED =
      List.of(
          "quantization_config",
          "num_local_experts",
          "num_experts",
          "n_routed_experts",
          "add_cross_attention",
          "pruned_heads");

  private HuggingFaceConfig() {}

  /**
   * @param json the content of config.json
   * @param maxSequence longest sequence that the checkpoint was tuned for, 0 without such a limit
   * @param tensors all names of the checkpoint; null where they are not known
   */
  static Architecture read(JsonNode json, int maxSequence, @Nullable Set<String> tensors) {
    ConfigJson config = new ConfigJson(json);
    String type = config.text("model_type", "");
    for (String field : UNSUPPORTED) {
      refuseValue(field, json.path(field));
    }
    Architecture architecture = read(config, type, maxSequence, tensors);
    if (architecture.family() == Family.DECODER && !config.flag("is_causal", true)) {
      throw new ImportException(
          "config.json: is_causal is false, which is not supported: %s models see what is behind a token only"
              .formatted(type));
    }
    return architecture;
  }

  private static Architecture read(
      ConfigJson config, String type, int maxSequence, @Nullable Set<String> tensors) {
    return switch (type) {
      case "llama" -> LlamaConfigs.llama(config);
      case "mistral" -> LlamaConfigs.mistral(config);
      case "qwen2" -> LlamaConfigs.qwen2(config);
      case "qwen3" -> LlamaConfigs.qwen3(config);
      case "phi3" -> LlamaConfigs.phi3(config);
      case "gemma" -> GemmaConfigs.gemma(config);
      case "gemma2" -> GemmaConfigs.gemma2(config);
      case "gemma3_text" -> GemmaConfigs.gemma3(config);
      case "gpt2" -> Gpt2Config.read(config);
      case "gpt_neox" -> GptNeoXConfig.read(config);
      case "bert" -> BertConfigs.read(config, BertVariant.BERT, maxSequence, tensors);
      case "roberta" -> BertConfigs.read(config, BertVariant.ROBERTA, maxSequence, tensors);
      case "xlm-roberta" -> BertConfigs.read(config, BertVariant.XLM_ROBERTA, maxSequence, tensors);
      case "distilbert" -> BertConfigs.read(config, BertVariant.DISTILBERT, maxSequence, tensors);
      case "electra" -> BertConfigs.read(config, BertVariant.ELECTRA, maxSequence, tensors);
      case "mpnet" -> BertConfigs.read(config, BertVariant.MPNET, maxSequence, tensors);
      case "modernbert" -> ModernBertConfigs.read(config, maxSequence, tensors);
      case "t5", "mt5" -> T5Configs.read(config);
      default ->
          throw new ImportException(
              ("config.json: model_type '%s' is not supported; supported: bert, distilbert, electra,"
                      + " gemma, gemma2, gemma3, gemma3_text, gpt2, gpt_neox, llama, mistral,"
                      + " modernbert, mpnet, mt5, phi3, qwen2, qwen3, roberta, t5, xlm-roberta")
                  .formatted(type));
    };
  }

  /** Refuses any value of {@code field} but those that mean no. */
  private static void refuseValue(String field, JsonNode value) {
    boolean absent =
        value.isMissingNode()
            || value.isNull()
            || (value.isBoolean() && !value.asBoolean())
            || (value.isNumber() && value.asDouble() == 0)
            || (value.isContainerNode() && value.isEmpty());
    if (!absent) {
      String method = value.path("quant_method").asText("");
      throw new ImportException(
          "config.json: %s is not supported"
              .formatted(method.isEmpty() ? field : field + " '" + method + "'"));
    }
  }
}
