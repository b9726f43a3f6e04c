package io.weft.gateway.backend;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What became of one item of a batch, in which an item that cannot be served fails alone. */
public sealed interface ItemOutcome<T> {
  /** It was served. */
  record Done<T>(T value) implements ItemOutcome<T> {}

  /**
   * It was not, while the others went on.
   *
   * @param code a {@code google.rpc.Code}
   * @param reason machine-readable, UPPER_SNAKE_CASE
   * @param message names the limit and the value, never the item's text
   */
  record Failed<T>(int code, String reason, String message) implements ItemOutcome<T> {
    private static final int INVALID_ARGUMENT = io.grpc.Status.Code.INVALID_ARGUMENT.value();
    private static final int OUT_OF_RANGE = io.grpc.Status.Code.OUT_OF_RANGE.value();

    /** An item that breaks a rule. */
    static <T> Failed<T> invalid(String reason, String message) {
      return new Failed<>(INVALID_ARGUMENT, reason, message);
    }

    /** The same, of what was to be made of the item. */
    public <U> Failed<U> cast() {
      return new Failed<>(code, reason, message);
    }

    /**
     * As the failure of a whole request.
     *
     * @param param names the item, such as {@code input[3]}
     */
    WeftException exception(String param) {
      String text = "%s: %s".formatted(param, message);
      return code == INVALID_ARGUMENT || code == OUT_OF_RANGE
          ? new WeftException.InvalidRequest(reason, text, Map.of("param", param))
          // The others went on, so it is this item that the model cannot take.
          : new WeftException.InvalidRequest("ITEM_FAILED", text, Map.of("param", param));
    }
  }

  /** The same with what {@code made} makes of the value. */
  default <U> ItemOutcome<U> map(Function<T, U> made) {
    return switch (this) {
      case Done<T>(T value) -> new Done<>(made.apply(value));
      case Failed<T> failed -> failed.cast();
    };
  }

  /**
   * The values of all items, for APIs that have no failures of single items.
   *
   * @throws WeftException of the first item that failed
   */
  static <T> List<T> values(List<ItemOutcome<T>> outcomes, ItemNames names) {
    List<T> values = new ArrayList<>(outcomes.size());
    for (ItemOutcome<T> outcome : outcomes) {
      switch (outcome) {
        case Done<T>(T value) -> values.add(value);
        case Failed<T> failed -> throw failed.exception(names.name(values.size()));
      }
    }
    return values;
  }
}
