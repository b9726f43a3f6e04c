package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.importer.check.Agreement;
import io.weft.importer.check.FolderCheck;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.graph.Graphs;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A Llama with massive activations: in each block of 32 of what goes into the down projections, one
 * channel is a thousand times larger than it was, and the projection has no weight for it.
 */
class CalibrationTest {
  private static final int HIDDEN = 64;
  private static final int WIDE = 96;

  @TempDir Path temp;

  private Path checkpoint;
  private ModelFolder exact;

  @BeforeEach
  void makeMassive() throws IOException {
    checkpoint = TinyCheckpoints.llama(temp);
    Path weights = checkpoint.resolve("model.safetensors");
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
    for (int layer = 0; layer < 2; layer++) {
      String mlp = "model.layers." + layer + ".mlp.";
      for (int channel = 5; channel < WIDE; channel += 32) {
        int up = offset(file, mlp + "up_proj.weight") + channel * HIDDEN * Float.BYTES;
        for (int i = 0; i < HIDDEN; i++) {
          file.putFloat(up + i * Float.BYTES, 1_000 * file.getFloat(up + i * Float.BYTES));
        }
        int down = offset(file, mlp + "down_proj.weight") + channel * Float.BYTES;
        for (int i = 0; i < HIDDEN; i++) {
          file.putFloat(down + i * WIDE * Float.BYTES, 0);
        }
      }
    }
    Files.write(weights, file.array());
    exact = importAs(Dtype.FP32).folder();
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"INT8", "INT4"})
  void massiveActivationsAreFoundAndDoNoHarm(Dtype dtype) throws IOException {
    ImportResult calibrated = importAs(dtype);
    ModelFolder plain = plain(dtype, calibrated);

    assertThat(calibrated.notes()).singleElement().asString().startsWith("2 of ");
    Agreement.Predictions with =
        (Agreement.Predictions) FolderCheck.run(calibrated.folder(), exact);
    Agreement.Predictions without = (Agreement.Predictions) FolderCheck.run(plain, exact);
    assertThat(without.topAgreement()).isLessThan(0.7);
    assertThat(with.topAgreement()).isGreaterThan(dtype == Dtype.INT8 ? 0.9 : 0.7);
    assertThat(with.divergence()).isLessThan(without.divergence() / 3);
  }

  @Test
  void withAStepATokenLayersWithMassiveActivationsStayInFloats() throws IOException {
    ImportResult result = importAs(Dtype.W8A8);

    assertThat(result.notes()).singleElement().asString().endsWith("; 2 stay in fp32");
    Agreement.Predictions found = (Agreement.Predictions) FolderCheck.run(result.folder(), exact);
    assertThat(found.topAgreement()).isGreaterThan(0.9);
  }

  /** Channels with large activations and small weights are evened out before both are rounded. */
  @Test
  void smoothedLayersAreCloserToTheFloats() throws IOException {
    Path uneven = TinyCheckpoints.llama(temp.resolve("uneven"));
    Path weights = uneven.resolve("model.safetensors");
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
    for (int layer = 0; layer < 2; layer++) {
      String name = "model.layers." + layer + ".";
      scaleColumns(file, name + "input_layernorm.weight", 1, 100);
      scaleColumns(file, name + "self_attn.q_proj.weight", HIDDEN, 0.01f);
      scaleColumns(file, name + "self_attn.k_proj.weight", HIDDEN / 2, 0.01f);
      scaleColumns(file, name + "self_attn.v_proj.weight", HIDDEN / 2, 0.01f);
    }
    Files.write(weights, file.array());
    ImportOptions options = ImportOptions.of(uneven, temp.resolve("uneven-models"));
    ImportResult result = Importer.importCheckpoint(options.withDtype(Dtype.W8A8).withName("w8a8"));
    ModelFolder floats =
        Importer.importCheckpoint(options.withDtype(Dtype.FP32).withName("fp32")).folder();

    assertThat(result.notes()).singleElement().asString().endsWith("; 0 stay in fp32");
    Agreement.Predictions found = (Agreement.Predictions) FolderCheck.run(result.folder(), floats);
    assertThat(found.topAgreement()).isGreaterThan(0.9);
  }

  /** Multiplies every eighth column of a matrix [rows, HIDDEN]. */
  private static void scaleColumns(ByteBuffer file, String tensor, int rows, float factor)
      throws IOException {
    int start = offset(file, tensor);
    for (int i = 0; i < rows * HIDDEN; i += 8) {
      int at = start + i * Float.BYTES;
      file.putFloat(at, factor * file.getFloat(at));
    }
  }

  @Test
  void ordinaryLayersAreLeftAlone() {
    ImportResult result =
        Importer.importCheckpoint(
            ImportOptions.of(
                    TinyCheckpoints.llama(temp.resolve("other")), temp.resolve("other-models"))
                .withDtype(Dtype.INT4));

    assertThat(result.notes()).singleElement().asString().startsWith("0 of ");
  }

  /** The same import without calibration. */
  private ModelFolder plain(Dtype dtype, ImportResult calibrated) throws IOException {
    Path folder = Files.createTempDirectory(temp, "plain");
    try (Checkpoint open = Checkpoint.open(checkpoint)) {
      Graphs.write(open, Quantization.of(dtype).plan(dtype), folder);
    }
    Files.copy(calibrated.folder().tokenizer(), folder.resolve("tokenizer.json"));
    return new ModelFolder(folder, calibrated.folder().manifest());
  }

  private ImportResult importAs(Dtype dtype) {
    return Importer.importCheckpoint(
        ImportOptions.of(checkpoint, temp.resolve("models"))
            .withName("massive-" + dtype)
            .withDtype(dtype));
  }

  /** Where a tensor's values begin in a safetensors file. */
  private static int offset(ByteBuffer file, String tensor) throws IOException {
    int header = Math.toIntExact(file.getLong(0));
    JsonNode entries = new ObjectMapper().readTree(file.array(), Long.BYTES, header);
    return Long.BYTES + header + entries.path(tensor).path("data_offsets").path(0).asInt();
  }
}
