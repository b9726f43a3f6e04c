package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path temp;

  @Test
  void readsTensorsAndSkipsTheMetadata() throws IOException {
    byte[] header =
        SafetensorsBuilder.frame(
            """
            {"__metadata__":{"format":"pt"},
             "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
             "ids":{"dtype":"I64","shape":[1],"data_offsets":[8,16]}}""");
    byte[] content = Arrays.copyOf(header, header.length + 16);
    try (MappedFile file = MappedFile.open(Files.write(temp.resolve("f"), content))) {
      var tensors = Safetensors.parse(file);

      assertThat(tensors.keySet()).containsExactly("a", "ids");
      assertThat(tensors.get("a").shape()).containsExactly(2L);
      assertThatThrownBy(() -> tensors.get("ids").readRows(0, 1, new float[1]))
          .hasMessage("tensor ids has type I64, which holds no weights");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[1]|its header is no JSON object",
        "{\"a\":null}|tensor a has no entry in the header",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}|two data_offsets must be there",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}|two data_offsets must be there",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[null],\"data_offsets\":[0,8]}}|shape holds something other than integers",
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,8]}}|tensor a has dtype F4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|needs 8 bytes, the file gives it 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}|data offsets [8, 0] do not lie",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,80]}}|do not lie in the 16 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}|more than 2^48 values",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,2147483648],\"data_offsets\":[0,8]}}|more than 2^48 values",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}|its header is not valid",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}|has a dimension below 1",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}|shape has more than 8 numbers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|tensors a and b overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|its header is not valid",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,16]}}|its header is not valid",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"x\":1}}|tensor a has a field 'x'",
        "{\"a\":{\"dtype\":4,\"shape\":[4],\"data_offsets\":[0,16]}}|tensor a: dtype is no text",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":4,\"data_offsets\":[0,16]}}|tensor a: shape is no array",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}|shape holds something other than integers",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}} {}|something follows the object in its header",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[4,16]}}|4 bytes before tensor a belong to no tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}|4 bytes behind its tensors belong to none",
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[16],\"data_offsets\":[0,16]}}|supported: F32, F16, BF16",
      })
  void refuses(String header, String message) throws IOException {
    byte[] frame = SafetensorsBuilder.frame(header);
    byte[] content = Arrays.copyOf(frame, frame.length + 16);
    try (MappedFile file = MappedFile.open(Files.write(temp.resolve("f"), content))) {
      assertThatThrownBy(() -> Safetensors.parse(file))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void refusesHeadersThatDoNotFit() throws IOException {
    for (long length : new long[] {-1, 0, 1L << 40, 9}) {
      byte[] content = new byte[16];
      java.nio.ByteBuffer.wrap(content).order(java.nio.ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      try (MappedFile file = MappedFile.open(Files.write(temp.resolve("f"), content))) {
        assertThatThrownBy(() -> Safetensors.parse(file))
            .isInstanceOf(ImportException.class)
            .hasMessageContaining("its header has " + Long.toUnsignedString(length) + " bytes");
      }
    }
  }
}
