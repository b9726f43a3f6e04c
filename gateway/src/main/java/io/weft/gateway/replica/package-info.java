/**
 * The replicas of each backend: how they are found, which one a call goes to, and which of them are
 * left out. Everything here is a name resolver and a load balancer of gRPC; clients above only say
 * what a call needs ({@link io.weft.gateway.replica.Route}).
 */
@NullMarked
package io.weft.gateway.replica;

import org.jspecify.annotations.NullMarked;
