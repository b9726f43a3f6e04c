package io.weft.gateway.tools;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of calls as it is written: an object with {@code name} and arguments, or a list of
 * such objects. Mutable; used by one thread.
 */
final class CallJson {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .build();

  /** Stands for every character outside of ASCII: allowed in strings only, and in no name. */
  private static final byte OTHER = 0x7F;

  private final String argumentsKey;
  private final JsonParser parser;
  private final ByteArrayFeeder feeder;
  private final List<Found> found = new ArrayList<>();
  private State state = State.OPEN;
  private boolean isList;
  private int depth;
  private int read;
  private @Nullable String key;
  private @Nullable String name;
  private int argumentsStart = -1;
  private int argumentsEnd = -1;

  /**
   * @param argumentsKey what the model calls the arguments
   */
  CallJson(String argumentsKey) {
    this.argumentsKey = argumentsKey;
    try {
      this.parser = JSON.createNonBlockingByteArrayParser();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
  }

  /** How far the value is. */
  enum State {
    /** It goes on. */
    OPEN,
    /** It is whole, and calls. */
    WHOLE,
    /** It is no JSON, or no calls. */
    BROKEN
  }

  /**
   * A call. Places count characters from the first that was read.
   *
   * @param name of what is called
   * @param argumentsStart where the object begins
   * @param argumentsEnd where it has ended
   */
  record Found(String name, int argumentsStart, int argumentsEnd) {}

  /** Reads on. What follows a value that is whole is not looked at. */
  State read(CharSequence text) {
    if (state != State.OPEN || text.isEmpty()) {
      return state;
    }
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = text.charAt(i);
      bytes[i] = c < 0x80 ? (byte) c : OTHER;
    }
    try {
      feeder.feedInput(bytes, 0, bytes.length);
      JsonToken token = parser.nextToken();
      while (state == State.OPEN && token != null && token != JsonToken.NOT_AVAILABLE) {
        take(token);
        token = state == State.OPEN ? parser.nextToken() : token;
      }
    } catch (IOException notJson) {
      state = State.BROKEN;
    }
    return state;
  }

  /** How far the value is. */
  State state() {
    return state;
  }

  /** Characters of the value, once it is whole. */
  int length() {
    return read;
  }

  /** The calls so far that are whole. */
  List<Found> found() {
    return List.copyOf(found);
  }

  /** The name in the object that is being read; null before it. */
  @Nullable String name() {
    return name;
  }

  /** Where the arguments in that object begin; -1 before them. */
  int argumentsStart() {
    return argumentsStart;
  }

  /** Where they have ended; -1 before their end. */
  int argumentsEnd() {
    return argumentsEnd;
  }

  private void take(JsonToken token) throws IOException {
    if (token.isStructStart()) {
      depth++;
    }
    int level = isList ? depth - 1 : depth;
    if (depth == 1 && token == JsonToken.START_ARRAY) {
      isList = true;
    } else if (depth == 0 || (level == 0 && token != JsonToken.END_ARRAY)) {
      state = State.BROKEN;
    } else if (level == 1) {
      takeField(token);
    } else if (level == 2) {
      takeValue(token);
    }
    if (token.isStructEnd()) {
      depth--;
      if (depth == 0) {
        read = place();
        state = state == State.OPEN && !found.isEmpty() ? State.WHOLE : State.BROKEN;
      }
    }
  }

  /** A token of a call's own object. */
  private void takeField(JsonToken token) throws IOException {
    switch (token) {
      case START_OBJECT -> {
        name = null;
        argumentsStart = -1;
        argumentsEnd = -1;
      }
      case FIELD_NAME -> key = parser.currentName();
      case VALUE_STRING -> {
        if ("name".equals(key)) {
          state = name == null ? state : State.BROKEN;
          name = parser.getText();
        }
      }
      case END_OBJECT -> {
        if (name == null || argumentsEnd < 0) {
          state = State.BROKEN;
        } else {
          found.add(new Found(name, argumentsStart, argumentsEnd));
        }
      }
      case START_ARRAY -> state = State.BROKEN;
      default -> {}
    }
  }

  /** The beginning or end of a value in a call's own object. */
  private void takeValue(JsonToken token) {
    if (!argumentsKey.equals(key)) {
      return;
    }
    switch (token) {
      case START_OBJECT -> {
        state = argumentsStart < 0 ? state : State.BROKEN;
        argumentsStart = place() - 1;
      }
      case END_OBJECT -> {
        argumentsEnd = place();
        key = null;
      }
      case START_ARRAY -> state = State.BROKEN;
      default -> {}
    }
  }

  private int place() {
    return (int) parser.currentLocation().getByteOffset();
  }
}
