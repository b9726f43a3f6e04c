package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.ByteLevelBpe;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import io.weft.importer.tokenizer.TokenizerSpec;
import io.weft.importer.tokenizer.WordPieces;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds a tokenizer from the files of a Hugging Face folder that has no {@code tokenizer.json}, as
 * transformers' convert_slow_tokenizer.py does: one way for each class of tokenizers.
 */
final class SlowTokenizer {
  private static final List<String> KINDS =
      List.of(
          "BertTokenizer",
          "DistilBertTokenizer",
          "ElectraTokenizer",
          "GPT2Tokenizer",
          "LlamaTokenizer",
          "MPNetTokenizer",
          "Qwen2Tokenizer",
          "RobertaTokenizer",
          "T5Tokenizer",
          "XLMRobertaTokenizer");

  private final Path folder;
  private final TokenizerSettings settings;
  private final int vocabularySize;

  private SlowTokenizer(Path folder, TokenizerSettings settings, int vocabularySize) {
    this.folder = folder;
    this.settings = settings;
    this.vocabularySize = vocabularySize;
  }

  /**
   * @param vocabularySize rows of the embedding table
   * @throws ImportException when the class is not known, a file is missing or broken
   */
  static TokenizerSpec read(Path folder, TokenizerSettings settings, int vocabularySize) {
    SlowTokenizer slow = new SlowTokenizer(folder, settings, vocabularySize);
    return switch (settings.kind()) {
      case "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer" -> slow.bert();
      case "MPNetTokenizer" -> slow.mpnet();
      case "GPT2Tokenizer" -> slow.gpt2();
      case "RobertaTokenizer" -> slow.roberta();
      case "Qwen2Tokenizer" -> slow.qwen2();
      case "LlamaTokenizer", "T5Tokenizer", "XLMRobertaTokenizer" ->
          SentencePieceFolder.read(folder, settings, vocabularySize);
      default ->
          throw new ImportException(
              ("%s has no tokenizer.json, and one is made only for the classes %s, not for '%s'; "
                      + "make it with transformers: "
                      + "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)")
                  .formatted(folder, String.join(", ", KINDS), settings.kind()));
    };
  }

  private AddedTokens added(TokenTable table, Map<String, AddedToken> defaults) {
    return AddedTokens.of(settings, table, vocabularySize, defaults, List.of());
  }

  static AddedToken named(String content) {
    return AddedToken.of(-1, content, true);
  }

  /** A mask counts as a word, with the space before it. */
  static AddedToken mask(String content) {
    return new AddedToken(-1, content, true, true, false, false, false);
  }

  private TokenizerSpec bert() {
    TokenTable table = wordPieces();
    AddedTokens added =
        added(
            table,
            Map.of(
                "unk_token", named("[UNK]"),
                "sep_token", named("[SEP]"),
                "pad_token", named("[PAD]"),
                "cls_token", named("[CLS]"),
                "mask_token", named("[MASK]")));
    return wordPieces(
        table, added, Template.bert(added.special("cls_token"), added.special("sep_token")));
  }

  /** BERT's pieces with the special tokens of RoBERTa, but for the unknown one. */
  private TokenizerSpec mpnet() {
    TokenTable table = wordPieces();
    Map<String, AddedToken> defaults = new HashMap<>(robertaTokens());
    defaults.put("unk_token", named("[UNK]"));
    AddedTokens added = added(table, defaults);
    return wordPieces(
        table,
        added,
        Template.roberta(added.special("cls_token"), added.special("sep_token"), false));
  }

  private TokenTable wordPieces() {
    return VocabularyFiles.lines(folder.resolve("vocab.txt"), vocabularySize);
  }

  private TokenizerSpec wordPieces(TokenTable table, AddedTokens added, JsonNode template) {
    return WordPieces.of(
        table,
        added.special("unk_token").token(),
        template,
        new WordPieces.Settings(
            settings.flag("do_lower_case", true),
            settings.flagIfSet("strip_accents"),
            settings.flag("tokenize_chinese_chars", true)),
        added.all());
  }

  private TokenTable bytePairs() {
    return VocabularyFiles.json(folder.resolve("vocab.json"), vocabularySize);
  }

  private List<String> merges() {
    return VocabularyFiles.merges(folder.resolve("merges.txt"));
  }

  private TokenizerSpec gpt2() {
    TokenTable table = bytePairs();
    AddedToken end = named("<|endoftext|>");
    AddedTokens added = added(table, Map.of("bos_token", end, "eos_token", end, "unk_token", end));
    return ByteLevelBpe.gpt2(
        table,
        merges(),
        settings.flag("add_prefix_space", false),
        added.all(),
        settings.addBos() ? Template.gpt2(added.special("bos_token")) : null);
  }

  private TokenizerSpec roberta() {
    TokenTable table = bytePairs();
    AddedTokens added = added(table, robertaTokens());
    return ByteLevelBpe.roberta(
        table,
        merges(),
        settings.flag("add_prefix_space", false),
        added.all(),
        added.special("cls_token"),
        added.special("sep_token"));
  }

  static Map<String, AddedToken> robertaTokens() {
    return Map.of(
        "bos_token", named("<s>"),
        "eos_token", named("</s>"),
        "sep_token", named("</s>"),
        "cls_token", named("<s>"),
        "unk_token", named("<unk>"),
        "pad_token", named("<pad>"),
        "mask_token", mask("<mask>"));
  }

  private TokenizerSpec qwen2() {
    TokenTable table = bytePairs();
    AddedToken end = named("<|endoftext|>");
    AddedTokens added = added(table, Map.of("unk_token", end, "eos_token", end, "pad_token", end));
    @Nullable JsonNode nothing = null;
    return ByteLevelBpe.of("qwen2", table, merges(), added.all(), nothing);
  }
}
