package io.weft.importer.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnzipTest {
  @TempDir Path temp;

  @Test
  void unpacksFilesAndFolders() throws IOException {
    Path target = temp.resolve("out");
    Unzip.unzip(zip(List.of("a/", "a/b.txt", "c/d/e.txt"), 3), target);

    assertThat(target.resolve("a/b.txt")).hasSize(3);
    assertThat(target.resolve("c/d/e.txt")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/../../x", "/x", "a\\..\\..\\x", "."})
  void refusesToLeaveTheFolder(String name) throws IOException {
    Path archive = zip(List.of(name), 3);
    Path target = temp.resolve("deep/out");

    assertThatThrownBy(() -> Unzip.unzip(archive, target))
        .isInstanceOf(ImportException.class)
        .hasMessage("archive.zip has an entry '" + name + "' that leaves its folder");
    assertThat(temp.resolve("deep/x")).doesNotExist();
    assertThat(temp.resolve("x")).doesNotExist();
  }

  @Test
  void stopsAtAnArchiveThatGrowsWithoutEnd() throws IOException {
    Path archive = zip(List.of("bomb"), 200 << 20);
    Path target = temp.resolve("out");

    assertThatThrownBy(() -> Unzip.unzip(archive, target))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("archive.zip unpacks to more than");
    assertThat(Files.size(target.resolve("bomb"))).isLessThan(80 << 20);
  }

  @Test
  void refusesTooManyEntriesAndOtherFiles() throws IOException {
    List<String> names =
        java.util.stream.IntStream.range(0, 10_001).mapToObj(i -> "f" + i).toList();
    assertThatThrownBy(() -> Unzip.unzip(zip(names, 0), temp.resolve("out")))
        .hasMessage("archive.zip has 10,001 entries, the limit is 10,000");
    Path text = Files.writeString(temp.resolve("text.whl"), "no zip at all");
    assertThatThrownBy(() -> Unzip.unzip(text, temp.resolve("out")))
        .isInstanceOf(ImportException.class)
        .hasMessageStartingWith("text.whl is no readable zip archive");
  }

  @Test
  void refusesNamesThatCannotBeFiles() throws IOException {
    Path archive = zip(List.of("a\0b"), 3);

    assertThatThrownBy(() -> Unzip.unzip(archive, temp.resolve("out")))
        .isInstanceOf(ImportException.class)
        .hasMessage("archive.zip has an entry 'a?b', which cannot be a file");
  }

  private Path zip(List<String> names, int size) throws IOException {
    Path archive = temp.resolve("archive.zip");
    byte[] chunk = new byte[1 << 16];
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        for (int left = name.endsWith("/") ? 0 : size; left > 0; left -= chunk.length) {
          out.write(chunk, 0, Math.min(left, chunk.length));
        }
      }
    }
    return archive;
  }
}
