package io.weft.gateway.replica;

import java.util.List;

/**
 * Where replicas of a backend are: a host, every address of which is one, and their port.
 *
 * @param host a name or an address; IPv6 without brackets
 * @param port 1 to 65535
 */
record Place(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /**
   * Reads {@code host:port}, IPv6 addresses in brackets.
   *
   * @throws IllegalArgumentException naming the value when it is none
   */
  static Place parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      host = "";
    }
    String port = text.substring(colon + 1);
    if (host.isBlank() || !port.matches("[0-9]{1,5}")) {
      throw new IllegalArgumentException(
          "'%s' is no address, it must be host:port".formatted(text));
    }
    int number = Integer.parseInt(port);
    if (number < 1 || number > MAX_PORT) {
      throw new IllegalArgumentException(
          "'%s' has the port %,d, it must be 1 to %,d".formatted(text, number, MAX_PORT));
    }
    return new Place(host, number);
  }

  static List<Place> parse(List<String> texts) {
    return texts.stream().map(Place::parse).toList();
  }

  /** As certificates and HTTP/2 name it. */
  String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
