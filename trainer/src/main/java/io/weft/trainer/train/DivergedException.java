package io.weft.trainer.train;

/** Training that went wrong beyond help: the loss or a weight is no finite number. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DivergedException(String message) {
    super(message);
  }
}
