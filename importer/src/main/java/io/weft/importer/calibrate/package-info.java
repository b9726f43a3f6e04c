/** Choosing how each layer computes, by the error that is measured on a bundled text. */
@NullMarked
package io.weft.importer.calibrate;

import org.jspecify.annotations.NullMarked;
