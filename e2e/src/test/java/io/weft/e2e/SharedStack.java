package io.weft.e2e;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the one {@link WeftStack} with the default models that all of them share, and the
 * {@link TraceListener} that it sends its traces to. Started by the first test that asks for it,
 * stopped after the last.
 */
final class SharedStack implements ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedStack.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == WeftStack.class || type == TraceListener.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Running running =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(Running.class, _ -> Running.start(), Running.class);
    return parameter.getParameter().getType() == WeftStack.class ? running.stack : running.traces;
  }

  private record Running(WeftStack stack, TraceListener traces) implements AutoCloseable {
    static Running start() {
      TraceListener traces = TraceListener.start();
      WeftStack stack =
          new WeftStack(WeftStack.SHARED)
              .with("WEFT_OTLP_ENDPOINT", "http://127.0.0.1:" + traces.port())
              .with("QUARKUS_OTEL_BSP_SCHEDULE_DELAY", "200ms")
              .up();
      return new Running(stack, traces);
    }

    @Override
    public void close() {
      stack.close();
      traces.close();
    }
  }
}
