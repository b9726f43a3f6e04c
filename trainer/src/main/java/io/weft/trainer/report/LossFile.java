package io.weft.trainer.report;

import io.weft.trainer.train.Evaluation;
import io.weft.trainer.train.StepReport;
import io.weft.trainer.train.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code loss.csv}: a line a step, and {@code epochs.csv}: a line a validation. Where a run goes
 * on, lines behind the place from which it does are dropped. For the training thread, which closes
 * it.
 */
public final class LossFile implements TrainingListener, AutoCloseable {
  private static final String HEADER = "step,epoch,loss,learning_rate,gradient,seconds";

  private final Path lossFile;
  private final Path epochFile;
  private final List<LossCurve.Point> points = new ArrayList<>();
  private final List<LossCurve.Point> validations = new ArrayList<>();
  private final List<String> epochLines = new ArrayList<>();
  private Writer losses = Writer.nullWriter();

  public LossFile(Path folder) {
    this.lossFile = folder.resolve("loss.csv");
    this.epochFile = folder.resolve("epochs.csv");
  }

  /** What was written, for the curve: a point a step. */
  public List<LossCurve.Point> points() {
    return points;
  }

  /** A point a validation, at the step that it came behind. */
  public List<LossCurve.Point> validations() {
    return validations;
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker")
  public void begins(long done, long steps) {
    try {
      List<String> kept = done == 0 ? List.of() : kept(lossFile, done);
      epochLines.addAll(done == 0 ? List.of() : kept(epochFile, done));
      losses =
          Files.newBufferedWriter(
              lossFile, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
      losses.write(HEADER + "\n");
      for (String line : kept) {
        losses.write(line + "\n");
        points.add(point(line));
      }
      epochLines.forEach(line -> validations.add(point(line)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines up to a step; the first column has it, and the header none. */
  private static List<String> kept(Path file, long done) throws IOException {
    return !Files.exists(file)
        ? List.of()
        : Files.readAllLines(file).stream()
            .filter(line -> line.matches("\\d+,.*") && point(line).step() <= done)
            .toList();
  }

  private static LossCurve.Point point(String line) {
    String[] columns = line.split(",", -1);
    return new LossCurve.Point(Long.parseLong(columns[0]), Double.parseDouble(columns[2]));
  }

  @Override
  public void step(StepReport report) {
    try {
      losses.write(
          String.format(
              Locale.ROOT,
              "%d,%d,%.6f,%.6e,%.4f,%.4f%n",
              report.step(),
              report.epoch(),
              report.loss(),
              report.rate(),
              report.gradient(),
              report.seconds()));
      losses.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    points.add(new LossCurve.Point(report.step(), report.loss()));
  }

  @Override
  public void validated(int epoch, Evaluation evaluation, boolean best) {
    long step = points.isEmpty() ? 0 : points.getLast().step();
    StringBuilder line = new StringBuilder("%d,%d".formatted(step, epoch));
    evaluation
        .values()
        .values()
        .forEach(value -> line.append(String.format(Locale.ROOT, ",%.6f", value)));
    epochLines.removeIf(old -> point(old).step() >= step);
    epochLines.add(line.toString());
    validations.removeIf(point -> point.step() >= step);
    validations.add(new LossCurve.Point(step, evaluation.value("loss")));
    List<String> all = new ArrayList<>();
    all.add("step,epoch," + String.join(",", evaluation.values().keySet()));
    all.addAll(epochLines);
    try {
      Files.write(epochFile, all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stopsEarly(int epoch, int bestEpoch) {}

  @Override
  public void close() throws IOException {
    losses.close();
  }
}
