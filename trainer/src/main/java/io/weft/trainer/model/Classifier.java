package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.EncoderHead;
import io.weft.trainer.data.Task;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An encoder with a head. Owned by the training thread; its tensors end with the manager. */
public final class Classifier {
  private final Task task;
  private final EncoderNetwork encoder;
  private final HeadNetwork head;
  private final Parameters parameters;
  private final float loraScale;
  private final boolean frozen;

  private Classifier(Task task, BertConfig config, Parameters parameters, Method method) {
    this.task = task;
    this.loraScale = method instanceof Method.Lora lora ? lora.scale() : 0;
    this.frozen = method instanceof Method.HeadOnly;
    this.encoder = new EncoderNetwork(config, loraScale);
    this.head = new HeadNetwork(config, task);
    this.parameters = parameters;
  }

  /**
   * Takes an encoder from a checkpoint, and its head where it has the same labels and task.
   *
   * @param seed of a new head's numbers
   */
  public static Classifier load(
      NDManager manager,
      Checkpoint checkpoint,
      BertConfig config,
      Task task,
      List<String> labels,
      Method method,
      long seed) {
    EncoderHead.Kind kind =
        task == Task.TAG ? EncoderHead.Kind.CLASSIFY_TOKENS : EncoderHead.Kind.CLASSIFY;
    boolean keepHead = config.head().kind() == kind && config.head().labels().equals(labels);
    ParameterLoader loader = new ParameterLoader(manager, checkpoint, config, method, seed);
    Parameters parameters =
        loader.load(HeadNetwork.Names.of(config.variant(), task), labels.size(), keepHead);
    return new Classifier(task, config, parameters, method);
  }

  public Task task() {
    return task;
  }

  public Parameters parameters() {
    return parameters;
  }

  /** (B,C), or (B,L,C) where tokens are tagged. */
  public NDArray logits(Pass pass, TokenBatch batch) {
    NDArray states =
        frozen ? encoder.states(parameters.evaluation(), batch) : encoder.states(pass, batch);
    return head.logits(pass, states);
  }

  /**
   * The tensors as a checkpoint has them: thin matrices are in the weights beside which they stood.
   *
   * @param manager that new tensors end with
   */
  public Map<String, NDArray> tensors(NDManager manager) {
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    for (Parameter parameter : parameters.all()) {
      String name = parameter.name();
      String projection = name.endsWith(".weight") ? name.substring(0, name.length() - 7) : name;
      if (name.endsWith(Lora.DOWN) || name.endsWith(Lora.UP)) {
        continue;
      }
      tensors.put(
          name,
          parameters.has(projection + Lora.DOWN) && name.endsWith(".weight")
              ? Lora.merged(manager, parameters, projection, loraScale)
              : parameter.values());
    }
    return tensors;
  }
}
