"""What stands before every request: limits on rate and size, no writes from other sites, and strict headers on every reply."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from pixelfes.study.server.rate_limits import RateLimiter

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 4096
_SECONDS_FOR_A_BODY = 10
_SAFE = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityMiddleware:
    """ASGI middleware.

    There are no cookies: whoever writes says who they are in a header that no other site can make a browser send. That a
    write is JSON and does not come from another site is checked all the same.
    """

    def __init__(self, app: App, limits: RateLimiter) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = _with_headers(scope, send)
        client = scope.get("client")
        wait = self._limits.requests.wait(self._limits.client_key(client[0] if client else None))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if wait:
            await _refuse(guarded, 429, "too many requests", math.ceil(wait))
        elif (refusal := _refusal(scope["method"], headers)) is not None:
            await _refuse(guarded, *refusal)
        elif scope["method"] in _SAFE:
            await self._app(scope, receive, guarded)
        else:
            body = await _body(receive)
            if isinstance(body, bytes):
                await self._app(scope, _given(body, receive), guarded)
            else:
                await _refuse(guarded, *body)


def _refusal(method: str, headers: dict[str, str]) -> tuple[int, str] | None:
    """Return why a request is refused by its head alone."""
    if method in _SAFE:
        return None
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "this request comes from another site"
    if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return 415, "what is sent must be application/json"
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY:
        return 413, f"what is sent must have at most {MAX_BODY} bytes"
    return None


async def _body(receive: Receive) -> bytes | tuple[int, str]:
    """Read a body to its end; or return why it is refused."""
    body: bytes = b""
    try:
        async with asyncio.timeout(_SECONDS_FOR_A_BODY):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return 400, "the request has ended early"
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    return 413, f"what is sent must have at most {MAX_BODY} bytes"
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        return 408, f"what is sent must arrive within {_SECONDS_FOR_A_BODY} seconds"


def _given(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already, and then whatever comes."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def _with_headers(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message.get("headers", [])}
            added = dict(HEADERS)
            if b"cache-control" not in there:
                added["cache-control"] = "no-store"
            if scope.get("scheme") == "https":
                added["strict-transport-security"] = "max-age=31536000"
            message["headers"] = [
                *message.get("headers", []),
                *((name.encode(), value.encode()) for name, value in added.items() if name.encode() not in there),
            ]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, detail: str, retry_after: int | None = None) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
