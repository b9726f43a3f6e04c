package io.weft.importer.download.hub;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server that behaves as the Hugging Face hub does: metadata of a repository, small files by
 * itself, large ones by a redirect to a second server, ranges, error codes. One repository {@code
 * org/tiny}, whose branch {@code main} is {@link #COMMIT}.
 */
public final class FakeHub implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String REPOSITORY = "org/tiny";
  private static final Pattern LARGE = Pattern.compile(".*\\.(safetensors|gguf|onnx|onnx_data)");

  private final HttpServer hub = start(this::answerHub);
  private final HttpServer blobs = start(this::answerBlob);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, Queue<HttpHandler>> instead = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final ObjectNode metadata = new JsonMapper().createObjectNode();
  private final ArrayNode siblings = metadata.put("sha", COMMIT).putArray("siblings");

  /** A request as it arrived; {@code server} is {@code hub} or {@code blobs}. */
  public record Request(String server, String path, String range, String authorization) {}

  public FakeHub() {
    hub.setExecutor(threads);
    blobs.setExecutor(threads);
    hub.start();
    blobs.start();
  }

  private static HttpServer start(HttpHandler handler) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", handler);
      return server;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Adds a file, with true metadata. */
  FakeHub with(String name, byte[] content) {
    files.put(name, content);
    ObjectNode sibling = list(name, content.length);
    sibling.put("blobId", gitHash(content));
    if (LARGE.matcher(name).matches()) {
      sibling
          .putObject("lfs")
          .put("sha256", hash("SHA-256", content))
          .put("size", content.length)
          .put("pointerSize", 134);
    }
    return this;
  }

  FakeHub with(String name, String content) {
    return with(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds all files of a folder. */
  public FakeHub withFolder(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
        with(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return this;
  }

  /** Lists a file; what else the metadata says of it is the caller's to set. */
  ObjectNode list(String name, long size) {
    return siblings.addObject().put("rfilename", name).put("size", size);
  }

  /** The metadata, to be changed. */
  ObjectNode metadata() {
    return metadata;
  }

  /** What the metadata says of a file, to be changed. */
  ObjectNode sibling(String name) {
    for (var sibling : siblings) {
      if (sibling.path("rfilename").asText().equals(name)) {
        return (ObjectNode) sibling;
      }
    }
    throw new AssertionError(name);
  }

  /**
   * Answers the next request for a file's content, or for {@code metadata}, by {@code handler};
   * several of them answer one request each.
   */
  FakeHub next(String name, HttpHandler handler) {
    instead.computeIfAbsent(name, _ -> new ArrayDeque<>()).add(handler);
    return this;
  }

  public URI endpoint() {
    return address(hub);
  }

  URI blobEndpoint() {
    return address(blobs);
  }

  private static URI address(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  byte[] content(String name) {
    return files.get(name);
  }

  /** All requests so far, in their order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Names of the files whose content was asked for at the hub, sorted. */
  List<String> fetched() {
    String prefix = "/" + REPOSITORY + "/resolve/" + COMMIT + "/";
    return requests.stream()
        .filter(r -> r.server().equals("hub") && r.path().startsWith(prefix))
        .map(r -> r.path().substring(prefix.length()))
        .sorted()
        .toList();
  }

  private void answerHub(HttpExchange exchange) throws IOException {
    record("hub", exchange);
    String path = exchange.getRequestURI().getPath();
    String resolve = "/" + REPOSITORY + "/resolve/" + COMMIT + "/";
    if (path.startsWith("/api/models/")) {
      if (!answeredInstead("metadata", exchange)) {
        answerMetadata(exchange, path.substring("/api/models/".length()));
      }
      return;
    }
    String name = path.startsWith(resolve) ? path.substring(resolve.length()) : "";
    if (!files.containsKey(name)) {
      status(404, Map.of("X-Error-Code", "EntryNotFound")).handle(exchange);
    } else if (!LARGE.matcher(name).matches()) {
      if (!answeredInstead(name, exchange)) {
        send(exchange, files.get(name));
      }
    } else if (!answeredInstead("redirect " + name, exchange)) {
      exchange.getResponseHeaders().add("X-Linked-Size", "" + files.get(name).length);
      redirect(blobEndpoint() + "/blobs/" + name + "?signature=x").handle(exchange);
    }
  }

  private void answerMetadata(HttpExchange exchange, String asked) throws IOException {
    if (asked.equals(REPOSITORY)
        || asked.equals(REPOSITORY + "/revision/main")
        || asked.equals(REPOSITORY + "/revision/" + COMMIT)) {
      send(exchange, metadata.toString().getBytes(StandardCharsets.UTF_8));
    } else {
      boolean known = asked.startsWith(REPOSITORY + "/");
      status(404, Map.of("X-Error-Code", known ? "RevisionNotFound" : "RepoNotFound"))
          .handle(exchange);
    }
  }

  private void answerBlob(HttpExchange exchange) throws IOException {
    record("blobs", exchange);
    String name = exchange.getRequestURI().getPath().substring("/blobs/".length());
    if (!answeredInstead(name, exchange)) {
      send(exchange, files.get(name));
    }
  }

  private boolean answeredInstead(String name, HttpExchange exchange) throws IOException {
    Queue<HttpHandler> handlers = instead.get(name);
    HttpHandler handler;
    if (handlers == null) {
      return false;
    }
    synchronized (handlers) {
      handler = handlers.poll();
    }
    if (handler == null) {
      return false;
    }
    handler.handle(exchange);
    return true;
  }

  private void record(String server, HttpExchange exchange) {
    requests.add(
        new Request(
            server,
            exchange.getRequestURI().getPath(),
            String.valueOf(exchange.getRequestHeaders().getFirst("Range")),
            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))));
  }

  /** The content, or what the Range header asks of it. */
  static void send(HttpExchange exchange, byte[] content) throws IOException {
    int from = from(exchange);
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    int length = content.length - from;
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, length == 0 ? -1 : length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(content, from, length);
    }
  }

  private static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    Matcher matcher = Pattern.compile("bytes=(\\d+)-").matcher(range == null ? "" : range);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** A status without a body. */
  static HttpHandler status(int status, Map<String, String> headers) {
    return exchange -> {
      headers.forEach(exchange.getResponseHeaders()::add);
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
    };
  }

  static HttpHandler redirect(String location) {
    return status(302, Map.of("Location", location));
  }

  /** Announces the whole content and closes the connection after {@code bytes} of it. */
  HttpHandler cut(String name, int bytes) {
    return exchange -> {
      byte[] content = files.get(name);
      int from = from(exchange);
      if (from > 0) {
        exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-/");
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      exchange.getResponseBody().write(content, from, bytes);
      exchange.getResponseBody().flush();
      exchange.close();
    };
  }

  /** The whole content, whatever the request asks for. */
  HttpHandler whole(String name) {
    return exchange -> {
      exchange.getRequestHeaders().remove("Range");
      send(exchange, files.get(name));
    };
  }

  static String gitHash(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    return hash("SHA-1", head, content);
  }

  static String hash(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    blobs.stop(0);
    threads.shutdownNow();
  }
}
