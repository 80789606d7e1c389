"""What a study needs beside pixelfes itself: the packages of the extra ``study``, found missing at the beginning."""

from __future__ import annotations

from typing import Any

from pixelfes.extras import extra_module

_PACKAGES = {
    "alembic": "Alembic",
    "fastapi": "FastAPI",
    "jinja2": "Jinja2",
    "psycopg": "psycopg",
    "sqlalchemy": "SQLAlchemy",
    "uvicorn": "uvicorn",
}


def study_module(name: str) -> Any:
    """Import a module of the extra ``study``.

    Raises
    ------
    MissingDependencyError
        Where it is not installed; names the package and the extra.
    """
    return extra_module(name, _PACKAGES.get(name, name), "study", "a study")
