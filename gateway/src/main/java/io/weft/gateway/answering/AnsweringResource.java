package io.weft.gateway.answering;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.FoundAnswers;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/question-answering}. */
@Path(AnsweringResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class AnsweringResource {
  static final String ROUTE = "/v1/question-answering";

  /** Most windows of one passage, and of all. */
  private static final int MAX_WINDOWS_OF_PASSAGE = 256;

  private static final int MAX_WINDOWS = 4_096;

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  AnsweringResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Finds answers in passages of any length; a bad question or passage fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "AnsweringRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Answers.class)))
  public Response answer(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(AnsweringRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(AnsweringRequest request) {
    Model model = catalog.encoder(request.model(), "answer_spans");
    List<TextPair> pairs = request.pairs();
    ItemNames names = request.names();
    List<List<EncodedText>> windows =
        tokenizer.encodeWindows(model.name(), pairs, request.windows(model.contextLength()), names);
    checkWindows(windows, names);
    List<FoundAnswers> found = encoder.answerSpans(model.name(), windows, request.options(), names);
    List<Answers.Item> data = new ArrayList<>(found.size());
    for (FoundAnswers answers : found) {
      String passage = String.valueOf(pairs.get(data.size()).pair());
      data.add(
          new Answers.Item(
              data.size(),
              "answers",
              Answers.best(answers, passage, request.options().topK()),
              answers.noAnswerScore()));
    }
    int tokens = windows.stream().mapToInt(SequenceLength::total).sum();
    return Response.ok(
            new Answers("list", model.name(), data, InputUsage.of(tokens)),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static void checkWindows(List<List<EncodedText>> windows, ItemNames names) {
    int total = 0;
    for (int i = 0; i < windows.size(); i++) {
      int count = windows.get(i).size();
      if (count > MAX_WINDOWS_OF_PASSAGE) {
        throw Invalid.range(
            names.name(i),
            "%s: %,d windows > %,d".formatted(names.name(i), count, MAX_WINDOWS_OF_PASSAGE));
      }
      total += count;
    }
    if (total > MAX_WINDOWS) {
      throw Invalid.range(
          names.param(),
          "%s: %,d windows together > %,d".formatted(names.param(), total, MAX_WINDOWS));
    }
  }
}
