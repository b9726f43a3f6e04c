/** The HTTP edge: one exchange a request, bounded bodies, server-sent events, health. */
@NullMarked
package io.weft.gateway.http;

import org.jspecify.annotations.NullMarked;
