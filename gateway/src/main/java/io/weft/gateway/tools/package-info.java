/**
 * Tools that a model may call: what a request says of them, how a call is forced, and how the calls
 * are found in what the model writes.
 */
@NullMarked
package io.weft.gateway.tools;

import org.jspecify.annotations.NullMarked;
