"""The server of a study: joins the routes, the guard before them, and clear words for whatever is refused."""

from __future__ import annotations

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

from pixelfes.errors import PixelfesError
from pixelfes.study import organiser_routes, participant_routes
from pixelfes.study.guard import Guard
from pixelfes.study.limits import Limits, Rates
from pixelfes.study.organiser_routes import Memory
from pixelfes.study.parts import Running, TooMany
from pixelfes.study.store import Refusal, Store
from pixelfes.study.design import Study
from pixelfes.study.wording import texts_of
from pixelfes.version import __version__

_STATIC = {
    "study.css": "text/css",
    "results.css": "text/css",
    "start.js": "text/javascript",
    "take.js": "text/javascript",
    "zoom.js": "text/javascript",
    "results.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def create_app(study: Study, folder: Path, store: Store, rates: Rates | None = None) -> FastAPI:
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
    )
    limits = Limits(rates)
    app.state.running = Running(study, folder, texts_of(folder), store, limits)
    app.state.memory = Memory()
    app.include_router(participant_routes.router)
    app.include_router(organiser_routes.router)
    _add_static(app)
    _add_refusals(app)
    app.add_middleware(Guard, limits=limits)
    return app


def serve(app: FastAPI, host: str, port: int) -> None:
    """Run a server in this process until it is told to stop. Requests are not logged: they carry addresses."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )


def _add_static(app: FastAPI) -> None:
    contents = {name: (files("pixelfes") / "study" / "static" / name).read_bytes() for name in _STATIC}

    @app.get("/static/{name}", response_class=Response, responses={404: {"description": "No such file"}})
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
        headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooMany) else {}
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
    async def broken(_: Request, __: Exception) -> JSONResponse:
        return _said(503, "the answers cannot be reached now; nothing was saved", {"retry-after": "5"})


def _said(status: int, detail: str, headers: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"detail": detail.encode("utf-8", "replace").decode()}, status, headers)
