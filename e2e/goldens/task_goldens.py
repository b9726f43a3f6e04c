"""What transformers' pipelines and sentence-transformers' CrossEncoder answer, which the encoder service has to repeat.

usage: python task_goldens.py [OUTPUT]

Runs every head of the tiny encoders (tiny_encoders.py) over texts and pairs. OUTPUT is
encoder-service/src/test/resources/io/weft/encoder/task-goldens.json by default. Nothing here is random. Each case
holds the text, what a request to the service carries (ids, segments, offsets, words, which text each token is of) and what the
reference makes of it. A word's number is counted from the pipeline's own rule (`is_subword`), not from the tokenizer.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
import transformers
from sentence_transformers import CrossEncoder
from transformers import PreTrainedTokenizerFast
from transformers.pipelines.token_classification import AggregationStrategy

from tiny_encoders import ARCHITECTURES, CONTEXT, HEADS, OUTPUT as ENCODERS
from tiny_models import ROOT

OUTPUT = ROOT / "encoder-service/src/test/resources/io/weft/encoder/task-goldens.json"

TEXTS = [
    "Paris",
    "What is the capital of France?",
    "Every morning the baker made bread for the people of the town, and he read.",
    "Größe, café (naïve) and 😀: the town of Berlin.",
    "In 1984 the harbour was closed; 2,300 lost work.",
]
PAIRS = [
    ("What is the capital of France?", "Paris is the capital of France."),
    ("The dog sleeps.", "In the sun, all day long."),
    ("Who made bread?", "café"),
]
PASSAGES = [
    ("What is the capital of France?", "Paris is the capital of France, and Berlin that of Germany."),
    ("Who?", "The baker made bread. Every morning the baker made bread for the town, the dog sleeps in the sun."),
    (
        "Where does the dog sleep?",
        "Once upon a time there was a small town by the sea, and in the town there lived a baker. Every morning the"
        " baker made bread for the people of the town. The dog sleeps in the sun all day long. In 1984 it was closed.",
    ),
    ("Größe?", "café 😀 naïve"),
]
MASKED = ["The {} sleeps in the sun.", "{} is the capital of {}.", "Every morning the {} made bread for the {} {}."]


def tokenizer(architecture):
    # Of its own the generic class gives segments, for which MPNet's models have no argument.
    names = {"model_input_names": ["input_ids", "attention_mask"]} if architecture == "mpnet" else {}
    return PreTrainedTokenizerFast.from_pretrained(ENCODERS / architecture, **names)


def model(architecture, name):
    kind = getattr(transformers, ARCHITECTURES[architecture][0] + HEADS[name])
    folder = ENCODERS / architecture / name
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def sequence(encoding):
    """What a TokenInput holds, of an encoding of the tokenizers library."""
    return {"ids": encoding.ids, "type_ids": encoding.type_ids}


def aligned(encoding, words):
    """What an AlignedInput holds."""
    sequences = [-1 if s is None else s for s in encoding.sequence_ids]
    offsets = [list(o) for o in encoding.offsets]
    return sequence(encoding) | {"offsets": offsets, "word_ids": words, "sequence_ids": sequences}


def own_words(encoding):
    return [-1 if w is None else w for w in encoding.word_ids]


def classified(architecture, name):
    net, tok = model(architecture, name), tokenizer(architecture)
    pipe = transformers.TextClassificationPipeline(model=net, tokenizer=tok, top_k=None, device="cpu")
    for text, pair in [(text, None) for text in TEXTS] + PAIRS:
        given = {"text": text} | ({"text_pair": pair} if pair else {})
        encoding = tok(text, pair).encodings[0]
        case = given | {"scores": pipe(given)} | sequence(encoding)
        case["logits"] = pipe(given, function_to_apply="none")
        yield case


def pipeline_words(pipe, text):
    """Numbers of the words that the pipeline sees, -1 for special tokens."""
    inputs = next(iter(pipe.preprocess(text, is_split_into_words=False)))
    scores = np.zeros((inputs["input_ids"].shape[1], 1))
    offsets, special = inputs["offset_mapping"][0], inputs["special_tokens_mask"][0].numpy()
    entities = pipe.gather_pre_entities(
        text, inputs["input_ids"][0], scores, offsets, special, AggregationStrategy.FIRST)
    words = [-1] * len(scores)
    word = -1
    for entity in entities:
        word += 0 if entity["is_subword"] and word >= 0 else 1
        words[entity["index"]] = word
    return words


def tagged(architecture, name):
    net, tok = model(architecture, name), tokenizer(architecture)
    pipe = transformers.TokenClassificationPipeline(model=net, tokenizer=tok, device="cpu", ignore_labels=[])
    for text in TEXTS:
        case = {"text": text} | aligned(tok(text).encodings[0], pipeline_words(pipe, text))
        case["entities"] = {}
        for strategy in AggregationStrategy:
            found = pipe(text, aggregation_strategy=strategy, ignore_labels=[])
            case["entities"][strategy.value] = [
                {
                    "label": e.get("entity_group", e.get("entity")),
                    "score": float(e["score"]),
                    "word": e["word"],
                    "start": int(e["start"]),
                    "end": int(e["end"]),
                }
                for e in found
            ]
        yield case


def answered(architecture, name):
    net, tok = model(architecture, name), tokenizer(architecture)
    pipe = transformers.QuestionAnsweringPipeline(model=net, tokenizer=tok, device="cpu")
    for question, passage in PASSAGES:
        longest, stride = CONTEXT // 2, 8
        windows = tok(question, passage, truncation="only_second", max_length=longest, stride=stride,
                      return_overflowing_tokens=True).encodings
        case = {"question": question, "passage": passage, "windows": [aligned(w, own_words(w)) for w in windows], "answers": []}
        for top_k, impossible, align in [(1, False, True), (3, False, True), (4, True, True), (3, True, False)]:
            found = pipe(question=question, context=passage, top_k=top_k, handle_impossible_answer=impossible,
                         align_to_words=align, max_answer_len=7, max_seq_len=longest, doc_stride=stride)
            found = found if isinstance(found, list) else [found]
            case["answers"].append({
                "top_k": top_k,
                "allow_no_answer": impossible,
                "align_to_words": align,
                "max_answer_tokens": 7,
                "best": [{k: a[k] for k in ("score", "start", "end", "answer")} for a in found],
            })
        yield case


def filled(architecture, name):
    net, tok = model(architecture, name), tokenizer(architecture)
    pipe = transformers.FillMaskPipeline(model=net, tokenizer=tok, device="cpu")
    targets = ["t", "e", "a"]
    ids = [tok.convert_tokens_to_ids(t) for t in targets]
    for text in MASKED:
        text = text.replace("{}", tok.mask_token)
        case = {"text": text, "targets": targets} | sequence(tok(text).encodings[0]) | {"target_ids": ids}
        for key, options in (("fills", {"top_k": 7}), ("targeted", {"targets": targets, "top_k": 2})):
            found = pipe(text, **options)
            found = found if isinstance(found[0], list) else [found]
            case[key] = [
                [{"id": c["token"], "score": c["score"], "str": c["token_str"], "sequence": c["sequence"]} for c in mask]
                for mask in found
            ]
        yield case


def scored(architecture, name):
    """Through sentence-transformers, with the activation that the checkpoint names, and without any."""
    if architecture == "bert":
        return  # The tiny one has one segment only, of which CrossEncoder tells the second text's tokens two.
    tok = tokenizer(architecture)
    with tempfile.TemporaryDirectory() as folder:
        model(architecture, name).save_pretrained(folder)
        tok.save_pretrained(folder)
        encoder = CrossEncoder(folder, device="cpu")
        for pair in PAIRS:
            yield sequence(tok(*pair).encodings[0]) | {
                "score": float(encoder.predict(pair)),
                "logit": float(encoder.predict(pair, activation_fn=torch.nn.Identity())),
            }


TASKS = {"classify": classified, "tag": tagged, "answer": answered, "fill": filled, "rerank": scored}


def main():
    warnings.filterwarnings("ignore", category=UserWarning)
    goldens = {
        architecture: {name: list(make(architecture, name)) for name, make in TASKS.items()}
        for architecture in ARCHITECTURES
    }
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    output.write_text(json.dumps(goldens, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
