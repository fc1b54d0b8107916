"""Write docs/pictures/result.png anew: an invoice of the example pile, as `docmill draw` shows it."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "pictures" / "result.png"
DOCUMENT = "invoice_de_window.pdf"
DPI = 110
COLOURS = 96
"""Text and flat colours: no more are seen, and the file is a third of the size."""
SIZE_BYTES_MAX = 200_000


def main() -> int:
    """Return the exit status: 1 when the picture is too large for a repository."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as name:
        drawn = _drawn(Path(name))
        picture = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        picture.save(TARGET, "PNG", optimize=True)
    size_bytes = TARGET.stat().st_size
    print(f"{TARGET.relative_to(ROOT)}: {DOCUMENT}, {size_bytes:,} bytes")
    return 0 if size_bytes <= SIZE_BYTES_MAX else 1


def _drawn(folder: Path) -> Path:
    # The checkout, which a script does not have on its path, is where the pile is imported from.
    sys.path.insert(0, str(ROOT))
    from examples.piles.manifest import make_pile

    document = folder / DOCUMENT
    document.write_bytes(next(data for name, data, _ in make_pile() if name == DOCUMENT))
    command = [sys.executable, "-m", "docmill.entrypoints.cli", "draw", str(document), "--pages", "1"]
    done = subprocess.run([*command, "--dpi", str(DPI)], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


if __name__ == "__main__":
    raise SystemExit(main())
