package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All tensors of a model, in the order of its layers. Owned by the training thread. */
public final class Parameters {
  private final Map<String, Parameter> byName = new LinkedHashMap<>();

  void add(Parameter parameter) {
    if (byName.putIfAbsent(parameter.name(), parameter) != null) {
      throw new IllegalArgumentException("two parameters are called " + parameter.name());
    }
  }

  public Collection<Parameter> all() {
    return byName.values();
  }

  public List<Parameter> trained() {
    return byName.values().stream().filter(Parameter::trained).toList();
  }

  public NDArray values(String name) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("there is no parameter " + name);
    }
    return parameter.values();
  }

  boolean has(String name) {
    return byName.containsKey(name);
  }

  /** The tensors to compute with where no gradient is wanted. */
  public Pass evaluation() {
    return new Pass(this, Map.of(), Dropouts.NONE);
  }

  /**
   * The tensors to compute with where gradients are. Each trained one is a view of the same memory
   * that collects a gradient of its own, so that none has to be zeroed.
   *
   * @param manager that the views end with
   */
  public Pass training(NDManager manager, Dropouts dropouts) {
    Map<String, NDArray> leaves = new LinkedHashMap<>();
    for (Parameter parameter : byName.values()) {
      if (parameter.trained()) {
        NDArray leaf = parameter.values().stopGradient();
        leaf.attach(manager);
        leaf.setRequiresGradient(true);
        leaves.put(parameter.name(), leaf);
      }
    }
    return new Pass(this, leaves, dropouts);
  }

  /** {@code 22,565,376 weights, of which 148,224 are trained}. */
  @Override
  public String toString() {
    long all = byName.values().stream().mapToLong(p -> p.values().size()).sum();
    long learnt = trained().stream().mapToLong(p -> p.values().size()).sum();
    return "%,d weights, of which %,d are trained".formatted(all, learnt);
  }
}
