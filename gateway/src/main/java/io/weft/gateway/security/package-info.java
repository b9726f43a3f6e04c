/** Who may call: API keys, and what each may use. */
@NullMarked
package io.weft.gateway.security;

import org.jspecify.annotations.NullMarked;
