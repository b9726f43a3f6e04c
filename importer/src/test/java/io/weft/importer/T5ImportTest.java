package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an import of the T5 family takes and refuses. */
class T5ImportTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architectures|[\"T5EncoderModel\"]|architectures names 'T5EncoderModel'; supported are whole encoder-decoders",
        "is_encoder_decoder|false|is_encoder_decoder is false",
        "dense_act_fn|\"tanh\"|feed_forward_proj 'relu' with dense_act_fn 'tanh' is not supported; supported: [gelu, gelu_new, relu, silu]",
        "feed_forward_proj|\"gated-mish\"|feed_forward_proj 'gated-mish'",
        "num_decoder_layers|1025|num_decoder_layers is 1,025, it must lie in [1, 1,024]",
        "num_decoder_layers|3|the checkpoint has no tensor decoder.block.2.layer.1.EncDecAttention.k.weight",
        "num_decoder_layers|1|the checkpoint has a tensor decoder.block.1.layer.",
        "relative_attention_num_buckets|2|there must be at least 4 buckets",
        "relative_attention_num_buckets|16|relative_attention_bias.weight has shape [8, 2], the configuration asks for [16, 2]",
        "relative_attention_max_distance|4|relative_attention_max_distance 4 with relative_attention_num_buckets 8",
        "relative_attention_max_distance|32769|relative_attention_max_distance is 32,769",
        "d_kv|12|the head size (d_kv) is 12, it must be a multiple of 8",
        "d_kv|8|SelfAttention.q.weight has shape [32, 32], the configuration asks for [16, 32]",
        "is_gated_act|true|the checkpoint has no tensor encoder.block.0.layer.1.DenseReluDense.wi_0.weight",
      })
  void refusesConfigurations(String field, String value, String message) throws IOException {
    Path folder = TinyCheckpoints.checkpoint("tiny-t5", temp);
    set(folder, field, JSON.readTree(value));
    refuses(folder, message);
  }

  @Test
  void outputsStartFromPaddingUnlessTheFolderSaysOtherwise() throws IOException {
    Path folder = TinyCheckpoints.checkpoint("tiny-t5", temp);
    Files.delete(folder.resolve("generation_config.json"));
    set(folder, "decoder_start_token_id", JSON.readTree("null"));
    set(folder, "pad_token_id", JSON.readTree("7"));
    assertThat(manifest(folder).generation().decoderStart()).isEqualTo(7);
    set(folder, "decoder_start_token_id", JSON.readTree("9"));
    assertThat(manifest(folder).generation().decoderStart()).isEqualTo(9);
    set(folder, "decoder_start_token_id", JSON.readTree("128"));
    refuses(folder, "decoder_start_token_id is 128, it must lie in [0, 128)");
    set(folder, "decoder_start_token_id", JSON.readTree("null"));
    set(folder, "pad_token_id", JSON.readTree("null"));
    refuses(folder, "config.json has neither decoder_start_token_id nor pad_token_id");
  }

  @Test
  void theContextIsWhatTheCheckpointWasMadeFor() {
    assertThat(context("tiny-t5")).isEqualTo(512);
    assertThat(context("tiny-mt5")).isEqualTo(1024);
    assertThat(context("tiny-byt5")).isEqualTo(1024);
  }

  private int context(String name) {
    return TinyCheckpoints.importCheckpoint(name, temp.resolve("m"), Dtype.INT8)
        .manifest()
        .contextLength();
  }

  private ModelManifest manifest(Path folder) {
    return Importer.importCheckpoint(
            new ImportOptions(
                folder, temp.resolve("models"), "t5", Quantization.of(Dtype.FP32), null, true))
        .folder()
        .manifest();
  }

  private void refuses(Path folder, String message) {
    assertThatThrownBy(() -> manifest(folder))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private static void set(Path folder, String field, JsonNode value) throws IOException {
    Path file = folder.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    json.set(field, value);
    JSON.writeValue(file.toFile(), json);
  }
}
