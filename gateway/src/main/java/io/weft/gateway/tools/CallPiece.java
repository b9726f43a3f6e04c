package io.weft.gateway.tools;

/** A piece of an answer in which calls have been told from text. */
public sealed interface CallPiece {
  /**
   * Text of the answer.
   *
   * @param text not empty
   */
  record Text(String text) implements CallPiece {}

  /**
   * A call begins.
   *
   * @param index of the call within the answer, from 0
   * @param id unique
   * @param name of the tool
   */
  record Begin(int index, String id, String name) implements CallPiece {}

  /**
   * More of the arguments of the call that began last.
   *
   * @param index of the call
   * @param text part of a JSON object, as the model wrote it
   */
  record Arguments(int index, String text) implements CallPiece {}
}
