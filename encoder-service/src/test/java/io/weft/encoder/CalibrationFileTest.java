package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.encoder.model.Calibration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationFileTest {
  private static final List<Integer> BUDGETS = List.of(64, 128);

  @TempDir Path root;
  private Path path;
  private CalibrationFile file;

  @BeforeEach
  void prepare() {
    path = root.resolve(".calibration/model.properties");
    file = new CalibrationFile(path, "this machine");
  }

  @Test
  void keepsWhatWasFound() {
    assertThat(file.read(BUDGETS)).isEmpty();

    file.write(new Calibration.Choice(128, true));

    assertThat(file.read(BUDGETS)).contains(new Calibration.Choice(128, true));
    assertThat(path.getParent().toFile().list()).containsExactly("model.properties");
  }

  @Test
  void countsOnlyUnderTheSameCircumstances() {
    file.write(new Calibration.Choice(128, false));

    assertThat(new CalibrationFile(path, "another machine").read(BUDGETS)).isEmpty();
    assertThat(file.read(List.of(64))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "circumstances=this machine\nbatch-tokens=1000000000\napart=true",
        "circumstances=this machine\nbatch-tokens=128\napart=perhaps",
        "circumstances=this machine",
        "\\u00zz",
        ""
      })
  void ignoresWhatItCannotUse(String content) throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);

    assertThat(file.read(BUDGETS)).isEmpty();
  }

  @Test
  void doesWithoutAFileWhereNoneCanBeWritten() throws IOException {
    Files.createFile(root.resolve(".calibration"));

    file.write(new Calibration.Choice(64, true));

    assertThat(file.read(BUDGETS)).isEmpty();
  }

  @Test
  void knowsTheProcessor() {
    assertThat(CalibrationFile.processor())
        .startsWith(Runtime.getRuntime().availableProcessors() + " x ");
  }
}
