package io.weft.gateway.playground;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the playground's files must not hold: anything that asks another server, anything that a
 * strict content security policy stops, and anything that reads text as HTML.
 */
class PlaygroundFilesTest {
  private static final String ENGLISH = "messages-en.js";
  private static final String CHINESE = "messages-zh.js";
  private static final Pattern ADDRESS = Pattern.compile("(?:https?:)?//[\\w.-]+\\.[a-z]{2,}");
  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?m)^\\s*//.*$");
  private static final Pattern MESSAGE = Pattern.compile("(?m)^  '?([\\w.]+)'?:");
  private static final Pattern VALUE = Pattern.compile("\\{(\\w+)}");

  /** Texts by file name. */
  private static final TreeMap<String, String> FILES = new TreeMap<>();

  @BeforeAll
  static void read() throws IOException, URISyntaxException {
    URL page = PlaygroundFilesTest.class.getResource("/META-INF/resources/index.html");
    Path folder = Path.of(page.toURI()).getParent();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        FILES.put(path.getFileName().toString(), Files.readString(path));
      }
    }
    assertThat(FILES).containsKeys("index.html", "app.js", "theme.css", "icon.svg");
  }

  @Test
  void nameNoOtherServer() {
    FILES.forEach(
        (name, text) ->
            assertThat(found(ADDRESS, COMMENT.matcher(text).replaceAll("")))
                .as(name)
                // The name of a vocabulary, which nobody asks for.
                .isSubsetOf("http://www.w3.org"));
  }

  @Test
  void haveNeitherScriptsNorStylesInTheirHtml() {
    String page = FILES.get("index.html");

    assertThat(page).doesNotContainPattern("<script(?![^>]* src=)[^>]*>");
    assertThat(page).doesNotContainPattern("(?i)<style|\\sstyle=|\\son[a-z]+=|javascript:");
    assertThat(FILES.get("icon.svg")).doesNotContainPattern("(?i)<script|<style|style=");
  }

  @Test
  void neverReadTextAsHtmlOrCode() {
    scripts()
        .forEach(
            name ->
                assertThat(FILES.get(name))
                    .as(name)
                    .doesNotContainPattern(
                        "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|srcdoc"
                            + "|setHTML|createContextualFragment|eval\\(|new Function"
                            + "|setAttribute\\('style'"));
  }

  @Test
  void sayEverythingInBothLanguages() {
    Set<String> english = found(MESSAGE, FILES.get(ENGLISH));

    assertThat(english).hasSizeGreaterThan(50);
    assertThat(found(MESSAGE, FILES.get(CHINESE))).isEqualTo(english);
    for (String key : english) {
      assertThat(values(FILES.get(CHINESE), key))
          .as(key)
          .isEqualTo(values(FILES.get(ENGLISH), key));
    }
  }

  @Test
  void haveAMessageForEveryKeyOfThePage() {
    Set<String> keys =
        found(Pattern.compile("data-message[\\w-]*=\"([\\w.]+)\""), FILES.get("index.html"));

    assertThat(keys).hasSizeGreaterThan(20);
    assertThat(found(MESSAGE, FILES.get(ENGLISH))).containsAll(keys);
  }

  private static List<String> scripts() {
    List<String> scripts = FILES.keySet().stream().filter(name -> name.endsWith(".js")).toList();
    assertThat(scripts).hasSizeGreaterThan(10);
    return scripts;
  }

  /** The values that a message takes. */
  private static Set<String> values(String table, String key) {
    Pattern message = Pattern.compile("(?m)^  '?" + Pattern.quote(key) + "'?:\\s*'(.*)',$");
    List<String> texts = message.matcher(table).results().map(result -> result.group(1)).toList();
    assertThat(texts).as(key).hasSize(1);
    return found(VALUE, texts.getFirst());
  }

  /** The first groups, or without groups the whole finds, of a pattern in a text. */
  private static Set<String> found(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(result -> result.group(Math.min(1, result.groupCount())))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
