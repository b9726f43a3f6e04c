package io.weft.gateway.backend;

/**
 * What answers are wanted.
 *
 * @param topK answers a question, 1 to 20
 * @param maxAnswerTokens longest answer, 1 to 512 tokens
 * @param allowNoAnswer let "no answer" take part
 * @param wholeWords widen answers to whole words
 */
public record AnswerOptions(
    int topK, int maxAnswerTokens, boolean allowNoAnswer, boolean wholeWords) {}
