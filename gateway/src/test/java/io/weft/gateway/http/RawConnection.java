package io.weft.gateway.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** One TCP connection, byte for byte, for what no HTTP client lets a test do. */
final class RawConnection implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;

  RawConnection(URI base) throws IOException {
    this(base, 0);
  }

  /** With a receive buffer of {@code receiveBuffer} bytes; 0 for the system's choice. */
  RawConnection(URI base, int receiveBuffer) throws IOException {
    socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setSoTimeout(20_000);
    socket.connect(new java.net.InetSocketAddress(base.getHost(), base.getPort()));
    in = new BufferedInputStream(socket.getInputStream());
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a POST of JSON on a connection that is kept open. */
  void post(String path, String body) throws IOException {
    send(head(path) + "Content-Length: " + body.length() + "\r\n\r\n" + body);
  }

  static String head(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
  }

  /** Reads a response whose length is declared, or a 100 Continue; returns status line to body. */
  String response() throws IOException {
    String head = until("\r\n\r\n");
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
    if (at < 0) {
      return head;
    }
    int length = Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
    return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  /** Reads up to and with {@code end}. */
  String until(String end) throws IOException {
    byte[] tail = end.getBytes(StandardCharsets.UTF_8);
    byte[] read = new byte[1024];
    int size = 0;
    while (!endsWith(read, size, tail)) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("after: " + new String(read, 0, size, StandardCharsets.UTF_8));
      }
      if (size == read.length) {
        read = Arrays.copyOf(read, size * 2);
      }
      read[size++] = (byte) b;
    }
    return new String(read, 0, size, StandardCharsets.UTF_8);
  }

  private static boolean endsWith(byte[] read, int size, byte[] tail) {
    return size >= tail.length
        && Arrays.equals(read, size - tail.length, size, tail, 0, tail.length);
  }

  /** Whether the server has closed the connection, after what there is to read. */
  boolean isClosedByServer() throws IOException {
    return in.readAllBytes().length == 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
