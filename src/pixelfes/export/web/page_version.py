"""The version of the built page: a mark in its HTML, which names it, and the hashes of the files that belong to it.

The page asks for a file together with its hash, and keeps files by it, so that code and model always come from one version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

__all__ = ["PAGE_MODEL_NAME", "page_build", "with_model"]

PAGE_MODEL_NAME = "model.safetensors"
MARK = re.compile(rb'<meta name="pixelfes-build" content="(\w+)"')
MARKED = ("index.html", "benchmark.html", "sw.js")


def page_build(files: Mapping[str, bytes]) -> str | None:
    """Return the name of a page's version, or None if the files are no page of pixelfes."""
    found = MARK.search(files.get("index.html", b""))
    return found[1].decode() if found else None


def with_model(files: Mapping[str, bytes], model: bytes) -> dict[str, bytes]:
    """Return the files of the page with another model, as a version of its own.

    Browsers that keep the page offline then take the model as they take any new version: with all that belongs to it.
    """
    old = _hash(files[PAGE_MODEL_NAME])
    new = _hash(model)
    build = page_build(files)
    changed = {**files, PAGE_MODEL_NAME: model}
    if build is None or old == new:
        return changed
    for name in MARKED:
        changed[name] = files[name].replace(build.encode(), _hash(f"{build} {new}".encode()).encode())
        changed[name] = changed[name].replace(old.encode(), new.encode())
        for ending in (".br", ".gz"):
            changed.pop(name + ending, None)
    return changed


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]  # as hashOf in web/vite.config.ts
