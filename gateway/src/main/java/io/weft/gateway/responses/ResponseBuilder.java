package io.weft.gateway.responses;

import io.weft.gateway.backend.GenerationEvent.FinishReason;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.TokenLogprobs;
import io.weft.gateway.generation.Usage;
import io.weft.gateway.tools.CallPiece;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Builds a response piece by piece, with the event of every step: items open one after another, a
 * message for text and a call for a call. A response that is not streamed takes the same steps and
 * leaves the events out. Used by one thread.
 */
final class ResponseBuilder {
  private static final String COMPLETED = "completed";
  private static final String INCOMPLETE = "incomplete";

  private final ResponseHead head;
  private final ResponseRequest request;
  private final List<ResponseItem> output = new ArrayList<>();
  private final List<Object> events = new ArrayList<>();
  private final List<TokenLogprobs.Token> pending = new ArrayList<>();
  private int sequenceNumber;
  private @Nullable Open open;
  private @Nullable FinishReason reason;

  ResponseBuilder(ResponseHead head, ResponseRequest request) {
    this.head = head;
    this.request = request;
  }

  /** The item that is being written. */
  private static final class Open {
    final String id;
    final CallPiece.@Nullable Begin call;
    final StringBuilder text = new StringBuilder();
    final List<TokenLogprobs.Token> logprobs = new ArrayList<>();

    Open(String prefix, CallPiece.@Nullable Begin call) {
      this.id = prefix + UUID.randomUUID().toString().replace("-", "");
      this.call = call;
    }

    ResponseItem item(String status, boolean begun) {
      return call == null
          ? ResponseItem.Message.of(id, status, begun ? List.of(part()) : List.of())
          : ResponseItem.Call.of(id, status, call.id(), call.name(), text.toString());
    }

    ResponseItem.Part part() {
      return ResponseItem.Part.of(text.toString(), logprobs);
    }
  }

  /** Hands out the events so far. */
  List<Object> takeEvents() {
    List<Object> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  /** The first two events. */
  void begin() {
    ResponseBody body = body("in_progress", null, null, null);
    events.add(new ResponseEvent.Whole("response.created", sequenceNumber++, body));
    events.add(new ResponseEvent.Whole("response.in_progress", sequenceNumber++, body));
  }

  /** Log probabilities of tokens; they go with the next text, and are dropped before a call. */
  void logprobs(List<TokenLogprobs.Token> tokens) {
    pending.addAll(tokens);
  }

  void pieces(List<CallPiece> pieces) {
    for (CallPiece piece : pieces) {
      switch (piece) {
        case CallPiece.Text(String text) -> text(text);
        case CallPiece.Begin begin -> {
          close(COMPLETED);
          pending.clear();
          open(new Open("fc_", begin));
        }
        case CallPiece.Arguments(int _, String text) -> arguments(text);
      }
    }
  }

  /** The sequence has ended. */
  void finish(FinishReason why) {
    reason = why;
    if (output.isEmpty() && open == null) {
      openMessage();
    }
    if (open != null && open.call == null && !pending.isEmpty()) {
      // Of tokens without a text of their own, such as the one that ends a sequence.
      text("");
    }
    close(why == FinishReason.LENGTH ? INCOMPLETE : COMPLETED);
  }

  /** The last event. */
  ResponseEvent end(Usage usage) {
    ResponseBody body = whole(usage);
    return new ResponseEvent.Whole("response." + body.status(), sequenceNumber++, body);
  }

  /** The whole response. */
  ResponseBody whole(Usage usage) {
    ResponseBody.Tokens tokens = ResponseBody.Tokens.of(usage);
    return reason == FinishReason.LENGTH
        ? body(INCOMPLETE, null, new ResponseBody.Incomplete("max_output_tokens"), tokens)
        : body(COMPLETED, null, null, tokens);
  }

  /** The last event of a response that failed. */
  ResponseEvent failed(String code, String message) {
    ResponseBody body = body("failed", new ResponseBody.Failure(code, message), null, null);
    return new ResponseEvent.Whole("response.failed", sequenceNumber++, body);
  }

  private ResponseBody body(
      String status,
      ResponseBody.@Nullable Failure failure,
      ResponseBody.@Nullable Incomplete incomplete,
      ResponseBody.@Nullable Tokens usage) {
    return ResponseBody.of(
        head,
        request,
        new ResponseBody.State(status, failure, incomplete, List.copyOf(output), usage));
  }

  private void text(String text) {
    Open message = open == null || open.call != null ? openMessage() : open;
    List<TokenLogprobs.Token> logprobs = List.copyOf(pending);
    pending.clear();
    message.text.append(text);
    message.logprobs.addAll(logprobs);
    events.add(
        new ResponseEvent.TextDelta(
            "response.output_text.delta",
            sequenceNumber++,
            message.id,
            output.size(),
            0,
            text,
            logprobs));
  }

  private void arguments(String text) {
    Open call = open;
    if (call == null) {
      throw new IllegalStateException("arguments before their call");
    }
    call.text.append(text);
    events.add(
        new ResponseEvent.ArgumentsDelta(
            "response.function_call_arguments.delta",
            sequenceNumber++,
            call.id,
            output.size(),
            text));
  }

  private Open openMessage() {
    close(COMPLETED);
    Open message = new Open("msg_", null);
    open(message);
    part("response.content_part.added", message);
    return message;
  }

  private void open(Open item) {
    open = item;
    item("response.output_item.added", item.item("in_progress", false));
  }

  private void close(String status) {
    Open item = open;
    if (item == null) {
      return;
    }
    if (item.call == null) {
      events.add(
          new ResponseEvent.TextDone(
              "response.output_text.done",
              sequenceNumber++,
              item.id,
              output.size(),
              0,
              item.text.toString(),
              List.copyOf(item.logprobs)));
      part("response.content_part.done", item);
    } else {
      events.add(
          new ResponseEvent.ArgumentsDone(
              "response.function_call_arguments.done",
              sequenceNumber++,
              item.id,
              output.size(),
              item.call.name(),
              item.text.toString()));
    }
    ResponseItem whole = item.item(status, true);
    item("response.output_item.done", whole);
    output.add(whole);
    open = null;
  }

  private void item(String type, ResponseItem item) {
    events.add(new ResponseEvent.Item(type, sequenceNumber++, output.size(), item));
  }

  private void part(String type, Open message) {
    events.add(
        new ResponseEvent.Part(
            type, sequenceNumber++, message.id, output.size(), 0, message.part()));
  }
}
