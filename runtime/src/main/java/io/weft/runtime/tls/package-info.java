/** Mutual TLS between services: one switch, certificates that may be replaced, who may call. */
@NullMarked
package io.weft.runtime.tls;

import org.jspecify.annotations.NullMarked;
