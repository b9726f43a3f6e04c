package io.weft.importer.download.hub;

import io.weft.importer.checkpoint.SafetensorsIndex;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Fetches what an import needs of a repository, four files at a time, and keeps it: in {@code
 * COMMIT/}, beside the hub's metadata.
 */
public final class HubDownload {
  static final int AT_ONCE = 4;

  private final HubConfig config;
  private final DownloadFolder folder;
  private final TransferProgress progress;
  private final Timeouts timeouts;
  private final Retries retries;

  /**
   * @param folder of the repository; the caller holds its {@link
   *     io.weft.importer.download.DownloadLock}
   */
  public HubDownload(Path folder, HubConfig config, TransferProgress progress) {
    this(folder, config, progress, Timeouts.DEFAULT, Thread::sleep);
  }

  HubDownload(
      Path folder,
      HubConfig config,
      TransferProgress progress,
      Timeouts timeouts,
      Retries.Pauses pauses) {
    this.config = config;
    this.folder = new DownloadFolder(folder);
    this.progress = progress;
    this.timeouts = timeouts;
    this.retries = new Retries(pauses, progress::note);
  }

  /**
   * A checkpoint that was fetched.
   *
   * @param path of the folder, or of the GGUF file
   * @param location {@code hf:ORG/NAME@COMMIT}, with the name of the GGUF file behind a colon
   */
  public record Fetched(Path path, String location) {}

  /**
   * Fetches what is not there yet.
   *
   * @throws ImportException when the hub cannot be reached, refuses, or sends something else than
   *     its metadata says; when the repository holds nothing to import; when the disk is too small
   */
  public Fetched fetch(HubSource source) throws IOException {
    try (HubClient client = new HubClient(config, timeouts)) {
      HubListing listing = listing(client, source);
      Selection selection = Selection.of(source, listing);
      Path target = folder.of(listing.commit());
      Transfer transfer = new Transfer(client, source, listing.commit(), target);
      List<HubFile> files = new ArrayList<>(selection.files());
      HubFile index = selection.index();
      if (index != null) {
        transfer.fetch(List.of(index));
        files.addAll(shards(listing, target.resolve(index.name())));
      }
      transfer.fetch(files);
      String location = "hf:%s@%s".formatted(source.repository(), listing.commit());
      String gguf = selection.gguf();
      return gguf == null
          ? new Fetched(target, location)
          : new Fetched(target.resolve(gguf), location + ":" + gguf);
    }
  }

  private HubListing listing(HubClient client, HubSource source) throws IOException {
    HubListing kept = folder.find(source);
    if (kept != null && (source.isCommit() || config.offline())) {
      return kept;
    }
    if (config.offline()) {
      throw new ImportException(
          "HF_HUB_OFFLINE is set, and %s@%s was not fetched before"
              .formatted(source.repository(), source.revision()));
    }
    byte[] answer = retries.run(source.repository(), () -> client.metadata(source));
    HubListing listing = HubListing.parse(answer);
    if (source.isCommit() && !listing.commit().equals(source.revision())) {
      throw new ImportException(
          "asked for commit %s, the hub answers with %s"
              .formatted(source.revision(), listing.commit()));
    }
    folder.keep(source, listing.commit(), answer);
    return listing;
  }

  private static List<HubFile> shards(HubListing listing, Path index) {
    List<HubFile> shards = new ArrayList<>();
    for (String name : SafetensorsIndex.shards(index)) {
      HubFile shard = listing.find(name);
      if (shard == null) {
        throw new ImportException(
            "%s names the file %s, which the repository does not have"
                .formatted(index.getFileName(), name));
      }
      shards.add(shard);
    }
    return shards;
  }

  /** Files of one commit on their way. */
  private final class Transfer {
    private final HubClient client;
    private final HubSource source;
    private final String commit;
    private final Path target;

    private Transfer(HubClient client, HubSource source, String commit, Path target) {
      this.client = client;
      this.source = source;
      this.commit = commit;
      this.target = target;
    }

    void fetch(List<HubFile> files) throws IOException {
      List<HubFile> missing = new ArrayList<>();
      long total = 0;
      long received = 0;
      for (HubFile file : files) {
        if (!file.isIn(target)) {
          missing.add(file);
          total += file.size();
          Path part = FileDownload.partOf(target, file);
          received += Files.exists(part) ? Files.size(part) : 0;
        }
      }
      if (missing.isEmpty()) {
        return;
      }
      if (config.offline()) {
        throw new ImportException(
            "HF_HUB_OFFLINE is set, and of %s these were not fetched before: %s"
                .formatted(
                    source.repository(),
                    String.join(", ", missing.stream().map(HubFile::name).toList())));
      }
      folder.checkSpace(total - received);
      progress.begin(missing.size(), total, received);
      try {
        fetchAtOnce(missing);
        progress.end();
      } finally {
        progress.clear();
      }
    }

    private void fetchAtOnce(List<HubFile> files) throws IOException {
      try (ExecutorService pool =
          Executors.newFixedThreadPool(
              AT_ONCE, Thread.ofVirtual().name("download-", 0).factory())) {
        CompletionService<Path> running = new ExecutorCompletionService<>(pool);
        for (HubFile file : files) {
          FileDownload download = new FileDownload(client, source, commit, file, target, progress);
          running.submit(() -> retries.run(file.name(), download));
        }
        try {
          for (int i = 0; i < files.size(); i++) {
            running.take().get();
          }
        } catch (ExecutionException e) {
          pool.shutdownNow();
          throw rethrow(e);
        } catch (InterruptedException e) {
          pool.shutdownNow();
          Thread.currentThread().interrupt();
          throw new ImportException("interrupted", e);
        }
      }
    }

    private IOException rethrow(ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      return e.getCause() instanceof IOException disk ? disk : new IOException(e.getCause());
    }
  }
}
