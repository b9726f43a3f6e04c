/** The model folder: the contract between the importer and the services. */
@NullMarked
package io.weft.runtime.model;

import org.jspecify.annotations.NullMarked;
