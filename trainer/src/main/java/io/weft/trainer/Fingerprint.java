package io.weft.trainer;

import io.weft.importer.download.Sha256;
import io.weft.trainer.data.Labels;
import io.weft.trainer.model.Dropouts;
import io.weft.trainer.model.Method;
import io.weft.trainer.text.Example;
import io.weft.trainer.train.Recipe;
import io.weft.trainer.train.TrainingData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A hash of everything that the weights depend on, but the machine and its threads: a state that
 * was kept belongs to a run with the same.
 */
record Fingerprint(String hex) {
  static Fingerprint of(
      Recipe recipe, TrainingData data, Method method, Dropouts dropouts, Labels labels, Base base)
      throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    add(digest, recipe.toString());
    add(digest, method.toString());
    add(digest, dropouts.toString());
    add(digest, labels.names().toString());
    add(digest, Arrays.toString(data.labelWeights()) + data.padding() + " " + data.patience());
    add(digest, Sha256.of(base.checkpoint().weightFiles()));
    data.train().forEach(example -> add(digest, example));
    data.validation().forEach(example -> add(digest, example));
    return new Fingerprint(HexFormat.of().formatHex(digest.digest()));
  }

  private static void add(MessageDigest digest, Example example) {
    add(digest, example.ids());
    add(digest, example.types());
    add(digest, example.labels());
    add(digest, Arrays.toString(example.values()));
  }

  private static void add(MessageDigest digest, int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 + values.length * 4).putInt(values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    digest.update(bytes.flip());
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
    digest.update(bytes);
  }
}
