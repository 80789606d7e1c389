"""Routes of the organiser: the results so far, in several formats, for the organiser's token."""

from __future__ import annotations

import secrets
import threading
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from pixelfes.reporting.bootstrap import DRAWS
from pixelfes.study.answers.store import Answer, Participant, Refusal
from pixelfes.study.design.tokens import hash_token
from pixelfes.study.results.analysis import analyse
from pixelfes.study.results.bar_chart import bar_chart
from pixelfes.study.results.report import html_fragment, html_report, markdown_report
from pixelfes.study.results.result_tables import answers_csv
from pixelfes.study.server.dependencies import (
    Bearer,
    CurrentStudy,
    RunningStudy,
    check_rate,
    client_key,
    refusals,
)

router = APIRouter()

_EMPTY_CHART = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
_PAGE_DRAWS = 1000  # fewer than in a report, because the page is loaded every few seconds


class ReportFormat(StrEnum):
    """The formats of the results."""

    PAGE = "page"
    CSV = "answers.csv"
    MARKDOWN = "report.md"
    HTML = "report.html"
    CHART = "chart.svg"


_MEDIA_TYPES = {
    ReportFormat.PAGE: "text/html",
    ReportFormat.CSV: "text/csv",
    ReportFormat.MARKDOWN: "text/markdown",
    ReportFormat.HTML: "text/html",
    ReportFormat.CHART: "image/svg+xml",
}
_RENDERERS = {
    ReportFormat.PAGE: html_fragment,
    ReportFormat.MARKDOWN: markdown_report,
    ReportFormat.HTML: html_report,
}


def require_organiser(request: Request, running: CurrentStudy, bearer: Bearer) -> None:
    """Refuse a request without the organiser's token.

    Raises
    ------
    Refusal
        401 if the token is wrong, 429 after several wrong tokens.
    """
    hashed = hash_token(bearer.credentials if bearer else "")
    if secrets.compare_digest(hashed, running.study.organiser):
        return
    check_rate(running.limiter.wrong_organisers, client_key(request, running))
    raise Refusal(401, "this is not the organiser's token")


class ReportCache:
    """The latest results in each format. They are computed again only after new answers."""

    def __init__(self) -> None:
        self._texts: dict[ReportFormat, tuple[tuple[int, int], str]] = {}
        self._lock = threading.Lock()

    def render(self, running: RunningStudy, form: ReportFormat) -> str:
        """Return the results in a format."""
        with self._lock:
            participants, answers = running.store.read_answers()
            counts = len(participants), len(answers)
            if form not in self._texts or self._texts[form][0] != counts:
                self._texts[form] = counts, _render(running, form, participants, answers)
            return self._texts[form][1]


def _render(running: RunningStudy, form: ReportFormat, participants: list[Participant], answers: list[Answer]) -> str:
    if form == ReportFormat.CSV:
        return answers_csv(answers)
    draws = _PAGE_DRAWS if form == ReportFormat.PAGE else DRAWS
    results = analyse(running.study, participants, answers, simulated=running.store.simulated, draws=draws)
    if form == ReportFormat.CHART:
        return bar_chart(results.questions, standalone=True) or _EMPTY_CHART
    return _RENDERERS[form](running.study, running.texts, results)


@router.get("/results", response_class=HTMLResponse)
def results_page(running: CurrentStudy) -> HTMLResponse:
    """Return the organiser's page. It asks for the token, and contains no results."""
    return HTMLResponse(running.templates.get_template("results.html.jinja").render(title=running.study.title))


@router.get(
    "/api/results/{form}",
    response_class=Response,
    responses=refusals(_401="Wrong organiser's token"),
)
def results(
    form: ReportFormat, request: Request, running: CurrentStudy, _: Annotated[None, Depends(require_organiser)]
) -> Response:
    """Return the results so far."""
    reports: ReportCache = request.app.state.reports
    return Response(reports.render(running, form), media_type=_MEDIA_TYPES[form])
