/** The engine: one thread that owns all running sequences of a model and their key/value cache. */
@NullMarked
package io.weft.generator.engine;

import org.jspecify.annotations.NullMarked;
