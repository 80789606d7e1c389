"""The chunks of a PNG file: those that say what its colours mean, and how to put chunks into another file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TypeAlias

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_CHUNKS = (b"cHRM", b"cICP", b"gAMA", b"sRGB")
_LONGEST_COLOUR_CHUNK = 64
_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"IEND")

Chunk: TypeAlias = tuple[bytes, bytes]
"""The type and the content of a chunk."""


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a PNG file up to the first one that is cut short; none of another file."""
    at = len(SIGNATURE) if data.startswith(SIGNATURE) else len(data)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if at + 12 + length > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def colour_chunks(data: bytes) -> tuple[Chunk, ...]:
    """Return the chunks of a PNG file that say what its colours mean, beside its profile."""
    found = {}
    for kind, content in read_chunks(data):
        if kind == b"IDAT":
            break
        if kind in COLOUR_CHUNKS and len(content) <= _LONGEST_COLOUR_CHUNK:
            found[kind] = content
    return tuple(found.items())


def with_chunks_of(pixels: bytes, other: bytes) -> bytes:
    """Return a PNG file with the pixels of one file, and all else of another one."""
    first, *rest = (chunk for chunk in read_chunks(pixels) if chunk[0] in _PIXELS)
    facts = [chunk for chunk in read_chunks(other) if chunk[0] not in _PIXELS]
    return SIGNATURE + b"".join(map(_packed, _ordered(first, facts, rest)))


def _ordered(first: Chunk, facts: list[Chunk], rest: list[Chunk]) -> Iterable[Chunk]:
    yield first
    yield from facts
    yield from rest


def _packed(chunk: Chunk) -> bytes:
    kind, content = chunk
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
