"""Finding single fields and rows in an e-invoice's XML by its syntax."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from docmill.domain.pages import Element
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.einvoice.find import EInvoice
from docmill.engines.einvoice.leaves import Leaf, decimal_of, typed
from docmill.engines.einvoice.paths import find, find_all
from docmill.engines.einvoice.syntax import Composed, ListSyntax
from docmill.engines.einvoice.xpaths import XPaths

Row = Mapping[str, Leaf | None]


class XmlFields:
    """One e-invoice, asked field by field. Amounts without a currency of their own have the invoice's."""

    def __init__(self, invoice: EInvoice) -> None:
        self._root = invoice.root
        self._syntax = invoice.syntax
        self._xpaths = XPaths(invoice.root)
        element = find(invoice.root, invoice.syntax.currency)
        self._currency = element.text.upper() or None if element is not None else None

    def field(self, spec: FieldSpec) -> Leaf | None:
        """Return a field of the document, None when the XML does not have it."""
        syntax = self._syntax
        leaf = self._first(
            self._root,
            syntax.fields.get(spec.path, ()),
            spec.kind,
            only_in=self._currency if spec.path in syntax.in_currency else None,
        )
        if leaf is None and spec.path in syntax.composed:
            leaf = self._composed(syntax.composed[spec.path])
        if leaf is None and spec.path in syntax.sums:
            leaf = self._sum(syntax.sums[spec.path])
        return leaf

    def rows(self, document_type: DocumentType, path: str) -> list[Row]:
        """Return the rows of a list, each with all columns of the type."""
        syntax = self._syntax.lists.get(path)
        if syntax is None:
            return []
        columns = [(spec.path.rpartition("[].")[2], spec.kind) for spec in document_type.columns(path)]
        return [
            {name: self._first(item, syntax.columns.get(name, ()), kind) for name, kind in columns}
            for item in find_all(self._root, syntax.items)
            if not skipped(item, syntax)
        ]

    def _first(
        self, base: Element, paths: Iterable[str], kind: Kind, *, only_in: str | None = None
    ) -> Leaf | None:
        """Return the first element with text; another currency than ``only_in`` where there is no other."""
        spare: Leaf | None = None
        for element, raw in _texts(base, paths):
            own = element.attribute("currencyID") or self._currency
            leaf = Leaf(typed(kind, raw, own), raw, (self._xpaths.of(element),))
            if only_in is None or own == only_in:
                return leaf
            spare = spare or leaf
        return spare

    def _composed(self, form: Composed) -> Leaf | None:
        element = find(self._root, form.path)
        if element is None:
            return None
        parts = []
        for group in form.groups:
            texts = (find(element, name) for name in group)
            parts.append(" ".join(part.text for part in texts if part is not None))
        raw = form.between.join(part for part in parts if part)
        return Leaf(" ".join(raw.split()), raw, (self._xpaths.of(element),)) if raw else None

    def _sum(self, paths: Iterable[str]) -> Leaf | None:
        found = list(_texts(self._root, paths))
        numbers = [decimal_of(raw) for _, raw in found]
        known = [number for number in numbers if number is not None]
        if not found or len(known) < len(numbers):
            return None
        value = typed(Kind.AMOUNT, f"{sum(known, Decimal(0)):f}", self._currency)
        xpaths = tuple(self._xpaths.of(element) for element, _ in found)
        return Leaf(value, " + ".join(raw for _, raw in found), xpaths, derived=len(found) > 1)


def _texts(base: Element, paths: Iterable[str]) -> Iterator[tuple[Element, str]]:
    for path in paths:
        where, _, attribute = path.partition("/@")
        for element in find_all(base, where):
            raw = element.attribute(attribute).strip() if attribute else element.text
            if raw:
                yield element, raw


def skipped(item: Element, syntax: ListSyntax) -> bool:
    """Say whether an element is a heading or a remark and no row."""
    if syntax.wants and next(find_all(item, syntax.wants), None) is None:
        return True
    if syntax.skip is None:
        return False
    element = find(item, syntax.skip[0])
    return element is not None and element.text in syntax.skip[1]
