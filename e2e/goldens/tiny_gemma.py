"""Makes tiny checkpoints of Gemma, Gemma 2 and Gemma 3 and what transformers computes with them.

usage: python tiny_gemma.py [OUTPUT]

As tiny_decoders.py, whose prompts these have, but with transformers 5.24.0.
"""

import json
import shutil
import sys

import gguf
import numpy as np
import torch
from tiny_decoders import SIZES, golden
from tiny_models import DEFAULT_OUTPUT, add_byte_level, write_file_list, write_json
from tokenizers import Tokenizer
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
)

ROPE = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 20.0},
    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 3000.0},
}
# The square root of 96 is 9.798, in bfloat16 9.8125.
GEMMA3 = SIZES | {
    "hidden_size": 96,
    "intermediate_size": 64,
    "num_hidden_layers": 4,
    "head_dim": 16,
    "initializer_range": 0.15,
    "query_pre_attn_scalar": 25,
    "sliding_window": 7,
    "rope_parameters": ROPE,
}
PICTURES = {
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "image_size": 28,
    "patch_size": 14,
}
MODELS = {
    "gemma": (
        GemmaForCausalLM,
        GemmaConfig(**SIZES, head_dim=32, attention_bias=True, hidden_act="gelu_pytorch_tanh"),
    ),
    "gemma2": (
        Gemma2ForCausalLM,
        Gemma2Config(
            **(SIZES | {"num_hidden_layers": 3}),
            head_dim=32,
            query_pre_attn_scalar=20,
            sliding_window=6,
            attn_logit_softcapping=2.0,
            final_logit_softcapping=5.0,
        ),
    ),
    "gemma3": (Gemma3ForCausalLM, Gemma3TextConfig(**GEMMA3, sliding_window_pattern=3)),
    "gemma3-vision": (
        Gemma3ForConditionalGeneration,
        Gemma3Config(
            text_config=GEMMA3
            | {
                "hidden_size": 32,
                "head_dim": 32,
                "query_pre_attn_scalar": 20,
                "layer_types": ["full_attention"] + ["sliding_attention"] * 3,
                "final_logit_softcapping": 5.0,
                "initializer_range": 0.25,
            },
            vision_config=PICTURES,
            mm_tokens_per_image=4,
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
}
# A GGUF file does not say what scores are scaled by: the head size.
GGUF = {
    "gguf-gemma": ("gemma", GemmaForCausalLM, GemmaConfig(**SIZES, head_dim=32)),
    "gguf-gemma2": (
        "gemma2",
        Gemma2ForCausalLM,
        Gemma2Config(
            **(SIZES | {"num_hidden_layers": 3}),
            head_dim=32,
            query_pre_attn_scalar=32,
            sliding_window=6,
            attn_logit_softcapping=2.0,
            final_logit_softcapping=5.0,
        ),
    ),
    "gguf-gemma3": (
        "gemma3",
        Gemma3ForCausalLM,
        Gemma3TextConfig(
            **(
                SIZES
                | {
                    "num_hidden_layers": 7,
                    "head_dim": 16,
                    "query_pre_attn_scalar": 16,
                    "sliding_window": 7,
                    "initializer_range": 0.25,
                }
            ),
            final_logit_softcapping=5.0,
            rope_parameters={
                "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
                "full_attention": ROPE["full_attention"],
            },
        ),
    ),
}


def random_model(kind, config, halves, seed):
    torch.manual_seed(seed)
    config._attn_implementation = "eager"
    model = kind(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "vision_tower" in name or "projector" in name:
                continue
            if "embed_tokens" in name:
                # Scaled and tied to the output, or every token would be followed by itself.
                parameter.mul_(0.2)
            elif name.endswith("model.norm.weight"):
                parameter.uniform_(4, 8)
            elif parameter.ndim == 1:
                parameter.uniform_(-0.6, 0.6)
            if halves:
                parameter.copy_(parameter.to(torch.bfloat16))
        if halves:
            # As in a model that is loaded in the type of its weights.
            scale = model.model.embed_tokens.embed_scale
            scale.copy_(scale.to(torch.bfloat16))
    return model


def model_and_golden(kind, config, halves, tokenizer):
    for seed in range(50):
        model = random_model(kind, config, halves, seed)
        found = golden(model, tokenizer)
        if found is not None and all(len(set(p["greedy"])) > 4 for p in found["prompts"]):
            return model, found
    raise SystemExit(f"{kind.__name__}: no seed without close choices")


def old_fields(config):
    """A configuration of Gemma 3 as the hub has it, from transformers 4."""
    rope = config.pop("rope_parameters")
    config.pop("layer_types")
    config.pop("_sliding_window_pattern", None)
    config["sliding_window_pattern"] = 3
    config["rope_theta"] = rope["full_attention"].pop("rope_theta")
    config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
    config["rope_scaling"] = rope["full_attention"]
    return config


def gguf_tensors(kind, model):
    """By the names of llama.cpp's converter; its norms hold the 1 that transformers adds."""
    architecture = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[kind]
    names = gguf.get_tensor_name_map(architecture, model.config.num_hidden_layers)
    for name, value in model.state_dict().items():
        if name != "lm_head.weight":
            value = value + 1 if name.endswith("norm.weight") else value
            yield names.get_name(name, (".weight",)), value.numpy()


def write_gguf(path, kind, model, tokenizer):
    config = model.config
    writer = gguf.GGUFWriter(path, kind)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    if kind != "gemma":
        writer.add_sliding_window(config.sliding_window)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if kind == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
    if kind == "gemma3":
        rope = config.rope_parameters["full_attention"]
        writer.add_rope_freq_base(rope["rope_theta"])
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    add_byte_level(writer, tokenizer)
    writer.add_eos_token_id(2)
    for name, value in gguf_tensors(kind, model):
        writer.add_tensor(name, np.ascontiguousarray(value))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    torch.set_num_threads(1)
    output = type(DEFAULT_OUTPUT)(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    source = output / "tiny-llama"
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    for name, (kind, config) in MODELS.items():
        folder = output / f"tiny-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        halves = name == "gemma3"
        model, found = model_and_golden(kind, config, halves, tokenizer)
        (model.to(torch.bfloat16) if halves else model).save_pretrained(folder)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(source / file, folder / file)
        if name == "gemma3":
            file = folder / "config.json"
            write_json(file, old_fields(json.loads(file.read_text())))
        write_file_list(folder)
        write_json(output / f"tiny-{name}-goldens.json", found)
        print(name, model.num_parameters(), flush=True)
    for name, (architecture, kind, config) in GGUF.items():
        model, found = model_and_golden(kind, config, False, tokenizer)
        write_gguf(output / f"tiny-{name}.gguf", architecture, model, tokenizer)
        write_json(output / f"tiny-{name}-goldens.json", found)
        print(name, flush=True)


if __name__ == "__main__":
    main()
