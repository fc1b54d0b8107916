"""How files and JSON are spoiled: cut, doubled, turned, and told other numbers."""

from typing import Any

from hypothesis import strategies as st

_NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483648",
    b"99999999999999999999",
    b"1e308",
    b"NaN",
    b"",
)
_PIECES = st.one_of(
    st.binary(max_size=8), st.sampled_from(_NUMBERS), st.sampled_from([b"\0" * 64, b"<", b"{", b"\xff"])
)


@st.composite
def spoiled(draw: st.DrawFn, seed: bytes) -> bytes:
    """The file with up to eight wounds."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        match draw(st.integers(0, 5)):
            case 0:
                data[start:end] = draw(_PIECES)
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end] * draw(st.integers(1, 60))
            case 3:
                data = data[:start]
            case 4:
                data[start:end] = data[start:end][::-1]
            case _:
                _renumber(data, start, draw(st.sampled_from(_NUMBERS)))
    return bytes(data)


def _renumber(data: bytearray, start: int, number: bytes) -> None:
    """Put ``number`` in the place of the next one."""
    while start < len(data) and not data[start : start + 1].isdigit():
        start += 1
    end = start
    while end < len(data) and data[end : end + 1].isdigit():
        end += 1
    data[start:end] = number


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5), st.just([]), st.just({})
)  # fmt: skip


@st.composite
def lying(draw: st.DrawFn, tree: Any) -> Any:
    """The JSON with some of its leaves and branches changed."""
    for _ in range(draw(st.integers(1, 4))):
        tree = _changed(draw, tree)
    return tree


def _changed(draw: st.DrawFn, tree: Any) -> Any:
    if isinstance(tree, dict) and tree and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(tree)))
        if draw(st.integers(0, 9)) == 0:
            return {name: value for name, value in tree.items() if name != key}
        return {**tree, key: _changed(draw, tree[key])}
    if isinstance(tree, list) and tree and draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(tree) - 1))
        return [*tree[:at], _changed(draw, tree[at]), *tree[at + draw(st.integers(0, 1)) :]]
    return draw(LEAVES)
