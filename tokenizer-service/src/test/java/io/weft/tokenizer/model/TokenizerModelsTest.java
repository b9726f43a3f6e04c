package io.weft.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import io.weft.tokenizer.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerModelsTest {
  @TempDir Path root;

  @Test
  void loadsEveryFolderWithATokenizer() throws IOException {
    TestModels.encoder(root, "b");
    TestModels.chat(root, "a", Goldens.template("chatml"));
    TestModels.write(
        root, "no-tokenizer", 10, new ModelManifest.SpecialTokens(null, List.of(), null, null));
    Files.createDirectory(root.resolve("half-imported"));
    Files.writeString(root.resolve("a-file"), "");

    try (TokenizerModels models = load(List.of())) {
      assertThat(models.all()).extracting(TokenizerModel::name).containsExactly("a", "b");
      assertThat(models.require("a").template()).isNotNull();
      assertThat(models.require("b").template()).isNull();
      assertThatExceptionOfType(WeftException.NotFound.class)
          .isThrownBy(() -> models.require("c"))
          .withMessage("model 'c' is not loaded; loaded: a, b");
    }
  }

  @Test
  void loadsOnlyWhatIsAskedFor() {
    TestModels.encoder(root, "b");
    TestModels.encoder(root, "a");

    try (TokenizerModels models = load(List.of("b"))) {
      assertThat(models.all()).extracting(TokenizerModel::name).containsExactly("b");
    }
    assertThatThrownBy(() -> load(List.of("b", "c")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("there is no model 'c' with a tokenizer in ");
  }

  @Test
  void thereMayBeNone() {
    try (TokenizerModels models = load(List.of())) {
      assertThat(models.all()).isEmpty();
    }
    try (TokenizerModels models =
        TokenizerModels.load(
            root.resolve("nowhere"), List.of(), new TokenizerLoader(TestModels.LIMITS))) {
      assertThat(models.all()).isEmpty();
    }
  }

  @Test
  void namesTheBrokenFile() throws IOException {
    TestModels.encoder(root, "a");
    Path folder = TestModels.encoder(root, "b");
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"WordLevel\"}}");
    assertBroken(
        "cannot use " + folder.resolve("tokenizer.json"), "type 'WordLevel' is not supported");

    Files.writeString(folder.resolve("tokenizer.json"), "{");
    assertBroken("cannot use " + folder.resolve("tokenizer.json"), "it is not a tokenizer");

    Files.write(folder.resolve("tokenizer.json"), new byte[] {(byte) 0xff, 1});
    assertBroken("cannot read " + folder.resolve("tokenizer.json"), "");

    TestModels.encoder(root, "b");
    Files.writeString(folder.resolve("chat_template.jinja"), "\n{% if %}");
    assertBroken("cannot use " + folder.resolve("chat_template.jinja"), "line 2");
  }

  @Test
  void refusesWhatTheLibraryRefuses() throws IOException {
    Path folder = TestModels.chat(root, "a", null);
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        Goldens.tokenizer("smollm").replace("\"merges\":[[", "\"merges\":[[\"nope\",\"no\"],["));
    assertBroken("cannot use " + file, "the tokenizers library does not accept it");
  }

  /** Every token's text is proven against the library's. */
  @Test
  void loadsEveryKindOfTokenizer() throws IOException {
    for (String name : Goldens.TOKENIZERS) {
      Path folder =
          TestModels.write(
              root,
              name,
              Goldens.SIZE,
              new ModelManifest.SpecialTokens(null, List.of(), null, null));
      Files.writeString(folder.resolve("tokenizer.json"), Goldens.tokenizer(name));
    }
    try (TokenizerModels models = load(Goldens.TOKENIZERS)) {
      assertThat(models.all()).hasSize(Goldens.TOKENIZERS.size());
    }
  }

  @Test
  void refusesTwoFoldersOfOneName() throws IOException {
    TestModels.encoder(root, "a");
    Files.move(root.resolve("a"), root.resolve("other"));
    TestModels.encoder(root, "a");
    assertThatThrownBy(() -> load(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("two model folders in ")
        .hasMessageContaining("are called 'a'");
  }

  @Test
  void aBrokenModelDoesNotTakeTheOthersWithIt() throws IOException {
    TestModels.encoder(root, "a");
    TestModels.encoder(root, "c");
    Files.writeString(TestModels.encoder(root, "b").resolve("tokenizer.json"), "{}");
    Files.writeString(TestModels.encoder(root, "d").resolve("model.json"), "{}");

    try (TokenizerModels models = load(List.of())) {
      assertThat(models.all()).extracting(TokenizerModel::name).containsExactly("a", "c");
      assertThat(models.broken()).containsOnlyKeys("b", "d");
      assertThat(models.broken().get("b")).contains("it has no \"model\"");
      assertThat(models.broken().get("d")).contains("has format version 0");
    }
    try (TokenizerModels models = load(List.of("a"))) {
      assertThat(models.all()).extracting(TokenizerModel::name).containsExactly("a");
    }
  }

  /** Asked for by name, a broken model is an error; otherwise it is left out. */
  private void assertBroken(String start, String part) {
    List<String> names;
    try (TokenizerModels models = load(List.of())) {
      assertThat(models.broken()).hasSize(1);
      names = List.copyOf(models.broken().keySet());
    }
    assertThatThrownBy(() -> load(names))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(start)
        .hasMessageContaining(part);
  }

  private TokenizerModels load(List<String> only) {
    return TokenizerModels.load(root, only, new TokenizerLoader(TestModels.LIMITS));
  }
}
