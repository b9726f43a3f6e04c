/** What models compute inside: POST /v1/attentions and POST /v1/hidden-states. */
@NullMarked
package io.weft.gateway.states;

import org.jspecify.annotations.NullMarked;
