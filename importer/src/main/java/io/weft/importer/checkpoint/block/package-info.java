/** The block formats of GGUF files: integer steps that share scales. */
@NullMarked
package io.weft.importer.checkpoint.block;

import org.jspecify.annotations.NullMarked;
