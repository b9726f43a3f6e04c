package io.weft.gateway.security;

import io.vertx.core.http.HttpMethod;
import java.net.URL;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * What is answered without a key: whether the gateway is well, the API's description, and the files
 * of the pages, which a browser fetches before it can be told a key. Everything else needs one,
 * routes that nobody has thought of here above all.
 */
final class PublicPaths {
  private static final Set<String> ROUTES =
      Set.of("/health", "/openapi", "/openapi.json", "/openapi.yaml", "/swagger", "/swagger/");

  /** Files that only the server's build knows. */
  private static final String SWAGGER = "/swagger/";

  private static final Pattern PLAIN = Pattern.compile("(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

  /** Paths that are files; as many as the page has. */
  private final Set<String> files = ConcurrentHashMap.newKeySet();

  /**
   * Whether a request needs no key.
   *
   * @param path as routes are found by
   */
  boolean contain(HttpMethod method, String path) {
    if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
      return false;
    }
    return ROUTES.contains(path)
        || (path.startsWith(SWAGGER) && PLAIN.matcher(path).matches())
        || isFile(path.equals("/") ? "/index.html" : path);
  }

  private boolean isFile(String path) {
    if (files.contains(path)) {
      return true;
    }
    if (!PLAIN.matcher(path).matches() || path.lastIndexOf('.') < path.lastIndexOf('/')) {
      return false;
    }
    URL file = PublicPaths.class.getClassLoader().getResource("META-INF/resources" + path);
    if (file != null) {
      files.add(path);
    }
    return file != null;
  }
}
