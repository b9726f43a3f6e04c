#!/usr/bin/env python3
"""Embeddings by sentence-transformers, which the encoder service has to repeat.

    python e2e/goldens/embedding_goldens.py [MINILM]

Writes, for the tiny BERT of tiny_models.py, every pooling mode, and, when MINILM is given, the
embeddings of some texts by all-minilm-l6-v2. MINILM is the Hugging Face folder that this default model is
made from. Vectors are base64 of 32-bit floats, little endian.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import AutoModel

ROOT = Path(__file__).resolve().parents[2]
TINY_BERT = ROOT / "importer/src/test/resources/io/weft/importer/testing/tiny-bert"
OUTPUT = ROOT / "encoder-service/src/test/resources/io/weft/encoder"

# sentence-transformers' names of the modes, and the model folder's.
MODES = {"cls": "cls", "mean": "mean", "max": "max", "lasttoken": "last_token", "weightedmean": "weighted_mean"}
TRUNCATED = 12
# Ids of the tiny vocabulary, [CLS] 2 and [SEP] 3 around them; two are pairs, one fills the context.
SEQUENCES = [
    ([2, 95, 143, 186, 200, 101, 95, 183, 60, 10, 3], None),
    ([2, 77, 3], None),
    ([2] + [5 + 37 * i % 230 for i in range(62)] + [3], None),
    ([2, 60, 61, 3, 143, 200, 201, 3], [0, 0, 0, 0, 1, 1, 1, 1]),
    ([2, 101, 3, 95, 95, 183, 12, 9, 239, 3], [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]),
    ([4], None),
]
TEXTS = [
    "A cat sits on the mat",
    "A kitten rests on a rug",
    "Quarterly interest rates rose sharply",
    "a",
    "",
    "!!! ??? ...",
    "The quick brown fox jumps over the lazy dog.",
    "What is the capital of France?",
    "Paris is the capital and most populous city of France, on the river Seine in the north of the country.",
    "def add(a, b):\n    return a + b  # the sum",
    "SELECT name, COUNT(*) FROM users WHERE age > 30 GROUP BY name ORDER BY 2 DESC;",
    "Größe, café, naïve, résumé, smörgåsbord",
    "日本語のテキストです。",
    "Привет, как дела?",
    "😀 🚀 emoji are unknown tokens",
    "3.14159 2,300 1e-9 0x7f 12:45 2024-02-29",
    "https://example.org/a/path?with=query&and=more#fragment",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "MiXeD CaSe TeXt AND SHOUTING",
    " ".join(["The committee met on Monday to discuss the annual budget and postponed the vote."] * 6),
    " ".join(f"item {i} costs {i * 7 % 100} euros;" for i in range(60)),
]
# Those whose states, pooler output and attention probabilities, (layers, heads, tokens, tokens), are kept too.
INSIDES = TEXTS[:2] + TEXTS[12:13]


def encoded(vector):
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()


def write_json(name, value):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def pooled(states, mode):
    """states: (1, tokens, hidden); the sentence vector of shape (hidden)."""
    pooling = Pooling(states.shape[-1], pooling_mode=mode)
    mask = torch.ones(states.shape[:2], dtype=torch.int64)
    features = {"token_embeddings": states, "attention_mask": mask, "cls_token_embeddings": states[:, 0]}
    return pooling(features)["sentence_embedding"][0]


@torch.no_grad()
def tiny_cases():
    model = AutoModel.from_pretrained(TINY_BERT, dtype=torch.float32).eval()
    for ids, type_ids in SEQUENCES:
        types = torch.tensor([type_ids or [0] * len(ids)])
        states = model(input_ids=torch.tensor([ids]), token_type_ids=types).last_hidden_state
        vectors = {}
        for mode, name in MODES.items():
            vector = pooled(states, mode)
            normalized = torch.nn.functional.normalize(vector, dim=0)
            cut = torch.nn.functional.normalize(vector[:TRUNCATED], dim=0)
            vectors[name] = {
                "raw": encoded(vector),
                "normalized": encoded(normalized),
                "truncated": encoded(cut),
                "binary": base64.b64encode(np.packbits(vector.numpy() > 0).tobytes()).decode(),
            }
        yield {
            "ids": ids,
            "type_ids": type_ids or [],
            "last_hidden_state": encoded(states[0]),
            "vectors": vectors,
        }


@torch.no_grad()
def minilm_cases(folder):
    model = SentenceTransformer(str(folder), device="cpu")
    transformer = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    for text in TEXTS:
        ids = model.tokenizer(text, truncation=True, max_length=model.max_seq_length).input_ids
        case = {"text": text, "ids": ids, "embedding": encoded(model.encode(text))}
        if text in INSIDES:
            out = transformer(input_ids=torch.tensor([ids]), output_attentions=True)
            case["last_hidden_state"] = encoded(out.last_hidden_state[0])
            case["pooler_output"] = encoded(out.pooler_output[0])
            case["attentions"] = encoded(torch.stack(out.attentions)[:, 0])
        yield case


def main():
    write_json("tiny-bert-goldens.json", {"truncated": TRUNCATED, "cases": list(tiny_cases())})
    if len(sys.argv) > 1:
        write_json("minilm-goldens.json", {"cases": list(minilm_cases(Path(sys.argv[1])))})


if __name__ == "__main__":
    main()
