package io.weft.gateway.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;

/**
 * Lets calls be reset that were closed but whose client does not take what was sent. gRPC has no
 * method for that; but it resets a stream when the context that it made for the call is cancelled
 * as by a deadline. That context is nobody's to reach, so each call gets one above it that is.
 */
@Singleton
final class CallResets implements ServerBuilderCustomizer<VertxServerBuilder> {
  private static final Context.Key<Context.CancellableContext> ROOT = Context.key("weft-call-root");

  @Override
  public void customize(GrpcServerConfiguration config, VertxServerBuilder server) {
    server.addStreamTracerFactory(
        new ServerStreamTracer.Factory() {
          @Override
          public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
            return new Root();
          }
        });
  }

  /** What resets the call in whose context the thread runs; for any thread, at any time. */
  static Runnable current() {
    Context.CancellableContext root = ROOT.get();
    if (root == null) {
      throw new IllegalStateException("a server without CallResets");
    }
    return () ->
        root.cancel(
            Status.DEADLINE_EXCEEDED
                .withDescription("the client does not take its answer")
                .asException());
  }

  private static final class Root extends ServerStreamTracer {
    @Override
    public Context filterContext(Context context) {
      Context.CancellableContext root = context.withCancellation();
      return root.withValue(ROOT, root);
    }
  }
}
