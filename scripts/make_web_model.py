"""Write the files that the page in ``web/`` reads: model, actions, what judges faces, examples; ``make web`` runs it first.

python scripts/make_web_model.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pixelfes.export.web.actions import web_actions
from pixelfes.export.web.examples import example_photos
from pixelfes.export.web.model import web_model
from pixelfes.export.web.trust import web_trust
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model

DEFAULT = Path(__file__).parents[1] / "web"

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    smile = load_expression_model("smile")
    files = {
        "model.safetensors": web_model(smile),
        "actions.safetensors": web_actions(),
        "trust.safetensors": web_trust(),
    }
    files |= {f"examples/{name}": data for name, data in example_photos(smile).items()}
    (folder / "examples").mkdir(exist_ok=True)
    for name, data in files.items():
        write_file(folder / name, data)
        print(f"{folder / name}: {len(data)} bytes")
