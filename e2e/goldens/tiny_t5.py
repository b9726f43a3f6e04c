"""Makes the tiny encoder-decoders of the T5 family and their goldens for the importer's tests.

usage: python tiny_t5.py [OUTPUT]

OUTPUT is importer/src/test/resources/io/weft/importer/testing by default. Everything is seeded.
"""

import json
import math
import shutil
import sys
from collections import Counter
from pathlib import Path

import gguf
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    ByT5Tokenizer,
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.models.t5.modeling_t5 import T5Attention

from tiny_models import CORPUS, DEFAULT_OUTPUT, rounded, write_file_list, write_json

GREEDY_TOKENS = 32
DECODER_TOKENS = 44
INPUTS = [
    "translate: The dog sleeps in the sun.",
    "Paris",
    "Every morning the baker made bread for the people of the town, and every evening he read.",
    # Longer than the distance from which on all biases are alike.
    "Once upon a time there was a small town by the sea, and in the town there lived a baker; "
    "he made bread for the people all day long, and every evening he sleeps in the sun.",
]
# What AutoTokenizer finds in folders of older versions, too: no list of added tokens.
BYT5_SETTINGS = {"tokenizer_class": "ByT5Tokenizer", "extra_ids": 125}


def unigram_tokenizer():
    """Letters and frequent words with their log frequencies; a trained one varies between runs."""
    text = "".join("\u2581" + word for line in CORPUS[:4] + INPUTS for word in line.split())
    words = Counter("\u2581" + word for line in CORPUS[:4] + INPUTS for word in line.split())
    pieces = Counter(text) + Counter({w: n * len(w) for w, n in words.most_common(60) if len(w) > 1})
    total = sum(pieces.values())
    scored = [(p, math.log(n / total)) for p, n in sorted(pieces.items(), key=lambda i: (-i[1], i[0]))]
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(special + scored[:113], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([f"<extra_id_{i}>" for i in range(4)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    return tokenizer


def randomized(model):
    """Norm weights other than 1 and bias tables that matter, so that a test sees both."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "layer_norm" in name:
                parameter.uniform_(0.5, 1.5)
            elif "relative_attention_bias" in name:
                parameter.normal_(std=2.0)
            elif name.endswith((".q.weight", ".o.weight", ".wo.weight")):
                # Sharp attention, and layers that outweigh the embedding: else a tied head
                # repeats the last token.
                parameter.mul_(6)
            elif name == "shared.weight":
                parameter.mul_(0.05)
    return model.eval()


def logits(model, encoded, ids):
    with torch.no_grad():
        return model(encoder_outputs=encoded, decoder_input_ids=torch.tensor([ids])).logits[0]


def greedy(model, ids):
    """The tokens that follow greedily; the end of a sequence is banned."""
    result = model.generate(
        torch.tensor([ids]),
        do_sample=False,
        num_beams=1,
        use_cache=False,  # transformers 4.57 sizes the cache by the number of encoder layers
        min_new_tokens=GREEDY_TOKENS,
        max_new_tokens=GREEDY_TOKENS,
        return_dict_in_generate=True,
        output_scores=True,
    )
    best = [torch.topk(scores[0], 2).values for scores in result.scores]
    margin = min(float((top[0] - top[1]) / top[0].abs()) for top in best)
    assert margin > 3e-4, f"a greedy choice is too close: {margin}"
    tokens = result.sequences[0, 1:].tolist()
    assert len(tokens) == GREEDY_TOKENS and len(set(tokens)) > 2, tokens
    return tokens


def golden(model, encode, with_greedy=True):
    inputs = []
    for text in INPUTS:
        ids = encode(text)
        with torch.no_grad():
            encoded = model.encoder(torch.tensor([ids]))
        states = encoded.last_hidden_state[0]
        start = model.config.decoder_start_token_id
        decoder_ids = [start] + torch.randint(0, model.config.vocab_size, (DECODER_TOKENS - 1,)).tolist()
        scores = logits(model, encoded, decoder_ids)
        positions = sorted({0, len(ids) // 2, len(ids) - 1})
        decoder_positions = [0, DECODER_TOKENS // 2, DECODER_TOKENS - 1]
        inputs.append(
            {
                "text": text,
                "ids": ids,
                "positions": positions,
                "states": rounded(states[positions]),
                "decoder_ids": decoder_ids,
                "decoder_positions": decoder_positions,
                "logits": rounded(scores[decoder_positions]),
                "greedy": greedy(model, ids) if with_greedy else [],
            }
        )
    return inputs


def rename_table(file, names):
    """Holds the token table under other names, as published checkpoints do."""
    tensors = load_file(file)
    table = tensors.pop("shared.weight")
    tensors |= {name: table.clone() for name in names}
    save_file(tensors, file, metadata={"format": "pt"})


def save(output, name, model, dtype, encode, table=("shared.weight",)):
    """Writes the model in {dtype} and the goldens of what was written."""
    folder = output / name
    model = model.to(dtype)
    model.save_pretrained(folder)
    rename_table(folder / "model.safetensors", table)
    write_file_list(folder)
    torch.manual_seed(5)
    write_json(output / f"{name}-goldens.json", {"inputs": golden(model.float(), encode)})


def prepare(output, name):
    shutil.rmtree(output / name, ignore_errors=True)
    (output / name).mkdir(parents=True)
    return output / name


def make_unigram(output, name, model_class, config, dtype, table):
    folder = prepare(output, name)
    tokenizer = unigram_tokenizer()
    config.vocab_size = 128
    assert tokenizer.get_vocab_size() <= config.vocab_size
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    fast.save_pretrained(folder)
    (folder / "special_tokens_map.json").unlink()
    model = randomized(model_class(config))
    save(output, name, model, dtype, lambda text: tokenizer.encode(text).ids, table)
    return model.float(), tokenizer


def gguf_name(name):
    """As llama.cpp's converter names the tensor; empty for one that it leaves out."""
    whole = {
        "shared.weight": "token_embd.weight",
        "encoder.final_layer_norm.weight": "enc.output_norm.weight",
        "decoder.final_layer_norm.weight": "dec.output_norm.weight",
        "lm_head.weight": "output.weight",
    }
    if not name.startswith(("encoder.block.", "decoder.block.")):
        return whole.get(name, "")
    stack, _, block, _, layer, *rest = name.split(".")
    kind = ".".join(rest[:-1])
    attention = "cross_attn" if stack == "decoder" and layer == "1" else "attn"
    last = layer == ("1" if stack == "encoder" else "2")
    kinds = {
        "layer_norm": "ffn_norm" if last else f"{attention}_norm",
        "DenseReluDense.wi": "ffn_up",
        "DenseReluDense.wi_0": "ffn_gate",
        "DenseReluDense.wi_1": "ffn_up",
        "DenseReluDense.wo": "ffn_down",
    }
    part = kind.split(".")[-1].replace("relative_attention_bias", "rel_b")
    return f"{stack[:3]}.blk.{block}.{kinds.get(kind, f'{attention}_{part}')}.weight"


def write_gguf(path, model, tokenizer, dtype):
    config = model.config
    writer = gguf.GGUFWriter(path, "t5")
    writer.add_context_length(512)
    writer.add_embedding_length(config.d_model)
    writer.add_feed_forward_length(config.d_ff)
    writer.add_block_count(config.num_layers)
    if config.num_decoder_layers != config.num_layers:
        writer.add_decoder_block_count(config.num_decoder_layers)
    writer.add_head_count(config.num_heads)
    writer.add_key_length(config.d_kv)
    writer.add_value_length(config.d_kv)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_layer_norm_rms_eps(config.layer_norm_epsilon)
    writer.add_relative_attn_buckets_count(config.relative_attention_num_buckets)
    writer.add_decoder_start_token_id(config.decoder_start_token_id)
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    pieces = [piece for piece, _ in json.loads(tokenizer.to_str())["model"]["vocab"]]
    scores = [score for _, score in json.loads(tokenizer.to_str())["model"]["vocab"]]
    extra = [f"<extra_id_{i}>" for i in range(4)]
    unused = [f"[PAD{i}]" for i in range(config.vocab_size - len(pieces) - len(extra))]
    writer.add_token_list(pieces + extra + unused)
    writer.add_token_scores(scores + [-1000.0] * (len(extra) + len(unused)))
    writer.add_token_types([3, 3, 2] + [1] * (len(pieces) - 3) + [4] * len(extra) + [5] * len(unused))
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(2)
    writer.add_add_space_prefix(True)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(True)
    tied = config.tie_word_embeddings
    for name, weight in model.state_dict().items():
        target = gguf_name(name)
        if target and not (tied and name == "lm_head.weight"):
            whole = weight.ndim == 1 or "relative" in name
            writer.add_tensor(target, weight.numpy().astype(np.float32 if whole else dtype))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_t5(output):
    torch.manual_seed(49)
    config = T5Config(
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        relative_attention_num_buckets=8,
        relative_attention_max_distance=20,
        feed_forward_proj="relu",
        decoder_start_token_id=0,
        n_positions=512,
        initializer_factor=2.0,
    )
    table = ["shared.weight"]
    model, tokenizer = make_unigram(
        output, "tiny-t5", T5ForConditionalGeneration, config, torch.float32, table
    )
    # The GGUF file has its matrices in halves, and llama.cpp knows but one largest distance.
    for name, parameter in model.named_parameters():
        if parameter.ndim == 2 and "relative" not in name:
            parameter.data = parameter.data.half().float()
    for module in model.modules():
        if isinstance(module, T5Attention):
            module.relative_attention_max_distance = 128
    write_gguf(output / "tiny-t5-f16.gguf", model, tokenizer, np.float16)
    torch.manual_seed(5)
    inputs = golden(model, lambda text: tokenizer.encode(text).ids, with_greedy=False)
    write_json(output / "tiny-t5-f16-goldens.json", {"inputs": inputs})


def make_flan(output):
    torch.manual_seed(24)
    config = T5Config(
        d_model=32,
        d_kv=8,
        d_ff=40,
        num_layers=3,
        num_decoder_layers=2,
        num_heads=3,
        relative_attention_num_buckets=16,
        relative_attention_max_distance=24,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=0,
        layer_norm_epsilon=1e-5,
        tie_word_embeddings=False,
        n_positions=512,
        initializer_factor=1.5,
    )
    table = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]
    make_unigram(output, "tiny-flan-t5", T5ForConditionalGeneration, config, torch.float32, table)


def make_mt5(output):
    torch.manual_seed(29)
    config = MT5Config(
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=1,
        num_decoder_layers=2,
        num_heads=2,
        initializer_factor=1.5,
    )
    table = ["shared.weight", "encoder.embed_tokens.weight"]
    model, tokenizer = make_unigram(
        output, "tiny-mt5", MT5ForConditionalGeneration, config, torch.bfloat16, table
    )
    write_gguf(output / "tiny-mt5-f32.gguf", model, tokenizer, np.float32)


def make_byt5(output):
    torch.manual_seed(23)
    folder = prepare(output, "tiny-byt5")
    write_json(folder / "tokenizer_config.json", BYT5_SETTINGS)
    tokenizer = ByT5Tokenizer()
    config = T5Config(
        vocab_size=384,
        d_model=32,
        d_kv=16,
        d_ff=48,
        num_layers=2,
        num_decoder_layers=1,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=0,
        tie_word_embeddings=False,
        tokenizer_class="ByT5Tokenizer",
        initializer_factor=1.5,
    )
    model = randomized(T5ForConditionalGeneration(config))
    save(output, "tiny-byt5", model, torch.float16, lambda text: tokenizer(text).input_ids)


TOKENIZER_TEXTS = INPUTS + [
    "",
    " ",
    "a",
    "  two spaces\tand a tab\r\n\r\nnew lines  ",
    "Größe, café, naïve, 日本語, привет, \U0001f600\U0001f469\u200d\U0001f4bb",
    "".join(chr(i) for i in range(128)),
    "".join(chr(i) for i in range(128, 0x800, 7)) + "\uffff\ufffd\u2581\u0120",
    "\U0010ffff\u0000\u0001",
    "word" * 200,
    "one <extra_id_0> two<extra_id_124>three <extra_id_125>",
    "<pad>  a <unk>b",
    "a </s> b",
    "<extra_id_1",
]


def make_byt5_encodings(output):
    """What transformers' tokenizer makes of texts, and of ids that are no text."""
    tokenizer = ByT5Tokenizer()
    encodings = []
    for text in TOKENIZER_TEXTS:
        ids = tokenizer(text).input_ids
        decoded = tokenizer.decode(ids, skip_special_tokens=True)
        encodings.append({"text": text, "ids": ids, "decoded": decoded})
    every_byte = [3 + value for value in range(256)]
    invalid = [every_byte, [3 + 0xE6, 3 + 0x97, 100], [3 + 0xFF, 100], [101, 3 + 0x80], [0, 100, 1, 259]]
    decodings = [
        {"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)} for ids in invalid
    ]
    pair = tokenizer("one", "two").input_ids
    goldens = {"encodings": encodings, "pair": pair, "decodings": decodings}
    write_json(output / "byt5-tokenizer-goldens.json", goldens)


def make_buckets(output):
    """Buckets of distances up to past the largest, for several tables."""
    tables = []
    for buckets, largest in [(32, 128), (32, 256), (8, 20), (16, 24), (64, 1000), (32, 129), (12, 77)]:
        for bidirectional in (True, False):
            distances = torch.arange(-largest - 2, largest + 3)
            found = T5Attention._relative_position_bucket(distances, bidirectional, buckets, largest)
            tables.append(
                {
                    "buckets": buckets,
                    "max_distance": largest,
                    "bidirectional": bidirectional,
                    "expected": found.tolist(),
                }
            )
    write_json(output / "t5-buckets.json", {"tables": tables})


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    make_t5(output)
    make_flan(output)
    make_mt5(output)
    make_byt5(output)
    make_byt5_encodings(output)
    make_buckets(output)


if __name__ == "__main__":
    main()
