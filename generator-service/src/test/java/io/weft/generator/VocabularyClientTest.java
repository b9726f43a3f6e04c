package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.weft.generator.text.Vocabularies;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import org.junit.jupiter.api.Test;

class VocabularyClientTest {
  @Test
  void getsTheWholeTable() {
    Vocabulary vocabulary = get(FakeTokenizer.honest(320, 0), 320);

    assertThat(vocabulary.size()).isEqualTo(320);
    assertThat(vocabulary.hash()).isEqualTo(Vocabularies.letters(320).hash());
    assertThat(vocabulary.bytes(27)).isEqualTo(Vocabularies.letters(320).bytes(27));
  }

  @Test
  void aModelMayKnowMoreTokensThanTheTokenizer() {
    assertThat(get(FakeTokenizer.honest(300, 0), 320).size()).isEqualTo(300);
  }

  @Test
  void refusesAVocabularyThatIsNotTheModels() {
    assertThatThrownBy(() -> get(FakeTokenizer.honest(321, 0), 320))
        .isInstanceOf(WeftException.Internal.class)
        .hasMessageContaining("321 tokens, but the model knows only 320");
  }

  @Test
  void refusesAVocabularyWhoseHashIsWrong() {
    assertThatThrownBy(() -> get(new FakeTokenizer(320, "00", 0), 320))
        .isInstanceOf(WeftException.Internal.class)
        .hasMessageContaining("its hash is not that of its entries");
  }

  @Test
  void saysThatTheTokenizerIsNotReady() {
    assertThatThrownBy(() -> get(FakeTokenizer.honest(320, 1), 320))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("starting");
  }

  private static Vocabulary get(FakeTokenizer tokenizer, int largest) {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + tokenizer.port(), InsecureChannelCredentials.create())
            .build();
    try (tokenizer) {
      return new VocabularyClient(channel).get("tiny", largest);
    } finally {
      channel.shutdownNow();
    }
  }
}
