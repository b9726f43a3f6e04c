"""Checks by OpenAI's own client: python openai_client.py BASE_URL CHECK."""

import math
import sys

import openai

CHAT = "smollm2-135m-instruct"
EMBEDDER = "all-minilm-l6-v2"
COUNTING = "1, 2, 3, 4, 5, 6,"
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


def chat_streamed(client):
    stream = client.chat.completions.create(
        model=CHAT, messages=QUESTION, temperature=0, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert len({chunk.id for chunk in chunks}) == 1, "one id for all chunks"
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
    *parts, usage = chunks
    text = "".join(chunk.choices[0].delta.content or "" for chunk in parts)
    assert "Paris" in text, text
    assert len(parts) > 4, f"{len(parts)} chunks are not a stream"
    reasons = [chunk.choices[0].finish_reason for chunk in parts]
    assert reasons == [None] * (len(parts) - 1) + ["stop"], reasons
    assert usage.choices == [], usage
    assert usage.usage.prompt_tokens == 37, usage
    assert usage.usage.total_tokens == 37 + usage.usage.completion_tokens, usage


def chat_whole(client):
    answer = client.chat.completions.create(model=CHAT, messages=QUESTION, temperature=0)
    assert answer.object == "chat.completion" and answer.model == CHAT, answer
    assert answer.choices[0].message.role == "assistant", answer
    assert "Paris" in answer.choices[0].message.content, answer
    assert answer.choices[0].finish_reason == "stop", answer
    assert answer.usage.prompt_tokens == 37, answer
    cut = client.chat.completions.create(model=CHAT, messages=QUESTION, temperature=0, max_tokens=3)
    assert cut.choices[0].finish_reason == "length" and cut.usage.completion_tokens == 3, cut


def completion_streamed(client):
    stream = client.completions.create(
        model=CHAT, prompt=COUNTING, temperature=0, max_tokens=8, stream=True
    )
    chunks = list(stream)
    assert all(chunk.object == "text_completion" for chunk in chunks)
    text = "".join(chunk.choices[0].text for chunk in chunks)
    assert text == " 7, 8, 9", text
    assert chunks[-1].choices[0].finish_reason == "length", chunks[-1]


def completion_whole(client):
    answer = client.completions.create(
        model=CHAT, prompt=COUNTING, temperature=0, max_tokens=8
    )
    assert answer.choices[0].text == " 7, 8, 9", answer
    assert answer.usage.completion_tokens == 8, answer
    stopped = client.completions.create(
        model=CHAT, prompt=COUNTING, temperature=0, max_tokens=8, stop=", 9"
    )
    assert stopped.choices[0].text == " 7, 8", stopped
    assert stopped.choices[0].finish_reason == "stop", stopped
    seeded = [
        client.completions.create(model=CHAT, prompt="A story:", temperature=1, seed=7, max_tokens=16)
        for _ in range(2)
    ]
    assert seeded[0].choices[0].text == seeded[1].choices[0].text, seeded


def embeddings(client):
    texts = [
        "A cat sits on the mat",
        "A kitten rests on a rug",
        "Quarterly interest rates rose sharply",
    ]
    answer = client.embeddings.create(model=EMBEDDER, input=texts)
    assert [item.index for item in answer.data] == [0, 1, 2], answer
    cat, kitten, rates = (item.embedding for item in answer.data)
    assert len(cat) == 384, len(cat)
    assert math.isclose(dot(cat, cat), 1, abs_tol=1e-3)
    near, far = dot(cat, kitten), dot(cat, rates)
    assert abs(near - 0.660) < 0.005, near  # sentence-transformers says 0.660
    assert abs(far - 0.021) < 0.010, far  # and 0.021
    assert answer.usage.prompt_tokens > 20, answer.usage
    plain = client.embeddings.create(model=EMBEDDER, input=texts[0], encoding_format="float")
    assert all(math.isclose(a, b, abs_tol=2e-3) for a, b in zip(plain.data[0].embedding, cat))


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def models(client):
    names = [model.id for model in client.models.list()]
    assert names == [EMBEDDER, CHAT], names
    assert client.models.retrieve(CHAT).id == CHAT


def bad_request(client):
    for wrong in ({"messages": []}, {"messages": QUESTION, "temperature": 3}, {"messages": QUESTION, "max_tokens": -1}):
        error = failure(openai.BadRequestError, lambda: client.chat.completions.create(model=CHAT, **wrong))
        assert error.type == "invalid_request_error" and error.code, error
        field = next(name for name in wrong if name != "messages" or len(wrong) == 1)
        assert error.param == field, (error.param, field)
    error = failure(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model=EMBEDDER, messages=QUESTION),
    )
    assert EMBEDDER in error.message, error


def not_found(client):
    error = failure(
        openai.NotFoundError, lambda: client.chat.completions.create(model="no-such-model", messages=QUESTION)
    )
    assert error.param == "model" and "no-such-model" in error.message, error
    failure(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"))


def failure(kind, call):
    try:
        answer = call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} expected, got {answer}")


CHECKS = (
    chat_streamed,
    chat_whole,
    completion_streamed,
    completion_whole,
    embeddings,
    models,
    bad_request,
    not_found,
)

if __name__ == "__main__":
    base_url, wanted = sys.argv[1:]
    check = {check.__name__: check for check in CHECKS}[wanted]
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=60) as official:
        check(official)
