package io.weft.importer;

import io.weft.importer.calibrate.CacheInt8;
import io.weft.importer.calibrate.Calibration;
import io.weft.importer.checkpoint.Architecture;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.ExportedEncoder;
import io.weft.importer.checkpoint.Tokenizer;
import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.importer.graph.Graphs;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.quantize.WeightPlan;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.model.ModelManifest.WrittenFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns a checkpoint into a model folder. */
public final class Importer {
  /** Block size of a table of token vectors beside layers in w8a8. */
  private static final int TABLE_BLOCK = 32;

  private static final String NAME_PATTERN = "[a-z0-9][a-z0-9._-]{0,95}";

  private Importer() {}

  /**
   * Imports a checkpoint. On failure nothing is left behind.
   *
   * @throws ImportException when the checkpoint is broken or not supported, when the folder exists
   *     and is not to be replaced, or when the disk fails
   */
  public static ImportResult importCheckpoint(ImportOptions options) {
    String name = name(options);
    if (ExportedEncoder.isOne(options.source())) {
      return importExport(new ExportImporter(options, name), name, options);
    }
    try (Checkpoint checkpoint = Checkpoint.open(options.source())) {
      return importOpened(checkpoint, name, options);
    }
  }

  /** Imports an open checkpoint as the model {@code name}. */
  static ImportResult importOpened(Checkpoint checkpoint, String name, ImportOptions options) {
    long start = System.nanoTime();
    try (FolderWriter writer = FolderWriter.open(options.modelsDir(), name, options.force())) {
      SourceFiles source = SourceFiles.of(checkpoint.weightFiles());
      Quantization asked = options.quantization();
      WeightPlan plan = asked.plan(defaultDtype(checkpoint.architecture()));
      boolean int8Cache = asked.hasInt8Cache(plan, checkpoint.architecture().family());
      boolean after = isCalibrated(plan, asked, checkpoint.architecture());
      WeightPlan first = after ? exact(checkpoint.architecture()) : plan;
      List<WrittenFormat> written = Graphs.write(checkpoint, first, writer.path());
      List<WrittenFormat> formats = after ? List.of() : written;
      ModelManifest.QuantizationSpec quantization = after ? null : quantization(first, formats);
      writeTokenizer(checkpoint.tokenizer(), writer.path());
      ModelManifest draft = manifest(options, name, checkpoint, plan, quantization, List.of());
      List<String> notes = calibrate(new ModelFolder(writer.path(), draft), after, int8Cache);
      List<ModelManifest.FileEntry> files = writer.fileEntries();
      ModelManifest manifest = manifest(options, name, checkpoint, plan, quantization, files);
      source.checkUnchanged();
      ModelFolder.writeManifest(writer.path(), manifest);
      return result(writer.commit(), formats, notes, source, files, start);
    } catch (IOException | UncheckedIOException e) {
      throw new ImportException("cannot write model folder %s: %s".formatted(name, e), e);
    } catch (InternalError e) {
      // So the virtual machine reports a page of a mapped file that is not there any more.
      if (String.valueOf(e.getMessage()).contains("unsafe memory access")) {
        throw new ImportException(
            "a file of %s became shorter while it was imported".formatted(options.source()), e);
      }
      throw e;
    }
  }

  private static ImportResult importExport(
      ExportImporter export, String name, ImportOptions options) {
    long start = System.nanoTime();
    try (FolderWriter writer = FolderWriter.open(options.modelsDir(), name, options.force())) {
      SourceFiles source = SourceFiles.of(export.weightFiles());
      export.writeFiles(writer.path());
      List<ModelManifest.FileEntry> files = writer.fileEntries();
      ModelManifest manifest = export.manifest(location(options), files);
      source.checkUnchanged();
      ModelFolder.writeManifest(writer.path(), manifest);
      return result(writer.commit(), List.of(), List.of(), source, files, start);
    } catch (IOException | UncheckedIOException e) {
      throw new ImportException("cannot write model folder %s: %s".formatted(name, e), e);
    }
  }

  private static ImportResult result(
      Path folder,
      List<WrittenFormat> formats,
      List<String> notes,
      SourceFiles source,
      List<ModelManifest.FileEntry> files,
      long start) {
    return new ImportResult(
        ModelFolder.open(folder),
        notes,
        formats,
        source.totalSize(),
        files.stream().mapToLong(ModelManifest.FileEntry::size).sum(),
        Duration.ofNanos(System.nanoTime() - start));
  }

  /** What the manifest names as the source. */
  private static String location(ImportOptions options) {
    String location = options.location();
    return location == null ? fileName(options.source()) : location;
  }

  /** Whether a model is written exactly first, and its layers then turned into 8 bits. */
  private static boolean isCalibrated(
      WeightPlan plan, Quantization asked, Architecture architecture) {
    // Who says how an encoder's blocks are to be gets blocks.
    return plan.dtype() == Dtype.W8A8
        || (plan.dtype() == Dtype.INT8
            && architecture.family() == Family.ENCODER
            && asked.equals(Quantization.of(asked.dtype())));
  }

  /**
   * Linear layers in floats. A decoder's table of token vectors is looked up, not multiplied with:
   * it has 8 bits in blocks at once.
   */
  private static WeightPlan exact(Architecture architecture) {
    Quantization exact = Quantization.of(Dtype.FP32);
    boolean blocks =
        architecture.family() != Family.ENCODER && architecture.hiddenSize() % TABLE_BLOCK == 0;
    return (blocks ? exact.withEmbedding(Dtype.INT8) : exact).plan(Dtype.FP32);
  }

  private static List<String> calibrate(ModelFolder folder, boolean after, boolean int8Cache)
      throws IOException {
    List<String> notes = new ArrayList<>();
    String note = after ? toBytes(folder) : Calibration.raiseLevels(folder);
    if (note != null) {
      notes.add(note);
    }
    if (int8Cache) {
      notes.add(CacheInt8.apply(folder));
    }
    return notes;
  }

  private static String toBytes(ModelFolder folder) throws IOException {
    return folder.manifest().dtype().equals(Dtype.W8A8.toString())
        ? Calibration.toW8A8(folder)
        : Calibration.encoderToInt8(folder);
  }

  private static void writeTokenizer(Tokenizer tokenizer, Path folder) throws IOException {
    tokenizer.writer().write(folder.resolve("tokenizer.json"));
    if (tokenizer.chatTemplate() != null) {
      Files.writeString(folder.resolve("chat_template.jinja"), tokenizer.chatTemplate());
    }
  }

  private static ModelManifest manifest(
      ImportOptions options,
      String name,
      Checkpoint checkpoint,
      WeightPlan plan,
      ModelManifest.@Nullable QuantizationSpec quantization,
      List<ModelManifest.FileEntry> files)
      throws IOException {
    Architecture architecture = checkpoint.architecture();
    return new ModelManifest(
        ModelManifest.FORMAT_VERSION,
        name,
        architecture.family(),
        architecture.name(),
        architecture.tasks(),
        new ModelManifest.Source(
            checkpoint.kind(), location(options), Sha256.of(checkpoint.weightFiles())),
        plan.dtype().toString(),
        quantization,
        architecture.vocabularySize(),
        architecture.contextLength(),
        architecture.hiddenSize(),
        architecture.layers(),
        architecture.heads(),
        architecture.kvHeads(),
        architecture.headSize(),
        checkpoint.tokenizer().tokens(),
        encoder(checkpoint),
        checkpoint.generation(),
        Instant.now().getEpochSecond(),
        files);
  }

  private static ModelManifest.@Nullable QuantizationSpec quantization(
      WeightPlan plan, List<WrittenFormat> formats) {
    return plan.hasBlocks()
        ? new ModelManifest.QuantizationSpec(plan.blockSize(), plan.symmetric(), formats)
        : null;
  }

  private static ModelManifest.@Nullable EncoderSpec encoder(Checkpoint checkpoint) {
    Architecture architecture = checkpoint.architecture();
    if (architecture.family() != Family.ENCODER) {
      return null;
    }
    return new ModelManifest.EncoderSpec(
        ModelManifest.Layout.PACKED,
        checkpoint.pooling(),
        architecture.labels(),
        architecture.problemType(),
        architecture.activationOfPairs());
  }

  private static Dtype defaultDtype(Architecture architecture) {
    return architecture.family() == Family.ENCODER ? Dtype.FP32 : Dtype.INT4;
  }

  private static String name(ImportOptions options) {
    String name = options.name() == null ? defaultName(options.source()) : options.name();
    if (!name.matches(NAME_PATTERN) || name.endsWith(".part")) {
      throw new ImportException(
          "'%s' cannot name a model: 1 to 96 of a-z, 0-9, '.', '_' and '-', starting with a letter"
                  .formatted(name)
              + " or digit, not ending in .part");
    }
    return name;
  }

  /** What a model is called when nobody says: as its file or folder. */
  static String defaultName(Path source) {
    return fileName(source)
        .toLowerCase(Locale.ROOT)
        .replaceFirst("\\.gguf$", "")
        .replaceAll("[^a-z0-9._-]", "-");
  }

  private static String fileName(Path path) {
    Path last = path.toAbsolutePath().normalize().getFileName();
    return last == null ? "" : last.toString();
  }
}
