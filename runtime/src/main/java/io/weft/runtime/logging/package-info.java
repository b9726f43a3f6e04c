/** What the services' logs leave out. */
@NullMarked
package io.weft.runtime.logging;

import org.jspecify.annotations.NullMarked;
