from __future__ import annotations

import re
from pathlib import Path

import pytest

from pixelfes.reporting.style_sheets import REPORT, SCHEMES, TOKENS, Scheme, style_sheet, token_values, with_values

ROOT = Path(__file__).parents[2]
PAGE_STYLE = ROOT / "web" / "src" / "style.css"
STYLES = [
    *sorted((ROOT / "src" / "pixelfes" / "reporting").glob("*.css")),
    *sorted((ROOT / "src" / "pixelfes" / "study" / "static").glob("*.css")),
    ROOT / "src" / "pixelfes" / "evaluate" / "report" / "report.html.jinja",
]
TEXT_ON = [(text, ground) for text in ("ink", "soft", "good", "bad") for ground in ("page", "surface", "well")]
TEXT_ON += [
    ("accent", "page"),
    ("accent", "surface"),
    ("on-accent", "accent"),
    ("bad", "bad-well"),
    ("ink", "bad-well"),
]


def luminance(colour: str) -> float:
    levels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def blocks(style: str) -> tuple[dict[str, str], dict[str, str]]:
    """The tokens that a style sheet declares for the light theme, and for the dark one."""
    found = [
        dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    ]
    return (found[0] if found else {}), (found[1] if len(found) > 1 else {})


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_is_readable_in_both_themes(scheme: Scheme, text: str, ground: str) -> None:
    values = token_values(scheme)
    assert contrast(values[text], values[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_edge_of_a_field_can_be_seen(scheme: Scheme) -> None:
    values = token_values(scheme)
    assert min(contrast(values["edge"], values[ground]) for ground in ("page", "surface")) >= 3


def test_every_colour_has_a_value_for_the_dark_and_for_forced_colours() -> None:
    light, dark, forced = (
        dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", block))
        for block in re.findall(r":root \{(.*?)\}", style_sheet(TOKENS), re.S)
    )
    colours = {name for name, value in light.items() if value.startswith(("#", "rgb("))}
    assert colours == set(dark) == set(forced)


def test_the_page_shows_the_same_colours_and_sizes() -> None:
    """The page imports the tokens, or repeats them; none has another value there."""
    style = PAGE_STYLE.read_text(encoding="utf-8")
    imported = [(PAGE_STYLE.parent / name).resolve() for name in re.findall(r'@import "([^"]+)"', style)]
    shares = any(path.read_text(encoding="utf-8") == style_sheet(TOKENS) for path in imported)
    own_light, own_dark = blocks(style)
    for scheme, own in (("light", own_light), ("dark", own_light | own_dark)):
        shared = token_values("light" if scheme == "light" else "dark")
        repeated = {name: value for name, value in own.items() if name in shared}
        assert repeated == {name: shared[name] for name in repeated}
        assert shares or {"page", "surface", "well", "ink", "soft", "line", "accent", "on-accent"} <= set(repeated)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_no_style_sheet_but_the_tokens_has_colours_of_its_own(path: Path) -> None:
    """The exceptions stay the same in both themes: enlarged pictures are on black, and drawn plots on white."""
    rules = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith(("dialog", ".zoom"))]
    found = re.findall(r"#[0-9a-f]{3,6}\b|rgb\(", "\n".join(rules))
    assert path.name == TOKENS or set(found) <= {"#fff"}


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_token_that_is_used_exists(path: Path) -> None:
    style = path.read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", style))
    own = set(re.findall(r"--([a-z0-9-]+): ", style))
    assert used <= set(token_values("light")) | own | {"columns", "side", "ratio"}  # which layout.js and take.js set


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_nothing_moves_for_those_who_ask_for_less_motion(path: Path) -> None:
    moving = [
        line for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"transition|animation:", line)
    ]
    assert all("prefers-reduced-motion: no-preference" in line for line in moving)


def test_values_stand_in_for_tokens() -> None:
    assert "var(" not in with_values(style_sheet(REPORT), token_values("dark"))
