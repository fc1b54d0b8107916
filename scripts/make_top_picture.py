"""Draw docs/pictures/top.svg: the screen of `docmill top` of the platform that runs on this machine, with work to do.

Say `docmill submit out/pile     docmill submit out/pile & python scripts/make_top_picture.py python scripts/make_top_picture.py`.
"""

import asyncio
import re
from io import StringIO
from pathlib import Path

from rich.console import Console

from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.options import settings_of
from docmill.entrypoints.cli.screen import screen
from docmill.entrypoints.cli.top import looks
from docmill.entrypoints.cli.watched import Look

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "top.svg"
PAUSE_S = 2.0


async def look_once() -> Look:
    settings = settings_of(None)
    async with administered(None) as platform:
        return await anext(looks(platform, settings, PAUSE_S))


def main() -> None:
    console = Console(record=True, width=100, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(screen(asyncio.run(look_once()), rows=34))
    drawn = console.export_svg(title="docmill top", unique_id="top")
    # Nothing of it is to be fetched from somewhere else.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
