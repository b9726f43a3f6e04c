package io.weft.generator.constraint;

import org.jspecify.annotations.Nullable;

/**
 * Where a text stands in its constraint. Immutable, so that a sequence that forks, or looks ahead,
 * keeps as many as it likes.
 *
 * @param state of the automaton
 * @param frame the calls that have not returned
 * @param atStart the first space does not count, since the text is shown without it
 */
record ConstraintState(int state, @Nullable Frame frame, boolean atStart) {}
