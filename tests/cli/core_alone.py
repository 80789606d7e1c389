"""Run every command without the packages of the extras: one sentence names the extra, and nothing is a traceback.

Usage, in an environment that has the package and no extra: ``python tests/cli/core_alone.py``.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

NEEDS = {
    "apply portrait.jpg": "photo",
    "apply pairs": "photo",
    "apply - -o out.png": "photo",
    "apply portrait.jpg --expression sad": "photo",
    "apply clip.mp4": "photo",
    "live --camera clip.mp4": "photo",
    "expressions": "photo",
    "expressions --sheet portrait.jpg": "photo",
    "fit pairs -o m.safetensors": "photo",
    "fit pairs -o m.safetensors --workers 1": "photo",
    "fit pairs -o m.safetensors --method stargan --steps 1": "gan",
    "evaluate pairs -o report": "judge",
    "reproduce --people 5 -o paper": "photo",
    "export --to onnx -o smile.onnx": "photo",
    "export --to c -o smile.c": "photo",
    "faces portrait.jpg": "photo",
    "faces portrait.jpg -o seen.png": "photo",
    "info": "photo",
    "people -n 1 -o people": "photo",
    "web --port 0 -m smile": "photo|the page",  # without a built page, that is said first
    "study new -o mine --inputs pairs/neutral -m a=smile -m b=smile": "photo",
    "study serve made --port 0": "study",
    "study results made": "study",
    "study simulate made --strength a=1 --strength b=1": "study",
}
"""Command lines, and the extra that each asks for."""
WORK = (
    "study new -o made --inputs pairs/neutral --candidate a=pairs/smile --candidate b=pairs/neutral",
    "study token made",
    "--version",
    "--show-completion bash",
)
"""Command lines that need no extra."""
SECONDS = 120


def make_inputs(folder: Path) -> None:
    """Put the shipped portrait into a folder, as a photo and as a pair."""
    portrait = Path(str(files("pixelfes") / "assets" / "portrait.jpg"))
    for name in ("portrait.jpg", "pairs/neutral/a.jpg", "pairs/smile/a.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(portrait, folder / name)


def run(line: str, folder: Path, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command line of the program in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "pixelfes", *shlex.split(line)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def problem_of(line: str, extra: str, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Return what is wrong with how a command asks for an extra; nothing if it does so in one sentence."""
    done = run(line, folder, environment)
    is_sentence = re.fullmatch(rf"pixelfes: [^\n]*({_asked(extra)})[^\n]*\n", done.stderr)
    return "" if done.returncode == 1 and is_sentence and not done.stdout else f"{line}: {done}"


def _asked(extra: str) -> str:
    """Return the pattern of the words that name an extra, or of the other words that are right."""
    first, *others = extra.split("|")
    return "|".join([rf'pip install "pixelfes\[({first}|{first},photo)\]"', *others])


def main() -> int:
    """Run every command here, print what is wrong, and return the exit status."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_inputs(folder)
        wrong = [f"{line}: {done}" for line in WORK if (done := run(line, folder)).returncode]
        wrong += [problem for line, extra in NEEDS.items() if (problem := problem_of(line, extra, folder))]
    sys.stdout.write("\n".join(wrong) or f"{len(NEEDS) + len(WORK)} commands without extras: one sentence each\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
