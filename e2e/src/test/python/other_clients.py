"""Checks by clients that build on OpenAI's API: python other_clients.py BASE_URL CHECK."""

import os
import sys
from typing import Literal

# LiteLLM would fetch its list of prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import pydantic

CHAT = "smollm2-135m-instruct"
EMBEDDER = "all-minilm-l6-v2"
QUESTION = "What is the capital of France?"
TEXTS = ["A cat sits on the mat", "A kitten rests on a rug"]


class Capital(pydantic.BaseModel):
    """The capital of a country."""

    country: Literal["France", "Spain"]
    capital: Literal["Paris", "Madrid"]


def langchain(base_url):
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    chat = ChatOpenAI(base_url=base_url, api_key="none", model=CHAT, temperature=0, max_retries=0)
    answer = chat.invoke(QUESTION)
    assert "Paris" in answer.content and answer.usage_metadata["input_tokens"] == 37, answer
    pieces = [piece.content for piece in chat.stream(QUESTION)]
    assert len(pieces) > 4 and "".join(pieces) == answer.content, pieces
    called = chat.bind_tools([Capital], tool_choice="required").invoke(QUESTION)
    assert called.tool_calls[0]["name"] == "Capital", called
    Capital(**called.tool_calls[0]["args"])
    for method in ("json_schema", "function_calling"):
        parsed = chat.with_structured_output(Capital, method=method).invoke(QUESTION)
        assert isinstance(parsed, Capital), parsed
    responses = ChatOpenAI(base_url=base_url, api_key="none", model=CHAT, temperature=0, use_responses_api=True, max_retries=0)
    assert "Paris" in str(responses.invoke(QUESTION).content)
    # its own counting of tokens knows OpenAI's models only
    embedder = OpenAIEmbeddings(base_url=base_url, api_key="none", model=EMBEDDER, check_embedding_ctx_length=False)
    check_vectors(embedder.embed_documents(TEXTS))


def litellm(base_url):
    import litellm

    where = {"api_base": base_url, "api_key": "none", "num_retries": 0}
    messages = [{"role": "user", "content": QUESTION}]
    answer = litellm.completion(model=f"openai/{CHAT}", messages=messages, temperature=0, **where)
    text = answer.choices[0].message.content
    assert "Paris" in text and answer.usage.prompt_tokens == 37, answer
    stream = litellm.completion(model=f"openai/{CHAT}", messages=messages, temperature=0, stream=True, **where)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(pieces) == text, pieces
    tool = {"type": "function", "function": {"name": "capital", "parameters": Capital.model_json_schema()}}
    called = litellm.completion(
        model=f"openai/{CHAT}", messages=messages, tools=[tool], tool_choice="required", temperature=0, **where
    )
    Capital.model_validate_json(called.choices[0].message.tool_calls[0].function.arguments)
    vectors = litellm.embedding(model=f"openai/{EMBEDDER}", input=TEXTS, encoding_format="float", **where)
    check_vectors([item["embedding"] for item in vectors.data])


def check_vectors(vectors):
    cat, kitten = vectors
    assert len(cat) == len(kitten) == 384
    near = sum(a * b for a, b in zip(cat, kitten, strict=True))
    assert abs(near - 0.660) < 0.005, near  # sentence-transformers says 0.660


if __name__ == "__main__":
    base_url, wanted = sys.argv[1:]
    {"langchain": langchain, "litellm": litellm}[wanted](base_url)
