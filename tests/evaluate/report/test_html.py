from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image

from pixelfes import FaceDetector, Pair
from pixelfes.evaluate.report.html import list_sections, parts_of, seen_before, warnings_of, write_report
from pixelfes.evaluate.report.picture_sheets import check_folder, portrait_path
from pixelfes.evaluate.report.result_tables import fairness_table, smile_tables
from pixelfes.evaluate.run.comparison import Comparison, run_comparison
from pixelfes.photos.provenance import PARTLY_SYNTHETIC
from pixelfes.reporting.tables import Number, Table
from tests.evaluate.small_comparison import small_candidates, small_setup
from tests.looks import AXE, WHY_NO_AXE, axe_violations, launched, overflowing


@pytest.fixture(scope="module")
def report(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory, portrait_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_report(comparison, folder, portrait_folder)
    return folder


@pytest.fixture(scope="module")
def portrait_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere")
    Image.open(portrait_path()).save(folder / "nobody.png")
    Image.new("RGB", (80, 80), "grey").save(folder / "wall.png")
    return folder


class Page(HTMLParser):
    """Collects what a page refers to, its text, and what its tables hold."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data", "action"):
                self.links.append(value or "")
            if name == "id":
                self.ids.add(value or "")


@pytest.fixture(scope="module")
def tables(comparison: Comparison) -> list[Table]:
    return [table for section in list_sections(comparison) for table in section.tables]


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    parser = Page()
    parser.feed((report / "index.html").read_text(encoding="utf-8"))
    return parser


def test_the_report_is_one_file_that_asks_for_nothing(report: Path, page: Page) -> None:
    assert all(link.startswith(("data:image/", "#")) for link in page.links)
    assert not {"script", "link", "iframe", "object", "base"} & set(page.tags)
    text = (report / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?:", re.sub(r"base64,[^\"]*", "", text))


def test_the_report_suits_the_dark_and_a_phone(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


@pytest.mark.parametrize("width", [320, 360, 1200, 2560])
def test_what_is_too_wide_scrolls_by_itself(report: Path, width: int) -> None:
    with launched() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto((report / "index.html").as_uri())
        assert overflowing(page) == []
        wide = page.evaluate(
            "() => [...document.querySelectorAll('.scroll')].map((e) => e.scrollWidth - e.clientWidth)"
        )
        assert (max(wide) > 0) == (width < 1200)  # at 1200 pixels every table of a small comparison fits
        unreachable = "table:not(.scroll[tabindex='0'][role='region'][aria-label] > table)"
        assert page.locator(unreachable).count() == 0


@pytest.mark.skipif(not AXE.exists(), reason=WHY_NO_AXE)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_report(report: Path, scheme: Literal["light", "dark"]) -> None:
    with launched() as browser:
        page = browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
        page.goto((report / "index.html").as_uri())
        assert axe_violations(page) == []


def test_every_link_within_leads_somewhere(page: Page) -> None:
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inner
    assert inner <= page.ids


def test_the_report_has_every_table_and_figure(report: Path, page: Page) -> None:
    tables = {path.stem for path in (report / "tables").glob("*.csv")}
    wanted = {
        "overall",
        "overall-open",
        "overall-closed",
        "judges",
        "control",
        "fairness",
        "cost",
        "parameters",
        "settings",
    }
    assert wanted <= tables == {path.stem for path in (report / "tables").glob("*.md")}
    assert {f"table-{name}" for name in tables} <= page.ids
    figures = {path.stem for path in (report / "figures").iterdir()}
    assert {
        "trade-off",
        "control",
        "maps",
        "model-size",
        "in-dataset",
        "mouths",
        "out-of-dataset",
        "portrait",
    } <= figures
    assert {f"figure-{name}" for name in figures} <= page.ids


def test_csv_agrees_with_markdown(tables: list[Table], report: Path) -> None:
    for table in tables:
        with (report / "tables" / f"{table.name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        shown = markdown_rows((report / "tables" / f"{table.name}.md").read_text(encoding="utf-8"))
        assert len(rows) == len(shown) == len(table.rows)
        for row, cells, own in zip(rows, shown, table.rows, strict=True):
            for name, text, cell in zip(table.columns, cells, own, strict=True):
                assert text == again(row, name, cell), f"{table.name}: {name}"


def markdown_rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in lines]


def again(row: dict[str, str], name: str, cell: str | Number) -> str:
    """What people should see, from what programs read."""
    if isinstance(cell, str):
        return row[name]
    value, low, high = (float(t) if (t := row.get(key)) else None for key in (name, f"{name}, low", f"{name}, high"))
    return Number(value, low, high, cell.digits, cell.percent).text


def test_the_judges_figures_stand_beside_every_use(report: Path) -> None:
    for name in ("overall", "control", "fairness"):
        text = (report / "tables" / f"{name}.md").read_text(encoding="utf-8")
        assert "The judge of expression on real photos of people it has not seen:" in text


def test_pictures_are_marked_as_made_by_software(report: Path) -> None:
    for name in ("in-dataset", "mouths", "out-of-dataset", "portrait"):
        assert PARTLY_SYNTHETIC.encode() in (report / "figures" / f"{name}.jpg").read_bytes()


def test_what_could_not_be_used_is_listed(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    assert "nobody: no face was found in the input photo" in text
    assert "wall.png: " in text


def test_groups_are_counted(comparison: Comparison) -> None:
    table = fairness_table(comparison)
    own = [row for row in table.rows if row[0] == "Pixel-RR, mesh" and row[1] == "ethnicity"]
    assert [(row[2], row[3].value) for row in own] == [  # type: ignore[union-attr]
        ("east_asian", 1),
        ("white", 2),
        ("not stated", 3),
    ]
    assert [len(split.rows) for split in smile_tables(comparison)] == [5, 5]


def test_a_quick_look_says_what_it_leaves_out(
    comparison: Comparison, drawn: list[Pair], detector: FaceDetector, results: Path
) -> None:
    setup = small_setup(results, detector, judged_folds=1)
    result = run_comparison(drawn, small_candidates(["copy"]), setup, detector, extent="quick")
    assert len(result.real) == 3
    assert "1 of 2 folds were done" in warnings_of(result)[0]


def test_a_model_that_may_have_seen_these_people() -> None:
    assert "most likely seen these people" in seen_before("smile", "london")
    assert "is not known" in seen_before("smile", "faces")


def test_a_folder_of_faces_must_hold_photos(tmp_path: Path) -> None:
    from pixelfes.errors import InputError

    with pytest.raises(InputError, match="must be a folder with photos"):
        check_folder(tmp_path)


def test_a_long_table_is_in_parts_by_candidate(comparison: Comparison, tables: list[Table]) -> None:
    by_name = {table.name: table for table in tables}
    assert [part.summary for part in parts_of(by_name["overall"])] == [""]
    parts = parts_of(by_name["fairness"])
    assert [part.summary for part in parts] == [c.name for c in comparison.of("comparison")]
    assert [part.summary for part in parts if part.shown] == ["Pixel-RR, mesh"]
