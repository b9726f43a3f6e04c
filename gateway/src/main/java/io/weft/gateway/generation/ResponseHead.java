package io.weft.gateway.generation;

import io.weft.gateway.models.Model;
import java.util.UUID;

/**
 * What all shapes of a response begin with, and all its chunks have in common.
 *
 * @param id unique
 * @param createdUnixS seconds since 1970-01-01 UTC
 * @param model the model that answered
 */
public record ResponseHead(String id, long createdUnixS, Model model) {
  /** A new response, whose id begins with {@code prefix}. */
  public static ResponseHead create(String prefix, Model model) {
    return new ResponseHead(
        prefix + UUID.randomUUID().toString().replace("-", ""),
        System.currentTimeMillis() / 1000,
        model);
  }
}
