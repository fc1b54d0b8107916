"""Small files that ask for much: made on the spot, never kept. `python -m tests.bombs FOLDER` writes them."""

from tests.bombs import archives, markup, office, pdf, pictures
from tests.bombs.bomb import BOMBS, READ, Bomb

__all__ = ["BOMBS", "READ", "Bomb", "archives", "markup", "office", "pdf", "pictures"]
