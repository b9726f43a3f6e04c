#!/usr/bin/env python3
"""What the tokenizer service has to repeat, by tokenizers, transformers and Jinja2.

    python e2e/goldens/tokenizer_goldens.py

Trains four tiny tokenizers (once: existing ones are kept, because training does not always break ties in the
same way), converts three more from the SentencePiece models of tiny_tokenizers.py, and writes their encodings, truncations and decoded texts, chat prompts by apply_chat_template, and the
renderings of templates/*.jinja and of expressions.json. All inputs and outputs lie in the service's test resources.
"""

import json
import os
import random
import re
from contextlib import contextmanager
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaTokenizerFast, PreTrainedTokenizerFast, T5TokenizerFast, XLMRobertaTokenizerFast
from transformers.utils.chat_template_utils import _compile_jinja_template

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tokenizer-service/src/test/resources/io/weft/tokenizer"
SENTENCEPIECE = ROOT / "importer/src/test/resources/io/weft/importer/testing/tokenizers"

CORPUS = [
    "The quick brown fox jumps over the lazy dog. The dog isn't amused, is it?",
    "What is the capital of France? The capital of France is Paris, on the river Seine.",
    "It's true that they're here, that we've been there and that I'm not: don't worry!",
    "def add(a, b):\n    return a + b  # the sum\n\nfor i in range(10):\n    print(add(i, 2))\n",
    "Größe, café, naïve, résumé, smörgåsbord; Привет, как дела? 日本語のテキストです。 中文文本",
    "Numbers: 3.14159, 2,300, 1e-9, 0x7f, 12:45, 2024-02-29, 1000000, 77",
    "system user assistant tool <|im_start|> name arguments {\"city\": \"Paris\"}",
    "😀 emoji 🚀 and 👩‍👩‍👧 families, مرحبا بالعالم, שלום עולם, e\u0301 and é",
]
TEXTS = [
    "", " ", "a", "Hello, world!", "The quick brown fox jumps over the lazy dog.", "  leading and trailing  ",
    "tabs\tand\nnewlines\r\n\n\n end", "a" * 130, " " * 70, "word " * 12, "x" + "\n" * 20 + "y",
    "😀🚀", "👩‍👩‍👧 👨‍👩‍👧‍👦 🏳️‍🌈", "e\u0301 é ﬁ Ⅳ ½ ﷺ", "日本語 and 中文, mixed with English", "مرحبا بالعالم שלום עולם",
    "\u202eright to left\u202c \u200b\u200d\ufeff", "nul\x00and\x01control\x7f\x1b[0m\x85", "Ω≈ç√∫˜µ≤≥÷ ℝ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈",
    "İstanbul Straße ǅ ß ſ", "12345 3.14 0x7f 1,000,000 ١٢٣ ④", "it's they're I'm don't we've o'clock 'quoted'",
    "def f(x):\n\treturn x**2  # comment", "https://example.org/a?b=c&d=%20#e", "{\"key\": [1, 2, {\"n\": null}]}",
    "<|im_start|>user\nhi<|im_end|>", "before<|im_end|>after <|im_end|> x", "[CLS] [MASK] [SEP] [cls]", "<tool> and <TOOL> </tool>",
    "<mask> x<mask>y  <mask>  z", "\ud7ff\ue000\ufffd\uffff\U0010ffff", "Zażółć gęślą jaźń ŁÓDŹ", "ก็ ไทย हिन्दी 한국어", "- . , ? ! ' n't 's",
]
PAIRS = [("Who?", "The dog."), ("", "only the second"), ("only the first", ""), ("日本語 😀", "é <|im_end|> x"), ("a b c d e f g h", "word " * 20)]
TRUNCATIONS = [
    dict(max_length=m, stride=s, strategy=t, direction=d)
    for m, s in [(10, 0), (11, 2), (8, 1)] for t in ["longest_first", "only_first", "only_second"] for d in ["right", "left"]
]
LONG = [("The lazy dog 😀 again, 12 é!", None), ("the dog is the dog the dog", "is a b"), ("a b", "the is the is the is the"), ("a b c d e f g", "a b c d e f")]


def trained(name, build):
    path = OUTPUT / "tokenizers" / f"{name}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        build().save(str(path), pretty=False)
    return Tokenizer.from_file(str(path))


def train(tokenizer, trainer):
    tokenizer.train_from_iterator(CORPUS * 2, trainer)
    return tokenizer


def byte_trainer(specials):
    return trainers.BpeTrainer(
        vocab_size=480, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)


def smollm():
    """Like SmolLM2: digits alone, no post-processor, a chat model's special tokens, ids with a hole at the end."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    return train(t, byte_trainer(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))


def llama():
    """Like Llama 3: a regular expression, a template that adds a first token, and added tokens of every kind."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    split = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(split), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    train(t, byte_trainer(["<s>", "</s>", "<|im_start|>", "<|im_end|>"]))
    t.add_tokens([AddedToken("<tool>", normalized=False), AddedToken("日本 é", normalized=True), AddedToken("quick brown", single_word=True)])
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False)])
    t.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing("<s> $A", "<s> $A <s>:1 $B:1", [("<s>", t.token_to_id("<s>"))])])
    return t


def roberta():
    """Like RoBERTa: a space before the first word, special tokens on both sides, one segment for both texts."""
    t = Tokenizer(models.BPE(unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    t.decoder = decoders.ByteLevel()
    train(t, byte_trainer(["<s>", "<pad>", "</s>", "<unk>"]))
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True)
    return t


def minilm():
    """Like MiniLM: WordPiece, uncased, and a file that says to cut at 16 tokens and to pad to 24."""
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece(prefix="##")
    train(t, trainers.WordPieceTrainer(
        vocab_size=400, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    t.enable_truncation(16)
    t.enable_padding(length=24, pad_id=0, pad_token="[PAD]")
    return t


def sentencepiece():
    """Like Llama 2: SentencePiece BPE with byte tokens, a space before every text."""
    return LlamaTokenizerFast.from_pretrained(SENTENCEPIECE / "llama").backend_tokenizer


def t5():
    """Like T5: Unigram with a table of replacements."""
    return T5TokenizerFast.from_pretrained(SENTENCEPIECE / "t5").backend_tokenizer


def xlmroberta():
    """Like XLM-RoBERTa: Unigram, special tokens on both sides, a mask that takes the space before it."""
    return XLMRobertaTokenizerFast.from_pretrained(SENTENCEPIECE / "xlm-roberta").backend_tokenizer


def encoding(e):
    return dict(
        ids=e.ids, type_ids=e.type_ids, special=e.special_tokens_mask, words=[-1 if w is None else w for w in e.word_ids],
        spans=[place for span in e.offsets for place in span])


@contextmanager
def quiet():
    """The library writes a stack trace whenever it panics."""
    kept = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)


def encodings(t):
    t.no_truncation()
    t.no_padding()
    singles = [dict(text=x, special=True, encoding=encoding(t.encode(x))) for x in TEXTS]
    plain = [dict(text=x, special=False, encoding=encoding(t.encode(x, add_special_tokens=False))) for x in TEXTS[::6]]
    pairs = [dict(text=a, pair=b, special=s, encoding=encoding(t.encode(a, b, add_special_tokens=s))) for a, b in PAIRS for s in (True, False)]
    return singles + plain + pairs


def truncations(t):
    out = []
    for a, b in LONG:
        for how in TRUNCATIONS:
            t.enable_truncation(**how)
            try:
                with quiet():
                    e = t.encode(a, b) if b else t.encode(a)
            except BaseException:  # the library panics where a stride does not fit, and fails where nothing can be cut
                out.append(dict(text=a, pair=b, **how))
                continue
            windows = [dict(ids=w.ids, spans=encoding(w)["spans"]) for w in [e, *e.overflowing]]
            out.append(dict(text=a, pair=b, **how, windows=windows))
    t.no_truncation()
    return out


def decodings(t):
    dice = random.Random(7)
    # Byte tokens stand only where they make characters: of a run of them that does not, the library makes a U+FFFD
    # each, also of its sound part, which no decoder that works token by token can know in time.
    ids = [i for i in range(t.get_vocab_size()) if not re.fullmatch("<0x..>", t.id_to_token(i))]
    sequences = [t.encode(x).ids for x in TEXTS] + [[dice.choice(ids) for _ in range(n)] for n in [1, 2, 3, 5, 8, 13, 40] * 4]
    return [dict(ids=s, text=t.decode(s, skip_special_tokens=True), whole=t.decode(s, skip_special_tokens=False)) for s in sequences]


TOOL = {"type": "function", "function": {
    "name": "get_weather", "description": "Weather of a <b>town</b> & 'more' \"é\" 😀",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 3, "step": 0.5}}, "required": ["city"], "strict": True, "none": None}}}
SYSTEM = {"role": "system", "content": " Be brief.\n"}
USER = {"role": "user", "content": "Hi <b>x</b> \"q\" 'a' {{ 7*7 }} {% if %} {# c #} \\n é😀 <|im_end|> "}
FALSE = {"role": "user", "content": "false"}
ANSWER = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello\n"}
CALL = {"role": "assistant", "content": "", "tool_calls": [
    {"id": "abcdefghi", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}}]}
RESULT = {"role": "tool", "content": "sunny", "tool_call_id": "abcdefghi"}
CHATS = {
    "user": dict(messages=[USER]), "no prompt": dict(messages=[USER], add_generation_prompt=False), "system": dict(messages=[SYSTEM, FALSE]),
    "turns": dict(messages=[SYSTEM, USER, ANSWER, FALSE]), "turns without system": dict(messages=[FALSE, ANSWER, USER]),
    "tools": dict(messages=[SYSTEM, USER], tools=[TOOL, TOOL]), "tool call": dict(messages=[USER, CALL, RESULT], tools=[TOOL]),
    "after tool call": dict(messages=[USER, CALL, RESULT, RESULT, ANSWER, FALSE], tools=[TOOL]),
    "option": dict(messages=[USER], options={"enable_thinking": False, "date_string": "1 Jan 2025"}), "starts with answer": dict(messages=[ANSWER]),
    "continued": dict(messages=[FALSE, {"role": "assistant", "content": "The answer is "}], continue_final_message=True),
}


def chats(t):
    """Prompts of each template for each conversation, by transformers."""
    out = []
    for path in sorted((OUTPUT / "templates").glob("*.jinja")):
        hf = PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>")
        hf.chat_template = path.read_text()
        for name, chat in CHATS.items():
            goes_on = chat.get("continue_final_message", False)
            how = dict(tools=chat.get("tools"), continue_final_message=goes_on,
                       add_generation_prompt=chat.get("add_generation_prompt", not goes_on), **chat.get("options", {}))
            try:
                result = dict(text=hf.apply_chat_template(chat["messages"], tokenize=False, **how), ids=hf.apply_chat_template(chat["messages"], **how))
            except Exception as e:  # a template may refuse a conversation, or not fit it
                result = dict(error=f"{type(e).__name__}: {e}")
            out.append(dict(template=path.stem, name=name, **chat, **result))
    return out


VARIABLES = dict(
    messages=[{"role": "system", "content": "S"}, {"role": "user", "content": "false"}, {"role": "assistant", "content": " x\n", "n": None}],
    s="Hello, Wörld 😀!", empty="", n=None, t=True, f=False, i=7, z=0, x=1.5, l=[3, 1, 2], d={"b": 1, "a": [1, {"k": None}], "q'": "it's"}, tools=None,
    lines="a b\r\nc\u2028d\x0be\n\nf ", neg=-7, schema={"type": "object", "properties": {"items": {"type": "array"}, "n": {"default": 0.5}}, "required": ["n"]},
    nest=[[1, 2], [3, 4]], q="a\"b'c\\d\n", words=["b", "A", "a"], people=[{"name": "Bo", "age": 3, "x": {"y": 1}}, {"name": "Al", "age": 2}])


def expressions():
    out = []
    for source in json.loads((OUTPUT / "expressions.json").read_text())["equal"]:
        try:
            out.append(dict(source=source, text=_compile_jinja_template(source).render(**VARIABLES)))
        except Exception as e:
            out.append(dict(source=source, error=f"{type(e).__name__}: {e}"))
    return dict(variables=VARIABLES, cases=out)


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    (OUTPUT / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text) // 1024} KB")


def main():
    tokenizers = {f.__name__: trained(f.__name__, f) for f in (smollm, llama, roberta, minilm, sentencepiece, t5, xlmroberta)}
    for name, t in tokenizers.items():
        write(f"{name}.goldens.json", dict(encodings=encodings(t), truncations=truncations(t), decodings=decodings(t)))
    write("chats.goldens.json", chats(tokenizers["smollm"]))
    write("expressions.goldens.json", expressions())


if __name__ == "__main__":
    main()
