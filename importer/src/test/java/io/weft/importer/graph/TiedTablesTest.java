package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyEncoders;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Under which names checkpoints hold a token table that is an output layer too. What is expected is
 * what transformers 5.24 loads from checkpoints with these tensors ({@code from_pretrained}).
 */
class TiedTablesTest {
  @TempDir Path temp;

  /** As files are whose writer kept one name of tensors that share their memory. */
  @ParameterizedTest
  @CsvSource({
    "tiny-llama, model.embed_tokens.weight, lm_head.weight",
    "tiny-qwen3, model.embed_tokens.weight, lm_head.weight",
    "tiny-neox-wide, gpt_neox.embed_in.weight, embed_out.weight",
    "tiny-gpt2, transformer.wte.weight, lm_head.weight",
    "tiny-t5, shared.weight, encoder.embed_tokens.weight",
    "tiny-t5, shared.weight, decoder.embed_tokens.weight",
    "tiny-t5, shared.weight, lm_head.weight",
    "bert, bert.embeddings.word_embeddings.weight, cls.predictions.decoder.weight",
    "xlm-roberta, roberta.embeddings.word_embeddings.weight, lm_head.decoder.weight",
    "distilbert, distilbert.embeddings.word_embeddings.weight, vocab_projector.weight",
    "electra, electra.embeddings.word_embeddings.weight, generator_lm_head.weight",
    "modernbert, model.embeddings.tok_embeddings.weight, decoder.weight",
  })
  void theTableIsFoundUnderTheOtherName(String checkpoint, String table, String other)
      throws IOException {
    Path folder = checkpoint(checkpoint);
    ModelFolder usual = importAs(folder, "usual");
    SafetensorsBuilder.rename(folder.resolve("model.safetensors"), table, other);

    ModelFolder found = importAs(folder, "found");

    // The weights in the same order, and graphs that differ in the name alone.
    assertThat(found.path().resolve("model.bin"))
        .hasSameBinaryContentAs(usual.path().resolve("model.bin"));
    for (String graph : Set.of("model.onnx", "attentions.onnx", "encoder.onnx", "decoder.onnx")) {
      if (Files.exists(usual.path().resolve(graph))) {
        assertThat(text(found, graph).replace(other, table)).isEqualTo(text(usual, graph));
      }
    }
  }

  /** So transformers saves a model without its head, and so it loads it with one that is tied. */
  @ParameterizedTest
  @CsvSource({
    "tiny-llama, model.",
    "tiny-qwen3, model.",
    "tiny-neox-wide, gpt_neox.",
    "tiny-gpt2, transformer.",
  })
  void namesMayLackThePrefixOfModelsWithAHead(String checkpoint, String prefix) throws IOException {
    Path folder = checkpoint(checkpoint);
    ModelFolder usual = importAs(folder, "usual");
    SafetensorsBuilder.rename(
        folder.resolve("model.safetensors"), name -> name.replaceFirst("^" + prefix, ""));

    ModelFolder found = importAs(folder, "found");

    assertThat(found.path().resolve("model.bin"))
        .hasSameBinaryContentAs(usual.path().resolve("model.bin"));
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-llama3, model.embed_tokens.weight",
    "tiny-pythia, gpt_neox.embed_in.weight",
  })
  void anUntiedModelNeedsBoth(String checkpoint, String table) throws IOException {
    Path folder = checkpoint(checkpoint);
    SafetensorsBuilder.rename(folder.resolve("model.safetensors"), table, "spare.weight");

    assertThatThrownBy(() -> importAs(folder, "untied"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("the checkpoint has no tensor " + table);
  }

  /** Each may have a table of its own beside the shared one; without that, the first stands in. */
  @ParameterizedTest
  @CsvSource({
    "encoder.embed_tokens.weight, encoder.embed_tokens.weight, shared.weight, shared.weight",
    "decoder.embed_tokens.weight, shared.weight, decoder.embed_tokens.weight, shared.weight",
    "lm_head.weight, shared.weight, shared.weight, lm_head.weight",
  })
  void t5UsesTablesOfItsOwn(String own, String encoder, String decoder, String head)
      throws IOException {
    Path folder = checkpoint("tiny-t5");
    SafetensorsBuilder.moveAndLeaveZeros(folder.resolve("model.safetensors"), "shared.weight", own);

    ModelFolder model = importAs(folder, "own");

    assertThat(tables(model, "encoder.onnx")).containsExactly(encoder);
    assertThat(tables(model, "decoder.onnx"))
        .containsExactlyElementsOf(new TreeSet<>(List.of(decoder, head)));
  }

  @Test
  void t5IsTiedWhateverItsConfigurationSays() throws IOException {
    Path folder = checkpoint("tiny-t5");
    Path config = folder.resolve("config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\\{", "{\"tie_word_embeddings\": false,"));

    assertThat(tables(importAs(folder, "tied"), "decoder.onnx")).containsExactly("shared.weight");
  }

  private Path checkpoint(String name) {
    return TinyEncoders.ARCHITECTURES.contains(name)
        ? TinyEncoders.checkpoint(name, "fill", temp)
        : TinyCheckpoints.checkpoint(name, temp);
  }

  private ModelFolder importAs(Path folder, String name) {
    return Importer.importCheckpoint(
            ImportOptions.of(folder, temp.resolve("models")).withName(name).withDtype(Dtype.FP32))
        .folder();
  }

  private static ModelProto graph(ModelFolder folder, String name) throws IOException {
    try (InputStream in = Files.newInputStream(folder.path().resolve(name))) {
      return ModelProto.parseFrom(in);
    }
  }

  private static String text(ModelFolder folder, String graph) throws IOException {
    return graph(folder, graph).toString();
  }

  /** The token tables that a graph of T5 uses. */
  private static Set<String> tables(ModelFolder folder, String graph) throws IOException {
    Set<String> tables = new TreeSet<>();
    for (TensorProto tensor : graph(folder, graph).getGraph().getInitializerList()) {
      String name = tensor.getName();
      if (name.equals("shared.weight")
          || name.equals("lm_head.weight")
          || name.endsWith("embed_tokens.weight")) {
        tables.add(name);
      }
    }
    return tables;
  }
}
