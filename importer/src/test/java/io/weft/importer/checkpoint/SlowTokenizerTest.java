package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlowTokenizerTest {
  private static final int SIZE = 1_000;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama-no-prefix",
        "llama-first",
        "t5",
        "xlm-roberta",
        "bert",
        "bert-cased",
        "bert-accents",
        "mpnet",
        "gpt2",
        "gpt2-begin",
        "roberta",
        "qwen2"
      })
  void encodesAsTheOriginal(String name) throws IOException {
    Path file = write(TokenizerGoldens.folder(name, temp), config(""), SIZE);

    TokenizerGoldens.assertTokenizer(name, file);
  }

  @Test
  void knowsTheClassByTheModelType() throws IOException {
    Path folder = TokenizerGoldens.folder("bert", temp);
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"do_lower_case\": true}");

    TokenizerGoldens.assertTokenizer("bert", write(folder, config("bert"), SIZE));
  }

  @Test
  void saysWhatToDoAboutOtherClasses() {
    Path folder = TokenizerGoldens.folder("gpt2", temp);
    settings(folder, "{\"tokenizer_class\": \"BloomTokenizerFast\"}");
    assertThatThrownBy(() -> write(folder, config("bloom"), SIZE))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("has no tokenizer.json, and one is made only for the classes Bert")
        .hasMessageContaining("not for 'BloomTokenizer'; make it with transformers: AutoTokenizer");
    settings(folder, "{}");
    refuses(folder, "not for ''");
  }

  @Test
  void saysWhichFileIsMissing() {
    Path folder = TokenizerGoldens.folder("gpt2", temp);
    settings(folder, "{\"tokenizer_class\": \"BertTokenizer\"}");
    refuses(folder, "has neither tokenizer.json nor vocab.txt");
    settings(folder, "{\"tokenizer_class\": \"T5Tokenizer\"}");
    refuses(folder, "has neither tokenizer.json nor spiece.model, which T5Tokenizer needs");
  }

  @Test
  void refusesVocabulariesThatDoNotFit() throws IOException {
    Path bert = TokenizerGoldens.folder("bert", temp);
    assertThatThrownBy(() -> write(bert, config(""), 20))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("vocab.txt has")
        .hasMessageContaining("lines, the limit is 20");
    Files.writeString(bert.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n");
    refuses(bert, "tokens 5 and 6 of the tokenizer are equal");

    Path gpt2 = TokenizerGoldens.folder("gpt2", temp);
    Files.writeString(gpt2.resolve("vocab.json"), "{\"a\": 0, \"b\": 1000}");
    refuses(gpt2, "token 'b' has id 1000, it must lie in [0, 1,000)");
    Files.writeString(gpt2.resolve("vocab.json"), "{\"a\": 0, \"b\": 0}");
    refuses(gpt2, "tokens 'a' and 'b' both have id 0");
    Files.writeString(gpt2.resolve("vocab.json"), "{\"a\": 0, \"a\": 1}");
    refuses(gpt2, "Duplicate field 'a'");
    Files.writeString(gpt2.resolve("vocab.json"), "{\"a\": 0, \"b\": 1.5}");
    refuses(gpt2, "token 'b' has id 1.5");
    Files.writeString(gpt2.resolve("vocab.json"), "{\"a\": 0, \"<|endoftext|>\": 1}");
    refuses(gpt2, "merge 0 of the tokenizer does not join two of its tokens into a third");
  }

  @Test
  void refusesAddedTokensThatDoNotFit() throws IOException {
    Path folder = TokenizerGoldens.folder("llama-first", temp);
    Path added = folder.resolve("added_tokens.json");
    Files.writeString(added, "{\"<far>\": 700}");
    refuses(folder, "added token '<far>' has id 700, the next free id is 560");
    Files.writeString(added, "{\"<s>\": 7}");
    refuses(folder, "added token '<s>' has id 7, the vocabulary gives it 1");
    Files.writeString(added, "{\"<far>\": -1}");
    refuses(folder, "has id -1, ids lie in [0, 1,048,576)");
    Files.writeString(added, "{\"\": 560}");
    refuses(folder, "an added token of the tokenizer has 0 characters");
    Files.writeString(added, "{\"<|end|>\": 560}");
    assertThatThrownBy(() -> write(folder, config(""), 560))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("'<|end|>' has id 560, the embedding table has 560 rows");
  }

  @Test
  void refusesTheWrongKindOfModel() throws IOException {
    Path t5 = TokenizerGoldens.folder("t5", temp);
    Path llama = TokenizerGoldens.folder("llama", temp);
    Files.copy(t5.resolve("spiece.model"), temp.resolve("unigram"));
    Files.move(
        temp.resolve("unigram"),
        llama.resolve("tokenizer.model"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refuses(llama, "tokenizer.model is a model of type UNIGRAM, LlamaTokenizer needs BPE");
  }

  /** LlamaTokenizerFast puts tokens around by its flags, not by what tokenizer.json says. */
  @Test
  void llamasFlagsWinOverTokenizerJson() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    settings(
        folder,
        "{\"tokenizer_class\": \"LlamaTokenizer\", \"add_eos_token\": true,"
            + "\"bos_token\": {\"content\": \"<|im_start|>\"}, \"eos_token\": \"<|im_end|>\"}");
    Path file = write(folder, config("llama"), 320);
    try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(file)) {
      long[] ids = tokenizer.encode("Once").getIds();
      assertThat(ids[0]).isEqualTo(1);
      assertThat(ids[ids.length - 1]).isEqualTo(2);
    }
    settings(folder, "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"add_eos_token\": true}");
    file = write(folder, config("llama"), 320);
    try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(file)) {
      assertThat(tokenizer.encode("Once").getIds()[0]).isNotEqualTo(1);
    }
    settings(folder, "{\"tokenizer_class\": \"LlamaTokenizer\", \"bos_token\": \"<nowhere>\"}");
    assertThatThrownBy(() -> write(folder, config("llama"), 320))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("has no added token '<nowhere>'");
    settings(folder, "{\"tokenizer_class\": \"LlamaTokenizer\", \"bos_token\": null}");
    assertThatThrownBy(() -> write(folder, config("llama"), 320))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("add_bos_token is true, but there is no bos_token");
  }

  private void refuses(Path folder, String message) {
    assertThatThrownBy(() -> write(folder, config(""), SIZE))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private Path write(Path folder, ObjectNode config, int size) {
    Path file = temp.resolve("written.json");
    io.weft.importer.checkpoint.HuggingFaceTokenizer.read(folder, config, size, true)
        .writer()
        .write(file);
    return file;
  }

  private static ObjectNode config(String modelType) {
    return JsonNodeFactory.instance.objectNode().put("model_type", modelType);
  }

  private static void settings(Path folder, String json) {
    try {
      Files.writeString(folder.resolve("tokenizer_config.json"), json);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
