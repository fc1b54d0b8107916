"""PDFs whose cost has little to do with their size."""

import zlib
from collections.abc import Mapping

from tests.bombs.bomb import OUT_OF_MEMORY, READ, bomb
from tests.bombs.deflated import GIB, MIB, zlibbed

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_A_LINE = b"BT /F 12 Tf 72 700 Td (Invoice 4711 total 119.00) Tj ET "


def stream(data: bytes, words: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (words, len(data), data)


def packed(data: bytes, words: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), words + b"/Filter/FlateDecode")


def written(objects: Mapping[int, bytes], *, trailer: bytes = b"", size: int | None = None) -> bytes:
    """A PDF of these objects with a right cross-reference table; the catalog is object 1."""
    out = bytearray(b"%PDF-1.7\n")
    count = max(objects) + 1
    places = [0] * count
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count
    out += b"".join(b"%010d 00000 %s \n" % (place, b"n" if place else b"f") for place in places[1:])
    out += b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (size or count, trailer, start)
    return bytes(out)


def page(
    content: bytes,
    more: Mapping[int, bytes] | None = None,
    *,
    resources: bytes = b"",
    box: bytes = b"0 0 595 842",
    words: bytes = b"",
) -> bytes:
    """A PDF of one page. Own objects start at 10; ``content`` is a whole stream object."""
    return written(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>%s>>"
            % (box, resources, words),
            4: content,
            5: _FONT,
            **(more or {}),
        }
    )


@bomb("pdf", *OUT_OF_MEMORY)
def content_of_8_gib() -> bytes:
    """One 8 GiB content stream in 10 kB: deflated, and the result deflated again."""
    twice = zlib.compress(zlibbed(b"0 0 m 9 9 l S ", 8 * GIB), 9)
    return page(stream(twice, b"/Filter[/FlateDecode/FlateDecode]"))


@bomb("pdf", *OUT_OF_MEMORY)
def blank_content_of_8_gib() -> bytes:
    """The same of spaces, which cost memory and no work."""
    twice = zlib.compress(zlibbed(b" ", 8 * GIB), 9)
    return page(stream(twice, b"/Filter[/FlateDecode/FlateDecode]"))


@bomb("pdf", *OUT_OF_MEMORY)
def forms_within_forms() -> bytes:
    """Fifteen forms, each of which draws the next ten times: 10**15 lines."""
    forms = {}
    for number in range(10, 25):
        body = b"/X Do " * 10
        words = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]"
        forms[number] = stream(body, words + b"/Resources<</XObject<</X %d 0 R>>>>" % (number + 1))
    forms[25] = stream(b"0 0 m 9 9 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")
    return page(stream(b"/X Do"), forms, resources=b"/XObject<</X 10 0 R>>")


@bomb("pdf", *OUT_OF_MEMORY)
def form_that_draws_itself() -> bytes:
    words = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X 10 0 R>>>>"
    return page(
        stream(_A_LINE + b"/X Do"), {10: stream(b"/X Do /X Do", words)}, resources=b"/XObject<</X 10 0 R>>"
    )


@bomb("pdf", "too_many_pages")
def pages_100_000() -> bytes:
    """One page object, a hundred thousand times in the page tree."""
    return written(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[" + b"3 0 R " * 100_000 + b"]/Count 100000>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
            4: stream(_A_LINE),
            5: _FONT,
        }
    )


@bomb("pdf", "reader_limit")
def pages_of_the_same_words() -> bytes:
    """Two thousand pages that share one stream of ten thousand words: 20 million words in 20 kB."""
    some = b"BT /F 3 Tf 0 800 Td 4 TL " + b"(a b c d e f g h i j k l m n o p q r s t) ' " * 500 + b"ET"
    return written(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[" + b"3 0 R " * 2_000 + b"]/Count 2000>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 -2000 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
            4: packed(some),
            5: _FONT,
        }
    )


@bomb("pdf", READ)
def pages_that_are_only_counted() -> bytes:
    """Two thousand million pages, says the tree; there is one."""
    return written(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>",
            3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        }
    )


@bomb("pdf", "page_failed")
def page_tree_in_a_ring() -> bytes:
    return written(
        {
            1: b"<</Type/Catalog/Pages 2 0 R>>",
            2: b"<</Type/Pages/Kids[3 0 R 3 0 R 3 0 R]/Count 1500>>",
            3: b"<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 500/Parent 2 0 R>>",
        }
    )


@bomb("pdf", READ)
def page_of_200_000_points() -> bytes:
    return page(stream(_A_LINE + b"0 0 m 200000 200000 l S"), box=b"0 0 200000 200000")


@bomb("pdf", READ)
def page_as_wide_as_numbers_go() -> bytes:
    edge = b"340282300000000000000000000000000000000"
    return page(stream(_A_LINE), box=b"-%s -%s %s %s" % (edge, edge, edge, edge), words=b"/UserUnit 75000")


@bomb("pdf", "file_corrupt")
def object_streams_in_a_ring() -> bytes:
    """Two object streams, each of which says that it lies in the other."""
    out = bytearray(b"%PDF-1.7\n")
    start = len(out)
    rows = [(0, 0, 255), (2, 3, 0), (2, 3, 1), (2, 4, 0), (2, 3, 2), (1, start, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in rows)
    words = b"/Type/XRef/W[1 4 1]/Size 6/Root 1 0 R"
    out += b"5 0 obj\n" + stream(table, words) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


@bomb("pdf", "page_failed")
def object_stream_that_extends_itself() -> bytes:
    body = b"1 0 2 30 <</Type/Catalog/Pages 2 0 R>>  <</Type/Pages/Kids[2 0 R]/Count 9>>"
    out = bytearray(b"%PDF-1.7\n")
    place = len(out)
    out += b"4 0 obj\n" + stream(body, b"/Type/ObjStm/N 2/First 9/Extends 4 0 R") + b"\nendobj\n"
    start = len(out)
    rows = [(0, 0, 255), (2, 4, 0), (2, 4, 1), (0, 0, 0), (1, place, 0), (1, start, 0)]
    table = b"".join(bytes([kind]) + at.to_bytes(4, "big") + bytes([index]) for kind, at, index in rows)
    words = b"/Type/XRef/W[1 4 1]/Size 6/Root 1 0 R"
    out += b"5 0 obj\n" + stream(table, words) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


@bomb("pdf", READ)
def cross_references_in_a_ring() -> bytes:
    """/Prev leads back to the same table, and the table counts to four thousand million."""
    whole = page(stream(_A_LINE))
    start = whole.rindex(b"xref\n0 ")
    return whole.replace(b"/Size 6", b"/Prev %d/Size 4294967295" % start)


@bomb("pdf", "file_corrupt")
def cross_reference_stream_of_8_gib() -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    start = len(out)
    twice = zlib.compress(zlibbed(b"\x02\x00\x00\x00\x03\x01", 8 * GIB), 9)
    words = b"/Type/XRef/W[1 4 1]/Size 1400000000/Root 1 0 R/Filter[/FlateDecode/FlateDecode]"
    out += b"5 0 obj\n" + stream(twice, words) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


@bomb("pdf", READ)
def arrays_a_million_deep() -> bytes:
    return page(stream(b"[" * 1_000_000), words=b"/Deep " + b"[" * 1_000_000 + b"]" * 1_000_000)


@bomb("pdf", READ)
def dictionaries_a_million_deep() -> bytes:
    return page(stream(_A_LINE), words=b"/D <<" * 1_000_000 + b">>" * 1_000_000)


def image(filters: bytes, data: bytes, words: bytes = b"/BitsPerComponent 8/ColorSpace/DeviceRGB") -> bytes:
    """A page that shows one image, which says that it has 60,000 x 60,000 pixels."""
    head = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/Filter%s%s" % (filters, words)
    return page(
        stream(b"q 595 0 0 842 0 0 cm /I Do Q"), {10: stream(data, head)}, resources=b"/XObject<</I 10 0 R>>"
    )


@bomb("pdf", READ)
def image_deflated() -> bytes:
    twice = zlib.compress(zlibbed(b"\x7f", 60_000 * 60_000 * 3), 9)
    return image(b"[/FlateDecode/FlateDecode]", twice)


@bomb("pdf", READ)
def image_of_runs() -> bytes:
    return image(b"[/FlateDecode/RunLengthDecode]", zlibbed(b"\x81\x7f", 64 * MIB))


@bomb("pdf", READ, "reader_limit")
def image_jbig2() -> bytes:
    """A page of 60,000 x 60,000 pixels of one bit, and generic regions of the same size on it."""
    edge = (60_000).to_bytes(4, "big")
    info = edge + edge + bytes(8) + b"\x00\x00\x00"
    segments = bytes(4) + b"\x30\x00\x01" + len(info).to_bytes(4, "big") + info
    for number in range(1, 40):
        region = (
            edge + edge + bytes(8) + b"\x00" + b"\x00" + b"\x03\xff\xfd\xff\x02\xfe\xfe\xfe" + b"\xff\xac"
        )
        segments += number.to_bytes(4, "big") + b"\x26\x00\x01" + len(region).to_bytes(4, "big") + region
    return image(b"/JBIG2Decode", segments, b"/BitsPerComponent 1/ColorSpace/DeviceGray")


@bomb("pdf", READ, "reader_limit")
def image_fax() -> bytes:
    words = b"/BitsPerComponent 1/ColorSpace/DeviceGray/DecodeParms<</K -1/Columns 60000/Rows 60000>>"
    return image(b"/CCITTFaxDecode", b"\x26\xa0" * 60_000, words)


@bomb("pdf", READ)
def image_jpeg() -> bytes:
    """A JPEG header of 60,000 x 60,000 pixels and nothing behind it."""
    edge = (60_000).to_bytes(2, "big")
    frame = b"\xff\xc0\x00\x11\x08" + edge + edge + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + b"\x00" * 500
    return image(b"/DCTDecode", b"\xff\xd8" + frame + scan + b"\xff\xd9")


@bomb("pdf", READ)
def image_jpeg_2000() -> bytes:
    """A JPEG 2000 code stream of 60,000 x 60,000 pixels in tiles of one pixel."""
    edge, one = (60_000).to_bytes(4, "big"), (1).to_bytes(4, "big")
    size = b"\x00\x00" + edge + edge + bytes(8) + one + one + bytes(8) + b"\x00\x03" + b"\x07\x01\x01" * 3
    cod = b"\x00\x00\x00\x01\x01\x05\x04\x04\x00\x00"
    qcd = b"\x40" + b"\x40" * 16
    marks = b"".join(
        mark + (len(body) + 2).to_bytes(2, "big") + body
        for mark, body in ((b"\xff\x51", size), (b"\xff\x52", cod), (b"\xff\x5c", qcd))
    )
    tile = b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x0e\x00\x01\xff\x93"
    return image(b"/JPXDecode", b"\xff\x4f" + marks + tile + b"\xff\xd9")


@bomb("pdf", *OUT_OF_MEMORY)
def images_drawn_ten_thousand_times() -> bytes:
    """A 4,000 x 4,000 picture in 16 kB, drawn again and again at slightly other sizes."""
    head = b"/Type/XObject/Subtype/Image/Width 4000/Height 4000/BitsPerComponent 8/ColorSpace/DeviceRGB"
    draws = b"".join(b"q 595.%04d 3 3 842 0 0 cm /I Do Q " % n for n in range(10_000))
    return page(packed(draws), {10: packed(bytes(4000 * 4000 * 3), head)}, resources=b"/XObject<</I 10 0 R>>")


@bomb("pdf", READ)
def predictor_of_endless_rows() -> bytes:
    words = (
        b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>"
    )
    return page(stream(zlib.compress(bytes(1000)), words))


@bomb("pdf", READ)
def filters_by_the_thousand() -> bytes:
    names = b"/ASCIIHexDecode" * 5_000
    return page(stream(b"41>" * 100_000, b"/Filter[" + names + b"]"))


@bomb("pdf", *OUT_OF_MEMORY)
def lzw_that_grows() -> bytes:
    """LZW below deflate below deflate."""
    lzw = zlibbed(b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01", 512 * MIB)
    return page(stream(zlib.compress(lzw, 9), b"/Filter[/FlateDecode/FlateDecode/LZWDecode]"))


@bomb("pdf", *OUT_OF_MEMORY)
def fonts_by_the_thousand() -> bytes:
    """Ten thousand fonts with a file each, and a letter of each."""
    junk = {10: packed(bytes(4 * MIB), b"/Length1 4194304")}
    fonts, uses = b"", b"BT "
    for number in range(11, 20_011, 2):
        descriptor = b"<</Type/FontDescriptor/FontName/A%d/Flags 4/FontFile2 10 0 R>>" % number
        junk[number] = descriptor
        junk[number + 1] = b"<</Type/Font/Subtype/TrueType/BaseFont/A%d/FontDescriptor %d 0 R>>" % (
            number,
            number,
        )
        fonts += b"/A%d %d 0 R" % (number, number + 1)
        uses += b"/A%d 9 Tf (x) Tj " % number
    objects = page(packed(uses + b"ET"), junk, resources=b"")
    return objects.replace(b"/Font<</F 5 0 R>>", b"/Font<</F 5 0 R" + fonts + b">>")


@bomb("pdf", READ)
def type_3_glyphs_within_glyphs() -> bytes:
    """Each glyph of one font is drawn by a hundred of the next."""
    fonts = {}
    for number in range(10, 40, 2):
        glyph = b"1000 0 d0 BT /G 1 Tf (" + b"a" * 100 + b") Tj ET"
        fonts[number + 1] = stream(glyph)
        fonts[number] = (
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]"
            b"/CharProcs<</a %d 0 R>>/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1000]"
            b"/Resources<</Font<</G %d 0 R>>>>>>" % (number + 1, number + 2 if number < 38 else 10)
        )
    content = stream(b"BT /T 12 Tf 72 700 Td (" + b"a" * 100 + b") Tj ET")
    return page(content, fonts).replace(b"/Font<</F 5 0 R>>", b"/Font<</F 5 0 R/T 10 0 R>>", 1)


@bomb("pdf", READ, "reader_limit")
def letters_by_the_million() -> bytes:
    """Twenty million letters on one page, in 60 kB."""
    some = b"BT /F 1 Tf 72 700 Td (" + b"Total 119.00 EUR " * 4_000 + b") Tj ET\n"
    return page(stream(zlibbed(some, 24 * MIB), b"/Filter/FlateDecode"))


@bomb("pdf", *OUT_OF_MEMORY)
def lines_by_the_million() -> bytes:
    return page(stream(zlibbed(b"1 1 m 9 9 l S 3 3 5 5 re f ", 120 * MIB), b"/Filter/FlateDecode"))


@bomb("pdf", READ)
def dashes_without_end() -> bytes:
    """A line of many kilometres in dashes of a hundred-thousandth of a point."""
    draws = b"[0.00001 0.00001] 0 d 1 w 0 0 m 1000000 1000000 l S " * 50
    return page(stream(_A_LINE + draws + b"0 100 m 595 100 l S"))


@bomb("pdf", *OUT_OF_MEMORY)
def tiles_without_end() -> bytes:
    """A pattern that is repeated every hundredth of a point, and whose tile is such a pattern again."""
    patterns = {}
    for number in range(10, 16):
        words = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep .01/YStep .01"
        resources = b"/Resources<</Pattern<</P %d 0 R>>>>" % (number + 1)
        patterns[number] = stream(b"/Pattern cs /P scn 0 0 9 9 re f", words + resources)
    last = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep .01/YStep .01/Resources<<>>"
    patterns[16] = stream(b"0 0 4 4 re f", last)
    content = stream(_A_LINE + b"/Pattern cs /P scn 0 0 595 842 re f")
    return page(content, patterns, resources=b"/Pattern<</P 10 0 R>>")


@bomb("pdf", READ)
def shading_by_program() -> bytes:
    """A calculator function of a megabyte, for every pixel of the page."""
    program = b"{ " + b"dup mul sqrt sin cos exp ln abs " * 30_000 + b"pop 0 0 }"
    words = b"/FunctionType 4/Domain[0 595 0 842]/Range[0 1 0 1 0 1]"
    shading = b"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 595 0 842]/Function 11 0 R>>"
    content = stream(b"/S sh")
    return page(content, {10: shading, 11: packed(program, words)}, resources=b"/Shading<</S 10 0 R>>")


@bomb("pdf", READ)
def function_of_endless_samples() -> bytes:
    """A sampled function whose table would be 255**4 numbers of 32 bits, from 8 GiB of data in 10 kB."""
    words = (
        b"/FunctionType 0/Domain[0 1 0 1 0 1 0 1]/Range[0 1 0 1 0 1]/Size[255 255 255 255]/BitsPerSample 32"
        b"/Filter[/FlateDecode/FlateDecode]"
    )
    data = zlib.compress(zlibbed(b"\x00\x55\xaa\xff", 8 * GIB), 9)
    space = b"[/DeviceN[/A/B/C/D]/DeviceRGB 11 0 R]"
    content = stream(b"/N cs .1 .2 .3 .4 scn 0 0 595 842 re f " * 100)
    return page(content, {10: space, 11: stream(data, words)}, resources=b"/ColorSpace<</N 10 0 R>>")


@bomb("pdf", READ)
def patches_by_the_million() -> bytes:
    """A mesh of Coons patches, each over the whole page and far beyond it."""
    words = (
        b"/ShadingType 7/ColorSpace/DeviceRGB/BitsPerCoordinate 8/BitsPerComponent 8/BitsPerFlag 8"
        b"/Decode[-90000 90000 -90000 90000 0 1 0 1 0 1]/Filter/FlateDecode"
    )
    patch = b"\x00" + bytes(range(7, 39)) * 1 + bytes(range(200, 212))
    return page(
        stream(b"/S sh"), {10: stream(zlibbed(patch, 60 * MIB), words)}, resources=b"/Shading<</S 10 0 R>>"
    )


@bomb("pdf", *OUT_OF_MEMORY)
def masks_within_masks() -> bytes:
    """Forty transparency groups, each the soft mask of the one before: a bitmap each."""
    more = {}
    for number in range(10, 90, 2):
        group = b"/Type/XObject/Subtype/Form/BBox[0 0 9000 9000]/Group<</S/Transparency/CS/DeviceRGB>>"
        state = b"/Resources<</ExtGState<</G %d 0 R>>/XObject<</X %d 0 R>>>>" % (number + 1, number + 2)
        more[number] = stream(b"/G gs 0 0 9000 9000 re f /X Do /X Do", group + state)
        more[number + 1] = b"<</Type/ExtGState/SMask<</S/Luminosity/G %d 0 R>>>>" % (number + 2)
    more[90] = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9000 9000]")
    return page(stream(b"/X Do"), more, resources=b"/XObject<</X 10 0 R>>", box=b"0 0 9000 9000")


@bomb("pdf", *OUT_OF_MEMORY)
def colour_profile_of_8_gib() -> bytes:
    data = zlib.compress(zlibbed(b"\x00acsp", 8 * GIB), 9)
    more = {
        10: b"[/ICCBased 11 0 R]",
        11: stream(data, b"/N 4/Alternate/DeviceCMYK/Filter[/FlateDecode/FlateDecode]"),
    }
    return page(stream(b"/C cs 1 0 0 1 scn 0 0 99 99 re f"), more, resources=b"/ColorSpace<</C 10 0 R>>")


@bomb("pdf", *OUT_OF_MEMORY)
def annotations_by_the_hundred_thousand() -> bytes:
    """Stamps that are all drawn, each with the same form, each over the whole page."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>"
    note = b"<</Type/Annot/Subtype/Stamp/Rect[0 0 595 842]/F 4/AP<</N 11 0 R>>>>"
    words = b"/Annots[" + b"10 0 R " * 100_000 + b"]"
    return page(stream(_A_LINE), {10: note, 11: stream(_A_LINE * 20, form)}, words=words)


def _attached(names: bytes, more: Mapping[int, bytes]) -> bytes:
    whole = page(stream(_A_LINE), more)
    return whole.replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R/Names<</EmbeddedFiles %s>>>>" % names, 1)


@bomb("pdf", *OUT_OF_MEMORY)
def attachments_by_the_hundred_thousand() -> bytes:
    """The same e-invoice of 8 GiB, attached a hundred thousand times."""
    twice = zlib.compress(b"\x78\xda" + zlibbed(b"<a>", 8 * GIB)[2:], 9)
    more = {
        10: b"<</Type/Filespec/F(a.xml)/UF(a.xml)/EF<</F 11 0 R>>>>",
        11: stream(twice, b"/Type/EmbeddedFile/Filter[/FlateDecode/FlateDecode]"),
        12: b"<</Names[" + b"(a.xml) 10 0 R " * 100_000 + b"]>>",
    }
    return _attached(b"12 0 R", more)


@bomb("pdf", READ)
def attachment_names_in_a_ring() -> bytes:
    return _attached(b"10 0 R", {10: b"<</Kids[11 0 R 11 0 R]>>", 11: b"<</Kids[10 0 R 10 0 R 11 0 R]>>"})


@bomb("pdf", READ)
def character_map_of_everything() -> bytes:
    """A ToUnicode map of twenty thousand ranges over all codes."""
    lines = b"<0000> <FFFF> <0041>\n" * 100
    cmap = (
        b"/CIDInit /ProcSet findresource begin begincmap\n"
        + (b"100 beginbfrange\n" + lines + b"endbfrange\n") * 200
    )
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 11 0 R/DescendantFonts["
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/W[0 4294967295 500]/CIDSystemInfo<</Registry(A)"
        b"/Ordering(B)/Supplement 0>>>>]>>"
    )
    content = stream(b"BT /T 12 Tf 72 700 Td <00410042> Tj ET")
    whole = page(content, {10: font, 11: packed(cmap + b"endcmap")})
    return whole.replace(b"/Font<</F 5 0 R>>", b"/Font<</F 5 0 R/T 10 0 R>>", 1)


@bomb("pdf", *OUT_OF_MEMORY)
def marks_within_marks() -> bytes:
    """Marked content and saved states, a million deep."""
    return page(packed(b"/P <</MCID 0>> BDC q " * 1_000_000 + _A_LINE))


@bomb("pdf", READ)
def fields_in_a_ring() -> bytes:
    """A form whose fields are each other's children."""
    form = b"/AcroForm<</Fields[10 0 R 11 0 R]>>"
    more = {
        10: b"<</FT/Tx/T(a)/Kids[11 0 R 11 0 R]/Parent 11 0 R/Subtype/Widget/Rect[0 0 9 9]>>",
        11: b"<</FT/Tx/T(b)/Kids[10 0 R 10 0 R]/Parent 10 0 R/Subtype/Widget/Rect[0 0 9 9]>>",
    }
    whole = page(stream(_A_LINE), more, words=b"/Annots[10 0 R 11 0 R]")
    return whole.replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R%s>>" % form, 1)


@bomb("pdf", *OUT_OF_MEMORY)
def layers_by_the_thousand() -> bytes:
    """Optional content groups, each with its name, all of them in each of the states."""
    groups = range(10, 20_010)
    listed = b"".join(b"%d 0 R " % number for number in groups)
    states = b"/OCProperties<</OCGs[%s]/D<</Order[%s]/OFF[%s]/ON[%s]>>>>" % (listed, listed, listed, listed)
    more = dict.fromkeys(groups, b"<</Type/OCG/Name(layer)>>")
    content = packed(b"/OC /L BDC " * 20_000 + _A_LINE)
    whole = page(content, more, resources=b"/Properties<</L 19000 0 R>>")
    return whole.replace(b"/Pages 2 0 R>>", b"/Pages 2 0 R%s>>" % states, 1)
