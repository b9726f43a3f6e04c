/** From checkpoint to model folder: library entry and command line. */
@NullMarked
package io.weft.importer;

import org.jspecify.annotations.NullMarked;
