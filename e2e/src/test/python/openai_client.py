"""Checks by OpenAI's own client: python openai_client.py BASE_URL CHECK."""

import asyncio
import json
import math
import sys
import time
from typing import Literal

import openai
import pydantic

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


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"enum": ["Paris", "Rome"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
            "required": ["city", "days"],
            "additionalProperties": False,
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}, "additionalProperties": False}}}
ASK_WEATHER = [{"role": "user", "content": "How is the weather in Paris for the next three days?"}]


class Capital(pydantic.BaseModel):
    country: Literal["France", "Spain"]
    capital: Literal["Paris", "Madrid"]
    certain: bool


class GetWeather(pydantic.BaseModel):
    """The weather of a city."""

    city: Literal["Paris", "Rome"]


def check_weather(name, arguments):
    assert name == "get_weather", name
    values = json.loads(arguments)
    assert set(values) == {"city", "days"} and values["city"] in ("Paris", "Rome") and 1 <= values["days"] <= 9, values


def tools_whole(client):
    named = {"type": "function", "function": {"name": "get_weather"}}
    answer = client.chat.completions.create(
        model=CHAT, messages=ASK_WEATHER, tools=[WEATHER, CLOCK], tool_choice=named, temperature=0
    )
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason == "tool_calls" and message.content is None, answer
    (call,) = message.tool_calls
    check_weather(call.function.name, call.function.arguments)
    # the call and its result go back, and the model goes on
    history = ASK_WEATHER + [message, {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."}]
    told = client.chat.completions.create(model=CHAT, messages=history, tools=[WEATHER], temperature=0, max_tokens=40)
    assert told.choices[0].message.content or told.choices[0].message.tool_calls, told
    free = client.chat.completions.create(model=CHAT, messages=QUESTION, tools=[WEATHER], tool_choice="none", temperature=0)
    assert "Paris" in free.choices[0].message.content and not free.choices[0].message.tool_calls, free


def tools_streamed(client):
    stream = client.chat.completions.create(
        model=CHAT, messages=ASK_WEATHER, tools=[WEATHER, CLOCK], tool_choice="required", temperature=0, n=2, stream=True
    )
    calls, reasons = {}, {}
    for chunk in stream:
        (choice,) = chunk.choices
        reasons[choice.index] = choice.finish_reason
        for piece in choice.delta.tool_calls or []:
            assert piece.index == 0, piece
            if choice.index not in calls:
                assert piece.id.startswith("call_") and piece.function.arguments == "", piece
                calls[choice.index] = [piece.function.name]
            else:
                assert piece.id is None and piece.function.name is None, piece
                calls[choice.index].append(piece.function.arguments)
    assert reasons == {0: "tool_calls", 1: "tool_calls"} and len(calls) == 2, (reasons, calls)
    for name, *pieces in calls.values():
        if name == "get_weather":
            assert len(pieces) > 2, f"{pieces} were not streamed"
            check_weather(name, "".join(pieces))
        else:
            assert (name, json.loads("".join(pieces))) == ("get_time", {}), (name, pieces)


def parse(client):
    parsed = client.chat.completions.parse(model=CHAT, messages=QUESTION, response_format=Capital, temperature=0)
    assert isinstance(parsed.choices[0].message.parsed, Capital), parsed
    called = client.chat.completions.parse(
        model=CHAT,
        messages=ASK_WEATHER,
        tools=[openai.pydantic_function_tool(GetWeather)],
        tool_choice="required",
        temperature=0,
    )
    assert isinstance(called.choices[0].message.tool_calls[0].function.parsed_arguments, GetWeather), called
    with client.chat.completions.stream(model=CHAT, messages=QUESTION, response_format=Capital, temperature=0) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Capital)


def responses_whole(client):
    answer = client.responses.create(
        model=CHAT, instructions="You are a helpful AI assistant named SmolLM, trained by Hugging Face", input=QUESTION[0]["content"], temperature=0
    )
    assert answer.object == "response" and answer.status == "completed" and answer.model == CHAT, answer
    assert "Paris" in answer.output_text, answer
    assert answer.usage.input_tokens == 37 and answer.usage.total_tokens == 37 + answer.usage.output_tokens, answer
    cut = client.responses.create(model=CHAT, input=QUESTION, temperature=0, max_output_tokens=3)
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens", cut
    parsed = client.responses.parse(model=CHAT, input=QUESTION, text_format=Capital, temperature=0)
    assert isinstance(parsed.output_parsed, Capital), parsed
    flat = {"type": "function", "strict": True, **WEATHER["function"]}
    called = client.responses.create(model=CHAT, input=ASK_WEATHER, tools=[flat], tool_choice="required", temperature=0)
    (call,) = called.output
    assert call.type == "function_call", called
    check_weather(call.name, call.arguments)
    history = ASK_WEATHER + called.output + [{"type": "function_call_output", "call_id": call.call_id, "output": "Sunny."}]
    told = client.responses.create(model=CHAT, input=history, temperature=0, max_output_tokens=40)
    assert told.output_text, told
    error = failure(
        openai.BadRequestError,
        lambda: client.responses.create(model=CHAT, input="Hi", previous_response_id=answer.id),
    )
    assert error.param == "previous_response_id", error


def responses_streamed(client):
    events = list(client.responses.create(model=CHAT, input=QUESTION, temperature=0, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events))), events
    assert [events[0].type, events[1].type, events[-1].type] == ["response.created", "response.in_progress", "response.completed"]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 4 and "Paris" in "".join(deltas), deltas
    assert events[-1].response.output_text == "".join(deltas), events[-1]
    with client.responses.stream(model=CHAT, input=QUESTION, text_format=Capital, temperature=0) as stream:
        for event in stream:
            assert event.type != "response.failed", event
        assert isinstance(stream.get_final_response().output_parsed, Capital)


def timeouts(client):
    start = time.monotonic()
    failure(
        openai.APITimeoutError,
        lambda: client.with_options(timeout=0.2).completions.create(
            model=CHAT, prompt=COUNTING, max_tokens=1500, extra_body={"ignore_eos": True}
        ),
    )
    assert time.monotonic() - start < 5
    chat_whole(client)


def cancelled(client):
    """A stream that is closed early leaves the server free for others."""
    for _ in range(3):
        stream = client.completions.create(
            model=CHAT, prompt=COUNTING, max_tokens=1500, stream=True, extra_body={"ignore_eos": True}
        )
        next(iter(stream))
        stream.close()
    chat_whole(client)


def asynchronous(client):
    async def run():
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="none", max_retries=0, timeout=60) as other:
            whole, streamed, vectors, response = await asyncio.gather(
                other.chat.completions.create(model=CHAT, messages=QUESTION, temperature=0),
                other.chat.completions.create(model=CHAT, messages=QUESTION, temperature=0, stream=True),
                other.embeddings.create(model=EMBEDDER, input=["A cat sits on the mat"]),
                other.responses.create(model=CHAT, input=QUESTION, temperature=0),
            )
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in streamed])
            assert "Paris" in text and text == whole.choices[0].message.content == response.output_text, (text, whole)
            assert len(vectors.data[0].embedding) == 384
            stream = await other.completions.create(model=CHAT, prompt=COUNTING, max_tokens=1500, stream=True)
            task = asyncio.create_task(anext(aiter(stream)))
            await task
            await stream.close()

    asyncio.run(run())


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
    tools_whole,
    tools_streamed,
    parse,
    responses_whole,
    responses_streamed,
    timeouts,
    cancelled,
    asynchronous,
)

if __name__ == "__main__":
    base_url, wanted = sys.argv[1:]
    check = {check.__name__: check for check in CHECKS}[wanted]
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=60) as official:
        check(official)
