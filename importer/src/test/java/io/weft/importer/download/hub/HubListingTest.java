package io.weft.importer.download.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubListingTest {
  private final ObjectNode answer = new JsonMapper().createObjectNode().put("sha", FakeHub.COMMIT);
  private final ArrayNode siblings = answer.putArray("siblings");

  @Test
  void readsSizesAndHashes() {
    add("config.json", 7);
    add("sub/model.safetensors", 130)
        .putObject("lfs")
        .put("size", 1L << 40)
        .put("sha256", sha256());

    HubListing listing = parse();

    assertThat(listing.commit()).isEqualTo(FakeHub.COMMIT);
    assertThat(listing.files().values())
        .containsExactly(
            new HubFile("config.json", 7, HubFile.Algorithm.GIT_BLOB, "a".repeat(40)),
            new HubFile("sub/model.safetensors", 1L << 40, HubFile.Algorithm.SHA256, sha256()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "..",
        ".",
        "../x",
        "a/../x",
        "a/..",
        "a/./x",
        "a//x",
        "a/",
        "..\\x",
        "C:\\x",
        "a\u0000b",
        "a\nb",
        "a\u007fb"
      })
  void refusesNamesThatLeaveAFolderOrHideSomething(String name) {
    add(name, 1);
    refused("the hub lists a file '", "', which is refused");
  }

  @Test
  void dotsWithinNamesAreFine() {
    add(".gitattributes", 1);
    add("a..b/.c/d...", 1);
    assertThat(parse().files()).containsKeys(".gitattributes", "a..b/.c/d...");
  }

  @Test
  void refusesWhatIsMissingOrBeyondAllBounds() {
    assertThatThrownBy(() -> HubListing.parse("{".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(ImportException.class)
        .hasMessage("the hub's answer is no JSON");
    add("a", 1);
    add("a", 1);
    refused("the hub lists 'a' twice");
    siblings.removeAll();
    add("", 1);
    refused("the hub lists a file '', which is refused");
    siblings.removeAll();
    add("x".repeat(513), 1);
    refused("which is refused");
    siblings.removeAll();
    add("a", -1);
    refused("the hub says that a has -1 bytes");
    siblings.removeAll();
    add("a", (1L << 48) + 1);
    refused("the hub says that a has 281474976710657 bytes");
    siblings.removeAll();
    add("a", 1).put("size", "1");
    refused("the hub says that a has \"1\" bytes");
    siblings.removeAll();
    add("a", 1).remove("blobId");
    refused("the hub gives no usable hash of a: ''");
    siblings.removeAll();
    add("a", 1).putObject("lfs").put("size", 1).put("sha256", "A".repeat(64));
    refused("the hub gives no usable hash of a: 'AAAA");
    siblings.removeAll();
    for (int i = 0; i <= 10_000; i++) {
      add("f" + i, 1);
    }
    refused("the hub lists 10,001 files, at most 10,000 are read");
    answer.put("sha", "../../x");
    refused("the hub names the commit '../../x', which is none");
  }

  private void refused(String... parts) {
    assertThatThrownBy(this::parse)
        .isInstanceOf(ImportException.class)
        .hasMessageContainingAll(parts);
  }

  private ObjectNode add(String name, long size) {
    return siblings
        .addObject()
        .put("rfilename", name)
        .put("size", size)
        .put("blobId", "a".repeat(40));
  }

  private HubListing parse() {
    return HubListing.parse(answer.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256() {
    return "b".repeat(64);
  }
}
