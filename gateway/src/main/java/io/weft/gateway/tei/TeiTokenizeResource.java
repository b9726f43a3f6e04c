package io.weft.gateway.tei;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.input.TokenView;
import io.weft.gateway.models.Model;
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
import org.jspecify.annotations.Nullable;

/** {@code /tokenize} and {@code /decode}. */
@Path("/")
@Singleton
@RunOnVirtualThread
@Consumes(MediaType.APPLICATION_JSON)
public final class TeiTokenizeResource {
  private final TeiAnswers answers;
  private final TeiModels models;
  private final TokenizerClient tokenizer;

  TeiTokenizeResource(TeiAnswers answers, TeiModels models, TokenizerClient tokenizer) {
    this.answers = answers;
    this.models = models;
    this.tokenizer = tokenizer;
  }

  /**
   * One token.
   *
   * @param id its id
   * @param text its part of the input; as the vocabulary spells it for special tokens
   * @param special whether the tokenizer added it
   * @param start first position in the input, in code points; null for special tokens
   * @param stop one past the last
   */
  record SimpleToken(
      int id, String text, boolean special, @Nullable Integer start, @Nullable Integer stop) {
    static SimpleToken of(TokenView token) {
      return new SimpleToken(token.id(), token.text(), token.special(), token.start(), token.end());
    }
  }

  /** The tokens of each text: {@code [[...], ...]}, also for a single one. */
  @POST
  @Path("tokenize")
  public Response tokenize(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/tokenize", body, in -> tokenize(TeiTokenizeRequest.read(in)));
  }

  /** The text of each list of ids: {@code ["...", ...]}. */
  @POST
  @Path("decode")
  public Response decode(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/decode", body, in -> decode(TeiDecodeRequest.read(in)));
  }

  private List<List<SimpleToken>> tokenize(TeiTokenizeRequest request) {
    Model model = models.any(request.fields().model());
    List<EncodedText> encoded =
        tokenizer.encode(
            model.name(),
            request.texts().stream().map(TextPair::of).toList(),
            new EncodeOptions(request.specialTokens(), EncodeOptions.Cut.NONE, true),
            request.names());
    List<List<SimpleToken>> answer = new ArrayList<>(encoded.size());
    for (EncodedText text : encoded) {
      TextPair input = TextPair.of(request.texts().get(answer.size()));
      answer.add(TokenView.of(input, text.tokens()).stream().map(SimpleToken::of).toList());
    }
    return answer;
  }

  private List<String> decode(TeiDecodeRequest request) {
    Model model = models.any(request.fields().model());
    List<TokenIds> sequences =
        switch (request.ids().values()) {
          case Inputs.Tokens(List<TokenIds> ids) -> ids;
          case Inputs.Texts _ -> throw new IllegalStateException("the reader refuses texts");
        };
    return tokenizer.decode(model.name(), sequences, request.skipSpecialTokens(), request.ids());
  }
}
