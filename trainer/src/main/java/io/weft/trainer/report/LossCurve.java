package io.weft.trainer.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Draws the loss of a run over its steps as a PNG file of 960 × 540 pixels. */
public final class LossCurve {
  private static final int WIDTH = 960;
  private static final int HEIGHT = 540;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 40;
  private static final int BOTTOM = 50;
  private static final int LINES = 5;
  private static final Color PALE = new Color(0xB9, 0xD2, 0xF2);
  private static final Color STRONG = new Color(0x1F, 0x5F, 0xBF);
  private static final Color VALIDATION = new Color(0xD0, 0x5A, 0x1E);
  private static final Color GRID = new Color(0xE4, 0xE4, 0xE4);

  private final List<Point> points;
  private final List<Point> validations;
  private final double mostLoss;
  private final long mostStep;

  private LossCurve(List<Point> points, List<Point> validations) {
    this.points = points;
    this.validations = validations;
    double most = 0;
    for (Point point : points) {
      most = Math.max(most, point.loss);
    }
    for (Point point : validations) {
      most = Math.max(most, point.loss);
    }
    this.mostLoss = most > 0 ? most * 1.05 : 1;
    this.mostStep = Math.max(1, points.isEmpty() ? 1 : points.getLast().step);
  }

  /** The loss at a step. */
  public record Point(long step, double loss) {}

  /**
   * Writes the picture.
   *
   * @param points of training, in order; each is drawn pale, their running mean strong
   * @param validations in order; may be empty
   * @return whether it was drawn; not on a system without fonts
   */
  public static boolean write(Path file, List<Point> points, List<Point> validations)
      throws IOException {
    System.setProperty("java.awt.headless", "true");
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      new LossCurve(points, validations).draw(graphics);
    } catch (RuntimeException | LinkageError | InternalError e) {
      // So Java says that there is no font, or not the library that reads fonts.
      return false;
    } finally {
      graphics.dispose();
    }
    ImageIO.write(image, "png", file.toFile());
    return true;
  }

  private void draw(Graphics2D graphics) {
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, WIDTH, HEIGHT);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
    grid(graphics);
    graphics.setStroke(new BasicStroke(1f));
    line(graphics, points, PALE);
    graphics.setStroke(new BasicStroke(2f));
    line(graphics, smoothed(), STRONG);
    if (!validations.isEmpty()) {
      line(graphics, validations, VALIDATION);
      for (Point point : validations) {
        graphics.fillOval((int) x(point.step) - 4, (int) y(point.loss) - 4, 8, 8);
      }
    }
    legend(graphics);
  }

  private void grid(Graphics2D graphics) {
    for (int i = 0; i <= LINES; i++) {
      double loss = mostLoss * i / LINES;
      long step = mostStep * i / LINES;
      graphics.setColor(GRID);
      graphics.drawLine(LEFT, (int) y(loss), WIDTH - RIGHT, (int) y(loss));
      graphics.setColor(Color.DARK_GRAY);
      graphics.drawString(String.format(Locale.ROOT, "%.3f", loss), 16, (int) y(loss) + 5);
      graphics.drawString(
          String.format(Locale.ROOT, "%,d", step), (int) x(step) - 12, HEIGHT - BOTTOM + 22);
    }
    graphics.drawString("step", WIDTH / 2, HEIGHT - 8);
  }

  private void legend(Graphics2D graphics) {
    graphics.setColor(STRONG);
    graphics.drawString("training loss (running mean)", LEFT, 24);
    if (!validations.isEmpty()) {
      graphics.setColor(VALIDATION);
      graphics.drawString("validation loss", LEFT + 240, 24);
    }
  }

  private void line(Graphics2D graphics, List<Point> line, Color color) {
    graphics.setColor(color);
    Path2D path = new Path2D.Double();
    for (Point point : line) {
      if (path.getCurrentPoint() == null) {
        path.moveTo(x(point.step), y(point.loss));
      } else {
        path.lineTo(x(point.step), y(point.loss));
      }
    }
    graphics.draw(path);
  }

  /** A running mean over about a fiftieth of the run. */
  private List<Point> smoothed() {
    double share = 1.0 / Math.max(1, points.size() / 50);
    List<Point> smoothed = new ArrayList<>();
    double mean = 0;
    for (Point point : points) {
      mean = smoothed.isEmpty() ? point.loss : mean + share * (point.loss - mean);
      smoothed.add(new Point(point.step, mean));
    }
    return smoothed;
  }

  private double x(long step) {
    return LEFT + (double) (WIDTH - LEFT - RIGHT) * step / mostStep;
  }

  private double y(double loss) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.min(1, loss / mostLoss);
  }
}
