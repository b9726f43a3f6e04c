package io.weft.gateway.backend;

/**
 * A labelled stretch of a text.
 *
 * @param label the label's name; without "B-" or "I-" where tokens are grouped
 * @param score a probability
 * @param span where it stands, in code points
 * @param firstToken index of its first token
 * @param endToken one past its last
 */
public record TaggedSpan(
    String label, float score, EncodedText.Span span, int firstToken, int endToken) {}
