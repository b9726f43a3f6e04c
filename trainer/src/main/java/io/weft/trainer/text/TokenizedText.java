package io.weft.trainer.text;

/**
 * A text as the model reads it, with special tokens.
 *
 * @param ids one a token
 * @param types segment of each token
 * @param words of each token that begins a word its index, else -1; empty unless words were asked
 *     for
 */
@SuppressWarnings("ArrayRecordComponent")
record TokenizedText(int[] ids, int[] types, int[] words) {}
