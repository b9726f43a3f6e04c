import java.util.List;
import java.util.Locale;

/** Draws how the latency is spread, a line a load, as SVG. */
final class Chart {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 420;
  private static final int LEFT = 70;
  private static final int RIGHT = 180;
  private static final int TOP = 46;
  private static final int BOTTOM = 50;
  private static final double[] SHARES = {0, 0.5, 0.75, 0.9, 0.95, 0.99, 1};
  private static final List<String> COLOURS =
      List.of("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#4b5563");

  private final StringBuilder svg = new StringBuilder();

  private Chart() {}

  /**
   * @param what the latency is of
   */
  static String of(String title, String what, List<Report> reports) {
    Chart chart = new Chart();
    double most =
        reports.stream()
            .mapToDouble(r -> Report.at(r.latency(), 1))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    chart.frame(escape(title), what, most);
    for (int i = 0; i < reports.size(); i++) {
      chart.line(reports.get(i), COLOURS.get(i % COLOURS.size()), i, most);
    }
    return chart.svg.append("</svg>\n").toString();
  }

  private void frame(String title, String what, double most) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">%n",
        WIDTH, HEIGHT);
    add(
        "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/><text x=\"%d\" y=\"24\""
            + " font-size=\"15\">%s</text>%n",
        LEFT, title);
    for (int i = 0; i <= 4; i++) {
      double value = most * i / 4;
      add(
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e5e7eb\"/>",
          LEFT, WIDTH - RIGHT, y(value, most), y(value, most));
      add(
          "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>%n",
          LEFT - 8, y(value, most) + 4, value);
    }
    for (int i = 0; i < SHARES.length; i++) {
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">p%.0f</text>%n",
          x(i), HEIGHT - BOTTOM + 20, SHARES[i] * 100);
    }
    add(
        "<text x=\"16\" y=\"%d\" transform=\"rotate(-90 16 %d)\" text-anchor=\"middle\">%s,"
            + " ms</text>%n",
        HEIGHT / 2, HEIGHT / 2, what);
  }

  private void line(Report report, String colour, int number, double most) {
    if (report.latency().length == 0) {
      return;
    }
    add("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"", colour);
    for (int i = 0; i < SHARES.length; i++) {
      add("%.1f,%.1f ", x(i), y(Report.at(report.latency(), Math.max(SHARES[i], 1e-9)), most));
    }
    add(
        "\"/><text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n",
        WIDTH - RIGHT + 14, TOP + 18 * number + 10, colour, escape(report.load()));
  }

  private static double x(int share) {
    return LEFT + (double) share * (WIDTH - LEFT - RIGHT) / (SHARES.length - 1);
  }

  private static double y(double value, double most) {
    return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
