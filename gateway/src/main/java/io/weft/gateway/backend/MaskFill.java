package io.weft.gateway.backend;

import java.util.List;

/**
 * One mask and what may stand in its place.
 *
 * @param position index of the mask among the sequence's tokens
 * @param candidates likeliest first
 */
public record MaskFill(int position, List<Candidate> candidates) {
  public MaskFill {
    candidates = List.copyOf(candidates);
  }

  /**
   * A token.
   *
   * @param id its id
   * @param score its probability among the whole vocabulary
   */
  public record Candidate(int id, float score) {}
}
