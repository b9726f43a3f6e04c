package io.weft.gateway.tagging;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TagOptions.Aggregation;
import io.weft.gateway.backend.TaggedSpan;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
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
import java.util.Iterator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/token-classification}. */
@Path(TaggingResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class TaggingResource {
  static final String ROUTE = "/v1/token-classification";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  TaggingResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Finds entities in one or several texts; a bad one fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "TaggingRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Tags.class)))
  public Response tag(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(TaggingRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(TaggingRequest request) {
    Model model = catalog.encoder(request.model(), "classify_tokens");
    List<EncodedText> sequences =
        tokenizer.encode(
            model.name(),
            request.inputs().pairs(),
            EncodeOptions.tagged(request.cut()),
            request.inputs());
    SequenceLength.check(sequences, model.contextLength(), request.inputs());
    List<List<TaggedSpan>> found =
        encoder
            .classifyTokens(model.name(), sequences, request.options(), request.inputs())
            .stream()
            .map(spans -> kept(spans, request))
            .toList();
    List<List<Tags.Entity>> data =
        request.aggregation() == Aggregation.NONE
            ? tokens(sequences, found)
            : groups(model, sequences, found, request);
    return Response.ok(
            new Tags("list", model.name(), data, InputUsage.of(SequenceLength.total(sequences))),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static List<TaggedSpan> kept(List<TaggedSpan> spans, TaggingRequest request) {
    return spans.stream().filter(span -> !request.ignoredLabels().contains(span.label())).toList();
  }

  private static List<List<Tags.Entity>> tokens(
      List<EncodedText> sequences, List<List<TaggedSpan>> found) {
    List<List<Tags.Entity>> data = new ArrayList<>(found.size());
    for (List<TaggedSpan> spans : found) {
      List<EncodedText.Token> tokens = sequences.get(data.size()).tokens();
      data.add(
          spans.stream()
              .map(
                  span ->
                      new Tags.Entity(
                          span.label(),
                          null,
                          span.score(),
                          span.firstToken(),
                          tokens.get(span.firstToken()).text(),
                          span.span().start(),
                          span.span().end()))
              .toList());
    }
    return data;
  }

  private List<List<Tags.Entity>> groups(
      Model model,
      List<EncodedText> sequences,
      List<List<TaggedSpan>> found,
      TaggingRequest request) {
    List<TokenIds> ids = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      for (TaggedSpan span : found.get(i)) {
        ids.add(sequences.get(i).ids().range(span.firstToken(), span.endToken()));
      }
    }
    Iterator<String> words =
        tokenizer.decodeAll(model.name(), ids, false, request.inputs()).iterator();
    return found.stream()
        .map(spans -> spans.stream().map(span -> group(span, words.next())).toList())
        .toList();
  }

  private static Tags.Entity group(TaggedSpan span, String word) {
    return new Tags.Entity(
        null, span.label(), span.score(), null, word, span.span().start(), span.span().end());
  }
}
