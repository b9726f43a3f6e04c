"""What transformers and torch make of tiny encoders in three steps of training.

usage: python finetune_goldens.py [OUTPUT]

OUTPUT is trainer/src/test/resources/io/weft/trainer/train by default: a file a case, with the
examples, the loss and the length of the gradient of each step, and how much every weight changed
(base64 of 16-bit floats). The checkpoints are those of tiny_encoders.py, which must be there.

Each step has two batches of four examples whose gradients are added up: AdamW with weight decay (not of
biases and normalisations), a linear schedule with one step of warm-up, gradients clipped to a length
of 1, no dropout.
"""

import base64
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from tiny_encoders import OUTPUT as ENCODERS
from tiny_models import ROOT
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    get_linear_schedule_with_warmup,
)

OUTPUT = ROOT / "trainer/src/test/resources/io/weft/trainer/train"
RATE, DECAY, CLIP, STEPS, WARMUP, BATCH = 1e-3, 0.01, 1.0, 3, 1, 4
CASES = [
    *((arch, "classify", "classify") for arch in ("bert", "distilbert", "electra", "roberta")),
    ("xlm-roberta", "tag", "tag"),
    ("electra", "tag", "tag"),
    ("bert", "classify", "multi-label"),
    ("bert", "rerank", "score"),
    ("distilbert", "rerank", "regression"),
    ("mpnet", "classify", "classify"),
]


def make_examples(task, config, random):
    examples = []
    for _ in range(2 * BATCH * STEPS):
        length = int(random.integers(4, 17))
        ids = random.integers(5, config.vocab_size, length).tolist()
        types = [0] * length
        if getattr(config, "type_vocab_size", 0) > 1:
            types[length // 2 :] = [1] * (length - length // 2)
        labels, values = [], []
        if task == "classify":
            labels = [int(random.integers(config.num_labels))]
        elif task == "tag":
            labels = [int(i) for i in random.integers(-1, config.num_labels, length)]
        elif task == "multi-label":
            values = [float(v) for v in random.integers(0, 2, config.num_labels)]
        elif task == "score":
            values = [round(float(random.random()), 3)]
        else:
            values = [round(float(random.normal()), 3)]
        examples.append({"ids": ids, "types": types, "labels": labels, "values": values})
    return examples


def batch_of(examples, config):
    longest = max(len(e["ids"]) for e in examples)

    def filled(name, filling):
        return torch.tensor([e[name] + [filling] * (longest - len(e[name])) for e in examples])

    batch = {"input_ids": filled("ids", config.pad_token_id), "token_type_ids": filled("types", 0)}
    batch["attention_mask"] = torch.tensor(
        [[1] * len(e["ids"]) + [0] * (longest - len(e["ids"])) for e in examples]
    )
    if config.model_type in ("distilbert", "mpnet"):
        del batch["token_type_ids"]
    return batch, longest


def loss_of(task, logits, examples, longest, weights):
    """The sum of the losses, and what they weigh."""
    if task in ("classify", "tag"):
        rows = [e["labels"] for e in examples]
        if task == "tag":
            rows = [row + [-1] * (longest - len(row)) for row in rows]
        wanted = torch.tensor(rows).flatten()
        sums = F.cross_entropy(
            logits.reshape(-1, logits.shape[-1]), wanted, weights, ignore_index=-1, reduction="sum"
        )
        return sums, weights[wanted[wanted >= 0]].sum()
    wanted = torch.tensor([e["values"] for e in examples])
    if task == "regression":
        return F.mse_loss(logits, wanted, reduction="sum"), torch.tensor(float(len(examples)))
    sums = F.binary_cross_entropy_with_logits(logits, wanted, pos_weight=weights, reduction="sum")
    return sums, torch.tensor(float(wanted.numel()))


def decayed(name):
    return not (name.endswith(".bias") or "LayerNorm" in name or "layer_norm" in name)


def run(arch, source, task):
    torch.manual_seed(0)
    random = np.random.default_rng(len(arch) + len(task))
    kind = AutoModelForTokenClassification if task == "tag" else AutoModelForSequenceClassification
    model = kind.from_pretrained(ENCODERS / arch / source, dtype=torch.float32)
    model.eval()  # no dropout
    config = model.config
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for n, p in model.named_parameters() if decayed(n)]},
            {"params": [p for n, p in model.named_parameters() if not decayed(n)], "weight_decay": 0},
        ],
        lr=RATE,
        weight_decay=DECAY,
    )
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    weights = torch.linspace(0.5, 1.5, config.num_labels) if config.num_labels > 1 else torch.ones(1)
    examples = make_examples(task, config, random)
    losses, lengths = [], []
    for step in range(STEPS):
        chosen = examples[2 * BATCH * step : 2 * BATCH * (step + 1)]
        parts = [chosen[:BATCH], chosen[BATCH:]]
        outputs = []
        for part in parts:
            batch, longest = batch_of(part, config)
            outputs.append(loss_of(task, model(**batch).logits, part, longest, weights))
        loss = sum(s for s, _ in outputs) / sum(w for _, w in outputs)
        optimizer.zero_grad()
        loss.backward()
        lengths.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        losses.append(float(loss))
        optimizer.step()
        schedule.step()
    changes = {
        n: base64.b64encode((p.detach() - before[n]).numpy().astype("<f2").tobytes()).decode()
        for n, p in model.named_parameters()
    }
    return {
        "architecture": arch,
        "model": source,
        "task": task,
        "weights": weights.tolist(),
        "examples": examples,
        "losses": losses,
        "gradients": lengths,
        "changes": changes,
    }


def main():
    output = OUTPUT if len(sys.argv) < 2 else __import__("pathlib").Path(sys.argv[1])
    output.mkdir(parents=True, exist_ok=True)
    transformers.logging.set_verbosity_error()
    for arch, source, task in CASES:
        path = output / f"{arch}-{task}.json"
        path.write_text(json.dumps(run(arch, source, task)) + "\n")
        print(path.name)


if __name__ == "__main__":
    main()
