"""Makes the tiny checkpoints and their goldens for the tests of the importer and the services.

usage: python tiny_models.py [OUTPUT]

OUTPUT is importer/src/test/resources/io/weft/importer/testing by default. Everything is seeded; with
the versions of requirements.txt the same files come out, up to the last bit of the floats.
"""

import json
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from tokenizers.normalizers import BertNormalizer
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_OUTPUT = ROOT / "importer/src/test/resources/io/weft/importer/testing"

CORPUS = [
    "The quick brown fox jumps over the lazy dog. The dog sleeps in the sun all day long.",
    "Once upon a time there was a small town by the sea, and in the town there lived a baker.",
    "Every morning the baker made bread for the people of the town, and every evening he read.",
    "In the year 1984 the harbour was closed; 2,300 people lost their work within 12 months.",
    "What is the capital of France? Paris is the capital of France, and Berlin that of Germany.",
    "for i in range(10): print(i * i)  # squares of the numbers from 0 to 9",
    "Größe, café, naïve, 日本語, привет, 😀: text is more than ASCII.",
]
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a tiny model<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
MESSAGES = [
    {"role": "user", "content": "What is the capital of France?"},
    {"role": "assistant", "content": "Paris."},
    {"role": "user", "content": "And of Germany, in 2024?"},
]
LLAMA_PROMPTS = [
    "The quick brown fox",
    "Once upon a time there was a small town by the sea",
    "In 1984, 2300 people: café 日本語 😀",
]
BERT_TEXTS = [
    "The dog sleeps in the sun.",
    "Paris",
    "Every morning the baker made bread for the people of the town, and every evening he read.",
]
TOKENIZER_TEXTS = LLAMA_PROMPTS + [
    "",
    " ",
    "  two spaces\tand a tab\r\n\r\nnew lines",
    "I'll don't we've 12345 67",
    "<|im_start|>user\nHello<|im_end|>",
    "<|im_start|><|im_start|> <|endoftext|>x",
    "ﬁ ½ ² ٣ Ⅷ 一二三 e\u0301 \u00a0nbsp \u200bzero",
    "word" * 20,
]
GREEDY_TOKENS = 16


def rounded(values, digits=6):
    return np.round(np.asarray(values, dtype=np.float64), digits).tolist()


def write_file_list(folder):
    """Lists what a checkpoint's folder holds, for the tests that copy it."""
    files = sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "files.txt"
    )
    (folder / "files.txt").write_text("\n".join(files) + "\n", encoding="utf-8")


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def llama_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def llama_model(vocabulary, **sizes):
    torch.manual_seed(7)
    fields = {
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
    }
    config = LlamaConfig(
        vocab_size=vocabulary,
        max_position_embeddings=256,
        rope_theta=10000.0,
        rms_norm_eps=1e-5,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        tie_word_embeddings=True,
        initializer_range=0.15,
        **(fields | sizes),
    )
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        # Norm weights other than 1, or a test could not see one that is left out.
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
    return model


def llama_golden(model, tokenizer):
    """Logits at the last position, logits of a middle one, and a greedy continuation."""
    prompts = []
    for text in LLAMA_PROMPTS:
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].numpy()
            greedy, margins = list(ids), []
            for _ in range(GREEDY_TOKENS):
                last = model(torch.tensor([greedy])).logits[0, -1]
                best = torch.topk(last, 2)
                margins.append(float(best.values[0] - best.values[1]))
                greedy.append(int(best.indices[0]))
        assert min(margins) > 1e-3, f"{text}: a greedy choice is too close: {min(margins)}"
        prompts.append(
            {
                "text": text,
                "ids": ids,
                "middle": len(ids) // 2,
                "middle_logits": rounded(logits[len(ids) // 2]),
                "last_logits": rounded(logits[-1]),
                "greedy": greedy[len(ids) :],
            }
        )
    return prompts


def permuted(weight, heads):
    """Rows in the order that llama.cpp's rotary embedding of neighbours wants."""
    rows, columns = weight.shape
    halves = weight.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def gguf_tensors(model):
    config = model.config
    state = {k: v.numpy() for k, v in model.state_dict().items()}
    yield "token_embd.weight", state["model.embed_tokens.weight"]
    names = {
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    }
    for layer in range(config.num_hidden_layers):
        for short, long in names.items():
            weight = state[f"model.layers.{layer}.{long}.weight"]
            if short == "attn_q":
                weight = permuted(weight, config.num_attention_heads)
            if short == "attn_k":
                weight = permuted(weight, config.num_key_value_heads)
            yield f"blk.{layer}.{short}.weight", weight
    yield "output_norm.weight", state["model.norm.weight"]


def add_byte_level(writer, tokenizer):
    """A tokenizer of byte-level BPE whose first three tokens are special."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    writer.add_token_list([token for token, _ in vocabulary])
    writer.add_token_types([3 if i < 3 else 1 for i in range(len(vocabulary))])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])


def write_gguf(path, model, tokenizer, linear_type, quantize=gguf.quants.quantize):
    """Writes a GGUF file; quantised files keep the embedding table in 8 bits."""
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_vocab_size(config.vocab_size)
    add_byte_level(writer, tokenizer)
    writer.add_bos_token_id(config.bos_token_id)
    writer.add_eos_token_id(config.eos_token_id)
    writer.add_pad_token_id(config.pad_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    types = gguf.GGMLQuantizationType
    for name, weight in gguf_tensors(model):
        kind = types.F32
        if weight.ndim == 2:
            plain = linear_type in (types.F32, types.F16, types.BF16)
            kind = types.Q8_0 if name == "token_embd.weight" and not plain else linear_type
        data = quantize(weight, kind)
        writer.add_tensor(name, data, raw_shape=data.shape, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def dequantized(path, model, config):
    """A copy of the model with the weights that the GGUF file holds, row order put back."""
    copy = LlamaForCausalLM(config).eval()
    tensors = {
        t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float32)
        for t in gguf.GGUFReader(path).tensors
    }
    names = [name for name, _ in gguf_tensors(model)]
    state = copy.state_dict()
    keys = [k for k in model.state_dict() if k != "lm_head.weight"]
    by_shape = dict(zip(names, _keys_in_order(names), strict=True))
    assert sorted(by_shape.values()) == sorted(keys)
    for name, key in by_shape.items():
        weight = tensors[name].reshape(state[key].shape)
        for short, heads in (
            ("attn_q", config.num_attention_heads),
            ("attn_k", config.num_key_value_heads),
        ):
            if f".{short}." in name:
                rows, columns = weight.shape
                halves = weight.reshape(heads, rows // heads // 2, 2, columns)
                weight = halves.swapaxes(1, 2).reshape(rows, columns)
        state[key].copy_(torch.from_numpy(np.ascontiguousarray(weight)))
    copy.load_state_dict(state)
    copy.tie_weights()
    return copy


def _keys_in_order(names):
    long = {
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    }
    for name in names:
        if name.startswith("blk."):
            _, layer, short, _ = name.split(".")
            yield f"model.layers.{layer}.{long[short]}.weight"
        else:
            yield {
                "token_embd.weight": "model.embed_tokens.weight",
                "output_norm.weight": "model.norm.weight",
            }[name]


def make_llama(output):
    folder = output / "tiny-llama"
    tokenizer = llama_tokenizer()
    model = llama_model(tokenizer.get_vocab_size())
    model.save_pretrained(folder)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE,
    )
    fast.save_pretrained(folder)
    for extra in ("special_tokens_map.json",):
        (folder / extra).unlink(missing_ok=True)
    reference = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rendered = fast.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    goldens = {
        "prompts": llama_golden(model, reference),
        "encodings": [{"text": t, "ids": reference.encode(t).ids} for t in TOKENIZER_TEXTS],
        "chat": {
            "messages": MESSAGES,
            "rendered": rendered,
            "ids": reference.encode(rendered, add_special_tokens=False).ids,
        },
    }
    write_json(output / "tiny-llama-goldens.json", goldens)
    for kind in ("F32", "Q8_0", "Q4_1"):
        path = output / f"tiny-llama-{kind.lower()}.gguf"
        write_gguf(path, model, reference, gguf.GGMLQuantizationType[kind])
        if kind != "F32":
            copy = dequantized(path, model, model.config)
            write_json(
                output / f"tiny-llama-{kind.lower()}-goldens.json",
                {"prompts": llama_golden(copy, reference)},
            )


def wordpieces(special):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=240, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def bert_tokenizer():
    tokenizer = wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")],
    )
    # As many published files have it; the importer must take both out.
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8, pad_id=0, pad_token="[PAD]")
    return tokenizer


def make_bert(output):
    folder = output / "tiny-bert"
    tokenizer = bert_tokenizer()
    torch.manual_seed(11)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=80,
        initializer_range=0.2,
    )
    model = BertModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "LayerNorm.weight" in name:
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.uniform_(-0.3, 0.3)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 80}
        | {f"{n.lower()}_token": f"[{n}]" for n in ("UNK", "SEP", "PAD", "CLS", "MASK")},
    )
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 64, "do_lower_case": False})
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": p, "type": f"sentence_transformers.models.{t}"}
            for i, (p, t) in enumerate(kinds)
        ],
    )
    (folder / "1_Pooling").mkdir()
    write_json(
        folder / "1_Pooling/config.json",
        {
            "word_embedding_dimension": config.hidden_size,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
    )
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (folder / "2_Normalize").mkdir()
    sentences = SentenceTransformer(str(folder), device="cpu")
    embeddings = sentences.encode(BERT_TEXTS)
    (folder / "2_Normalize").rmdir()
    goldens = []
    for text, embedding in zip(BERT_TEXTS, embeddings, strict=True):
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            hidden = model(torch.tensor([ids])).last_hidden_state[0].numpy()
        goldens.append(
            {
                "text": text,
                "ids": ids,
                "hidden": rounded(hidden),
                "embedding": rounded(embedding),
            }
        )
    write_json(output / "tiny-bert-goldens.json", {"texts": goldens})


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    for folder in ("tiny-llama", "tiny-bert"):
        shutil.rmtree(output / folder, ignore_errors=True)
        (output / folder).mkdir(parents=True)
    make_llama(output)
    make_bert(output)


if __name__ == "__main__":
    main()
