package io.weft.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * A free port for the gRPC server, known before that starts: the gateway's services make clients of
 * the fakes, which run in the same server, while it is being put together.
 */
public final class FreeGrpcPort implements ConfigSource {
  private static final String KEY = "quarkus.grpc.server.test-port";

  /** The same for all class loaders of the test's process. */
  private static final String CHOSEN = "weft.test.grpc-port";

  @Override
  public int getOrdinal() {
    return 280;
  }

  @Override
  public Set<String> getPropertyNames() {
    return Set.of(KEY);
  }

  @Override
  public Map<String, String> getProperties() {
    return Map.of(KEY, port());
  }

  @Override
  public String getValue(String name) {
    return name.equals(KEY) ? port() : null;
  }

  @Override
  public String getName() {
    return "free gRPC port";
  }

  private static String port() {
    synchronized (System.getProperties()) {
      String chosen = System.getProperty(CHOSEN);
      if (chosen == null) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
          chosen = Integer.toString(socket.getLocalPort());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        System.setProperty(CHOSEN, chosen);
      }
      return chosen;
    }
  }
}
