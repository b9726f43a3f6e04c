/** Fetching and unpacking checkpoints. */
@NullMarked
package io.weft.importer.download;

import org.jspecify.annotations.NullMarked;
