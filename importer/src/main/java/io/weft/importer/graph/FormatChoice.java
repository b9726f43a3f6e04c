package io.weft.importer.graph;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.QuantizedRows;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.quantize.BlockLayout;
import io.weft.importer.quantize.WeightPlan;
import io.weft.importer.quantize.WeightRole;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides how each matrix is written: as the plan says, or in the blocks that the checkpoint has it
 * in. Parts of one matrix share a layout; the richest is taken, which holds all of them exactly.
 */
final class FormatChoice {
  private final WeightPlan plan;

  /** Whether the checkpoint has any matrix in blocks of 4 bits. */
  private final boolean fourBitFile;

  FormatChoice(WeightPlan plan, Checkpoint checkpoint) {
    this.plan = plan;
    this.fourBitFile = checkpoint.tensorNames().stream().anyMatch(n -> isFourBit(checkpoint, n));
  }

  private static boolean isFourBit(Checkpoint checkpoint, String name) {
    Tensor tensor = checkpoint.find(name);
    QuantizedRows blocks = tensor == null ? null : tensor.blocks();
    return blocks != null && blocks.shape().bits() == 4;
  }

  WeightPlan plan() {
    return plan;
  }

  /** The layout of a matrix of these parts; null for floats. */
  @Nullable BlockLayout layout(List<Tensor> parts, WeightRole role) {
    if (plan.dtype(role).isFloat()) {
      return null;
    }
    BlockLayout joined = null;
    for (Tensor part : parts) {
      QuantizedRows blocks = part.blocks();
      BlockLayout layout =
          blocks != null && carries(part, role)
              ? BlockLayout.of(blocks.shape())
              : plan.layout(role);
      joined = joined == null ? layout : joined.equals(layout) ? joined : joined.join(layout);
    }
    return joined;
  }

  /** Whether the blocks of {@code part} are carried over as they are. */
  boolean carries(Tensor part, WeightRole role) {
    QuantizedRows blocks = part.blocks();
    return blocks != null && plan.carries(role, blocks.shape().bits(), fourBitFile);
  }
}
