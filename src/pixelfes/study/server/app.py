"""The server of a study: the ASGI application with its routes and error replies, and the process that serves it."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from pixelfes.study.page_files import static_file
from pixelfes.study.server import organiser_routes, participant_routes
from pixelfes.study.server.dependencies import REFUSALS_OF_ALL_ROUTES, RunningStudy, TooManyRequests, refusals
from pixelfes.study.server.organiser_routes import ReportCache
from pixelfes.study.server.rate_limits import RateLimiter, RateLimits
from pixelfes.study.server.security_middleware import SecurityMiddleware
from pixelfes.version import __version__

_LOG = logging.getLogger("pixelfes.study")
_BACKLOG = 2048
_STATIC_TYPES = {
    "tokens.css": "text/css",
    "report.css": "text/css",
    "study.css": "text/css",
    "results.css": "text/css",
    "chart.css": "text/css",
    "ask.js": "text/javascript",
    "start.js": "text/javascript",
    "take.js": "text/javascript",
    "layout.js": "text/javascript",
    "zoom.js": "text/javascript",
    "results.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    "glass.svg": "image/svg+xml",
}


def create_app(study: Study, folder: Path, store: AnswerStore, limits: RateLimits | None = None) -> FastAPI:
    """Return the ASGI application of a study. It closes the store when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(
        title=f"pixelfes study: {study.title}",
        version=__version__,
        docs_url=None,  # the documentation pages load scripts from other sites
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
        responses=REFUSALS_OF_ALL_ROUTES,
    )
    limiter = RateLimiter(limits)
    app.state.running = RunningStudy(study, folder, read_study_texts(folder, study.questions), store, limiter)
    app.state.reports = ReportCache()
    app.include_router(participant_routes.router)
    app.include_router(organiser_routes.router)
    _add_static_files(app)
    _add_health_check(app)
    _add_error_replies(app)
    app.add_middleware(SecurityMiddleware, limiter=limiter)
    return app


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket of a server. At port 0 the system chooses a free port.

    Raises
    ------
    InputError
        If the address does not exist, or the port is in use.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        reason = reason.partition(" (while attempting")[0]  # Python adds the address, which the sentence already names
        raise InputError(f"the study cannot be served at {host}, port {port}: {reason}") from error


def url_of(listening: socket.socket) -> str:
    """Return the URL of the first page of a server."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def uvicorn_server(app: FastAPI) -> uvicorn.Server:
    """Return a server for an application. It logs no requests, because they contain addresses."""
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
    """Run a server in this process until it is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after it has stopped
        uvicorn_server(app).run(sockets=[listening])


def _add_static_files(app: FastAPI) -> None:
    contents = {name: static_file(name) for name in _STATIC_TYPES}

    @app.get("/static/{name}", response_class=Response, responses=refusals(_404="No such file"))
    def static(name: str) -> Response:
        """Return a style sheet, a script or an icon of the pages."""
        if name not in contents:
            raise Refusal(404, "there is no such file")
        return Response(contents[name], media_type=_STATIC_TYPES[name], headers={"cache-control": "no-cache"})


def _add_health_check(app: FastAPI) -> None:
    @app.get("/api/health")
    def health() -> dict[str, bool]:
        """Return whether the server runs."""
        return {"ok": True}


def _add_error_replies(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(_: Request, error: Refusal) -> JSONResponse:
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}
        if error.status == 401:
            headers["www-authenticate"] = "Bearer"
        return _error_reply(error.status, str(error), headers)

    @app.exception_handler(HTTPException)
    async def no_route(_: Request, error: HTTPException) -> JSONResponse:
        return _error_reply(error.status_code, str(error.detail).lower(), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def not_valid(_: Request, error: RequestValidationError) -> JSONResponse:
        # The reply names the field, and does not repeat the value: it may be anything.
        first = error.errors()[0]
        field = ".".join(str(key) for key in first["loc"][1:] if str(key).isidentifier()) or "the request"
        return _error_reply(422, f"{field} is not valid: {first['msg'].lower()}", {})

    @app.exception_handler(PixelfesError)
    @app.exception_handler(SQLAlchemyError)
    async def database_failed(_: Request, error: Exception) -> JSONResponse:
        _LOG.error("the database of answers is unavailable: %s", error)
        return _error_reply(503, "the database is unavailable; nothing was saved", {"retry-after": "5"})


def _error_reply(status: int, detail: str, headers: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"detail": detail.encode("utf-8", "replace").decode()}, status, headers)
