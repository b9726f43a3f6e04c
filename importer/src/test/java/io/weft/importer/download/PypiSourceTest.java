package io.weft.importer.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PypiSourceTest {
  @Test
  void readsNameVersionAndHash() {
    String hash = "0123456789abcdef".repeat(4);
    PypiSource source = PypiSource.parse("pypi:gt-all.Mini_lm==0.1.0#sha256=" + hash);

    assertThat(source).isEqualTo(new PypiSource("gt-all.Mini_lm", "0.1.0", hash));
    assertThat(source.requirement()).isEqualTo("gt-all.Mini_lm==0.1.0 --hash=sha256:" + hash);
    assertThat(source.withoutHash()).isEqualTo("pypi:gt-all.Mini_lm==0.1.0");
    assertThat(source.wheelPrefix()).isEqualTo("gt_all_Mini_lm-0.1.0-");
    assertThat(PypiSource.parse("pypi:a==1").sha256()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pypi:a",
        "pypi:a>=1",
        "pypi:==1",
        "pypi:a==1 --index-url=http://x",
        "pypi:a==1\n--index-url=http://x",
        "pypi:-r==1",
        "pypi:a==1#sha256=abc",
        "pypi:a==1#md5=0",
      })
  void refusesOtherForms(String text) {
    assertThatThrownBy(() -> PypiSource.parse(text)).hasMessageContaining("is not of the form");
  }
}
