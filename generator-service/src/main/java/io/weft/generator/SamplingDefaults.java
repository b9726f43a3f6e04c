package io.weft.generator;

import io.weft.runtime.model.ModelManifest;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen where a request does not say: as the checkpoint's authors recommend, else
 * plain sampling as in OpenAI's API.
 *
 * @param temperature divides the logits; 0 is greedy
 * @param topK number of tokens kept; 0 keeps all
 * @param topP least total probability of the tokens kept
 * @param repetitionPenalty divides the logits of tokens seen
 */
record SamplingDefaults(float temperature, int topK, float topP, float repetitionPenalty) {
  private static final SamplingDefaults PLAIN = new SamplingDefaults(1, 0, 1, 1);

  static SamplingDefaults of(
      ModelManifest.@Nullable GenerationSpec recommended, int vocabularySize) {
    if (recommended == null) {
      return PLAIN;
    }
    Float temperature = recommended.temperature();
    Integer topK = recommended.topK();
    Float topP = recommended.topP();
    Float repetition = recommended.repetitionPenalty();
    return new SamplingDefaults(
        temperature == null ? PLAIN.temperature : Math.min(temperature, 2),
        topK == null ? PLAIN.topK : Math.min(topK, vocabularySize),
        topP == null || topP == 0 ? PLAIN.topP : topP,
        repetition == null || repetition <= 0 ? PLAIN.repetitionPenalty : Math.min(repetition, 10));
  }
}
