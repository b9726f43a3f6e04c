package io.weft.gateway.replica;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which replica last got a prompt that begins so. Keeps the {@link #CAPACITY} beginnings that were
 * used last (some 6 MB), which is about 1,500 conversations of 2,000 tokens. Thread-safe.
 */
final class PrefixMap {
  static final int CAPACITY = 65_536;

  private final Map<Long, Replica> holders =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Replica> eldest) {
          return size() > CAPACITY;
        }
      };

  /** Of some replicas, the one that has seen the longest beginning; null for none. */
  synchronized @Nullable Replica holder(Prefix prefix, Collection<Replica> among) {
    for (int i = prefix.size() - 1; i >= 0; i--) {
      Replica holder = holders.get(prefix.hash(i));
      if (holder != null && among.contains(holder)) {
        return holder;
      }
    }
    return null;
  }

  /** A replica gets a prompt. */
  synchronized void put(Prefix prefix, Replica replica) {
    // The longest first: what was used last is kept longest, and long ones are of no use alone.
    for (int i = prefix.size() - 1; i >= 0; i--) {
      holders.put(prefix.hash(i), replica);
    }
  }
}
