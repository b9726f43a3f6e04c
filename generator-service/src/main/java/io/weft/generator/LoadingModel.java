package io.weft.generator;

import io.weft.generator.engine.OnnxModelRunner;
import io.weft.generator.engine.WarmUp;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import org.jboss.logging.Logger;

/** A model on its way: its graphs are open and warm, its vocabulary still has to come. */
final class LoadingModel {
  private static final Logger LOG = Logger.getLogger(LoadingModel.class);

  private final ModelManifest manifest;
  private final OnnxModelRunner runner;
  private volatile String missing = "its vocabulary has not come yet";

  private LoadingModel(ModelManifest manifest, OnnxModelRunner runner) {
    this.manifest = manifest;
    this.runner = runner;
  }

  /**
   * Opens and warms a model folder.
   *
   * @param memory what all models of the process share
   * @throws IllegalArgumentException when it does not hold a model that generates and that this
   *     version runs
   * @throws IllegalStateException when the model does not work on this machine
   */
  static LoadingModel open(ModelFolder folder, GeneratorConfig config, MemoryBudget memory) {
    long start = System.nanoTime();
    ModelManifest manifest = folder.manifest();
    check(folder);
    int threads = config.threads().orElse(Runtime.getRuntime().availableProcessors());
    OnnxModelRunner runner =
        OnnxModelRunner.open(
            folder,
            new OnnxModelRunner.Options(
                threads,
                config.slots(),
                config.contextLength(),
                config.prefillChunk(),
                config.maxCacheBytes(),
                config.prefixCacheBytes(),
                GeneratorConfig.device(config, manifest.name())));
    try {
      memory.take(
          manifest.files().stream().mapToLong(ModelManifest.FileEntry::size).sum(),
          runner.cacheBytes()
              + (manifest.family() == Family.DECODER ? config.prefixCacheBytes() : 0));
      WarmUp.run(runner, config.prefillChunk(), format(manifest, runner));
    } catch (RuntimeException e) {
      runner.close();
      throw new IllegalStateException("model %s: %s".formatted(manifest.name(), e.getMessage()), e);
    }
    LOG.infof(
        "model %s is warm after %d ms: %s %s, %d layers, hidden size %d; %d threads, %d slots of %d"
            + " tokens, up to %d MiB of key/value memory",
        manifest.name(),
        (System.nanoTime() - start) / 1_000_000,
        manifest.architecture(),
        format(manifest, runner),
        manifest.layers(),
        manifest.hiddenSize(),
        threads,
        runner.slots(),
        runner.capacity(),
        runner.cacheBytes() >> 20);
    return new LoadingModel(manifest, runner);
  }

  /** Number formats, for people and for the tolerance of the self-check. */
  private static String format(ModelManifest manifest, OnnxModelRunner runner) {
    return manifest.dtype() + (runner.hasIntegerCache() ? " with int8 cache" : "");
  }

  private static void check(ModelFolder folder) {
    ModelManifest manifest = folder.manifest();
    if (manifest.family() == Family.ENCODER
        || !manifest.tasks().contains(ModelManifest.TASK_GENERATE)) {
      throw new IllegalArgumentException(
          "%s does not generate: family %s, tasks %s"
              .formatted(folder.path(), manifest.family(), manifest.tasks()));
    }
    ModelManifest.GenerationSpec spec = manifest.generation();
    Integer start = spec == null ? null : spec.decoderStart();
    if (manifest.family() == Family.ENCODER_DECODER
        && (start == null || start < 0 || start >= manifest.vocabularySize())) {
      throw new IllegalArgumentException(
          "%s is an encoder-decoder whose generation.decoderStart is %s, it must be between 0 and %d"
              .formatted(folder.path(), start, manifest.vocabularySize() - 1));
    }
  }

  ModelManifest manifest() {
    return manifest;
  }

  OnnxModelRunner runner() {
    return runner;
  }

  /** Why the model does not answer yet. */
  String missing() {
    return missing;
  }

  /** Asks for the vocabulary until it comes. */
  Vocabulary awaitVocabulary(VocabularyClient client, GeneratorConfig config)
      throws InterruptedException {
    while (true) {
      try {
        return client.get(manifest.name(), manifest.vocabularySize());
      } catch (WeftException e) {
        String reason = "no vocabulary from the tokenizer service: " + e.getMessage();
        if (!reason.equals(missing)) {
          LOG.warnf("model %s waits: %s", manifest.name(), reason);
          missing = reason;
        }
      }
      Thread.sleep(config.vocabularyRetry());
    }
  }

  void close() {
    runner.close();
  }
}
