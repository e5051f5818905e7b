"""The terminal of `make run` as a picture."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 112
_HERE = Path(__file__).parents[2]
_SECRET = re.compile(r"bw_demo_\w+")
# Rich names fonts on somebody else's server; the reader's own will do.
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw_terminal(printed: str, file: Path) -> None:
    """Write what a terminal shows as SVG. Keys are left out: they are secrets, if only of a demo."""
    console = Console(record=True, width=COLUMNS, file=StringIO())
    told = _SECRET.sub("bw_demo_…", printed).replace(str(_HERE), "/srv/bellwether")
    console.print(Text("$ make run ARGS=--prometheus\n" + told.rstrip()))
    svg = console.export_svg(title="Bellwether", unique_id="bellwether")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_FONTS.sub("", svg), encoding="utf-8")
