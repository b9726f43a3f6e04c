/** Readiness of what Quarkus does not check by itself. */
@NullMarked
package io.weft.runtime.health;

import org.jspecify.annotations.NullMarked;
