package io.weft.trainer.serve;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weft.proto.admin.v1.LoadModelRequest;
import io.weft.proto.admin.v1.ModelAdminServiceGrpc;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Tells running services to load a model. */
public final class ServiceAdmin {
  private static final long LIMIT_SECONDS = 120;

  private ServiceAdmin() {}

  /**
   * A service that may be running.
   *
   * @param name for messages
   * @param address {@code host:port} of its gRPC server
   */
  public record Service(String name, String address) {}

  /** What became of a load. */
  public enum Outcome {
    LOADED,
    /** Nobody listens at the address. */
    NOT_RUNNING
  }

  /**
   * Has services load a model, one after the other: those that turn text into tokens come first, so
   * that the model can be asked as soon as the last has it.
   *
   * @return what became of it, a service each
   * @throws LoadException when a service that runs does not load it
   */
  public static List<Outcome> load(String model, List<Service> services) {
    return services.stream().map(service -> load(model, service)).toList();
  }

  private static Outcome load(String model, Service service) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(service.address, InsecureChannelCredentials.create()).build();
    try {
      var _ =
          ModelAdminServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
              .loadModel(LoadModelRequest.newBuilder().setModel(model).build());
      return Outcome.LOADED;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.UNAVAILABLE
          && e.getStatus().getCause() instanceof java.io.IOException) {
        return Outcome.NOT_RUNNING;
      }
      throw new LoadException(
          "the %s service at %s did not load it: %s"
              .formatted(service.name, service.address, e.getStatus().getDescription()),
          e);
    } finally {
      channel.shutdownNow();
    }
  }

  /** A service that runs and did not load the model. */
  public static final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LoadException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
