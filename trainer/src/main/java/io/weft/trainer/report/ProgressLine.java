package io.weft.trainer.report;

import io.weft.trainer.train.Evaluation;
import io.weft.trainer.train.StepReport;
import io.weft.trainer.train.TrainingListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Shows a run: on a screen a line that is written over and over, elsewhere a line every ten
 * seconds. For the training thread.
 */
public final class ProgressLine implements TrainingListener {
  private static final int WIDTH = 24;
  private static final long EVERY_NS = Duration.ofSeconds(10).toNanos();

  /** Share of the newest step in the shown loss and duration. */
  private static final double NEWEST = 0.1;

  private final PrintWriter out;
  private final boolean screen;
  private long steps;
  private double loss = Double.NaN;
  private double seconds = Double.NaN;
  private long shownNs;
  private int shownWidth;

  /**
   * Shows to a writer.
   *
   * @param screen whether {@code out} is one, where a line can be written over
   */
  public ProgressLine(PrintWriter out, boolean screen) {
    this.out = out;
    this.screen = screen;
    this.shownNs = System.nanoTime();
  }

  @Override
  public void begins(long done, long all) {
    steps = all;
    out.printf(
        done == 0 ? "Training: %2$,d steps%n" : "Going on behind step %1$,d of %2$,d%n", done, all);
    out.flush();
  }

  @Override
  public void step(StepReport report) {
    loss = Double.isNaN(loss) ? report.loss() : loss + NEWEST * (report.loss() - loss);
    seconds =
        Double.isNaN(seconds) ? report.seconds() : seconds + NEWEST * (report.seconds() - seconds);
    boolean last = report.step() == steps;
    if (screen || last || System.nanoTime() - shownNs > EVERY_NS) {
      shownNs = System.nanoTime();
      show(line(report));
      if (last && screen) {
        endLine();
      }
    }
  }

  private String line(StepReport report) {
    long left = Math.round((steps - report.step()) * seconds);
    int full = (int) (WIDTH * report.step() / steps);
    return String.format(
        Locale.ROOT,
        "epoch %d [%s%s] %,d/%,d  loss %.4f  lr %.2e  %.2f steps/s  %d:%02d left",
        report.epoch(),
        "#".repeat(full),
        ".".repeat(WIDTH - full),
        report.step(),
        steps,
        loss,
        report.rate(),
        1 / seconds,
        left / 60,
        left % 60);
  }

  private void show(String line) {
    if (screen) {
      out.print("\r" + line + " ".repeat(Math.max(0, shownWidth - line.length())));
      shownWidth = line.length();
    } else {
      out.println(line);
    }
    out.flush();
  }

  private void endLine() {
    if (screen && shownWidth > 0) {
      out.println();
      shownWidth = 0;
    }
  }

  @Override
  public void validated(int epoch, Evaluation evaluation, boolean best) {
    endLine();
    out.printf("epoch %d: validation %s%s%n", epoch, evaluation, best ? " (best so far)" : "");
    out.flush();
  }

  @Override
  public void stopsEarly(int epoch, int bestEpoch) {
    out.printf("Stopping after epoch %d: none was better since epoch %d%n", epoch, bestEpoch);
    out.flush();
  }
}
