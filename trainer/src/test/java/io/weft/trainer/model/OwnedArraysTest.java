package io.weft.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnedArraysTest {
  /**
   * The way back comes when Java's buffers were collected and their memory used for other things.
   */
  @Test
  void aFactorIsStillThereOnTheWayBack() throws InterruptedException {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray input = OwnedArrays.of(manager, new float[] {1, 2, 3}, new Shape(3));
      input.setRequiresGradient(true);
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        List<NDArray> losses = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
          losses.add(OwnedArrays.scaled(input, 0.25).sum());
        }
        List<ByteBuffer> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          System.gc();
          Thread.sleep(50);
          for (int j = 0; j < 2_000; j++) {
            others.add(ByteBuffer.allocateDirect(4).putFloat(0, Float.NaN));
          }
        }
        NDArray sum = losses.getFirst();
        for (NDArray loss : losses.subList(1, losses.size())) {
          sum = sum.add(loss);
        }
        collector.backward(sum);
        assertThat(input.getGradient().toFloatArray()).containsOnly(500f);
        assertThat(others).hasSize(6_000);
      }
    }
  }
}
