package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.importer.graph.BertNames;
import io.weft.importer.graph.RelativePositions;
import org.jspecify.annotations.Nullable;

/**
 * The encoder of BERT, RoBERTa, XLM-RoBERTa, DistilBERT, ELECTRA and MPNet, as transformers
 * computes it.
 *
 * <p>Shapes: B sequences, L tokens of the longest, D hidden size, H heads of size S.
 */
final class EncoderNetwork {
  private final BertConfig config;
  private final BertNames names;
  private final float loraScale;

  /**
   * @param loraScale factor of the products beside projections, where there are any
   */
  EncoderNetwork(BertConfig config, float loraScale) {
    this.config = config;
    this.names = BertNames.of(config.variant());
    this.loraScale = loraScale;
  }

  /** (B,L,D): the last hidden states. */
  NDArray states(Pass pass, TokenBatch batch) {
    NDArray hidden = embeddings(pass, batch);
    NDArray bias = bias(pass, batch);
    for (int i = 0; i < config.layers(); i++) {
      hidden = layer(pass, hidden, bias, names.prefix() + names.layers() + i + ".");
    }
    return hidden;
  }

  private NDArray embeddings(Pass pass, TokenBatch batch) {
    String name = names.prefix() + "embeddings.";
    NDArray sum = Ops.embedding(batch.ids(), pass.get(name + "word_embeddings.weight"));
    if (config.segments() > 0) {
      sum = sum.add(Ops.embedding(batch.types(), pass.get(name + "token_type_embeddings.weight")));
    }
    int first = config.firstPosition();
    int length = Math.toIntExact(batch.ids().getShape().get(1));
    NDArray places =
        batch.ids().getManager().arange(first, first + length, 1, DataType.INT64).expandDims(0);
    sum = sum.add(Ops.embedding(places, pass.get(name + "position_embeddings.weight")));
    NDArray normed = normalize(pass, sum, name + "LayerNorm");
    NDArray dropped = Ops.dropout(normed, pass.dropouts().hidden());
    return config.embeddingSize() == config.hiddenSize()
        ? dropped
        : linear(pass, dropped, names.prefix() + "embeddings_project");
  }

  /** What is added to attention scores: (B,1,1,L), (1,H,L,L), or the sum of both. */
  private @Nullable NDArray bias(Pass pass, TokenBatch batch) {
    if (config.variant() != BertVariant.MPNET) {
      return batch.mask();
    }
    int length = Math.toIntExact(batch.ids().getShape().get(1));
    long[] buckets = new long[length * length];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = RelativePositions.MPNET.bucket(i % length - i / length);
    }
    Shape square = new Shape(length, length);
    NDArray rows = OwnedArrays.of(batch.ids().getManager(), buckets, square);
    NDArray table = pass.get(names.prefix() + BertNames.RELATIVE_BIAS);
    NDArray relative = Ops.embedding(rows, table).transpose(2, 0, 1).expandDims(0);
    return batch.mask() == null ? relative : relative.add(batch.mask());
  }

  private NDArray layer(Pass pass, NDArray hidden, @Nullable NDArray bias, String name) {
    float share = pass.dropouts().hidden();
    BertNames.Attention parts = names.attention();
    NDArray attended = attend(pass, hidden, bias, name);
    NDArray projected = Ops.dropout(linear(pass, attended, name + parts.output()), share);
    NDArray middle = normalize(pass, projected.add(hidden), name + parts.norm());
    NDArray wide = Ops.activate(linear(pass, middle, name + names.up()), config.activation());
    NDArray narrow = Ops.dropout(linear(pass, wide, name + names.down()), share);
    return normalize(pass, narrow.add(middle), name + names.norm());
  }

  /** Scaled dot-product attention: (B,L,D) to (B,L,D). */
  private NDArray attend(Pass pass, NDArray hidden, @Nullable NDArray bias, String name) {
    BertNames.Attention parts = names.attention();
    NDArray queries =
        heads(OwnedArrays.scaled(linear(pass, hidden, name + parts.query()), scale()));
    NDArray keys = heads(linear(pass, hidden, name + parts.key()));
    NDArray values = heads(linear(pass, hidden, name + parts.value()));
    NDArray scores = queries.matMul(keys.transpose(0, 1, 3, 2));
    if (bias != null) {
      scores = scores.add(bias);
    }
    NDArray weights = Ops.dropout(scores.softmax(-1), pass.dropouts().attention());
    return weights.matMul(values).transpose(0, 2, 1, 3).reshape(hidden.getShape());
  }

  private float scale() {
    return (float) (1 / Math.sqrt(config.headSize()));
  }

  /** (B,L,D) to (B,H,L,S). */
  private NDArray heads(NDArray states) {
    Shape shape = states.getShape();
    return states
        .reshape(shape.get(0), shape.get(1), config.heads(), config.headSize())
        .transpose(0, 2, 1, 3);
  }

  private NDArray linear(Pass pass, NDArray input, String name) {
    NDArray output = Ops.linear(input, pass.get(name + ".weight"), pass.get(name + ".bias"));
    if (!pass.has(name + Lora.DOWN)) {
      return output;
    }
    NDArray thin = Ops.linear(input, pass.get(name + Lora.DOWN), null);
    return output.add(
        OwnedArrays.scaled(Ops.linear(thin, pass.get(name + Lora.UP), null), loraScale));
  }

  private NDArray normalize(Pass pass, NDArray input, String name) {
    return Ops.normalize(
        input, pass.get(name + ".weight"), pass.get(name + ".bias"), config.normEpsilon());
  }
}
