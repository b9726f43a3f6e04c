/**
 * Chat templates: the model's own Jinja template turns a conversation into its prompt.
 *
 * <p>Templates are written for Python's Jinja2 as Hugging Face's transformers sets it up. Jinjava
 * parses them; what it does differently (operator precedence, truth, order, arithmetic, slices,
 * string methods, whitespace around tags, loop filters, assignments, macros and what they see) is
 * replaced here, and goldens made by Jinja2 hold it. Templates come with a checkpoint and are not
 * trusted: they see no Java object, and their output, time and recursion are bounded.
 */
@NullMarked
package io.weft.tokenizer.chat;

import org.jspecify.annotations.NullMarked;
