package io.weft.generator.constraint;

/**
 * Why a constraint is not carried out. {@link ConstraintCompiler} adds the field and makes a {@link
 * io.weft.runtime.error.WeftException.InvalidRequest} of it. Messages hold no text of the request
 * but short names.
 */
final class Refusal extends RuntimeException {
  private static final String SAFE = "[A-Za-z0-9_.$-]{1,40}";

  private final String reason;

  private Refusal(String reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  /** It is not what it should be. */
  static Refusal invalid(String message) {
    return new Refusal("INVALID_VALUE", message);
  }

  /** It is right, but this version does not do it. */
  static Refusal unsupported(String message) {
    return new Refusal("UNSUPPORTED_CONSTRAINT", message);
  }

  /** It would take more states, memory or time than is allowed. */
  static Refusal tooComplex(String message) {
    return new Refusal("CONSTRAINT_TOO_COMPLEX", message);
  }

  /** A short identifier as it is; anything else, which might be text, not at all. */
  static String shown(String name) {
    return name.matches(SAFE) ? name : "...";
  }

  /** The same, saying where. */
  Refusal at(String place) {
    return new Refusal(reason, place + getMessage());
  }

  String reason() {
    return reason;
  }
}
