package io.weft.importer.download.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SelectionTest {
  @Test
  void safetensorsComeFirst() {
    assertThat(names(of("hf:a/b", "config.json", "model.safetensors", "x.gguf", "model.onnx")))
        .containsExactly("config.json", "model.safetensors");
    Selection sharded =
        of("hf:a/b", "config.json", "model.safetensors.index.json", "m-1.safetensors");
    assertThat(names(sharded)).containsExactly("config.json");
    assertThat(sharded.index()).isNotNull();
    Selection both =
        of("hf:a/b", "config.json", "model.safetensors", "model.safetensors.index.json");
    assertThat(names(both)).containsExactly("config.json", "model.safetensors");
    assertThat(both.index()).isNull();
    assertThatThrownBy(() -> of("hf:a/b", "model.safetensors"))
        .isInstanceOf(ImportException.class)
        .hasMessage("a/b has no config.json, so nobody knows what its weights are");
  }

  @Test
  void takesWhatSentenceTransformersWritesBesideAModel() {
    String[] files = {
      "2_Dense/config.json",
      "config.json",
      "config_sentence_transformers.json",
      "model.safetensors",
      "modules.json",
      "pooling/config.json",
      "a/b/config.json"
    };
    assertThat(names(of("hf:a/b", files)))
        .containsExactlyInAnyOrder(Arrays.copyOf(files, files.length - 1));
    assertThat(names(of("hf:a/b", "config.json", "model.safetensors", "other/config.json")))
        .containsExactly("config.json", "model.safetensors");
  }

  @Test
  void takesTheOnlyGgufFile() {
    Selection selection = of("hf:a/b", "config.json", "README.md", "sub/x.gguf");
    assertThat(selection.gguf()).isEqualTo("sub/x.gguf");
    assertThat(names(selection)).containsExactly("sub/x.gguf");
  }

  @Test
  void severalGgufFilesNeedAChoice() {
    String[] files = {"M-Q4_0.gguf", "M-Q4_K_M.gguf", "M-IQ4_0.gguf", "old/M-Q8_0.gguf", "M.gguf"};
    assertThat(of("hf:a/b:Q4_0", files).gguf()).isEqualTo("M-Q4_0.gguf");
    assertThat(of("hf:a/b:q8_0", files).gguf()).isEqualTo("old/M-Q8_0.gguf");
    assertThat(of("hf:a/b:M.gguf", files).gguf()).isEqualTo("M.gguf");
    assertThatThrownBy(() -> of("hf:a/b", files))
        .isInstanceOf(ImportException.class)
        .hasMessage(
            "a/b has 5 GGUF files; choose one, as in hf:a/b:M-IQ4_0.gguf. It has: M-IQ4_0.gguf,"
                + " M-Q4_0.gguf, M-Q4_K_M.gguf, M.gguf, old/M-Q8_0.gguf");
    assertThatThrownBy(() -> of("hf:a/b:Q5_0", files))
        .hasMessageStartingWith(
            "a/b has no GGUF file that 'Q5_0' names; it has: M-IQ4_0.gguf, M-Q4");
    assertThatThrownBy(() -> of("hf:a/b:Q4_0", "a-Q4_0.gguf", "b-Q4_0.gguf", "c-Q8_0.gguf"))
        .hasMessage(
            "a/b has more than one GGUF file that 'Q4_0' names; it has: a-Q4_0.gguf, b-Q4_0.gguf");
    assertThatThrownBy(() -> of("hf:a/b:Q4_0", "model.safetensors"))
        .hasMessage("a/b has no GGUF file that 'Q4_0' names; it has: none");
  }

  @Test
  void refusesPartsOfASplitFile() {
    assertThatThrownBy(() -> of("hf:a/b", "m-00001-of-00002.gguf"))
        .isInstanceOf(ImportException.class)
        .hasMessageStartingWith("m-00001-of-00002.gguf of a/b is one part of a split GGUF file");
  }

  @Test
  void takesAnExportedEncoder() {
    assertThat(
            names(
                of(
                    "hf:a/b",
                    "config.json",
                    "tokenizer.json",
                    "onnx/model.onnx",
                    "onnx/model.onnx_data",
                    "onnx/model_fp16.onnx",
                    "pytorch_model.bin")))
        .containsExactly(
            "config.json", "tokenizer.json", "onnx/model.onnx", "onnx/model.onnx_data");
    assertThat(names(of("hf:a/b", "config.json", "tokenizer.json", "model.onnx")))
        .containsExactly("config.json", "tokenizer.json", "model.onnx");
  }

  @Test
  void refusesAllElse() {
    assertThatThrownBy(() -> of("hf:a/b", "config.json", "pytorch_model.bin.index.json"))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("a/b holds its weights only as pytorch_model.bin")
        .hasMessageContaining("safe_serialization=True");
    assertThatThrownBy(() -> of("hf:a/b", "config.json", "model.onnx"))
        .hasMessage(
            "a/b holds neither model.safetensors, nor a GGUF file, nor model.onnx with"
                + " tokenizer.json; it has: config.json, model.onnx");
    String[] many = new String[100];
    Arrays.setAll(many, i -> "f" + i);
    assertThatThrownBy(() -> of("hf:a/b", many)).hasMessageEndingWith("f39 and 60 more");
  }

  private static Selection of(String source, String... names) {
    Map<String, HubFile> files =
        Arrays.stream(names)
            .map(name -> new HubFile(name, 1, HubFile.Algorithm.GIT_BLOB, "a".repeat(40)))
            .collect(
                Collectors.toMap(
                    HubFile::name, Function.identity(), (a, _) -> a, java.util.LinkedHashMap::new));
    return Selection.of(HubSource.parse(source), new HubListing(FakeHub.COMMIT, files));
  }

  private static java.util.List<String> names(Selection selection) {
    return selection.files().stream().map(HubFile::name).toList();
  }
}
