/** Number formats of written weights. */
@NullMarked
package io.weft.importer.quantize;

import org.jspecify.annotations.NullMarked;
