package io.weft.e2e;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** An OTLP/gRPC collector that keeps which service sent spans of which trace. Thread-safe. */
final class TraceListener implements AutoCloseable {
  private final Queue<Span> spans = new ConcurrentLinkedQueue<>();
  private final Server server;

  private TraceListener() {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(new Collector())
            .build();
  }

  static TraceListener start() {
    TraceListener listener = new TraceListener();
    try {
      listener.server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return listener;
  }

  int port() {
    return server.getPort();
  }

  /** Names of the services that sent spans of a trace so far. */
  Set<String> servicesOf(String traceId) {
    return spans.stream()
        .filter(span -> span.traceId.equals(traceId))
        .map(Span::service)
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private record Span(String service, String traceId) {}

  private final class Collector extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> response) {
      for (ResourceSpans resource : request.getResourceSpansList()) {
        String service =
            resource.getResource().getAttributesList().stream()
                .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue))
                .get("service.name")
                .getStringValue();
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope.getSpansList().stream()
              .map(span -> HexFormat.of().formatHex(span.getTraceId().toByteArray()))
              .forEach(traceId -> spans.add(new Span(service, traceId)));
        }
      }
      response.onNext(ExportTraceServiceResponse.getDefaultInstance());
      response.onCompleted();
    }
  }
}
