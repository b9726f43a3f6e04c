/** From tokens to certain text. */
@NullMarked
package io.weft.generator.text;

import org.jspecify.annotations.NullMarked;
