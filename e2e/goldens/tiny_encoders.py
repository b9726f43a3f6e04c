"""Makes tiny encoders of every architecture and head, and what transformers computes with them.

usage: python tiny_encoders.py [OUTPUT]

OUTPUT is importer/src/test/resources/io/weft/importer/testing/encoders by default. One folder an
architecture with its tokenizer, and below it one folder a model:

    ARCHITECTURE/tokenizer.json, tokenizer_config.json
    ARCHITECTURE/MODEL/config.json, model.safetensors (16-bit floats), goldens.json

Tensors in goldens.json are base64 of 32-bit floats, little endian, row-major. Everything is seeded.
Each sequence is run alone, with eager attention; the tests run all of a model as one packed batch.
"""

import base64
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
import transformers
from tiny_models import CORPUS, ROOT, bert_tokenizer, wordpieces, write_json
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

OUTPUT = ROOT / "importer/src/test/resources/io/weft/importer/testing/encoders"

TEXTS = [
    ("Paris", None),
    ("What is the capital of France?", "Paris is the capital of France."),
    ("Every morning the baker made bread for the town.", None),
    ("The dog sleeps.", "In the sun, all day long."),
]
CONTEXT = 64
LABELS = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC"}
SENTIMENTS = {0: "negative", 1: "neutral", 2: "positive"}
ONE_LABEL = {0: "LABEL_0"}

HEADS = {
    "plain": "Model",
    "classify": "ForSequenceClassification",
    "rerank": "ForSequenceClassification",
    "tag": "ForTokenClassification",
    "answer": "ForQuestionAnswering",
    "fill": "ForMaskedLM",
}
BASE = {
    "hidden_size": 32,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": CONTEXT,
    "initializer_range": 0.2,
}
HEAD_SETTINGS = {
    "classify": {"id2label": SENTIMENTS},
    "rerank": {"id2label": ONE_LABEL},
    "tag": {"id2label": LABELS},
}
# Models that differ from their neighbours in more than the head; activations are spread over them.
VARIATIONS = {
    "bert": {
        "classify": {"problem_type": "multi_label_classification"},
        "rerank": {"type_vocab_size": 1},
        "tag": {"hidden_act": "gelu_new"},
        "answer": {"hidden_act": "relu"},
    },
    "roberta": {
        "classify": {"hidden_act": "silu"},
        "tag": {"hidden_act": "gelu_pytorch_tanh"},
        "fill": {"tie_word_embeddings": False},
    },
    "distilbert": {"tag": {"activation": "relu"}},
    "mpnet": {"tag": {"hidden_act": "relu"}, "fill": {"tie_word_embeddings": False}},
    "electra": {"tag": {"embedding_size": 32}, "fill": {"hidden_act": "relu"}},
    "modernbert": {
        "classify": {"classifier_pooling": "mean", "hidden_activation": "gelu_pytorch_tanh"},
        "rerank": {"classifier_pooling": "cls", "classifier_activation": "silu"},
        "tag": dict.fromkeys(("attention_bias", "mlp_bias", "norm_bias", "classifier_bias"), True),
        "fill": {"decoder_bias": False},
    },
}


def encoded(tensor):
    return base64.b64encode(tensor.detach().numpy().astype("<f4").tobytes()).decode()


def wordpiece():
    tokenizer = bert_tokenizer()
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, {n: f"[{n.upper()}]" for n in ("pad", "unk", "cls", "sep", "mask")}


def mpnet_tokenizer():
    tokenizer = wordpieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    ends = [(t, tokenizer.token_to_id(t)) for t in ("</s>", "<s>")]
    tokenizer.post_processor = processors.RobertaProcessing(*ends, add_prefix_space=False)
    names = {"pad": "<pad>", "unk": "[UNK]", "mask": "<mask>"}
    return tokenizer, names | {"cls": "<s>", "sep": "</s>", "bos": "<s>", "eos": "</s>"}


def roberta_specials(tokenizer):
    special = [(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=special
    )
    names = {"pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    return tokenizer, names | {"cls": "<s>", "sep": "</s>", "bos": "<s>", "eos": "</s>"}


def byte_level(special):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def roberta_tokenizer():
    return roberta_specials(byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))


def modernbert_tokenizer():
    tokenizer = byte_level(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")],
    )
    return tokenizer, {n: f"[{n.upper()}]" for n in ("pad", "unk", "cls", "sep", "mask")}


def xlm_roberta_tokenizer():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(" {2,}", " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=200,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return roberta_specials(tokenizer)


ARCHITECTURES = {
    "bert": ("Bert", wordpiece, {}),
    "distilbert": ("DistilBert", wordpiece, {}),
    "electra": ("Electra", wordpiece, {"embedding_size": 64}),
    "roberta": ("Roberta", roberta_tokenizer, {"max_position_embeddings": CONTEXT + 2}),
    "xlm-roberta": ("XLMRoberta", xlm_roberta_tokenizer, {"max_position_embeddings": CONTEXT + 2}),
    "modernbert": (
        "ModernBert",
        modernbert_tokenizer,
        {
            # A window of 3 to either side.
            "local_attention": 6,
            "global_rope_theta": 5000.0,
            "local_rope_theta": 100.0,
            "initializer_cutoff_factor": 3.0,
        },
    ),
    "mpnet": ("MPNet", mpnet_tokenizer, {"max_position_embeddings": CONTEXT + 2}),
}
DISTILBERT_NAMES = {
    "hidden_size": "dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "intermediate_size": "hidden_dim",
}


def layers(architecture, name):
    """Models with a head need no more layers than show that it sits on top of them."""
    if architecture == "modernbert":
        # Global, local, local, global; or one of each.
        layers, every = (4, 3) if name == "plain" else (2, 2)
        return {"num_hidden_layers": layers, "global_attn_every_n_layers": every}
    return {"num_hidden_layers": 2 if name == "plain" else 1}


def settings(architecture, name, tokenizer, special):
    values = BASE | ARCHITECTURES[architecture][2] | HEAD_SETTINGS.get(name, {})
    values |= layers(architecture, name)
    values |= VARIATIONS.get(architecture, {}).get(name, {})
    if architecture == "distilbert":
        values = {DISTILBERT_NAMES.get(key, key): value for key, value in values.items()}
    values["vocab_size"] = tokenizer.get_vocab_size()
    values["pad_token_id"] = tokenizer.token_to_id(special["pad"])
    for kind in ("bos", "eos", "cls", "sep"):
        if kind in special:
            values[f"{kind}_token_id"] = tokenizer.token_to_id(special[kind])
        elif architecture == "modernbert":
            values[f"{kind}_token_id"] = None
    if architecture in ("roberta", "xlm-roberta"):
        values.setdefault("type_vocab_size", 1)
    return values | {"attn_implementation": "eager"}


def randomize(model):
    """No value at its neutral default, or a test could not see one that is left out."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name.lower() and name.endswith("weight"):
                parameter.uniform_(0.5, 1.5)
            elif name.endswith("bias"):
                parameter.uniform_(-0.3, 0.3)
            else:
                parameter.normal_(0, 0.2)
            # What 16 bits hold exactly, so that the file has the very weights of the goldens.
            parameter.copy_(parameter.half().float())
    return model.eval()


def pooler_output(model, outputs):
    if getattr(outputs, "pooler_output", None) is not None:
        return outputs.pooler_output[0]
    base = model.base_model
    if base is not model and getattr(base, "pooler", None) is not None:
        return base.pooler(outputs.hidden_states[-1])[0]
    return None


def golden(model, tokenizer, text, pair):
    encoding = tokenizer.encode(text, pair)
    inputs = {"input_ids": torch.tensor([encoding.ids])}
    if getattr(model.config, "type_vocab_size", 1) > 1:
        inputs["token_type_ids"] = torch.tensor([encoding.type_ids])
    with torch.no_grad():
        base = model.base_model(**inputs, output_attentions=True)
        outputs = model(**inputs, output_hidden_states=True)
        result = {
            "ids": encoding.ids,
            "type_ids": encoding.type_ids,
            "last_hidden_state": encoded(base.last_hidden_state[0]),
        }
        pooled = pooler_output(model, outputs)
    if pooled is not None:
        result["pooler_output"] = encoded(pooled)
    if model.base_model is model:
        result["attentions"] = [encoded(layer[0]) for layer in base.attentions]
    elif hasattr(outputs, "start_logits"):
        result["logits"] = encoded(torch.stack([outputs.start_logits[0], outputs.end_logits[0]], 1))
    elif hasattr(outputs, "logits"):
        result["logits"] = encoded(outputs.logits[0])
    return result


def fill_golden(model, tokenizer, text, pair):
    """Logits at two positions only, as many as a text with masks has."""
    result = golden(model, tokenizer, text, pair)
    length = len(result["ids"])
    logits = np.frombuffer(base64.b64decode(result["logits"]), dtype="<f4").reshape(length, -1)
    positions = [length // 2, 1] if length > 3 else [1]
    return result | {
        "positions": positions,
        "logits": base64.b64encode(logits[positions].tobytes()).decode(),
    }


def make(output, architecture, name, tokenizer, special, seed):
    prefix = ARCHITECTURES[architecture][0]
    config_class = getattr(transformers, prefix + "Config")
    model_class = getattr(transformers, prefix + HEADS[name])
    torch.manual_seed(seed)
    config = config_class(**settings(architecture, name, tokenizer, special))
    model = randomize(model_class(config))
    make_golden = fill_golden if name == "fill" else golden
    cases = [make_golden(model, tokenizer, text, pair) for text, pair in TEXTS]
    folder = output / architecture / name
    model.half().save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    write_json(folder / "goldens.json", cases)


# The generic class gives no segments unless it is told to.
SEGMENTED = ["input_ids", "token_type_ids", "attention_mask"]


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    shutil.rmtree(output, ignore_errors=True)
    seed = 100
    for architecture, (_, make_tokenizer, _) in ARCHITECTURES.items():
        tokenizer, special = make_tokenizer()
        (output / architecture).mkdir(parents=True)
        tokenizer.add_special_tokens(list(dict.fromkeys(special.values())))
        tokenizer.save(str(output / architecture / "tokenizer.json"))
        write_json(
            output / architecture / "tokenizer_config.json",
            {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": CONTEXT}
            | ({"model_input_names": SEGMENTED} if architecture in ("bert", "electra") else {})
            | {f"{kind}_token": token for kind, token in special.items()},
        )
        for name in HEADS:
            seed += 1
            make(output, architecture, name, tokenizer, special, seed)


if __name__ == "__main__":
    main()
