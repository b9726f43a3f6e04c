package io.weft.trainer.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a file, so that a person learns it in one go. */
final class Problems {
  private static final int SHOWN = 10;

  private final Path file;
  private final List<String> shown = new ArrayList<>();
  private int count;

  Problems(Path file) {
    this.file = file;
  }

  void add(int line, String what) {
    count++;
    if (shown.size() < SHOWN) {
      shown.add("%s, line %,d: %s".formatted(file.getFileName(), line, what));
    }
  }

  /**
   * @throws DataException when there was any problem
   */
  void throwIfAny() {
    if (count == 0) {
      return;
    }
    String more = count > SHOWN ? "%n... and %,d more".formatted(count - SHOWN) : "";
    throw new DataException(String.join(System.lineSeparator(), shown) + more);
  }
}
