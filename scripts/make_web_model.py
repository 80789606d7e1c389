"""Write the files that the page in ``web/`` reads: the shipped model, the facial actions, and what judges faces.

``make web`` runs it first.

python scripts/make_web_model.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pixelfes.export.web.actions import web_actions
from pixelfes.export.web.model import web_model
from pixelfes.export.web.trust import web_trust
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model

DEFAULT = Path(__file__).parents[1] / "web"

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    files = {"model": web_model(load_expression_model("smile")), "actions": web_actions(), "trust": web_trust()}
    for name, data in files.items():
        path = folder / f"{name}.safetensors"
        write_file(path, data)
        print(f"{path}: {len(data)} bytes")
