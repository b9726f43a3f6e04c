/** Comparing a written model folder with the exact one over a bundled text. */
@NullMarked
package io.weft.importer.check;

import org.jspecify.annotations.NullMarked;
