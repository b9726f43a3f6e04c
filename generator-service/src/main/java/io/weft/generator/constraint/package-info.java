/** Shapes that a text must have: compiled to automata over bytes, and from those to token masks. */
@NullMarked
package io.weft.generator.constraint;

import org.jspecify.annotations.NullMarked;
