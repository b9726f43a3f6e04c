/** The gateway's gRPC services: text in, text out. */
@NullMarked
package io.weft.gateway.grpc;

import org.jspecify.annotations.NullMarked;
