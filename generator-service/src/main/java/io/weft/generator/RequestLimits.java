package io.weft.generator;

import io.weft.runtime.model.ModelManifest;
import java.util.List;

/**
 * What a request to a model is checked against.
 *
 * @param vocabularySize token ids are below it
 * @param contextLength most tokens of a sequence, prompt and output together
 * @param eos the model's end-of-sequence tokens
 */
record RequestLimits(int vocabularySize, int contextLength, List<Integer> eos) {
  RequestLimits {
    eos = List.copyOf(eos);
  }

  static RequestLimits of(ModelManifest manifest, int contextLength) {
    return new RequestLimits(manifest.vocabularySize(), contextLength, manifest.tokens().eos());
  }
}
