package io.weft.importer.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** An old pip gets a newer one beside it, which resumes broken transfers. */
@DisabledOnOs(OS.WINDOWS)
class PypiDownloadTest {
  private static final PypiSource SOURCE = PypiSource.parse("pypi:tiny==1.0");

  @TempDir Path temp;
  private final StringWriter output = new StringWriter();

  @Test
  void anOldPipFetchesANewerOneForItselfAndThatOneResumes() throws IOException {
    PypiDownload download = download(python("pip 24.0 from /x (python 3.12)", true));

    assertThat(download.fetch(SOURCE)).hasContent("wheel").hasFileName("tiny-1.0-py3-none-any.whl");

    Path pip = temp.resolve("downloads/pip");
    assertThat(calls())
        .containsExactly(
            "PYTHONPATH= PIP_ROOT_USER_ACTION=ignore -m pip install --quiet --no-input"
                + " --disable-pip-version-check --target "
                + pip
                + " pip>=25.1",
            "PYTHONPATH="
                + pip
                + " PIP_ROOT_USER_ACTION= -m pip download --no-deps --no-input --only-binary :all:"
                + " --disable-pip-version-check --retries 10 --timeout 60 --resume-retries 10 -r"
                + " "
                + temp.resolve("downloads/fetching/requirements.txt")
                + " -d "
                + temp.resolve("downloads/fetching"));
    assertThat(output.toString()).isEqualTo("Fetching pypi:tiny==1.0\n");
  }

  @Test
  void theNewerPipIsKept() throws IOException {
    PypiDownload download = download(python("pip 24.0 from /x (python 3.12)", true));
    Files.delete(download.fetch(SOURCE));

    download.fetch(SOURCE);

    assertThat(calls()).filteredOn(call -> call.contains("pip install")).hasSize(1);
    assertThat(calls()).filteredOn(call -> call.contains("--resume-retries 10")).hasSize(2);
  }

  @Test
  void withoutANewerPipATransferBeginsAgainAndTheUserIsTold() throws IOException {
    PypiDownload download = download(python("pip 25.0 from /x (python 3.12)", false));

    assertThat(download.fetch(SOURCE)).hasContent("wheel");

    assertThat(output.toString())
        .startsWith(
            "pip 25.0 cannot resume a broken transfer, and a newer one could not be fetched\n");
    assertThat(calls().getLast())
        .startsWith("PYTHONPATH= ")
        .contains("pip download")
        .doesNotContain("--resume-retries");
  }

  @Test
  void aPipThatResumesNeedsNoOther() throws IOException {
    download(python("pip 25.1 from /x (python 3.12)", false)).fetch(SOURCE);

    assertThat(calls()).hasSize(1);
    assertThat(calls().getFirst()).startsWith("PYTHONPATH= ").contains("--resume-retries 10");
  }

  private PypiDownload download(Path python) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("downloads"));
    return new PypiDownload(folder, new PrintWriter(output, true), List.of(python.toString()));
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(temp.resolve("calls"));
  }

  /** A script that stands for Python: it notes how it is called, and leaves what pip would. */
  private Path python(String version, boolean installs) throws IOException {
    Path script = temp.resolve("python");
    Files.writeString(
        script,
        """
        #!/bin/sh
        if [ "$3" = --version ]; then echo '%s'; exit 0; fi
        echo "PYTHONPATH=$PYTHONPATH PIP_ROOT_USER_ACTION=$PIP_ROOT_USER_ACTION $*" >> '%s/calls'
        command=$3
        while [ $# -gt 1 ]; do
          case $1 in --target | -d) target=$2 ;; esac
          shift
        done
        case $command in
          install) %s && mkdir -p "$target/pip" ;;
          download) printf wheel > "$target/tiny-1.0-py3-none-any.whl" ;;
        esac
        """
            .formatted(version, temp, installs));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return script;
  }
}
