/**
 * One model's tokenizer: its file, its vocabulary, its native encoder and its chat template, and
 * the registry of all that are loaded.
 */
@NullMarked
package io.weft.tokenizer.model;

import org.jspecify.annotations.NullMarked;
