/** Fetching checkpoints from the Hugging Face hub, or a server that speaks its protocol. */
@NullMarked
package io.weft.importer.download.hub;

import org.jspecify.annotations.NullMarked;
