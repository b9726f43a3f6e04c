/** What chat and completions share: generation parameters, usage, log probabilities. */
@NullMarked
package io.weft.gateway.generation;

import org.jspecify.annotations.NullMarked;
