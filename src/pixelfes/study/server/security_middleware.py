"""Middleware for every request: limits of rate and size, no writes from other sites, and security headers on replies."""

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
_BODY_SECONDS = 10
_READING_METHODS = {"GET", "HEAD", "OPTIONS"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class SecurityMiddleware:
    """ASGI middleware that refuses unsafe requests and adds security headers to replies.

    There are no cookies. A request names its sender in a header that no other site can make a browser send. The
    middleware still requires that a write is JSON and comes from the same site.
    """

    def __init__(self, app: App, limiter: RateLimiter) -> None:
        self._app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _with_headers(scope, send)
        client = scope.get("client")
        wait = self._limiter.requests.take(self._limiter.client_key(client[0] if client else None))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if wait:
            await _refuse(send, 429, "too many requests", math.ceil(wait))
        elif (refusal := _refusal(scope["method"], headers)) is not None:
            await _refuse(send, *refusal)
        elif scope["method"] in _READING_METHODS:
            await self._app(scope, receive, send)
        else:
            body = await _read_body(receive)
            if isinstance(body, bytes):
                await self._app(scope, _replay(body, receive), send)
            else:
                await _refuse(send, *body)


def _refusal(method: str, headers: dict[str, str]) -> tuple[int, str] | None:
    """Return status and reason if the method and the headers alone forbid a request."""
    if method in _READING_METHODS:
        return None
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return 403, "this request comes from another site"
    if method == "POST" and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return 415, "the body must be application/json"
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY:
        return 413, f"the body must have at most {MAX_BODY} bytes"
    return None


async def _read_body(receive: Receive) -> bytes | tuple[int, str]:
    """Return the whole body, or status and reason if it is refused."""
    body: bytes = b""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return 400, "the request ended early"
                body += message.get("body", b"")
                if len(body) > MAX_BODY:
                    return 413, f"the body must have at most {MAX_BODY} bytes"
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        return 408, f"the body must arrive within {_BODY_SECONDS} seconds"


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that first gives a body that was already read, and then what follows it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _with_headers(scope: Scope, send: Send) -> Send:
    """Return a sender that adds the security headers to a reply unless it has them."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", [])}
            added = dict(_HEADERS)
            if b"cache-control" not in present:
                added["cache-control"] = "no-store"
            if scope.get("scheme") == "https":
                added["strict-transport-security"] = "max-age=31536000"
            message["headers"] = [
                *message.get("headers", []),
                *((name.encode(), value.encode()) for name, value in added.items() if name.encode() not in present),
            ]
        await send(message)

    return send_with_headers


async def _refuse(send: Send, status: int, detail: str, retry_after: int | None = None) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
