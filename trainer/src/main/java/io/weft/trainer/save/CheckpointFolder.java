package io.weft.trainer.save;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.trainer.data.Task;
import io.weft.trainer.model.Classifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** Writes a fine-tuned model as transformers would: {@code config.json}, weights, tokenizer. */
public final class CheckpointFolder {
  private static final JsonMapper JSON = new JsonMapper();

  /** What a tokenizer may be made of; each is copied where the base has it. */
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "sentencepiece.bpe.model",
          "spiece.model");

  /** Fields of a base's config.json that speak of another head. */
  private static final List<String> STALE =
      List.of(
          "id2label",
          "label2id",
          "num_labels",
          "problem_type",
          "torch_dtype",
          "dtype",
          "_name_or_path",
          "sentence_transformers",
          "sbert_ce_default_activation_function",
          "finetuning_task");

  private CheckpointFolder() {}

  /**
   * Writes the folder, over one that an earlier run left.
   *
   * @param base the folder that the model was made from
   * @param labels of the classifier, by index
   */
  public static void write(
      Path folder, Path base, Classifier model, BertVariant variant, List<String> labels)
      throws IOException {
    Files.createDirectories(folder);
    for (String name : TOKENIZER_FILES) {
      Path file = base.resolve(name);
      if (Files.isRegularFile(file)) {
        Files.copy(file, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    ObjectNode config = JSON.readValue(base.resolve("config.json").toFile(), ObjectNode.class);
    Files.writeString(
        folder.resolve("config.json"),
        JSON.writerWithDefaultPrettyPrinter()
            .writeValueAsString(changed(config, model.task(), variant, labels)));
    try (NDManager scope = NDManager.newBaseManager()) {
      SafetensorsWriter.write(
          folder.resolve("model.safetensors"), model.tensors(scope), Map.of("format", "pt"));
    }
  }

  private static ObjectNode changed(
      ObjectNode config, Task task, BertVariant variant, List<String> labels) {
    config.remove(STALE);
    config.putArray("architectures").add(className(variant) + "For" + kind(task));
    ObjectNode names = config.putObject("id2label");
    ObjectNode indexes = config.putObject("label2id");
    for (int i = 0; i < labels.size(); i++) {
      names.put(String.valueOf(i), labels.get(i));
      indexes.put(labels.get(i), i);
    }
    switch (task) {
      case CLASSIFY -> config.put("problem_type", "single_label_classification");
      case MULTI_LABEL -> config.put("problem_type", "multi_label_classification");
      case REGRESSION -> {
        config.put("problem_type", "regression");
        // A pair's score is the number itself.
        config
            .putObject("sentence_transformers")
            .put("activation_fn", "torch.nn.modules.linear.Identity");
      }
      case TAG, SCORE -> {}
    }
    return config;
  }

  private static String kind(Task task) {
    return task == Task.TAG ? "TokenClassification" : "SequenceClassification";
  }

  private static String className(BertVariant variant) {
    return switch (variant) {
      case BERT -> "Bert";
      case ROBERTA -> "Roberta";
      case XLM_ROBERTA -> "XLMRoberta";
      case DISTILBERT -> "DistilBert";
      case ELECTRA -> "Electra";
      case MPNET -> "MPNet";
    };
  }
}
