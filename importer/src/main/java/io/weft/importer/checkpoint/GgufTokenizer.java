package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.ByteLevelBpe;
import io.weft.importer.tokenizer.SentencePieceSettings;
import io.weft.importer.tokenizer.SentencePieces;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenizerSpec;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds a tokenizer from GGUF metadata. The keys are documented in ggml's gguf.md; what they
 * mean where they are absent is what llama.cpp (llama-vocab.cpp) takes them to mean.
 */
final class GgufTokenizer {
  private static final String KEY = "tokenizer.ggml.";

  /** Of Phi-3's special tokens, those that do not take the white space behind them. */
  private static final Set<String> PHI3_WITHOUT_RSTRIP = Set.of("<unk>", "<s>", "<|endoftext|>");

  private final GgufMetadata metadata;
  private final GgufVocabulary vocabulary;
  private final GgufSpecialTokens special;

  private GgufTokenizer(
      GgufMetadata metadata, GgufVocabulary vocabulary, GgufSpecialTokens special) {
    this.metadata = metadata;
    this.vocabulary = vocabulary;
    this.special = special;
  }

  /**
   * @param vocabularySize rows of the embedding table
   * @throws ImportException when the tokenizer is of an unknown kind or contradicts itself
   */
  static Tokenizer read(GgufMetadata metadata, int vocabularySize) {
    String model = metadata.requiredString(KEY + "model");
    boolean scored = model.equals("llama") || model.equals("t5");
    if (!scored && !model.equals("gpt2") && !model.equals("bert")) {
      throw new ImportException(
          ("tokenizer model '%s' is not supported; supported: gpt2 (byte-level BPE), "
                  + "llama (SentencePiece BPE), t5 (SentencePiece unigram), bert (WordPiece)")
              .formatted(model));
    }
    GgufVocabulary vocabulary = GgufVocabulary.read(metadata, vocabularySize, scored);
    GgufSpecialTokens special =
        GgufSpecialTokens.read(metadata, vocabulary, begins(metadata, model), model.equals("t5"));
    GgufTokenizer tokenizer = new GgufTokenizer(metadata, vocabulary, special);
    TokenizerSpec spec =
        switch (model) {
          case "llama" -> tokenizer.sentencePieceBpe();
          case "t5" -> tokenizer.unigram();
          case "bert" -> tokenizer.wordPiece();
          default -> tokenizer.byteLevelBpe();
        };
    return new Tokenizer(chatTemplate(metadata), tokenizer.manifestTokens(model), spec::write);
  }

  /** Whether texts begin with the first token where {@code add_bos_token} is absent. */
  private static boolean begins(GgufMetadata metadata, String model) {
    return switch (model) {
      case "llama" -> true;
      case "gpt2" -> ByteLevelBpe.beginsByDefault(metadata.string(KEY + "pre"));
      default -> false;
    };
  }

  private static @Nullable String chatTemplate(GgufMetadata metadata) {
    String template = metadata.string("tokenizer.chat_template");
    return template == null ? metadata.string("tokenizer.chat_template.default") : template;
  }

  private ModelManifest.SpecialTokens manifestTokens(String model) {
    String template = chatTemplate(metadata);
    boolean wantsBos = special.addBos() || (template != null && template.contains("bos_token"));
    return new ModelManifest.SpecialTokens(
        wantsBos && !model.equals("bert") ? special.bos() : null,
        model.equals("bert") ? List.of() : special.ends(),
        special.pad(),
        special.mask());
  }

  private TokenizerSpec byteLevelBpe() {
    return ByteLevelBpe.of(
        metadata.string(KEY + "pre"),
        vocabulary.table(),
        metadata.strings(KEY + "merges", 4 * Limits.VOCABULARY),
        vocabulary.added(),
        special.around(vocabulary));
  }

  private TokenizerSpec sentencePieceBpe() {
    boolean addSpacePrefix = metadata.bool(KEY + "add_space_prefix", true);
    return SentencePieces.bytePairs(
        vocabulary.pieces(),
        special.unknown(vocabulary),
        // The file does not say; llama.cpp puts a space behind special tokens too.
        SentencePieceSettings.plain(addSpacePrefix, true),
        vocabulary.added().stream().map(this::withModelsOwnWays).toList(),
        special.around(vocabulary));
  }

  /** GGUF files do not keep that Phi-3's special tokens take the white space behind them. */
  private AddedToken withModelsOwnWays(AddedToken token) {
    boolean strips =
        "phi3".equals(metadata.string("general.architecture"))
            && token.special()
            && !PHI3_WITHOUT_RSTRIP.contains(token.content());
    return strips ? token.withRstrip() : token;
  }

  private TokenizerSpec unigram() {
    Integer eos = special.eos();
    if (eos == null) {
      throw new ImportException("the file has no metadata key tokenizer.ggml.eos_token_id");
    }
    SentencePieceSettings settings =
        new SentencePieceSettings(
            metadata.bool(KEY + "add_space_prefix", true),
            metadata.bool(KEY + "remove_extra_whitespaces", false),
            true,
            metadata.bytes(KEY + "precompiled_charsmap", 1 << 22));
    List<AddedToken> added =
        vocabulary.added().stream()
            .map(
                token ->
                    token.content().matches("<extra_id_\\d+>")
                        ? AddedToken.of(token.id(), token.content(), true)
                        : token)
            .toList();
    return SentencePieces.unigram(
        vocabulary.pieces(),
        special.unknown(vocabulary),
        settings,
        added,
        Template.t5(vocabulary.special(eos)));
  }

  private TokenizerSpec wordPiece() {
    return GgufWordPiece.of(metadata, vocabulary, special);
  }
}
