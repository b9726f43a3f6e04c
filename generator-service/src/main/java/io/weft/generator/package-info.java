/** The generator service: its RPCs, the models it serves, its configuration and health. */
@NullMarked
package io.weft.generator;

import org.jspecify.annotations.NullMarked;
