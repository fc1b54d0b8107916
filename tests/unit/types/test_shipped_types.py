import jsonschema
import pytest

from docmill.domain.types import DocumentType, Kind
from docmill.engines.types import NAMES, load_shipped

LANGUAGES = {"en", "de", "fr", "es", "it"}


@pytest.fixture(params=NAMES)
def shipped(request: pytest.FixtureRequest) -> DocumentType:
    return load_shipped()[request.param]


def test_every_schema_is_a_schema_of_draft_2020_12(shipped: DocumentType) -> None:
    assert shipped.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(shipped.schema)


def test_what_is_missing_may_be_null_unless_a_person_would_insist(shipped: DocumentType) -> None:
    validator = jsonschema.Draft202012Validator(shipped.schema)
    tree: dict[str, object] = {}
    for spec in shipped.fields:
        if spec.list_path is None and spec.kind not in (Kind.OBJECT, Kind.LIST):
            *parents, name = spec.path.split(".")
            node = tree
            for parent in parents:
                node = node.setdefault(parent, {})  # type: ignore[assignment]
            node[name] = None
        elif spec.kind is Kind.LIST:
            tree[spec.path] = []
    wrong = {".".join(map(str, error.absolute_path)) for error in validator.iter_errors(tree)}
    required = {
        spec.path for spec in shipped.fields if spec.required and spec.kind not in (Kind.OBJECT, Kind.LIST)
    }
    assert wrong == required


def test_every_label_is_there_in_five_languages(shipped: DocumentType) -> None:
    for spec in shipped.fields:
        if spec.labels:
            assert set(spec.labels) == LANGUAGES, spec.path
        else:
            assert spec.kind in (Kind.OBJECT, Kind.LIST) or spec.options["from_layout"] is False, spec.path


def test_aliases_name_paths_that_there_are(shipped: DocumentType) -> None:
    for target in shipped.aliases.values():
        for path in [target] if isinstance(target, str) else target:
            assert shipped.field(path.removesuffix(".length")) is not None


def test_lists_say_what_their_rows_must_add_up_to(shipped: DocumentType) -> None:
    for spec in shipped.fields:
        if spec.kind is Kind.LIST:
            assert shipped.field(f"{spec.path}[].{spec.options['sum_of']}") is not None
            assert {"reconciles_with", "running_balance"} & set(spec.options)


def test_the_money_of_an_invoice_is_a_decimal_string_with_a_currency() -> None:
    invoice = load_shipped()["invoice"]
    validator = jsonschema.Draft202012Validator(invoice.schema)
    value = {
        "invoice_number": "INV-7",
        "issue_date": "2026-01-31",
        "seller": {"name": "Acme Ltd"},
        "gross_total": {"amount": "119.00", "currency": "EUR"},
    }
    assert validator.is_valid(value)
    assert not validator.is_valid(value | {"gross_total": {"amount": 119.0, "currency": "EUR"}})
    assert not validator.is_valid(value | {"gross_total": {"amount": "119,00", "currency": "EUR"}})
    assert not validator.is_valid(value | {"issue_date": "31.01.2026"})
