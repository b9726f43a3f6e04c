package io.weft.generator.engine;

/**
 * Tokens and time of one sequence.
 *
 * @param promptTokens tokens of the prompt
 * @param completionTokens tokens generated, the one that ended the sequence included
 * @param cachedTokens tokens of the prompt that came from the prefix cache
 * @param timeToFirstTokenNs from submission to the first token, or to the end when there is none
 * @param decodeTimeNs from the first token to the last
 */
public record Usage(
    int promptTokens,
    int completionTokens,
    int cachedTokens,
    long timeToFirstTokenNs,
    long decodeTimeNs) {}
