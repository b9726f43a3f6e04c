package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One file on its way: {@code NAME.part} grows, over several attempts and several pulls, and gets
 * its name when its hash is right. Owned by one thread.
 */
final class FileDownload implements Retries.Attempt<Path> {
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d+/.*");

  private final HubClient client;
  private final HubSource source;
  private final String commit;
  private final HubFile file;
  private final Path target;
  private final Path part;
  private final TransferProgress progress;

  /**
   * @param folder of the commit
   * @param progress told of every byte; those of an earlier pull's {@code .part} are already in it
   */
  FileDownload(
      HubClient client,
      HubSource source,
      String commit,
      HubFile file,
      Path folder,
      TransferProgress progress) {
    this.client = client;
    this.source = source;
    this.commit = commit;
    this.file = file;
    this.target = folder.resolve(file.name());
    this.part = partOf(folder, file);
    this.progress = progress;
  }

  static Path partOf(Path folder, HubFile file) {
    return folder.resolve(file.name() + ".part");
  }

  @Override
  public long position() throws IOException {
    return Files.exists(part) ? Files.size(part) : 0;
  }

  /** One attempt: fetches what is missing, checks the whole, gives the file its name. */
  @Override
  public Path run() throws IOException {
    Files.createDirectories(target.getParent());
    try (FileChannel channel =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (channel.size() > file.size()) {
        restart(channel);
      }
      if (channel.size() < file.size()) {
        fetchInto(channel);
      }
    }
    String hash = file.hashOf(part);
    if (!hash.equals(file.hash())) {
      throw refuse(
          "%s has %s %s, the hub's metadata says %s"
              .formatted(file.name(), file.algorithm(), hash, file.hash()));
    }
    return Files.move(
        part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void fetchInto(FileChannel channel) throws IOException {
    long from = channel.size();
    HttpResponse<InputStream> response = client.content(source, commit, file.name(), from);
    try (StallGuard body = new StallGuard(response.body(), client.timeouts().stall())) {
      if (from > 0 && response.statusCode() == 200) {
        // This server does not resume.
        restart(channel);
      } else if (response.statusCode() == 206) {
        checkRange(response, from);
      }
      checkLength(response, file.size() - channel.size());
      channel.position(channel.size());
      copy(body, channel);
    }
  }

  private void copy(StallGuard body, FileChannel channel) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
      if (channel.position() + n > file.size()) {
        throw refuse(
            "the hub sends more of %s than the %,d bytes of its metadata"
                .formatted(file.name(), file.size()));
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      progress.moved(n);
    }
    if (channel.position() < file.size()) {
      throw new TransientFailure(
          "the connection was cut after %,d of %,d bytes"
              .formatted(channel.position(), file.size()));
    }
  }

  private void checkRange(HttpResponse<?> response, long from) throws IOException {
    String range = response.headers().firstValue("Content-Range").orElse("");
    Matcher matcher = CONTENT_RANGE.matcher(range);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) != from) {
      throw refuse(
          "asked for %s from byte %,d, the hub answers with '%s'"
              .formatted(file.name(), from, range));
    }
  }

  private void checkLength(HttpResponse<?> response, long expected) throws IOException {
    long announced = response.headers().firstValueAsLong("Content-Length").orElse(expected);
    if (announced != expected) {
      throw refuse(
          "the hub announces %,d bytes of %s, its metadata says %,d"
              .formatted(announced, file.name(), expected));
    }
  }

  private void restart(FileChannel channel) throws IOException {
    progress.moved(-channel.size());
    channel.truncate(0);
  }

  private ImportException refuse(String message) throws IOException {
    progress.moved(-position());
    Files.deleteIfExists(part);
    return new ImportException(message + "; what was received is deleted");
  }
}
