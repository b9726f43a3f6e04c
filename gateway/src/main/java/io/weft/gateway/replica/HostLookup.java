package io.weft.gateway.replica;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds all addresses of a host, now: answers must not be older than a few seconds. */
interface HostLookup {
  /**
   * All addresses, at least one.
   *
   * @param host a name or an address
   * @throws UnknownHostException when there is none, or nobody who would know
   */
  List<InetAddress> all(String host) throws UnknownHostException, InterruptedException;
}
