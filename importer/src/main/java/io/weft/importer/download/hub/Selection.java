package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which files of a repository are fetched.
 *
 * @param files the files that an import reads, without the shards that {@code index} names
 * @param index {@code model.safetensors.index.json}; null where there is none or none is needed
 * @param gguf name of the one GGUF file that is the checkpoint; null where the folder is
 */
record Selection(List<HubFile> files, @Nullable HubFile index, @Nullable String gguf) {
  private static final String CONFIG = "config.json";
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String MODULES = "modules.json";
  private static final String POOLING = "1_Pooling/config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final List<String> ONNX = List.of("model.onnx", "onnx/model.onnx");
  private static final List<String> SMALL =
      List.of(
          CONFIG,
          "generation_config.json",
          TOKENIZER,
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "chat_template.json",
          MODULES,
          "sentence_bert_config.json",
          "config_sentence_transformers.json");

  /** A module of the sentence-transformers library; modules.json says which one pools. */
  private static final Pattern MODULE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*/config\\.json");

  /** What a tokenizer is made of where there is no tokenizer.json. */
  private static final List<String> VOCABULARIES =
      List.of(
          "vocab.txt",
          "vocab.json",
          "merges.txt",
          "spiece.model",
          "tokenizer.model",
          "sentencepiece.bpe.model");

  private static final Pattern SPLIT = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.gguf");
  private static final Set<String> PICKLES =
      Set.of("pytorch_model.bin", "pytorch_model.bin.index.json");

  /** Most names that an error lists. */
  private static final int SHOWN = 40;

  /**
   * Chooses.
   *
   * @throws ImportException when the repository holds nothing that can be imported, or several
   *     things and {@code source} does not choose
   */
  static Selection of(HubSource source, HubListing listing) {
    List<String> ggufs =
        listing.files().keySet().stream().filter(name -> name.endsWith(".gguf")).sorted().toList();
    String choice = source.choice();
    if (choice != null) {
      return gguf(source, listing, pick(source, choice, ggufs));
    }
    if (listing.has(SINGLE) || listing.has(INDEX)) {
      HubFile single = listing.find(SINGLE);
      return folder(source, listing, single == null ? listing.find(INDEX) : null, SINGLE);
    }
    if (!ggufs.isEmpty()) {
      return gguf(source, listing, only(source, ggufs));
    }
    for (String onnx : ONNX) {
      if (listing.has(onnx) && listing.has(TOKENIZER)) {
        return folder(source, listing, null, onnx);
      }
    }
    throw nothingToImport(source, listing);
  }

  private static Selection folder(
      HubSource source, HubListing listing, @Nullable HubFile index, String weights) {
    if (!listing.has(CONFIG)) {
      throw new ImportException(
          "%s has no config.json, so nobody knows what its weights are"
              .formatted(source.repository()));
    }
    Stream<String> tokenizer = listing.has(TOKENIZER) ? Stream.of() : VOCABULARIES.stream();
    // Weights beside an ONNX graph lie in files that begin with its name.
    Stream<String> weightFiles =
        weights.endsWith(".onnx")
            ? listing.files().keySet().stream()
                .filter(name -> name.equals(weights) || name.matches(externalData(weights)))
            : Stream.of(weights);
    Stream<String> modules =
        listing.has(MODULES)
            ? listing.files().keySet().stream().filter(name -> MODULE.matcher(name).matches())
            : Stream.of(POOLING);
    List<HubFile> files =
        Stream.of(SMALL.stream(), modules, tokenizer, weightFiles)
            .flatMap(names -> names)
            .map(listing.files()::get)
            .filter(Objects::nonNull)
            .toList();
    return new Selection(files, index, null);
  }

  private static String externalData(String onnx) {
    return Pattern.quote(onnx) + "[_.]data(_\\d{1,4})?";
  }

  private static Selection gguf(HubSource source, HubListing listing, String name) {
    if (SPLIT.matcher(name).matches()) {
      throw new ImportException(
          "%s of %s is one part of a split GGUF file, which is not supported; join the parts with"
                  .formatted(name, source.repository())
              + " llama.cpp's llama-gguf-split --merge and import the file");
    }
    return new Selection(List.of(Objects.requireNonNull(listing.find(name))), null, name);
  }

  private static String pick(HubSource source, String choice, List<String> ggufs) {
    if (ggufs.contains(choice)) {
      return choice;
    }
    Pattern tag =
        Pattern.compile("(.*[-._/])?" + Pattern.quote(choice.toLowerCase(Locale.ROOT)) + "\\.gguf");
    List<String> matching =
        ggufs.stream().filter(n -> tag.matcher(n.toLowerCase(Locale.ROOT)).matches()).toList();
    if (matching.size() == 1) {
      return matching.getFirst();
    }
    throw new ImportException(
        "%s has %s GGUF file that '%s' names; it has: %s"
            .formatted(
                source.repository(),
                matching.isEmpty() ? "no" : "more than one",
                choice,
                list(matching.isEmpty() ? ggufs : matching)));
  }

  private static String only(HubSource source, List<String> ggufs) {
    if (ggufs.size() == 1) {
      return ggufs.getFirst();
    }
    throw new ImportException(
        "%s has %,d GGUF files; choose one, as in hf:%s:%s. It has: %s"
            .formatted(
                source.repository(),
                ggufs.size(),
                source.repository(),
                ggufs.getFirst(),
                list(ggufs)));
  }

  private static ImportException nothingToImport(HubSource source, HubListing listing) {
    Map<String, HubFile> files = listing.files();
    if (files.keySet().stream().anyMatch(PICKLES::contains)) {
      return new ImportException(
          ("%s holds its weights only as pytorch_model.bin, which is a Python pickle: reading it can"
                  + " run any code, so it is refused. Ask its authors for safetensors, or convert it"
                  + " where you trust it, with transformers: AutoModel.from_pretrained(...)"
                  + ".save_pretrained(folder, safe_serialization=True)")
              .formatted(source.repository()));
    }
    return new ImportException(
        ("%s holds neither model.safetensors, nor a GGUF file, nor model.onnx with tokenizer.json;"
                + " it has: %s")
            .formatted(source.repository(), list(new ArrayList<>(files.keySet()))));
  }

  private static String list(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
    if (names.isEmpty()) {
      return "none";
    }
    return names.size() > SHOWN ? "%s and %,d more".formatted(shown, names.size() - SHOWN) : shown;
  }
}
