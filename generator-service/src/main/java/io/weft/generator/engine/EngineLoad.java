package io.weft.generator.engine;

/**
 * How busy an engine is, at one moment.
 *
 * @param running sequences that hold a slot
 * @param waiting requests of which no sequence has begun
 * @param slots in all
 * @param waitingTokens tokens of prompts that are still to be prefilled
 * @param cacheUsage share of the key/value memory that holds tokens, 0 to 1
 */
public record EngineLoad(
    int running, int waiting, int slots, long waitingTokens, float cacheUsage) {
  /** With requests that the engine has not seen yet. */
  EngineLoad plusSubmitted(int requests, long promptTokens) {
    return new EngineLoad(
        running, waiting + requests, slots, waitingTokens + promptTokens, cacheUsage);
  }
}
