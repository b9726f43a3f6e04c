/** Errors as gRPC statuses and back. */
@NullMarked
package io.weft.runtime.grpc;

import org.jspecify.annotations.NullMarked;
