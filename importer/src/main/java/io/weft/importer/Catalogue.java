package io.weft.importer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The default models: {@code catalogue.json} beside this class.
 *
 * @param entries in the order they are fetched
 */
record Catalogue(List<Entry> entries) {
  Catalogue {
    entries = List.copyOf(entries);
  }

  /**
   * A default model.
   *
   * @param name of the model folder
   * @param source where it comes from, as {@code pull} takes it
   * @param dtype what it is imported as
   * @param licence SPDX identifier
   */
  record Entry(String name, String source, Dtype dtype, String licence) {
    /** What is asked for, in the format that is best for this model unless another is. */
    Quantization quantization(Quantization asked) {
      return asked.dtype() == null ? asked.withDtype(dtype) : asked;
    }
  }

  static Catalogue load() {
    try (InputStream in =
        Objects.requireNonNull(Catalogue.class.getResourceAsStream("catalogue.json"))) {
      return JsonMapper.builder()
          .enable(com.fasterxml.jackson.databind.MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build()
          .readValue(in, Catalogue.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Optional<Entry> find(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }
}
