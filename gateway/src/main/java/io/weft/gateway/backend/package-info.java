/** The services behind the gateway: one client a service, and what is known of them now. */
@NullMarked
package io.weft.gateway.backend;

import org.jspecify.annotations.NullMarked;
