"""The server of a study: joins the routes, the guard before them, and clear words for whatever is refused."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from pixelfes.errors import InputError, PixelfesError
from pixelfes.study.answers.store import AnswerStore, Refusal
from pixelfes.study.design.study import Study
from pixelfes.study.design.wording import read_study_texts
from pixelfes.study.server import organiser_routes, participant_routes
from pixelfes.study.server.dependencies import ANY_REQUEST, RunningStudy, TooManyRequests, refusals
from pixelfes.study.server.organiser_routes import ReportCache
from pixelfes.study.server.rate_limits import RateLimiter, RateLimits
from pixelfes.study.server.security_middleware import SecurityMiddleware
from pixelfes.version import __version__

_LOG = logging.getLogger("pixelfes.study")
_BACKLOG = 2048
_STATIC = {
    "study.css": "text/css",
    "results.css": "text/css",
    "ask.js": "text/javascript",
    "start.js": "text/javascript",
    "take.js": "text/javascript",
    "zoom.js": "text/javascript",
    "results.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "glass.svg": "image/svg+xml",
}


def create_app(study: Study, folder: Path, store: AnswerStore, rates: RateLimits | None = None) -> FastAPI:
    """Return the server of a study as an ASGI application; it closes the store when it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title=f"pixelfes study: {study.title}",
        version=__version__,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
        responses=ANY_REQUEST,
    )
    limits = RateLimiter(rates)
    app.state.running = RunningStudy(study, folder, read_study_texts(folder), store, limits)
    app.state.memory = ReportCache()
    app.include_router(participant_routes.router)
    app.include_router(organiser_routes.router)
    _add_static(app)
    _add_refusals(app)
    app.add_middleware(SecurityMiddleware, limits=limits)
    return app


def listen(host: str, port: int) -> socket.socket:
    """Open the socket of a server; at port 0 the system chooses one.

    Raises
    ------
    InputError
        Where there is no such address, or somebody listens there already.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        reason = reason.partition(" (while attempting")[0]  # to bind on the address, which the sentence has already
        raise InputError(f"the study cannot be served at {host}, port {port}: {reason}") from error


def url_of(listening: socket.socket) -> str:
    """Return the address of a server's first page, as a browser takes it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def server_of(app: FastAPI) -> uvicorn.Server:
    """Return a server that logs no requests: they carry addresses."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        backlog=_BACKLOG,
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Run a server in this process until it is told to stop."""
    with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again when it has stopped
        server_of(app).run(sockets=[listening])


def _add_static(app: FastAPI) -> None:
    contents = {name: (files("pixelfes") / "study" / "static" / name).read_bytes() for name in _STATIC}

    @app.get("/static/{name}", response_class=Response, responses=refusals(_404="No such file"))
    def static(name: str) -> Response:
        """Return a style sheet or a script of the pages."""
        if name not in contents:
            raise Refusal(404, "there is no such file")
        return Response(contents[name], media_type=_STATIC[name], headers={"cache-control": "no-cache"})

    @app.get("/api/health")
    def health() -> dict[str, bool]:
        """Say that the server is there."""
        return {"ok": True}


def _add_refusals(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}
        if error.status == 401:
            headers["www-authenticate"] = "Bearer"
        return _said(error.status, str(error), headers)

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: HTTPException) -> JSONResponse:
        return _said(error.status_code, str(error.detail).lower(), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
        # What was sent is not repeated: it may hold anything.
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:] if str(part).isidentifier()) or "the request"
        return _said(422, f"{where} is not valid: {first['msg'].lower()}", {})

    @app.exception_handler(PixelfesError)
    @app.exception_handler(SQLAlchemyError)
    async def broken(_: Request, error: Exception) -> JSONResponse:
        _LOG.error("the answers cannot be reached: %s", error)
        return _said(503, "the answers cannot be reached now; nothing was saved", {"retry-after": "5"})


def _said(status: int, detail: str, headers: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"detail": detail.encode("utf-8", "replace").decode()}, status, headers)
