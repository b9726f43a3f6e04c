package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/**
 * What the hub's statuses mean to the person who asked. The header {@code X-Error-Code} tells some
 * apart, as in huggingface_hub's {@code utils/_http.py}; not every mirror sends it.
 */
final class Refusals {
  private Refusals() {}

  /**
   * A request for a revision's metadata that did not succeed.
   *
   * @param repositoryExists asked when the hub does not say what is missing
   * @return the error to throw
   * @throws TransientFailure when it may go better the next time
   */
  static ImportException ofRevision(
      HubSource source, HubConfig config, HttpResponse<?> response, Check repositoryExists)
      throws IOException {
    int status = response.statusCode();
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    if (status != 404) {
      return of(source, config, source.repository(), response);
    }
    boolean revision =
        code.equals("RevisionNotFound") || (code.isEmpty() && repositoryExists.holds());
    return new ImportException(
        revision
            ? "%s has no revision '%s'".formatted(source.repository(), source.revision())
            : "there is no repository %s on %s; if it is private, set HF_TOKEN"
                .formatted(source.repository(), config.endpoint()));
  }

  /** The same for a file's content. */
  static ImportException ofFile(
      HubSource source, HubConfig config, String name, HttpResponse<?> response)
      throws TransientFailure {
    if (response.statusCode() == 404) {
      return new ImportException(
          "the hub lists %s in %s but does not have it".formatted(name, source.repository()));
    }
    return of(source, config, name, response);
  }

  private static ImportException of(
      HubSource source, HubConfig config, String what, HttpResponse<?> response)
      throws TransientFailure {
    int status = response.statusCode();
    if (status == 401) {
      String reason =
          config.token() == null
              ? "the repository is private or gated, or does not exist; set HF_TOKEN to a token that"
                  + " may read it (%s/settings/tokens)".formatted(config.endpoint())
              : "it does not accept the token in HF_TOKEN";
      return new ImportException("the hub answers 401 for %s: %s".formatted(what, reason));
    }
    if (status == 403) {
      String account =
          config.token() == null
              ? ", and set HF_TOKEN"
              : ", with the account of the token in HF_TOKEN";
      return new ImportException(
          "the hub answers 403 for %s: accept the licence at %s/%s, or ask for access there%s"
              .formatted(what, config.endpoint(), source.repository(), account));
    }
    if (status == 429) {
      throw new TransientFailure(
          "the hub has too many requests (429)", retryAfter(response.headers()));
    }
    if (status == 408 || status >= 500) {
      throw new TransientFailure(
          "the hub answers " + status, status == 503 ? retryAfter(response.headers()) : null);
    }
    return new ImportException("the hub answers %d for %s".formatted(status, what));
  }

  /** Seconds or a date (RFC 9110, 10.2.3); null without either. */
  private static @Nullable Duration retryAfter(HttpHeaders headers) {
    String value = headers.firstValue("Retry-After").orElse("").strip();
    if (value.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      ZonedDateTime date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration until = Duration.between(ZonedDateTime.now(date.getZone()), date);
      return until.isNegative() ? Duration.ZERO : until;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** A question to the hub. */
  @FunctionalInterface
  interface Check {
    boolean holds() throws IOException;
  }
}
