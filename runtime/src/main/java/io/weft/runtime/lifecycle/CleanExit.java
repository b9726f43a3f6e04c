package io.weft.runtime.lifecycle;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Ends a process that was told to (SIGTERM) with status 0, once it has drained and stopped. By
 * itself a Java process ends with 143 then, which supervisors take for a failure.
 *
 * <p>Until the service has started, the JVM's own handling stands.
 */
@ApplicationScoped
class CleanExit {
  void onStart(@Observes StartupEvent event) throws ReflectiveOperationException {
    if (LaunchMode.current() == LaunchMode.NORMAL) {
      onTerminate(() -> Quarkus.asyncExit(0));
    }
  }

  /**
   * {@code Signal.handle(new Signal("TERM"), _ -> action.run())} of {@code sun.misc}. By name:
   * javac warns of each use of that package, for which there is no other API, and has no way to
   * quiet it.
   */
  private static void onTerminate(Runnable action) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    MethodHandle run =
        MethodHandles.lookup()
            .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
            .bindTo(action);
    Object handle =
        MethodHandleProxies.asInterfaceInstance(
            handler, MethodHandles.dropArguments(run, 0, signal));
    signal
        .getMethod("handle", signal, handler)
        .invoke(null, signal.getConstructor(String.class).newInstance("TERM"), handle);
  }
}
