package io.weft.generator;

import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request to a model is checked against and completed by.
 *
 * @param vocabularySize token ids are below it
 * @param contextLength most tokens of a sequence, prompt and output together; of an
 *     encoder-decoder, of the input, and of the output with its start token
 * @param decoderStart the token that an encoder-decoder's output starts from; null for a decoder
 * @param slots sequences that run at one time
 * @param eos the model's end-of-sequence tokens
 * @param defaults for what the request leaves out
 */
record RequestLimits(
    int vocabularySize,
    int contextLength,
    @Nullable Integer decoderStart,
    int slots,
    List<Integer> eos,
    SamplingDefaults defaults) {
  RequestLimits {
    eos = List.copyOf(eos);
  }

  static RequestLimits of(ModelManifest manifest, int contextLength, int slots) {
    return new RequestLimits(
        manifest.vocabularySize(),
        contextLength,
        decoderStart(manifest),
        slots,
        manifest.tokens().eos(),
        SamplingDefaults.of(manifest.generation(), manifest.vocabularySize()));
  }

  private static @Nullable Integer decoderStart(ModelManifest manifest) {
    ModelManifest.GenerationSpec spec = manifest.generation();
    return manifest.family() == Family.ENCODER_DECODER && spec != null ? spec.decoderStart() : null;
  }
}
