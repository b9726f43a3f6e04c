package io.weft.importer.download.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HubSourceTest {
  @Test
  void readsRepositoryRevisionAndChoice() {
    assertThat(HubSource.parse("hf:Org-1/My.model_2"))
        .isEqualTo(new HubSource("Org-1", "My.model_2", "main", null));
    assertThat(HubSource.parse("hf:a/b@refs/pr/3"))
        .isEqualTo(new HubSource("a", "b", "refs/pr/3", null));
    assertThat(HubSource.parse("hf:a/b:Q4_K_M"))
        .isEqualTo(new HubSource("a", "b", "main", "Q4_K_M"));
    assertThat(HubSource.parse("hf:a/b@v1.0:sub/my model.gguf"))
        .isEqualTo(new HubSource("a", "b", "v1.0", "sub/my model.gguf"));
    assertThat(HubSource.parse("hf:a/b").folderName()).isEqualTo("a--b");
    assertThat(HubSource.parse("hf:a/b@" + FakeHub.COMMIT).isCommit()).isTrue();
    assertThat(HubSource.parse("hf:a/b@0123456").isCommit()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf:",
        "hf:a",
        "hf:a/b/c",
        "hf:../b",
        "hf:a/..",
        "hf:a/b@",
        "hf:a/b@../x",
        "hf:a/b@-x",
        "hf:a/b:",
        "hf:a/b:../x.gguf",
        "hf:a/b:x\\y.gguf",
        "hf:a--b/c",
        "hf:a/b--c",
        "hf:a b/c",
        "hf:a/b?x=1",
        "hf:a/b#x",
        "hf:a/b\nc"
      })
  void refusesOtherForms(String text) {
    assertThatThrownBy(() -> HubSource.parse(text))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("is not of the form hf:ORG/NAME");
  }
}
