/** Reading request bodies field by field. */
@NullMarked
package io.weft.gateway.json;

import org.jspecify.annotations.NullMarked;
