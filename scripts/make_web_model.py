"""Write the shipped model as the file that the page in ``web/`` reads; ``make web`` runs it before it builds the page.

python scripts/make_web_model.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

from pixelfes.export.web.model import web_model
from pixelfes.file_writing import write_file
from pixelfes.loading import load_expression_model

DEFAULT = Path(__file__).parents[1] / "web" / "model.safetensors"

if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    write_file(path, web_model(load_expression_model("smile")))
    print(f"{path}: {path.stat().st_size} bytes")
