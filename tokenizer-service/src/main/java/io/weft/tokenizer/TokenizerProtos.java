package io.weft.tokenizer;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.Value;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.common.v1.OffsetUnit;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResult;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.TruncationSide;
import io.weft.proto.tokenizer.v1.TruncationStrategy;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import io.weft.proto.tokenizer.v1.VocabularyHeader;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.model.ModelManifest;
import io.weft.tokenizer.encode.BatchEncoder.Outcome;
import io.weft.tokenizer.encode.EncodeOptions;
import io.weft.tokenizer.encode.EncodedText;
import io.weft.tokenizer.encode.PipelineWords;
import io.weft.tokenizer.encode.TextItem;
import io.weft.tokenizer.encode.TokenFields;
import io.weft.tokenizer.encode.Tokens;
import io.weft.tokenizer.encode.Truncation;
import io.weft.tokenizer.model.ChatPrompt;
import io.weft.tokenizer.model.TokenizerModel;
import io.weft.tokenizer.model.ToolCallForm;
import io.weft.tokenizer.vocabulary.Vocabulary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between the contract's messages and our own types. */
final class TokenizerProtos {
  private TokenizerProtos() {}

  static TextItem item(TextInput input) {
    return new TextItem(input.getText(), input.hasPair() ? input.getPair() : null);
  }

  static EncodeOptions options(EncodeRequest request, Vocabulary vocabulary) {
    boolean countOnly = request.getCountOnly();
    boolean words = request.getReturnWordIds() && !countOnly;
    return new EncodeOptions(
        !request.hasAddSpecialTokens() || request.getAddSpecialTokens(),
        request.hasTruncation() ? truncation(request.getTruncation()) : null,
        new TokenFields(
            request.getReturnOffsets() && !countOnly,
            words,
            request.getReturnTokens() && !countOnly,
            countOnly),
        utf16(request.getOffsetUnit()),
        words ? rule(request, vocabulary) : null);
  }

  private static @Nullable PipelineWords rule(EncodeRequest request, Vocabulary vocabulary) {
    return switch (request.getWordRule()) {
      case WORD_RULE_UNSPECIFIED, WORD_RULE_TOKENIZER -> null;
      case WORD_RULE_PIPELINE -> {
        if (!request.getReturnOffsets()) {
          throw new WeftException.InvalidRequest(
              "OFFSETS_REQUIRED", "word_rule PIPELINE needs return_offsets", "word_rule");
        }
        yield new PipelineWords(vocabulary);
      }
      case UNRECOGNIZED -> throw unknownValue("word_rule");
    };
  }

  private static boolean utf16(OffsetUnit unit) {
    return switch (unit) {
      case OFFSET_UNIT_UNSPECIFIED, OFFSET_UNIT_CODE_POINT -> false;
      case OFFSET_UNIT_UTF16 -> true;
      case UNRECOGNIZED -> throw unknownValue("offset_unit");
    };
  }

  private static Truncation truncation(io.weft.proto.tokenizer.v1.Truncation truncation) {
    return new Truncation(
        strategy(truncation.getStrategy()),
        truncation.getMaxTokens(),
        side(truncation.getSide()),
        truncation.getStride(),
        truncation.getReturnOverflow());
  }

  private static Truncation.Strategy strategy(TruncationStrategy strategy) {
    return switch (strategy) {
      case TRUNCATION_STRATEGY_UNSPECIFIED, TRUNCATION_STRATEGY_NONE -> Truncation.Strategy.NONE;
      case TRUNCATION_STRATEGY_LONGEST_FIRST -> Truncation.Strategy.LONGEST_FIRST;
      case TRUNCATION_STRATEGY_ONLY_FIRST -> Truncation.Strategy.ONLY_FIRST;
      case TRUNCATION_STRATEGY_ONLY_SECOND -> Truncation.Strategy.ONLY_SECOND;
      case UNRECOGNIZED -> throw unknownValue("truncation.strategy");
    };
  }

  private static Truncation.Side side(TruncationSide side) {
    return switch (side) {
      case TRUNCATION_SIDE_UNSPECIFIED, TRUNCATION_SIDE_RIGHT -> Truncation.Side.RIGHT;
      case TRUNCATION_SIDE_LEFT -> Truncation.Side.LEFT;
      case UNRECOGNIZED -> throw unknownValue("truncation.side");
    };
  }

  private static WeftException unknownValue(String field) {
    return new WeftException.InvalidRequest(
        "UNKNOWN_ENUM_VALUE", field + " has a value that this version does not know", field);
  }

  static EncodeResult result(Outcome outcome, TokenFields fields, Vocabulary vocabulary) {
    return switch (outcome) {
      case Outcome.Encoded(EncodedText text) ->
          EncodeResult.newBuilder().setEncoding(encoding(text, fields, vocabulary)).build();
      case Outcome.Failed(WeftException reason) ->
          EncodeResult.newBuilder()
              .setError(
                  ItemError.newBuilder()
                      .setCode(Statuses.code(reason).getNumber())
                      .setMessage(String.valueOf(reason.getMessage()))
                      .setReason(reason.reason()))
              .build();
    };
  }

  private static Encoding encoding(EncodedText text, TokenFields fields, Vocabulary vocabulary) {
    Encoding.Builder encoding = encoding(text.tokens(), fields, vocabulary);
    encoding.setTruncatedTokens(text.truncated());
    text.overflow().forEach(window -> encoding.addOverflow(encoding(window, fields, vocabulary)));
    return encoding.build();
  }

  private static Encoding.Builder encoding(
      Tokens tokens, TokenFields fields, Vocabulary vocabulary) {
    Encoding.Builder encoding = Encoding.newBuilder().setTokenCount(tokens.length());
    if (fields.countOnly()) {
      return encoding;
    }
    int[] wordIds = tokens.wordIds();
    int[] spans = tokens.spans();
    for (int i = 0; i < tokens.length(); i++) {
      int id = tokens.ids()[i];
      encoding
          .addIds(id)
          .addTypeIds(tokens.typeIds()[i])
          .addSpecialTokensMask(tokens.sequences()[i] < 0 ? 1 : 0);
      if (wordIds != null) {
        encoding.addWordIds(wordIds[i]);
      }
      if (spans != null) {
        encoding.addOffsets(TextSpan.newBuilder().setStart(spans[2 * i]).setEnd(spans[2 * i + 1]));
        encoding.addSequenceIds(tokens.sequences()[i]);
      }
      if (fields.strings()) {
        encoding.addTokens(String.valueOf(vocabulary.token(id)));
      }
    }
    return encoding;
  }

  static ChatPrompt chat(EncodeChatRequest request) {
    boolean continues = request.getContinueFinalMessage();
    return new ChatPrompt(
        request.getMessagesList().stream()
            .map(m -> new ChatPrompt.Message(m.getRole(), m.getContent(), map(m.getExtra())))
            .toList(),
        request.getToolsList().stream().map(TokenizerProtos::map).toList(),
        request.hasAddGenerationPrompt() ? request.getAddGenerationPrompt() : !continues,
        continues,
        request.getBeginToolCall(),
        map(request.getTemplateOptions()));
  }

  static io.weft.proto.tokenizer.v1.ToolCallForm form(ToolCallForm form) {
    return switch (form) {
      case JSON -> io.weft.proto.tokenizer.v1.ToolCallForm.TOOL_CALL_FORM_JSON;
      case TAGGED -> io.weft.proto.tokenizer.v1.ToolCallForm.TOOL_CALL_FORM_TAGGED;
      case LLAMA -> io.weft.proto.tokenizer.v1.ToolCallForm.TOOL_CALL_FORM_LLAMA;
    };
  }

  /** A JSON object, its fields in the order in which they came. */
  private static Map<String, Object> map(Struct struct) {
    Map<String, Object> map = LinkedHashMap.newLinkedHashMap(struct.getFieldsCount());
    struct.getFieldsMap().forEach((name, value) -> map.put(name, json(value)));
    return map;
  }

  /** A JSON value; numbers without a fraction are whole numbers, as Python reads them. */
  private static @Nullable Object json(Value value) {
    return switch (value.getKindCase()) {
      case NULL_VALUE, KIND_NOT_SET -> null;
      case BOOL_VALUE -> value.getBoolValue();
      case STRING_VALUE -> value.getStringValue();
      case NUMBER_VALUE -> number(value.getNumberValue());
      case STRUCT_VALUE -> map(value.getStructValue());
      case LIST_VALUE -> {
        List<@Nullable Object> list = new ArrayList<>();
        value.getListValue().getValuesList().forEach(element -> list.add(json(element)));
        yield list;
      }
    };
  }

  private static Object number(double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1L << 53;
    return whole ? (Object) (long) number : (Object) number;
  }

  static int[] ids(List<Integer> ids, TokenizerModel model) {
    int[] array = new int[ids.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = ids.get(i);
      model.requireId(array[i]);
    }
    return array;
  }

  static VocabularyHeader header(Vocabulary vocabulary) {
    return VocabularyHeader.newBuilder()
        .setSize(vocabulary.size())
        .setHash(vocabulary.hash())
        .setStripLeadingSpace(vocabulary.stripLeadingSpace())
        .build();
  }

  static VocabularyEntry entry(Vocabulary vocabulary, int id) {
    // The table never changes: no copy.
    ByteString bytes = UnsafeByteOperations.unsafeWrap(vocabulary.bytes(id));
    return VocabularyEntry.newBuilder()
        .setId(id)
        .setBytes(bytes)
        .setSpecial(vocabulary.special(id))
        .setUnused(vocabulary.unused(id))
        .setAdded(vocabulary.added(id))
        .build();
  }

  static ModelInfo info(TokenizerModel model) {
    ModelManifest manifest = model.manifest();
    return ModelInfo.newBuilder()
        .setName(manifest.name())
        .setFamily(manifest.family().toString())
        .addAllTasks(manifest.tasks())
        .setDtype(manifest.dtype())
        .setContextLength(manifest.contextLength())
        .setHiddenSize(manifest.hiddenSize())
        .setVocabularyHash(model.vocabulary().hash())
        .setCreatedUnixS(manifest.createdUnixS())
        .build();
  }
}
