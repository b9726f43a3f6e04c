package io.weft.gateway.tokens;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.RenderedChat;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.Names;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.tei.TeiErrors;
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
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/**
 * {@code POST /tokenize}. vLLM and text-embeddings-inference have it both; the body tells whose it
 * is (see {@link TokenizeReader}), and answers and errors have that one's shape. An error found
 * before the body told has the latter's.
 */
@Path(TokenizeResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class TokenizeResource {
  static final String ROUTE = "/tokenize";

  private final Exchanges exchanges;
  private final TeiErrors teiErrors;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;

  TokenizeResource(
      Exchanges exchanges, TeiErrors teiErrors, ModelCatalog catalog, TokenizerClient tokenizer) {
    this.exchanges = exchanges;
    this.teiErrors = teiErrors;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
  }

  /** The tokens of one text or conversation, or of each text of a list. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "TokenizeRequest")
  @APIResponse(responseCode = "200", ref = "Tokenized")
  public Response tokenize(@Context RoutingContext routing, InputStream body) {
    TokenizeReader reader = new TokenizeReader();
    try {
      return exchanges.answer(
          routing,
          ROUTE,
          exchange ->
              Response.ok(
                      answer(reader.read(exchanges.body(exchange, body))),
                      MediaType.APPLICATION_JSON_TYPE)
                  .build());
    } catch (RuntimeException e) {
      if (reader.isVllms()) {
        throw e;
      }
      return teiErrors.response(e);
    }
  }

  private Object answer(TokenizeRequest request) {
    return switch (request) {
      case TokenizeRequest.Texts texts -> texts(texts);
      case TokenizeRequest.Prompt(
              String model,
              String prompt,
              boolean specialTokens,
              boolean strings) ->
          encode(catalog.tokenized(model), prompt, specialTokens, strings, "prompt");
      case TokenizeRequest.Chat chat -> chat(chat);
    };
  }

  /** {@code [[...], ...]}, also for a single text. */
  private List<List<SimpleToken>> texts(TokenizeRequest.Texts request) {
    Model model =
        request.model() == null
            ? catalog.onlyEncoder("encode", _ -> true)
            : catalog.tokenized(request.model());
    List<TextPair> texts = request.inputs().pairs();
    List<EncodedText> encoded =
        tokenizer.encode(
            model.name(),
            texts,
            new EncodeOptions(request.specialTokens(), EncodeOptions.Cut.NONE, true),
            request.inputs());
    List<List<SimpleToken>> answer = new ArrayList<>(encoded.size());
    for (EncodedText text : encoded) {
      answer.add(
          TokenView.of(texts.get(answer.size()), text.tokens()).stream()
              .map(SimpleToken::of)
              .toList());
    }
    return answer;
  }

  private Tokenized chat(TokenizeRequest.Chat request) {
    Model model = catalog.tokenized(request.model());
    RenderedChat chat = tokenizer.render(model.name(), request.chat(), request.rendering());
    return request.specialTokens() || request.tokenStrings()
        ? encode(model, chat.text(), request.specialTokens(), request.tokenStrings(), "messages")
        : Tokenized.of(model, chat.ids());
  }

  private Tokenized encode(
      Model model, String text, boolean specialTokens, boolean strings, String param) {
    EncodedText encoded =
        tokenizer
            .encode(
                model.name(),
                List.of(TextPair.of(text)),
                new EncodeOptions(specialTokens, EncodeOptions.Cut.NONE, strings),
                new Names(param, false))
            .getFirst();
    return strings ? Tokenized.spelled(model, encoded) : Tokenized.of(model, encoded.ids());
  }
}
