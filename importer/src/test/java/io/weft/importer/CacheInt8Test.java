package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.weft.importer.check.Agreement;
import io.weft.importer.check.FolderCheck;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CacheInt8Test {
  @TempDir Path temp;

  /**
   * Grouped heads, biases, normalised keys, a window, capped scores, keys that are not turned, part
   * of them.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-llama",
        "tiny-qwen2",
        "tiny-qwen3-window",
        "tiny-gemma2",
        "tiny-gemma3",
        "tiny-gpt2",
        "tiny-pythia"
      })
  void keysAndValuesInBytesCostLittle(String name) throws IOException {
    Path checkpoint = TinyCheckpoints.checkpoint(name, temp);
    ModelFolder exact = importAs(checkpoint, "exact", Quantization.of(Dtype.FP32));
    ModelFolder folder =
        importAs(checkpoint, "bytes", Quantization.of(Dtype.FP32).withKvCache(Dtype.INT8));

    Agreement.Predictions agreement = (Agreement.Predictions) FolderCheck.run(folder, exact);

    assertThat(agreement.divergence()).isBetween(1e-9, 4e-3);
    assertThat(agreement.topAgreement()).isGreaterThan(0.95);
    assertThat(agreement.perplexity() / agreement.exactPerplexity()).isBetween(0.99, 1.01);
    assertThat(typesOf(exact, "past.", "present."))
        .containsOnly(TensorProto.DataType.FLOAT.getNumber());
    assertThat(typesOf(folder, "past.", "present."))
        // Keys and values, before and after, of rows and of a prompt's part.
        .hasSize(8 * folder.manifest().layers())
        .containsOnly(TensorProto.DataType.INT8.getNumber());
    assertThat(typesOf(folder, "none", "logits"))
        .containsOnly(TensorProto.DataType.FLOAT.getNumber());
  }

  @Test
  void goesWithWeightsInBlocks() {
    Path checkpoint = TinyCheckpoints.llama(temp);
    ImportResult result =
        Importer.importCheckpoint(
            new ImportOptions(
                checkpoint,
                temp.resolve("models"),
                "m",
                Quantization.of(Dtype.INT4).withKvCache(Dtype.INT8),
                null,
                false));

    // 2 layers, keys and values of 2 heads of 16.
    assertThat(result.summary())
        .contains("the key/value cache is in 8 bits, with 128 scales from the bundled text");
  }

  /** A tokenizer for other writing makes one unknown token of the bundled text, or none. */
  @Test
  void saysWhereTheTextCannotTellTheScales() throws IOException {
    Path checkpoint = TinyCheckpoints.llama(temp);
    Files.writeString(
        checkpoint.resolve("tokenizer.json"),
        """
        {"added_tokens": [], "model":
          {"type": "WordLevel", "vocab": {"<unk>": 0, "\u4e00": 1}, "unk_token": "<unk>"}}
        """);
    Quantization asked = Quantization.of(Dtype.FP32).withKvCache(Dtype.INT8);

    ImportResult result =
        Importer.importCheckpoint(
            new ImportOptions(checkpoint, temp.resolve("models"), "m", asked, null, false));

    assertThat(result.summary())
        .contains(
            "in 8 bits but NOT calibrated: the bundled text has 1 different tokens in this tokenizer, too few for 128 scales");

    Files.writeString(
        checkpoint.resolve("tokenizer.json"),
        """
        {"added_tokens": [], "model": {"type": "BPE", "vocab": {"\u4e00": 1}, "merges": []}}
        """);
    assertThatThrownBy(() -> importAs(checkpoint, "none", asked))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("cannot calibrate --kv-cache int8")
        .hasMessageContaining("the tokenizer makes no tokens of it");
    assertThat(temp.resolve("models/none")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tiny-llama | FP32 | FP16 | --kv-cache fp16 does not go with --dtype fp32; supported: fp32, int8",
        "tiny-llama | INT8 | INT4 | --kv-cache int4 does not go with --dtype int8; supported: fp32, int8",
        "tiny-llama | FP16 | INT8 | --kv-cache int8 does not go with --dtype fp16; supported: fp16",
        "tiny-bert | FP32 | INT8 | --kv-cache goes with decoders, this is an encoder",
        "tiny-t5 | FP32 | INT8 | --kv-cache goes with decoders, this is an encoder-decoder"
      })
  void refusesWhatDoesNotGoTogether(String name, Dtype dtype, Dtype cache, String message) {
    Path checkpoint = TinyCheckpoints.checkpoint(name, temp);
    Quantization asked = Quantization.of(dtype).withKvCache(cache);

    assertThatThrownBy(() -> importAs(checkpoint, "m", asked))
        .isInstanceOf(ImportException.class)
        .hasMessage(message);
    assertThat(temp.resolve("models/m")).doesNotExist();
  }

  @Test
  void sayingTheDefaultChangesNothing() throws IOException {
    Path checkpoint = TinyCheckpoints.llama(temp);
    ModelFolder plain = importAs(checkpoint, "plain", Quantization.of(Dtype.FP16));
    ModelFolder said =
        importAs(checkpoint, "said", Quantization.of(Dtype.FP16).withKvCache(Dtype.FP16));

    assertThat(Files.mismatch(plain.graph(), said.graph())).isEqualTo(-1);
  }

  private ModelFolder importAs(Path checkpoint, String name, Quantization quantization) {
    return Importer.importCheckpoint(
            new ImportOptions(checkpoint, temp.resolve("models"), name, quantization, null, false))
        .folder();
  }

  private static List<Integer> typesOf(ModelFolder folder, String input, String output)
      throws IOException {
    try (InputStream in = Files.newInputStream(folder.graph())) {
      GraphProto graph = ModelProto.parseFrom(in).getGraph();
      return Stream.concat(
              graph.getInputList().stream().filter(value -> value.getName().contains(input)),
              graph.getOutputList().stream().filter(value -> value.getName().contains(output)))
          .map(ValueInfoProto::getType)
          .map(type -> type.getTensorType().getElemType())
          .toList();
    }
  }
}
