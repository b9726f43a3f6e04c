package io.weft.importer.checkpoint.block;

/** The formats by their names in GGUF. */
public final class BlockFormats {
  private BlockFormats() {}

  /** 4 bits around zero, groups of 32. */
  public static BlockFormat q4Zero() {
    return new Q4Blocks(false);
  }

  /** 4 bits above a minimum, groups of 32. */
  public static BlockFormat q4One() {
    return new Q4Blocks(true);
  }

  /** 5 bits around zero, groups of 32. */
  public static BlockFormat q5Zero() {
    return new Q5Blocks(false);
  }

  /** 5 bits above a minimum, groups of 32. */
  public static BlockFormat q5One() {
    return new Q5Blocks(true);
  }

  /** 8 bits around zero, groups of 32. */
  public static BlockFormat q8Zero() {
    return new Q8Blocks();
  }

  /** 4 bits above a minimum, 8 groups of 32 whose scales and minimums are quantised too. */
  public static BlockFormat q4K() {
    return new Q4KBlocks();
  }

  /** 5 bits above a minimum, 8 groups of 32 whose scales and minimums are quantised too. */
  public static BlockFormat q5K() {
    return new Q5KBlocks();
  }

  /** 6 bits around zero, 16 groups of 16 whose scales are quantised too. */
  public static BlockFormat q6K() {
    return new Q6KBlocks();
  }
}
