package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.Piece;
import io.weft.importer.tokenizer.SentencePieceFile;
import io.weft.importer.tokenizer.SentencePieceSettings;
import io.weft.importer.tokenizer.SentencePieces;
import io.weft.importer.tokenizer.Template;
import io.weft.importer.tokenizer.TokenTable;
import io.weft.importer.tokenizer.TokenizerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Builds a tokenizer from the SentencePiece model of a Hugging Face folder. */
final class SentencePieceFolder {
  private static final int MAX_EXTRA_IDS = 1 << 14;

  private final TokenizerSettings settings;
  private final SentencePieceFile model;
  private final int vocabularySize;

  private SentencePieceFolder(
      TokenizerSettings settings, SentencePieceFile model, int vocabularySize) {
    this.settings = settings;
    this.model = model;
    this.vocabularySize = vocabularySize;
  }

  static TokenizerSpec read(Path folder, TokenizerSettings settings, int vocabularySize) {
    String kind = settings.kind();
    String name =
        switch (kind) {
          case "T5Tokenizer" -> "spiece.model";
          case "XLMRobertaTokenizer" -> "sentencepiece.bpe.model";
          default -> "tokenizer.model";
        };
    if (!Files.isRegularFile(folder.resolve(name))) {
      throw new ImportException(
          "%s has neither tokenizer.json nor %s, which %s needs".formatted(folder, name, kind));
    }
    SentencePieceFile file = SentencePieceFile.read(folder.resolve(name));
    SentencePieceFile.Kind wanted =
        kind.equals("LlamaTokenizer") ? SentencePieceFile.Kind.BPE : SentencePieceFile.Kind.UNIGRAM;
    if (file.kind() != wanted) {
      throw new ImportException(
          "%s is a model of type %s, %s needs %s".formatted(name, file.kind(), kind, wanted));
    }
    SentencePieceFolder sentencePiece = new SentencePieceFolder(settings, file, vocabularySize);
    return switch (kind) {
      case "T5Tokenizer" -> sentencePiece.t5();
      case "XLMRobertaTokenizer" -> sentencePiece.xlmRoberta();
      default -> sentencePiece.llama();
    };
  }

  private AddedTokens added(List<Piece> pieces, Map<String, AddedToken> defaults) {
    if (pieces.size() > vocabularySize) {
      throw new ImportException(
          "the tokenizer has %,d pieces, the embedding table %,d rows"
              .formatted(pieces.size(), vocabularySize));
    }
    TokenTable table = TokenTable.of(pieces.stream().map(Piece::text).toList());
    return AddedTokens.of(settings, table, vocabularySize, defaults, SentencePieces.added(pieces));
  }

  private TokenizerSpec llama() {
    AddedTokens added =
        added(
            model.pieces(),
            Map.of(
                "bos_token", SlowTokenizer.named("<s>"),
                "eos_token", SlowTokenizer.named("</s>"),
                "unk_token", SlowTokenizer.named("<unk>")));
    // Absent means true; a null, which transformers writes, means false.
    boolean addSpacePrefix = settings.flag("add_prefix_space", !settings.has("add_prefix_space"));
    return SentencePieces.bytePairs(
        model.pieces(),
        model.unknown(),
        SentencePieceSettings.plain(addSpacePrefix, settings.flag("legacy", true)),
        added.all(),
        Template.around(
            settings.addBos() ? added.special("bos_token") : null,
            settings.addEos() ? added.special("eos_token") : null));
  }

  private SentencePieceSettings unigramSettings() {
    // transformers takes both white space rules for granted here.
    return new SentencePieceSettings(true, true, settings.flag("legacy", true), model.charsMap());
  }

  /** The sentinels {@code <extra_id_N>} stand behind the pieces, the last number first. */
  private TokenizerSpec t5() {
    List<Piece> pieces = new ArrayList<>(model.pieces());
    int extra = settings.count("extra_ids", 100, MAX_EXTRA_IDS);
    for (int i = extra - 1; i >= 0; i--) {
      pieces.add(new Piece("<extra_id_%d>".formatted(i), 0, Piece.Type.CONTROL));
    }
    AddedTokens added =
        added(
            pieces,
            Map.of(
                "eos_token", SlowTokenizer.named("</s>"),
                "unk_token", SlowTokenizer.named("<unk>"),
                "pad_token", SlowTokenizer.named("<pad>")));
    return SentencePieces.unigram(
        pieces,
        model.unknown(),
        unigramSettings(),
        added.all(),
        Template.t5(added.special("eos_token")));
  }

  /** fairseq's numbering: its own first four tokens, then the pieces from the fourth on. */
  private TokenizerSpec xlmRoberta() {
    List<String> first = List.of("<unk>", "<s>", "</s>");
    for (int i = 0; i < first.size(); i++) {
      if (model.pieces().size() <= i || !model.pieces().get(i).text().equals(first.get(i))) {
        throw new ImportException("sentencepiece.bpe.model must begin with the pieces " + first);
      }
    }
    List<Piece> pieces = new ArrayList<>();
    for (String token : List.of("<s>", "<pad>", "</s>", "<unk>")) {
      pieces.add(new Piece(token, 0, Piece.Type.CONTROL));
    }
    pieces.addAll(model.pieces().subList(first.size(), model.pieces().size()));
    pieces.add(new Piece("<mask>", 0, Piece.Type.CONTROL));
    AddedTokens added = added(pieces, SlowTokenizer.robertaTokens());
    return SentencePieces.unigram(
        pieces,
        3,
        unigramSettings(),
        added.all(),
        Template.xlmRoberta(added.special("cls_token"), added.special("sep_token")));
  }
}
