package io.weft.encoder;

import io.weft.encoder.model.Calibration;
import io.weft.encoder.model.Encoder;
import io.weft.encoder.model.EncoderModel;
import io.weft.encoder.model.PaddedModel;
import io.weft.encoder.model.SequenceLimits;
import io.weft.encoder.model.WarmUp;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.Device;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The warmed encoders of one model, one for each thread that runs it.
 *
 * @param bulk one for each lane, at least one
 * @param express of the express lane; null without one
 * @param limits what the model can read
 * @param batchTokens budget of a batch in places
 */
record EncoderLanes(
    List<Encoder> bulk, @Nullable Encoder express, SequenceLimits limits, int batchTokens) {

  /** A second session has its own copy of the weights: larger models have one session only. */
  private static final long MOST_BYTES_TWICE = 1L << 30;

  /** An encoder of either layout, and how to get another over the same session. */
  private record Opened(Encoder encoder, Supplier<Encoder> sibling, SequenceLimits limits) {}

  /**
   * Opens a model with one thread a lane, with all threads on one lane, or, where that is not known
   * yet, both ways to measure which is faster.
   *
   * @param threads that the model may use, at least 1
   * @throws IllegalArgumentException when the folder cannot be opened
   * @throws IllegalStateException when the model fails its self-check
   */
  static EncoderLanes open(ModelFolder folder, EncoderConfig config, int threads)
      throws InterruptedException {
    List<Integer> budgets =
        config.maxBatchTokens().isPresent()
            ? List.of(config.maxBatchTokens().getAsInt())
            : Calibration.BUDGETS;
    Device device = EncoderConfig.device(config, folder.manifest().name());
    List<Encoder> opened = new ArrayList<>();
    try {
      Opened joint = open(folder, threads, budgets.getLast(), device);
      opened.add(joint.encoder());
      warmUp(joint, folder, budgets);
      List<Encoder> apart = new ArrayList<>();
      // Lanes on a GPU would only take turns at it.
      if (device.isCpu() && threads > 1 && weights(folder) <= MOST_BYTES_TWICE) {
        Opened single = open(folder, 1, budgets.getLast(), device);
        opened.add(single.encoder());
        apart.add(single.encoder());
        warmUp(single, folder, budgets);
        for (int i = 1; i < threads; i++) {
          apart.add(single.sibling().get());
          opened.add(apart.getLast());
        }
      }
      Calibration.Choice choice = choice(folder, config, budgets, apart, joint);
      if (choice.apart() && !apart.isEmpty()) {
        return new EncoderLanes(apart, joint.encoder(), joint.limits(), choice.batchTokens());
      }
      Encoder lane = joint.sibling().get();
      apart.forEach(Encoder::close);
      return new EncoderLanes(List.of(lane), joint.encoder(), joint.limits(), choice.batchTokens());
    } catch (RuntimeException | InterruptedException e) {
      opened.forEach(Encoder::close);
      throw e;
    }
  }

  private static Opened open(ModelFolder folder, int threads, int most, Device device) {
    ModelManifest.EncoderSpec encoder = folder.manifest().encoder();
    if (encoder != null && encoder.layout() == ModelManifest.Layout.PADDED) {
      PaddedModel padded = PaddedModel.open(folder, threads, most, device);
      return new Opened(padded, padded::sibling, padded.limits());
    }
    EncoderModel packed = EncoderModel.open(folder, threads, most, device);
    return new Opened(packed, packed::sibling, packed.limits());
  }

  private static void warmUp(Opened opened, ModelFolder folder, List<Integer> budgets) {
    WarmUp.run(opened.encoder(), opened.limits(), budgets.getLast(), folder.manifest().dtype());
  }

  private static Calibration.Choice choice(
      ModelFolder folder,
      EncoderConfig config,
      List<Integer> budgets,
      List<Encoder> apart,
      Opened joint)
      throws InterruptedException {
    if (budgets.size() == 1 && apart.isEmpty()) {
      return new Calibration.Choice(budgets.getFirst(), false);
    }
    ModelManifest manifest = folder.manifest();
    CalibrationFile file =
        new CalibrationFile(
            config
                .modelsDir()
                .resolve(".calibration")
                .resolve(folder.path().getFileName() + ".properties"),
            "%s %s, rules %d, %d lanes, budgets %s, %s, ONNX Runtime %s"
                .formatted(
                    manifest.source().sha256(),
                    manifest.dtype(),
                    Calibration.RULES,
                    apart.size(),
                    budgets,
                    CalibrationFile.processor(),
                    OnnxSessions.environment().getVersion()));
    Calibration.Choice known = file.read(budgets).orElse(null);
    if (known != null) {
      return known;
    }
    Calibration.Choice found =
        Calibration.choose(apart, joint.encoder(), joint.limits(), budgets, System::nanoTime);
    file.write(found);
    return found;
  }

  private static long weights(ModelFolder folder) {
    try (var files = Files.list(folder.path())) {
      long bytes = 0;
      for (var file : files.toList()) {
        bytes += Files.size(file);
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder.path(), e);
    }
  }
}
