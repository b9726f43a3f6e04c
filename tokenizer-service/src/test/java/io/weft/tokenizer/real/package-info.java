/**
 * Published tokenizers, test vectors and chat templates against the reference implementations. They
 * are fetched by {@code e2e/assets.py} and never committed; what is committed are hashes of what
 * the reference makes of them.
 */
package io.weft.tokenizer.real;
