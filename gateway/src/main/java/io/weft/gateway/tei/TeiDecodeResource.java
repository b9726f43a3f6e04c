package io.weft.gateway.tei;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.input.Inputs;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code /decode}. */
@Path("/")
@Singleton
@RunOnVirtualThread
@Consumes(MediaType.APPLICATION_JSON)
public final class TeiDecodeResource {
  private final TeiAnswers answers;
  private final TeiTasks tasks;

  TeiDecodeResource(TeiAnswers answers, TeiTasks tasks) {
    this.answers = answers;
    this.tasks = tasks;
  }

  /** The text of each list of ids: {@code ["...", ...]}. */
  @POST
  @Path("decode")
  @RequestBody(ref = "TeiDecodeRequest")
  @APIResponse(responseCode = "200", ref = "Strings")
  public Response decode(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/decode", body, in -> decode(TeiDecodeRequest.read(in)));
  }

  private List<String> decode(TeiDecodeRequest request) {
    List<TokenIds> sequences =
        switch (request.ids().values()) {
          case Inputs.Tokens(List<TokenIds> ids) -> ids;
          case Inputs.Texts _ -> throw new IllegalStateException("the reader refuses texts");
        };
    return tasks.decode(
        request.fields().model(), sequences, request.skipSpecialTokens(), request.ids());
  }
}
