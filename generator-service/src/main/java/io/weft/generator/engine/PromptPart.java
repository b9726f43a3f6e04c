package io.weft.generator.engine;

/**
 * A part of a prompt, as a run of the model appends it to a slot.
 *
 * @param slot 0 to slots - 1; holds {@code from} tokens
 * @param from index of its first token; 0 begins a sequence, or goes on after its input
 * @param to index after its last token, at most the capacity
 */
public record PromptPart(int slot, Prompt prompt, int from, int to) {
  int length() {
    return to - from;
  }
}
