package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.Prompt;
import io.weft.importer.testing.TinyCheckpoints.Text;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Number formats that are asked for by option, in graphs that run. */
class NumberFormatsTest {
  private static final List<Integer> IDS =
      TinyCheckpoints.llamaGoldens().prompts().getFirst().ids();

  @TempDir Path temp;

  @Test
  void halvesGiveTheLogitsOfTransformers() throws Exception {
    ModelFolder folder = TinyCheckpoints.importLlama(temp, Dtype.FP16);
    ModelFolder floats = TinyCheckpoints.importLlama(temp.resolve("fp32"), Dtype.FP32);

    assertThat(folder.manifest().dtype()).isEqualTo("fp16");
    assertThat(folder.manifest().quantization()).isNull();
    assertThat(size(folder)).isLessThan((long) (0.55 * size(floats)));
    for (Prompt prompt : TinyCheckpoints.llamaGoldens().prompts()) {
      float[][] logits = Runs.logits(folder, prompt.ids());
      double error = error(prompt.lastLogits(), logits[prompt.ids().size() - 1]);
      assertThat(error).isLessThan(1e-2).isGreaterThan(1e-6);
    }
  }

  @Test
  void halvesGiveTheStatesOfTransformers() throws Exception {
    ModelFolder folder = TinyCheckpoints.importBert(temp, Dtype.FP16);

    List<Text> texts = TinyCheckpoints.bertGoldens();
    List<float[][]> states = Runs.hiddenStates(folder, texts.stream().map(Text::ids).toList());
    for (int i = 0; i < texts.size(); i++) {
      for (int token = 0; token < states.get(i).length; token++) {
        double error = error(texts.get(i).hidden().get(token), states.get(i)[token]);
        assertThat(error).isLessThan(1e-2);
      }
    }
  }

  @Test
  void halvesThatWouldBeInfiniteAreRefused() throws Exception {
    Path folder = TinyCheckpoints.llama(temp);
    Path weights = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    // The last weight of the file, little-endian.
    int last = bytes.length - 4;
    int bits = Float.floatToRawIntBits(70_000);
    for (int i = 0; i < 4; i++) {
      bytes[last + i] = (byte) (bits >> (8 * i));
    }
    Files.write(weights, bytes);

    assertThatThrownBy(() -> importAs(folder, Quantization.of(Dtype.FP16)))
        .isInstanceOf(ImportException.class)
        .hasMessageMatching(
            "tensor model\\.[a-z_.0-9]+: the value 70000.0 is beyond fp16, which ends at 65504;"
                + " use another --dtype");
  }

  @Test
  void halvesOfT5AreRefused() {
    assertThatThrownBy(() -> TinyCheckpoints.importCheckpoint("tiny-t5", temp, Dtype.FP16))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("t5 models leave the range of fp16")
        .hasMessageEndingWith("supported for them: fp32, int8, w8a8, int4");
  }

  /** Against floats; the least error that 8 bits and 4 bits leave on random weights. */
  @ParameterizedTest
  @CsvSource({
    "INT8, 16, false, 0.06",
    "INT8, 32, true, 0.06",
    "INT8, 64, true, 0.06",
    "INT4, 16, false, 0.3",
    "INT4, 32, true, 0.3",
    "INT4, 64, false, 0.4",
    "INT4, 16, true, 0.3",
  })
  void blocksOfAnySizeRun(Dtype dtype, int size, boolean asymmetric, double limit)
      throws Exception {
    Path source = TinyCheckpoints.llama(temp);
    float[][] expected = Runs.logits(importAs(source, Quantization.of(Dtype.FP32)), IDS);

    ModelFolder folder =
        importAs(source, new Quantization(dtype, size, asymmetric, false, null, null));

    ModelManifest.QuantizationSpec written =
        Objects.requireNonNull(folder.manifest().quantization());
    assertThat(written.blockSize()).isEqualTo(size);
    assertThat(written.symmetric()).isEqualTo(!asymmetric);
    assertThat(written.formats())
        .anyMatch(
            f ->
                f.format()
                    .equals(
                        "%d-bit blocks of %d%s"
                            .formatted(dtype.bits(), size, asymmetric ? " with zero points" : "")));
    assertThat(error(expected, Runs.logits(folder, IDS))).isLessThan(limit).isGreaterThan(1e-5);
  }

  @ParameterizedTest
  @CsvSource({
    "INT4, FP32, FP32", "INT4, INT4, INT4", "INT4, INT4, INT8", "INT8, FP32, INT8",
    "FP32, INT8, INT8", "FP32, INT4, FP32", "FP16, FP32, FP32", "FP16, FP16, FP32",
  })
  void headAndTableMayDiffer(Dtype dtype, Dtype head, Dtype embedding) throws Exception {
    Path source = TinyCheckpoints.llama(temp);
    float[][] expected = Runs.logits(importAs(source, Quantization.of(Dtype.FP32)), IDS);

    ModelFolder folder =
        importAs(source, new Quantization(dtype, null, false, false, head, embedding));

    assertThat(error(expected, Runs.logits(folder, IDS))).isLessThan(0.35);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FP32 | 32 | false | | | --block-size is about blocks of integers, and --dtype fp32 has",
        "FP16 | | true | | | --asymmetric is about blocks of integers, and --dtype fp16 has none",
        "INT4 | 48 | false | | | --block-size 48 is not supported; supported: 16, 32, 64, 128",
        "INT4 | | false | FP16 | | --head-dtype fp16 goes with --dtype fp16 only",
        "FP16 | | false | | INT8 | --embedding-dtype int8 goes with fp32, int8 and int4",
        "INT8 | 128 | false | | INT8 | rows of 64 values are no multiple of the block size 128",
      })
  void whatDoesNotGoTogetherIsRefused(
      Dtype dtype, Integer size, boolean asymmetric, Dtype head, Dtype embedding, String why) {
    Path source = TinyCheckpoints.llama(temp);
    Quantization asked = new Quantization(dtype, size, asymmetric, false, head, embedding);

    assertThatThrownBy(() -> importAs(source, asked))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(why);
    assertThat(temp.resolve("models").resolve("tiny-llama")).doesNotExist();
  }

  /** Rows of 48 and 80 values end within blocks; the table goes without them. */
  @ParameterizedTest
  @CsvSource({"INT4, true", "INT4, false", "INT8, true"})
  void rowsMayEndWithinABlock(Dtype dtype, boolean asymmetric) throws Exception {
    Path source = TinyCheckpoints.llama(temp);
    Files.delete(source.resolve("model.safetensors"));
    new SafetensorsBuilder(false)
        .llama(320, 48, 80, 2, 16)
        .write(source.resolve("model.safetensors"));
    String config = Files.readString(source.resolve("config.json"));
    Files.writeString(
        source.resolve("config.json"),
        config
            .replace("\"hidden_size\": 64", "\"hidden_size\": 48")
            .replace("\"intermediate_size\": 96", "\"intermediate_size\": 80")
            .replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 3")
            .replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 1"));
    float[][] expected = Runs.logits(importAs(source, Quantization.of(Dtype.FP32)), IDS);

    ModelFolder folder =
        importAs(source, new Quantization(dtype, 32, asymmetric, false, null, null));

    assertThat(error(expected, Runs.logits(folder, IDS))).isLessThan(0.3).isGreaterThan(1e-5);
  }

  @Test
  void requantizeQuantisesAFilesBlocksAnew() {
    Path gguf = TinyCheckpoints.llamaGguf(temp, "q4_1");
    ModelFolder folder =
        importAs(gguf, new Quantization(Dtype.INT4, null, false, true, null, null));

    assertThat(Objects.requireNonNull(folder.manifest().quantization()).formats())
        .filteredOn(format -> format.source().equals("Q4_1"))
        .isNotEmpty()
        .noneMatch(ModelManifest.WrittenFormat::exact);
  }

  private ModelFolder importAs(Path source, Quantization quantization) {
    return Importer.importCheckpoint(
            new ImportOptions(source, temp.resolve("models"), "m", quantization, null, true))
        .folder();
  }

  private static long size(ModelFolder folder) throws Exception {
    return Files.size(folder.path().resolve("model.bin"));
  }

  private static double error(float[][] expected, float[][] actual) {
    double largest = 0;
    double scale = 0;
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        scale = Math.max(scale, Math.abs(expected[i][j]));
        largest = Math.max(largest, Math.abs(expected[i][j] - actual[i][j]));
      }
    }
    return largest / scale;
  }

  private static double error(List<Float> expected, float[] actual) {
    float[] floats = new float[expected.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = expected.get(i);
    }
    return error(new float[][] {floats}, new float[][] {actual});
  }
}
