package io.weft.gateway.responses;

import io.weft.gateway.backend.GenerationEvent.Delta;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.gateway.error.ApiError;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.generation.TokenLogprobs;
import io.weft.gateway.generation.Usage;
import io.weft.gateway.tools.CallParser;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the JSON of one response from the generator's events. Used by one thread. */
record ResponseShapes(ResponseBuilder builder, CallParser parser) implements EventRelay.Shape {
  ResponseBody whole(Sequences sequences) {
    Sequences.Sequence only = sequences.all().getFirst();
    builder.logprobs(TokenLogprobs.of(only.logprobs()));
    builder.pieces(parser.all(only.text()));
    builder.finish(only.reason());
    return builder.whole(sequences.usage());
  }

  List<Object> begin() {
    builder.begin();
    return builder.takeEvents();
  }

  @Override
  public List<Object> text(Delta delta, @Nullable Object usage) {
    builder.logprobs(TokenLogprobs.of(delta.logprobs()));
    builder.pieces(parser.add(delta.text()));
    return builder.takeEvents();
  }

  /** The last event has the whole response. */
  @Override
  public boolean keepsLogprobs() {
    return true;
  }

  @Override
  public List<Object> finish(Finished finished, @Nullable Object usage) {
    builder.pieces(parser.end());
    builder.finish(finished.reason());
    return builder.takeEvents();
  }

  @Override
  public Object usage(Usage usage) {
    return builder.end(usage);
  }

  Object failed(ApiError error) {
    return builder.failed(error.code() == null ? error.type() : error.code(), error.message());
  }
}
