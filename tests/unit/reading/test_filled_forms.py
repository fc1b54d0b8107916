"""What people have filled in is on the page, whether the program drew it or left that to the viewer."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image
from tests.unit.reading.papers import line, pdf

from docmill.domain.errors import ErrorCode, Rejected
from docmill.engines import reading


def _filled(*, viewer_draws: bool) -> bytes:
    """A text field and a choice, without appearances of their own."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(line("Name")))) as document:
        page = document.pages[0]
        common = {"Type": Name.Annot, "Subtype": Name.Widget, "DA": "/F1 12 Tf 0 g", "F": 4, "P": page.obj}
        text = Dictionary(FT=Name.Tx, T="name", V="Doe", Rect=[72, 500, 272, 520], **common)
        options = Array(["Spain", "Poland"])
        choice = Dictionary(
            FT=Name.Ch, Ff=1 << 17, T="land", V="Poland", Opt=options, Rect=[72, 460, 272, 480], **common
        )
        fields = Array([document.make_indirect(text), document.make_indirect(choice)])
        page.Annots = fields
        fonts = Dictionary(Font=Dictionary(F1=page.Resources.Font["/F1"]))
        document.Root.AcroForm = Dictionary(Fields=fields, NeedAppearances=viewer_draws, DR=fonts)
        document.save(out)
    return out.getvalue()


def _texts(data: bytes) -> list[str]:
    return [word.text for word in reading.read(data, "x.pdf").pages[0].visible]


def test_fields_that_the_viewer_draws_are_read() -> None:
    assert _texts(_filled(viewer_draws=True)) == ["Name", "Doe", "Poland"]


@pytest.mark.parametrize("viewer_draws", [True, False])
def test_the_pages_picture_shows_what_is_filled_in(*, viewer_draws: bool) -> None:
    data = _filled(viewer_draws=viewer_draws)
    (page,) = reading.read(data, "x.pdf").pages
    drawn = reading.render(data, 1, dpi=72)
    assert drawn is not None
    with Image.open(io.BytesIO(drawn)) as picture:
        for word in page.visible:
            darkest, _ = picture.convert("L").crop(tuple(map(int, word.box))).getextrema()
            assert darkest < 128, word.text


def test_fields_that_no_viewer_draws_are_not() -> None:
    assert _texts(_filled(viewer_draws=False)) == ["Name"]


def _locked(user: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(line("Total")))) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    return out.getvalue()


def test_a_file_that_anybody_may_open_is_read_although_it_is_encrypted() -> None:
    assert _texts(_locked("")) == ["Total"]


def test_a_file_that_asks_for_a_password_says_so() -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(_locked("secret"), "x.pdf")
    assert refused.value.code == ErrorCode.PASSWORD_REQUIRED
