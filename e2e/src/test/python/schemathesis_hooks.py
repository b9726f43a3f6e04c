"""Keeps generated requests cheap and close to what is served: loaded models, few tokens, few sequences."""

import os

import schemathesis

MODELS = os.environ["WEFT_TEST_MODELS"].split(",")


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict):
        if isinstance(body.get("model"), str):
            # About one in four stays what it is: the routes of models that are not there are routes too.
            if len(body["model"]) % 4 != 3:
                body["model"] = MODELS[len(body["model"]) % len(MODELS)]
        for name, most in (("max_tokens", 8), ("max_completion_tokens", 8), ("max_output_tokens", 8), ("n", 2), ("best_of", 2), ("num_beams", 2), ("min_tokens", 4)):
            if isinstance(body.get(name), int) and not isinstance(body[name], bool) and body[name] > most:
                body[name] = most
        if "messages" in body and "max_tokens" not in body and "max_completion_tokens" not in body:
            body["max_tokens"] = 4
        if context.operation.path == "/v1/responses" and not isinstance(body.get("max_output_tokens"), int):
            body["max_output_tokens"] = 4
    return body
