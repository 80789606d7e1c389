"""The templates and static files of pages and reports, which the server and the results share."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from pixelfes.extras import extra_module
from pixelfes.reporting.style_sheets import REPORT, TOKENS, style_sheet
from pixelfes.study.design.wording import fill


def template_environment() -> Any:
    """Return the Jinja environment of the templates. It escapes everything that templates fill in."""
    jinja = extra_module("study", "jinja2")
    environment = jinja.Environment(
        loader=jinja.PackageLoader("pixelfes.study"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja.StrictUndefined,
    )
    environment.filters["fill"] = fill
    return environment


def static_file(name: str) -> bytes:
    """Return the content of a style sheet, a script or an icon."""
    if name in (TOKENS, REPORT):
        return style_sheet(name).encode()
    return (files("pixelfes") / "study" / "static" / name).read_bytes()
