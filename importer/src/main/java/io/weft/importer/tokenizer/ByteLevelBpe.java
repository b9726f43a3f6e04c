package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.SubwordModel.Merge;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Byte-level BPE (Radford et al., 2019): GPT-2, RoBERTa, Llama 3, Qwen. */
public final class ByteLevelBpe {
  private ByteLevelBpe() {}

  /**
   * A tokenizer that cuts words as one of the known models does.
   *
   * @param pre how words are cut, by GGUF's names
   * @param table the tokens, in GPT-2's byte alphabet
   * @param merges "left right", in order
   * @param added tokens found before the model
   * @param postProcessor what is put around a text
   * @throws ImportException when {@code pre} is not known or a merge is broken
   */
  public static TokenizerSpec of(
      @Nullable String pre,
      TokenTable table,
      List<String> merges,
      List<AddedToken> added,
      @Nullable JsonNode postProcessor) {
    ByteLevelScheme scheme = ByteLevelScheme.named(pre);
    return new TokenizerSpec(
        model(table, merges, scheme.ignoreMerges()),
        added,
        scheme.normalizer(),
        scheme.preTokenizer(),
        postProcessor,
        Parts.byteLevel(false, true, true));
  }

  /** GPT-2 and its kin, with the choice of a space before every text. */
  public static TokenizerSpec gpt2(
      TokenTable table,
      List<String> merges,
      boolean addPrefixSpace,
      List<AddedToken> added,
      @Nullable JsonNode postProcessor) {
    return new TokenizerSpec(
        model(table, merges, false),
        added,
        null,
        Parts.byteLevel(addPrefixSpace, true, true),
        postProcessor,
        Parts.byteLevel(addPrefixSpace, true, true));
  }

  /** ByT5: every byte is a token of its own; offsets keep their spaces. */
  public static TokenizerSpec withoutMerges(
      TokenTable table, List<AddedToken> added, @Nullable JsonNode postProcessor) {
    ObjectNode bytes = Parts.byteLevel(false, false, false);
    return new TokenizerSpec(
        model(table, List.of(), false), added, null, bytes, postProcessor, bytes);
  }

  /** RoBERTa: GPT-2's way of cutting, BERT's way of putting special tokens around. */
  public static TokenizerSpec roberta(
      TokenTable table,
      List<String> merges,
      boolean addPrefixSpace,
      List<AddedToken> added,
      Template.Special cls,
      Template.Special sep) {
    return gpt2(table, merges, addPrefixSpace, added, Template.roberta(cls, sep, addPrefixSpace));
  }

  /** Whether texts begin with the first token where a GGUF file does not say. */
  public static boolean beginsByDefault(@Nullable String pre) {
    return pre != null && ByteLevelScheme.beginsByDefault(pre);
  }

  private static SubwordModel model(TokenTable table, List<String> merges, boolean ignoreMerges) {
    List<Merge> pairs = new ArrayList<>(merges.size());
    for (int i = 0; i < merges.size(); i++) {
      String merge = merges.get(i);
      int space = merge.indexOf(' ');
      if (space < 1
          || merge.indexOf(' ', space + 1) >= 0
          || table.id(merge.substring(0, space)) == null
          || table.id(merge.substring(space + 1)) == null
          || table.id(merge.replace(" ", "")) == null) {
        throw new ImportException(
            "merge %d of the tokenizer does not join two of its tokens into a third".formatted(i));
      }
      pairs.add(new Merge(merge.substring(0, space), merge.substring(space + 1)));
    }
    return new SubwordModel.BytePairs(table, pairs, null, false, ignoreMerges);
  }
}
