"""What the organiser sees: the results as they come in, behind a token of its own."""

from __future__ import annotations

import secrets
import threading
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from pixelfes.reporting.bootstrap import DRAWS
from pixelfes.study.answers.store import Answer, Participant, Refusal
from pixelfes.study.design.study import hash_token
from pixelfes.study.results.analysis import analyse
from pixelfes.study.results.bar_chart import bar_chart
from pixelfes.study.results.report import html_fragment, html_report, markdown_report
from pixelfes.study.results.result_tables import answers_csv
from pixelfes.study.server.dependencies import Bearer, CurrentStudy, RunningStudy, TooManyRequests, client_key, refusals

router = APIRouter()

_NO_CHART = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
_DRAWS = 1000  # fewer than in a written report: the page is asked every few seconds


class ReportFormat(StrEnum):
    """What results are told as."""

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


def organiser(request: Request, running: CurrentStudy, bearer: Bearer) -> None:
    """Let only the organiser pass.

    Raises
    ------
    Refusal
        401 where the token is not theirs; 429 after several such.
    """
    given = hash_token(bearer.credentials if bearer else "")
    if secrets.compare_digest(given, running.study.organiser):
        return
    if wait := running.limits.wrong_organisers.wait(client_key(request, running)):
        raise TooManyRequests(wait)
    raise Refusal(401, "this is not the organiser's token")


class ReportCache:
    """The last results told in each form, and the answers they were told of: nothing is worked out twice."""

    def __init__(self) -> None:
        self._told: dict[ReportFormat, tuple[tuple[int, int], str]] = {}
        self._lock = threading.Lock()

    def tell(self, running: RunningStudy, form: ReportFormat) -> str:
        """Return the results in a form."""
        with self._lock:
            people, answers = running.store.read_answers()
            state = len(people), len(answers)
            if form not in self._told or self._told[form][0] != state:
                text = _tell(running, form, people, answers)
                self._told[form] = state, text
            return self._told[form][1]


def _tell(running: RunningStudy, form: ReportFormat, people: list[Participant], answers: list[Answer]) -> str:
    if form == ReportFormat.CSV:
        return answers_csv(answers)
    draws = _DRAWS if form == ReportFormat.PAGE else DRAWS
    results = analyse(running.study, people, answers, simulated=running.store.simulated, draws=draws)
    if form == ReportFormat.CHART:
        return bar_chart(results.questions, alone=True) or _NO_CHART
    tell = {ReportFormat.PAGE: html_fragment, ReportFormat.MARKDOWN: markdown_report, ReportFormat.HTML: html_report}[
        form
    ]
    return tell(running.study, running.texts, results)


@router.get("/results", response_class=HTMLResponse)
def results_page(running: CurrentStudy) -> HTMLResponse:
    """Return the organiser's page; it asks for the token, and holds no results itself."""
    return HTMLResponse(running.pages.get_template("results.html.jinja").render(title=running.study.title))


@router.get(
    "/api/results/{form}",
    response_class=Response,
    responses=refusals(_401="Not the organiser's token"),
)
def results(
    form: ReportFormat, request: Request, running: CurrentStudy, _: Annotated[None, Depends(organiser)]
) -> Response:
    """Return the results as they are now."""
    memory: ReportCache = request.app.state.memory
    return Response(memory.tell(running, form), media_type=_MEDIA_TYPES[form])
