package io.weft.generator.constraint;

import org.jspecify.annotations.Nullable;

/** A call that has not returned: where it returns to, and the call around it. Immutable. */
final class Frame {
  private final int returnState;
  private final @Nullable Frame parent;
  private final int depth;
  private final int hash;

  Frame(int returnState, @Nullable Frame parent) {
    this.returnState = returnState;
    this.parent = parent;
    this.depth = depth(parent) + 1;
    this.hash = 31 * (parent == null ? 0 : parent.hash) + returnState;
  }

  int returnState() {
    return returnState;
  }

  @Nullable Frame parent() {
    return parent;
  }

  /** Number of calls that have not returned. */
  static int depth(@Nullable Frame frame) {
    return frame == null ? 0 : frame.depth;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    Frame mine = this;
    Frame theirs = other instanceof Frame frame ? frame : null;
    while (mine != theirs) {
      if (mine == null
          || theirs == null
          || mine.hash != theirs.hash
          || mine.returnState != theirs.returnState) {
        return false;
      }
      mine = mine.parent;
      theirs = theirs.parent;
    }
    return true;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
