/** What an import can fail with. */
@NullMarked
package io.weft.importer.error;

import org.jspecify.annotations.NullMarked;
