"""Makes tiny checkpoints of the decoder architectures and what transformers computes with them.

usage: python tiny_decoders.py [OUTPUT]

OUTPUT as in tiny_models.py, whose tokenizer they share: run that script first. Each model is written
as a Hugging Face folder and, where llama.cpp has the architecture, as a GGUF file with the names and
the row order of llama.cpp's converter.
"""

import math
import shutil
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from tiny_models import DEFAULT_OUTPUT, add_byte_level, permuted, rounded, write_file_list, write_json
from tokenizers import Tokenizer
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

PROMPTS = [
    "The quick brown fox",
    "Once upon a time there was a small town by the sea, and in it lived a baker",
    "for i in range(10): print(i)",
]
GREEDY_TOKENS = 32
VOCABULARY = 320
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 128,
    "initializer_range": 0.25,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
}
NEOX = {
    key: value
    for key, value in SIZES.items()
    if key not in ("num_key_value_heads", "hidden_size", "pad_token_id")
}
LONG_ROPE = {
    "type": "longrope",
    "short_factor": [1.0 + 0.1 * i for i in range(8)],
    "long_factor": [2.0 + 0.5 * i for i in range(8)],
}
MODELS = {
    "llama3": (
        LlamaForCausalLM,
        LlamaConfig(
            **SIZES,
            attention_bias=True,
            mlp_bias=True,
            tie_word_embeddings=False,
            rope_theta=100.0,
            rope_scaling={
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        ),
    ),
    "mistral": (MistralForCausalLM, MistralConfig(**SIZES, head_dim=32, sliding_window=8)),
    "qwen2": (
        Qwen2ForCausalLM,
        Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=6, max_window_layers=1),
    ),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True)),
    "phi3": (
        Phi3ForCausalLM,
        Phi3Config(**SIZES, sliding_window=10, partial_rotary_factor=0.5),
    ),
    "qwen3-window": (
        Qwen3ForCausalLM,
        Qwen3Config(
            **SIZES,
            head_dim=16,
            attention_bias=True,
            use_sliding_window=True,
            sliding_window=7,
            layer_types=["sliding_attention", "full_attention"],
        ),
    ),
    "phi3-long": (
        Phi3ForCausalLM,
        Phi3Config(**SIZES, original_max_position_embeddings=100, rope_scaling=LONG_ROPE),
    ),
    "gpt2": (
        GPT2LMHeadModel,
        GPT2Config(
            vocab_size=VOCABULARY,
            n_positions=128,
            n_embd=32,
            n_layer=2,
            n_head=2,
            scale_attn_by_inverse_layer_idx=True,
            initializer_range=0.25,
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    # As GPT2Model is saved, without its head, and as old files hold it, with the causal masks.
    "gpt2-bare": (
        GPT2LMHeadModel,
        GPT2Config(
            vocab_size=VOCABULARY,
            n_positions=100,
            n_embd=48,
            n_layer=2,
            n_head=2,
            n_inner=40,
            scale_attn_weights=False,
            activation_function="relu",
            initializer_range=0.2,
            bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    "pythia": (
        GPTNeoXForCausalLM,
        GPTNeoXConfig(**NEOX, hidden_size=64, rotary_pct=0.25),
    ),
    # As in Pythia 2.8B: heads of 80 of which 20 values are turned.
    "neox-wide": (
        GPTNeoXForCausalLM,
        GPTNeoXConfig(
            **(NEOX | {"num_attention_heads": 1}),
            hidden_size=80,
            rotary_pct=0.25,
            tie_word_embeddings=True,
        ),
    ),
    "neox-sequential": (
        GPTNeoXForCausalLM,
        GPTNeoXConfig(
            **NEOX,
            hidden_size=32,
            rotary_pct=1.0,
            use_parallel_residual=False,
            attention_bias=False,
            hidden_act="gelu_new",
        ),
    ),
}


def random_model(kind, config, seed):
    torch.manual_seed(seed)
    # The other implementations leave GPT-2's scaling by layer out.
    config._attn_implementation = "eager"
    model = kind(config).eval()
    with torch.no_grad():
        # Norms, biases: all other than their neutral starts, or a test could not see them left out.
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                low = 0.5 if "norm" in name or "ln_" in name else -0.3
                high = 1.5 if low == 0.5 else 0.3
                if name.endswith("bias"):
                    low, high = -0.3, 0.3
                parameter.uniform_(low, high)
    return model


@torch.no_grad()
def golden(model, tokenizer):
    """Logits at the first, a middle and the last position, and a greedy continuation."""
    prompts = []
    for text in PROMPTS:
        ids = tokenizer.encode(text).ids
        logits = model(torch.tensor([ids]), use_cache=False).logits[0].numpy()
        greedy, margins = list(ids), []
        for _ in range(GREEDY_TOKENS):
            last = model(torch.tensor([greedy]), use_cache=False).logits[0, -1]
            best = torch.topk(last, 2)
            margins.append(float(best.values[0] - best.values[1]))
            greedy.append(int(best.indices[0]))
        if min(margins) < 2e-3:
            return None
        positions = [0, len(ids) // 2, len(ids) - 1]
        prompts.append(
            {
                "ids": ids,
                "positions": positions,
                "logits": [rounded(logits[position], 5) for position in positions],
                "greedy": greedy[len(ids) :],
            }
        )
    return {"prompts": prompts}


def gguf_linear_names(architecture):
    """Names in a block: llama.cpp's, then transformers'."""
    if architecture == "gpt2":
        return {
            "attn_norm": "ln_1",
            "attn_qkv": "attn.c_attn",
            "attn_output": "attn.c_proj",
            "ffn_norm": "ln_2",
            "ffn_up": "mlp.c_fc",
            "ffn_down": "mlp.c_proj",
        }
    if architecture == "gptneox":
        return {
            "attn_norm": "input_layernorm",
            "attn_qkv": "attention.query_key_value",
            "attn_output": "attention.dense",
            "ffn_norm": "post_attention_layernorm",
            "ffn_up": "mlp.dense_h_to_4h",
            "ffn_down": "mlp.dense_4h_to_h",
        }
    names = {
        "attn_norm": "input_layernorm",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_down": "mlp.down_proj",
    }
    if architecture == "phi3":
        return names | {"attn_qkv": "self_attn.qkv_proj", "ffn_up": "mlp.gate_up_proj"}
    return names | {
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_q_norm": "self_attn.q_norm",
        "attn_k_norm": "self_attn.k_norm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
    }


def gguf_tensors(architecture, model):
    config = model.config
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    prefix, layers, embedding, norm, head = {
        "gpt2": ("transformer.", "h.", "wte", "ln_f", "lm_head"),
        "gptneox": ("gpt_neox.", "layers.", "embed_in", "final_layer_norm", "embed_out"),
    }.get(architecture, ("model.", "layers.", "embed_tokens", "norm", "lm_head"))
    yield "token_embd.weight", state[f"{prefix}{embedding}.weight"]
    if architecture == "gpt2":
        yield "position_embd.weight", state[f"{prefix}wpe.weight"]
    for layer in range(config.num_hidden_layers):
        for short, long in gguf_linear_names(architecture).items():
            for part in ("weight", "bias"):
                value = state.get(f"{prefix}{layers}{layer}.{long}.{part}")
                if value is None:
                    continue
                if architecture == "gpt2" and value.ndim == 2:
                    value = np.ascontiguousarray(value.T)
                if architecture == "gptneox" and short == "attn_qkv":
                    heads = config.num_attention_heads
                    each = value.reshape(heads, 3, config.hidden_size // heads, -1)
                    value = np.ascontiguousarray(each.swapaxes(0, 1)).reshape(value.shape)
                if architecture == "llama" and short in ("attn_q", "attn_k"):
                    heads = config.num_attention_heads if short == "attn_q" else config.num_key_value_heads
                    value = permuted(value.reshape(value.shape[0], -1), heads).reshape(value.shape)
                yield f"blk.{layer}.{short}.{part}", value
    for part in ("weight", "bias"):
        if f"{prefix}{norm}.{part}" in state:
            yield f"output_norm.{part}", state[f"{prefix}{norm}.{part}"]
    if not config.tie_word_embeddings:
        yield "output.weight", state[f"{head}.weight"]


def rope_type(rope):
    return rope.get("rope_type", rope.get("type", "default"))


def gguf_rope_factors(rope, config, head_size):
    """Divisors of the rotary frequencies, which the converter computes for Llama 3."""
    if rope_type(rope) == "longrope":
        yield "rope_factors_long.weight", np.array(rope["long_factor"])
        yield "rope_factors_short.weight", np.array(rope["short_factor"])
    if rope_type(rope) == "llama3":
        lengths = 2 * np.pi * config.rope_theta ** (np.arange(0, head_size, 2) / head_size)
        original, low, high = (
            rope[key]
            for key in ("original_max_position_embeddings", "low_freq_factor", "high_freq_factor")
        )
        smooth = np.clip((original / lengths - low) / (high - low), 0, 1)
        yield "rope_freqs.weight", 1 / ((1 - smooth) / rope["factor"] + smooth)


def write_gguf(path, architecture, model, tokenizer):
    config = model.config
    heads = config.num_attention_heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // heads
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(getattr(config, "intermediate_size", 4 * config.hidden_size))
    writer.add_head_count(heads)
    if architecture in ("gpt2", "gptneox"):
        writer.add_layer_norm_eps(getattr(config, "layer_norm_eps", None) or config.layer_norm_epsilon)
    else:
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_rope_freq_base(config.rope_theta)
        writer.add_key_length(head_size)
        writer.add_value_length(head_size)
    if architecture == "gptneox":
        writer.add_rope_freq_base(config.rotary_emb_base)
        writer.add_rope_dimension_count(int(head_size * config.rotary_pct))
        writer.add_parallel_residual(config.use_parallel_residual)
    if architecture == "phi3":
        writer.add_rope_dimension_count(int(head_size * config.partial_rotary_factor))
        if config.sliding_window:
            writer.add_sliding_window(config.sliding_window)
    rope = getattr(config, "rope_scaling", None) or {}
    if rope_type(rope) == "longrope":
        long, short = config.max_position_embeddings, config.original_max_position_embeddings
        writer.add_rope_scaling_orig_ctx_len(short)
        writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(long / short) / math.log(short)))
    add_byte_level(writer, tokenizer)
    writer.add_eos_token_id(2)
    for name, value in gguf_rope_factors(rope, config, head_size):
        writer.add_tensor(name, value.astype(np.float32))
    for name, value in gguf_tensors(architecture, model):
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# What a GGUF file cannot say: Qwen2's window, GPT-2's scaling by layer, GPT-NeoX's own activation.
GGUF = {
    "gguf-qwen2": ("qwen2", Qwen2ForCausalLM, Qwen2Config(**SIZES, tie_word_embeddings=True)),
    "gguf-qwen3": ("qwen3", *MODELS["qwen3"]),
    "gguf-llama3": ("llama", *MODELS["llama3"]),
    "gguf-phi3": ("phi3", *MODELS["phi3"]),
    "gguf-phi3-long": ("phi3", *MODELS["phi3-long"]),
    "gguf-gpt2": (
        "gpt2",
        GPT2LMHeadModel,
        GPT2Config(vocab_size=VOCABULARY, n_positions=128, n_embd=32, n_layer=2, n_head=2,
                   initializer_range=0.25, bos_token_id=1, eos_token_id=2),
    ),
    "gguf-pythia": ("gptneox", *MODELS["pythia"]),
}


def save_bare(model, folder):
    """Replaces the saved weights of a GPT-2 by those of the model without its head."""
    state = {name: value.contiguous() for name, value in model.transformer.state_dict().items()}
    length = model.config.n_positions
    for layer in range(model.config.n_layer):
        state[f"h.{layer}.attn.bias"] = torch.ones(1, 1, length, length).tril().to(torch.uint8)
        state[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})


def model_and_golden(kind, config, tokenizer):
    for seed in range(50):
        model = random_model(kind, config, seed)
        found = golden(model, tokenizer)
        if found is not None:
            return model, found
    raise SystemExit(f"{kind.__name__}: no seed without close choices")


def main():
    output = type(DEFAULT_OUTPUT)(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    source = output / "tiny-llama"
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    for name, (kind, config) in MODELS.items():
        folder = output / f"tiny-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        model, found = model_and_golden(kind, config, tokenizer)
        model.save_pretrained(folder)
        if name == "gpt2-bare":
            save_bare(model, folder)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(source / file, folder / file)
        write_file_list(folder)
        write_json(output / f"tiny-{name}-goldens.json", found)
        print(name, model.num_parameters(), flush=True)
    for name, (architecture, kind, config) in GGUF.items():
        model, found = model_and_golden(kind, config, tokenizer)
        write_gguf(output / f"tiny-{name}.gguf", architecture, model, tokenizer)
        write_json(output / f"tiny-{name}-goldens.json", found)
        print(name, flush=True)


if __name__ == "__main__":
    main()
