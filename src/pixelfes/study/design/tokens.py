"""Secret tokens of participants and organisers. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """Return a random token of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the SHA-256 hash of a token, as 64 hexadecimal digits.

    A plain hash is enough, because tokens are 256 random bits.
    """
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
