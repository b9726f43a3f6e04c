/** Tiny checkpoints and their goldens, for the tests of every module. */
@NullMarked
package io.weft.importer.testing;

import org.jspecify.annotations.NullMarked;
