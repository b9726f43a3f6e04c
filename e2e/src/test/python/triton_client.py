"""Checks the Open Inference Protocol with Triton's own client: python triton_client.py HOST:PORT."""

import sys

import numpy as np
import tritonclient.grpc as triton

MODEL = "all-minilm-l6-v2"
TEXTS = ["A cat sits on the mat", "A kitten rests on a rug", "Shares fell by two per cent"]


def main(address):
    client = triton.InferenceServerClient(address)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL)
    assert not client.is_model_ready("gone")
    assert client.get_server_metadata().name == "weft"
    metadata = client.get_model_metadata(MODEL)
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.inputs] == [("text", "BYTES", [-1])]
    assert [(t.name, t.datatype, list(t.shape)) for t in metadata.outputs] == [
        ("embedding", "FP32", [-1, 384])
    ]

    text = triton.InferInput("text", [len(TEXTS)], "BYTES")
    text.set_data_from_numpy(np.array([t.encode() for t in TEXTS], dtype=np.object_))
    result = client.infer(MODEL, [text], outputs=[triton.InferRequestedOutput("embedding")])
    vectors = result.as_numpy("embedding")
    assert vectors.shape == (3, 384) and vectors.dtype == np.float32, vectors.shape
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > far + 0.2, (near, far)

    try:
        client.infer("gone", [text])
        raise AssertionError("a model that is not there answered")
    except triton.InferenceServerException as e:
        assert e.status() == "StatusCode.NOT_FOUND", e


main(sys.argv[1])
