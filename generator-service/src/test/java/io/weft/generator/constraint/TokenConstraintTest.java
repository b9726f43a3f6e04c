package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.text.Vocabularies;
import io.weft.generator.text.Vocabulary;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenConstraintTest {
  private static final int HELLO = 257;
  private static final int WORLD = 258;
  private static final int E_ACUTE = 259;

  private final Vocabulary vocabulary = Vocabularies.bytesAndWords(true);

  @Test
  void allowsTokensOfSeveralBytesAndParts() {
    TokenConstraint constraint = compile("hello world|h[é日]");
    BitSet first = allowed(constraint, constraint.start(false));
    ConstraintState afterH = constraint.advance(constraint.start(false), 'h');

    assertThat(first.stream().toArray()).containsExactly('h', HELLO);
    assertThat(allowed(constraint, afterH).stream().toArray())
        .containsExactly('e', 0xc3, 0xe6, E_ACUTE);
    ConstraintState hello = constraint.advance(constraint.start(false), HELLO);
    assertThat(allowed(constraint, hello).stream().toArray()).containsExactly(' ', WORLD);
  }

  @Test
  void specialTokensNeverFit() {
    TokenConstraint constraint = compile("[^a]*");

    assertThat(allowed(constraint, constraint.start(false)).get(Vocabularies.SPECIAL)).isFalse();
    assertThat(constraint.advance(constraint.start(false), Vocabularies.SPECIAL)).isNull();
  }

  @Test
  void theSpaceThatATextLosesAtItsStartIsNotPartOfIt() {
    TokenConstraint constraint = compile("world|hello");
    ConstraintState start = constraint.start(true);

    assertThat(allowed(constraint, start).stream().toArray())
        .containsExactly(' ', 'h', 'w', HELLO, WORLD);
    ConstraintState afterSpace = constraint.advance(start, ' ');
    assertThat(allowed(constraint, afterSpace).stream().toArray()).containsExactly('h', 'w', HELLO);
    assertThat(constraint.isComplete(constraint.advance(start, WORLD))).isTrue();
  }

  @Test
  void aMaskIsWhatEveryTokenAloneSays() {
    SplittableRandom random = new SplittableRandom(5);
    for (ConstraintSpec spec :
        new ConstraintSpec[] {
          new ConstraintSpec.JsonObject(), new ConstraintSpec.Regex(" ?(hello|st(op)?|.){1,9}")
        }) {
      TokenConstraint constraint =
          new ConstraintCompiler(vocabulary, 1L << 40, Runnable::run).compile(spec);
      for (int walk = 0; walk < 50; walk++) {
        ConstraintState state = constraint.start(walk % 2 == 0);
        for (int i = 0; i < 30 && constraint.canContinue(state); i++) {
          BitSet mask = allowed(constraint, state);
          BitSet each = new BitSet();
          for (int token = 0; token < vocabulary.size(); token++) {
            each.set(token, constraint.advance(state, token) != null);
          }
          assertThat(mask).isEqualTo(each);
          int choice = random.nextInt(mask.cardinality());
          state = constraint.advance(state, mask.stream().skip(choice).findFirst().orElseThrow());
        }
      }
    }
  }

  private TokenConstraint compile(String regex) {
    return new ConstraintCompiler(vocabulary, 1L << 40, Runnable::run)
        .compile(new ConstraintSpec.Regex(regex));
  }

  private static BitSet allowed(TokenConstraint constraint, ConstraintState state) {
    return BitSet.valueOf(constraint.allowed(state));
  }
}
