package io.weft.generator.constraint;

import java.util.Map;

/**
 * String formats of JSON Schema that are carried out, as regular expressions. Each describes texts
 * that have the format for sure, not all that have it: no 29 February, host names of at most six
 * short labels, mail addresses under common top-level domains, IPv6 addresses written in full.
 */
final class Formats {
  private static final String YEAR = "(19|20)\\d\\d";
  private static final String DATE =
      YEAR
          + "-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])"
          + "|(0[469]|11)-(0[1-9]|[12]\\d|30)"
          + "|02-(0[1-9]|1\\d|2[0-8]))";

  /**
   * Zones reach 14 hours from UTC; validators refuse what is farther than 18, and some -00:00,
   * which RFC 3339 has and ISO 8601 has not.
   */
  private static final String TIME =
      "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,6})?"
          + "(Z|\\+(0\\d|1[0-4]):[0-5]\\d|-(0[1-9]|1[0-4]):[0-5]\\d)";

  private static final String LABEL = "[a-z0-9]([a-z0-9]{0,20}|[a-z0-9-]{1,10}[a-z0-9])";
  private static final String HOST = "(" + LABEL + "\\.){1,5}[a-z]{2,10}";

  /** Validators of addresses know which top-level domains there are. */
  private static final String MAIL_HOST =
      "("
          + LABEL
          + "\\.){1,5}(com|org|net|edu|gov|info|biz|io|dev|eu|us|ca|mx|br|uk|ie|fr|de|at|ch|nl"
          + "|be|es|pt|it|pl|se|no|fi|dk|gr|tr|ru|ua|cn|jp|kr|in|au|nz|za)";

  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String DURATION_TIME =
      "T(\\d{1,3}H(\\d{1,2}M(\\d{1,2}S)?)?|\\d{1,3}M(\\d{1,2}S)?|\\d{1,3}S)";
  private static final String DURATION_DATE =
      "(\\d{1,3}Y(\\d{1,2}M(\\d{1,2}D)?)?|\\d{1,3}M(\\d{1,2}D)?|\\d{1,3}D)";

  static final Map<String, String> REGEX =
      Map.ofEntries(
          Map.entry("date", DATE),
          Map.entry("time", TIME),
          Map.entry("date-time", "(" + DATE + ")T" + TIME),
          Map.entry(
              "duration",
              "P(" + DURATION_DATE + "(" + DURATION_TIME + ")?|" + DURATION_TIME + "|\\d{1,3}W)"),
          // What is before the @ may have 64 characters.
          Map.entry("email", "[a-z0-9_+-]{1,20}(\\.[a-z0-9_+-]{1,20}){0,2}@" + MAIL_HOST),
          Map.entry("hostname", HOST),
          Map.entry("ipv4", "(" + BYTE + "\\.){3}" + BYTE),
          Map.entry("ipv6", "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"),
          Map.entry("uri", "https?://" + HOST + "(/[A-Za-z0-9_.-]{0,40}){0,8}"),
          Map.entry(
              "uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));

  private Formats() {}
}
