/** Which models there are: GET /v1/models and the resolution of names. */
@NullMarked
package io.weft.gateway.models;

import org.jspecify.annotations.NullMarked;
