/**
 * Tests on real processes: the launcher, the four services and the default models, asked by real
 * clients.
 */
@NullMarked
package io.weft.e2e;

import org.jspecify.annotations.NullMarked;
