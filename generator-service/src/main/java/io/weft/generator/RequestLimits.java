package io.weft.generator;

import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * What a request to a model is checked against and completed by.
 *
 * @param vocabularySize token ids are below it
 * @param contextLength most tokens of a sequence, prompt and output together
 * @param eos the model's end-of-sequence tokens
 * @param defaults for what the request leaves out
 */
record RequestLimits(
    int vocabularySize, int contextLength, List<Integer> eos, SamplingDefaults defaults) {
  RequestLimits {
    eos = List.copyOf(eos);
  }

  static RequestLimits of(ModelManifest manifest, int contextLength) {
    return new RequestLimits(
        manifest.vocabularySize(),
        contextLength,
        manifest.tokens().eos(),
        SamplingDefaults.of(manifest.generation(), manifest.vocabularySize()));
  }
}
