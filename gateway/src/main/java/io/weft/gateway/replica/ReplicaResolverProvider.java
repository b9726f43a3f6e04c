package io.weft.gateway.replica;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the resolvers of targets {@code weft://host:port}. */
final class ReplicaResolverProvider extends NameResolverProvider {
  static final String SCHEME = "weft";

  /** What a channel gives its resolver. */
  static final NameResolver.Args.Key<Found> FOUND = NameResolver.Args.Key.create("weft-found");

  /**
   * How the replicas of a backend are found.
   *
   * @param places where; empty for the target of the channel itself
   * @param interval between two looks
   */
  record Found(List<Place> places, HostLookup lookup, Duration interval, Replicas replicas) {
    Found {
      places = List.copyOf(places);
    }
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return 5;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    Found found = args.getArg(FOUND);
    if (found == null || !SCHEME.equals(target.getScheme())) {
      return null;
    }
    List<Place> places =
        found.places().isEmpty() ? List.of(Place.parse(target.getAuthority())) : found.places();
    return new ReplicaResolver(places, found.lookup(), found.interval(), found.replicas());
  }
}
