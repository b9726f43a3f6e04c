package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.importer.check.SampleRuns;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Runs a folder that was just written over the bundled text and rewrites what is too coarse. */
public final class Calibration {
  private Calibration() {}

  /**
   * Raises the precision of layers with weights in blocks whose 8-bit activations cost too much.
   *
   * @param folder whose manifest need not be written yet
   * @return what was done, in one line; null when the folder has no such layers
   */
  public static @Nullable String raiseLevels(ModelFolder folder) throws IOException {
    int layers = 0;
    int raised = 0;
    try {
      for (Path path : graphs(folder)) {
        AccuracyLevels levels = new AccuracyLevels(GraphFile.read(path));
        if (levels.layers().isEmpty()) {
          continue;
        }
        Set<NodeProto> coarse = tooCoarse(folder, path, levels);
        layers += levels.layers().size();
        raised += coarse.size();
        if (!coarse.isEmpty()) {
          levels.raise(coarse, weights(folder));
        }
      }
    } catch (OrtException | IllegalArgumentException e) {
      return "NOT calibrated, because the model does not run over the bundled text: "
          + e.getMessage();
    }
    return layers == 0
        ? null
        : "%d of %d layers compute with 32-bit activations, because 8 bits cost them too much"
            .formatted(raised, layers);
  }

  private static Set<NodeProto> tooCoarse(ModelFolder folder, Path path, AccuracyLevels levels)
      throws IOException, OrtException {
    try (Probe probe = Probe.open(GraphFile.read(path), levels.layers());
        BinFile weights = BinFile.open(weights(folder), StandardOpenOption.READ)) {
      run(folder, path, probe);
      return levels.tooCoarse(probe, weights);
    }
  }

  /**
   * Turns the linear layers of an encoder in 32-bit floats into 8 bits.
   *
   * @return what was done, in one line
   * @throws ImportException when the encoder does not run over the bundled text
   */
  public static String encoderToInt8(ModelFolder folder) throws IOException {
    try {
      List<GraphFile> files = new ArrayList<>();
      for (Path path : graphs(folder)) {
        files.add(GraphFile.read(path));
      }
      GraphFile main = files.getFirst();
      DynamicInt8 int8 = new DynamicInt8(main);
      Map<String, @Nullable DynamicLayer> chosen;
      try (Probe probe = Probe.open(main, int8.layers());
          BinFile weights = BinFile.open(weights(folder), StandardOpenOption.READ)) {
        run(folder, main.path(), probe);
        chosen = int8.choose(probe, weights);
      }
      Int8Rewrite.run(files, chosen, Map.of(), weights(folder));
      return summary(chosen);
    } catch (OrtException | IllegalArgumentException e) {
      throw new ImportException(
          "cannot calibrate 8-bit layers, because the model does not run over the bundled text: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Turns linear layers in 32-bit floats into 8 bits with a step for each token: all of a decoder,
   * and of an encoder those below its heads.
   *
   * @return what was done, in one line
   * @throws ImportException when the model does not run over the bundled text
   */
  public static String toW8A8(ModelFolder folder) throws IOException {
    TokenInt8 int8 = new TokenInt8();
    List<GraphFile> files = new ArrayList<>();
    try (BinFile weights = BinFile.open(weights(folder), StandardOpenOption.READ)) {
      for (Path path : graphs(folder)) {
        GraphFile file = GraphFile.read(path);
        files.add(file);
        boolean encoder = folder.manifest().family() == Family.ENCODER;
        if (int8.knowsAll(file.layers())) {
          // Another view of the same layers.
          continue;
        }
        Map<NodeProto, Integer> layers = file.widths(encoder ? file.trunkLayers() : file.layers());
        try (Probe probe = Probe.open(file, layers)) {
          run(folder, path, probe);
          int8.choose(file, layers.keySet(), probe, weights);
        }
      }
    } catch (OrtException | IllegalArgumentException e) {
      throw new ImportException(
          "cannot calibrate 8-bit layers, because the model does not run over the bundled text: "
              + e.getMessage(),
          e);
    }
    Int8Rewrite.run(files, int8.layers(), int8.vectors(), weights(folder));
    return int8.summary();
  }

  private static String summary(Map<String, @Nullable DynamicLayer> chosen) {
    long split = 0;
    long kept = 0;
    for (DynamicLayer layer : chosen.values()) {
      if (layer == null) {
        kept++;
      } else if (!layer.outliers().isEmpty()) {
        split++;
      }
    }
    return "%d linear layers in 8 bits, %d of them with outlier channels apart; %d stay in fp32"
        .formatted(chosen.size() - kept, split, kept);
  }

  private static void run(ModelFolder folder, Path path, Probe probe)
      throws IOException, OrtException {
    OrtSession session = probe.session();
    boolean decoder = folder.manifest().family() != Family.ENCODER && !isEncoder(path);
    if (!decoder) {
      SampleRuns.encoder(folder, session, result -> probe.take(result, 8));
    } else {
      SampleRuns.decoder(
          folder, session, probe.outputs(), result -> probe.take(result, LayerInput.MOST_ROWS));
    }
  }

  private static boolean isEncoder(Path path) {
    return path.endsWith("encoder.onnx");
  }

  private static List<Path> graphs(ModelFolder folder) {
    List<Path> paths = new ArrayList<>();
    for (String name : List.of("model.onnx", "encoder.onnx", "decoder.onnx", "attentions.onnx")) {
      Path path = folder.path().resolve(name);
      if (Files.exists(path)) {
        paths.add(path);
      }
    }
    return paths;
  }

  private static Path weights(ModelFolder folder) {
    return folder.path().resolve(GraphFile.WEIGHTS);
  }
}
