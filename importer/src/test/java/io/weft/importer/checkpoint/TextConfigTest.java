package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a Gemma 3 that sees pictures; its logits are compared in DecodersTest. */
class TextConfigTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "language_model.model.layers.0.mlp.up_proj.weight, model.layers.0.mlp.up_proj.weight",
    "model.language_model.layers.0.mlp.up_proj.weight, model.layers.0.mlp.up_proj.weight",
    "language_model.norm.weight, model.norm.weight",
    "language_model.lm_head.weight, lm_head.weight",
    "lm_head.weight, lm_head.weight",
    "ears.weight, ears.weight",
  })
  void tensorsAreCalledAsInAModelThatOnlyWrites(String name, String own) {
    assertThat(TextConfig.tensors(tensors(name))).containsOnlyKeys(own);
  }

  @Test
  void whatLooksAtPicturesIsLeftAside() {
    assertThat(
            TextConfig.tensors(
                tensors(
                    "vision_tower.x.weight",
                    "model.vision_tower.x.weight",
                    "multi_modal_projector.x.weight",
                    "model.multi_modal_projector.x.weight")))
        .isEmpty();
  }

  @Test
  void aTensorOfTwoNamesIsRefused() {
    assertThatThrownBy(
            () ->
                TextConfig.tensors(
                    tensors(
                        "language_model.model.norm.weight", "model.language_model.norm.weight")))
        .isInstanceOf(ImportException.class)
        .hasMessage(
            "tensor model.language_model.norm.weight stands in the checkpoint twice, as"
                + " language_model.model.norm.weight too");
  }

  @Test
  void someFieldsOfTheWholeCount() {
    ObjectNode part =
        TextConfig.of(
            json(
                "{'model_type':'gemma3','eos_token_id':[1,106],'hidden_size':7,"
                    + "'text_config':{'model_type':'gemma3_text','eos_token_id':3,'pad_token_id':0,"
                    + "'final_logit_softcapping':30,'tie_word_embeddings':false}}"));

    assertThat(part)
        .isEqualTo(
            json(
                "{'model_type':'gemma3_text','eos_token_id':[1,106],'pad_token_id':0,"
                    + "'final_logit_softcapping':null,'tie_word_embeddings':true}"));
  }

  @Test
  void otherConfigurationsStayAsTheyAre() {
    ObjectNode config = json("{'model_type':'gemma3_text','text_config':{}}");

    assertThat(TextConfig.of(config)).isSameAs(config);
  }

  @Test
  void withoutItsPartTheDefaultsCount() {
    ObjectNode part = TextConfig.of(json("{'model_type':'gemma3'}"));

    assertThat(HuggingFaceConfig.read(part, 0, null).hiddenSize()).isEqualTo(2_304);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'text_config':{'model_type':'llama'}"
            + "|model_type 'llama' is not supported; supported: [gemma3_text]",
        "'text_config':7|text_config is no object",
      })
  void refuses(String field, String message) {
    assertThatThrownBy(() -> TextConfig.of(json("{'model_type':'gemma3'," + field + "}")))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aWholeFolderIsReadAsItsPart() {
    Path folder = TinyCheckpoints.checkpoint("tiny-gemma3-vision", temp);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.architecture().name()).isEqualTo("gemma3_text");
      assertThat(checkpoint.tokenizer().tokens().eos()).containsExactly(2);
      assertThat(checkpoint.tensorNames())
          .contains("model.embed_tokens.weight")
          .allSatisfy(name -> assertThat(name).startsWith("model.").doesNotContain("vision"));
    }
  }

  private static Map<String, Tensor> tensors(String... names) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (String name : names) {
      MemorySegment bytes = MemorySegment.ofArray(new byte[4]);
      tensors.put(name, Tensor.of(name, List.of(1L), TensorType.F32, bytes));
    }
    return tensors;
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
