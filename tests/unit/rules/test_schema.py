"""Values against JSON Schema, in words that a clerk understands."""

import time
from unittest import mock

import pytest

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.types import parse_document_type
from docmill.engines.rules import check, compile_rules, parse_uploaded_type
from docmill.engines.rules.schema import without_references


def document_type(properties: dict, **more):
    schema = {"type": "object", "properties": properties, **more}
    return parse_document_type({"name": "thing", "schema": schema})


def objections(value: dict, properties: dict, **more) -> list[tuple[str, str]]:
    found = check(compile_rules(document_type(properties, **more), []), value, context={})
    assert all(blocker.rule == "schema" for blocker in found)
    return [(blocker.path, blocker.message) for blocker in found]


@pytest.mark.parametrize(
    ("value", "prop", "message"),
    [
        (5, {"type": "string"}, "a is not of the right kind: string is wanted"),
        (None, {"type": "string"}, "a is missing"),
        ("31.12.2026", {"type": "string", "format": "date"}, "a is not a valid date"),
        ("x", {"enum": ["y", "z"]}, "a is none of: y, z"),
        ("x", {"pattern": "^[0-9]+$"}, "a does not have the form that is asked for"),
        ([], {"minItems": 1}, "a has fewer than 1 rows"),
        (["x", "x"], {"uniqueItems": True}, "a breaks the schema's 'uniqueItems'"),
        ({"b": 1}, {"additionalProperties": False}, "a has fields that the type does not know"),
        (1, {"anyOf": [{"type": "null"}]}, "a is not of the right kind"),
    ],
)
def test_an_objection_is_a_sentence_without_schema_words(value, prop, message) -> None:
    assert objections({"a": value}, {"a": prop}) == [("a", message)]


def test_a_field_that_is_required_and_absent_is_named() -> None:
    nested = {"seller": {"type": "object", "required": ["name"]}}
    assert objections({"seller": {}}, nested) == [("seller.name", "seller.name is missing")]
    assert objections({}, {}, required=["total"]) == [("total", "total is missing")]


def test_a_row_is_named_by_its_place() -> None:
    rows = {"rows": {"items": {"properties": {"n": {"type": "string"}}}}}
    assert [path for path, _ in objections({"rows": [{"n": "1"}, {"n": 2}]}, rows)] == ["rows[1].n"]


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("amount", {"amount": "12,50", "currency": "EUR"}, {"amount": "12.50", "currency": "EUR"}),
        ("amount", {"amount": "NaN"}, {"amount": "-1"}),
        ("number", "1e9", "1.5"),
        ("integer", "three", 3),
        ("date", "2026-02-30", "2026-02-28"),
        ("date", "20260228", None),
    ],
)
def test_what_a_lax_schema_lets_through_its_annotated_kind_does_not(kind, bad, good) -> None:
    prop = {"a": {"x-docmill": {"kind": kind}}, "rows": {"type": "array", "items": {"properties": {}}}}
    prop["rows"]["items"]["properties"]["b"] = prop["a"]
    assert [path for path, _ in objections({"a": bad}, prop)] == ["a"]
    assert [path for path, _ in objections({"rows": [{"b": good}, {"b": bad}]}, prop)] == ["rows[1].b"]
    assert objections({"a": good}, prop) == []


def test_a_pattern_made_to_run_for_hours_does_not() -> None:
    start = time.process_time()
    found = objections({"a": "a" * 5000 + "!"}, {"a": {"pattern": "^(a+)+$"}})
    assert len(found) == 1
    assert time.process_time() - start < 30  # Python's own engine would not come back at all


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"a": {"type": "strin"}}, "a/type"),
        ({"a": {"pattern": "(?=x)"}}, "look-around"),
        ({"a": {"pattern": "["}}, "pattern"),
        ({"a": {"$ref": "https://example.com/schema.json"}}, "$ref"),
        ({"a": {"$ref": "file:///etc/hostname"}}, "$ref"),
        ({"a": {"patternProperties": {"^(a+)+$": {}}}}, "patternProperties"),
        ({"properties": {"patternProperties": {"^(a+)+$": {}}}}, "patternProperties"),
        ({"properties": {"pattern": "(?=x)"}}, "look-around"),
        ({"properties": {"$ref": "https://example.com/schema.json"}}, "$ref"),
        ({"a": {"$ref": "#/$defs/missing"}}, "names nothing"),
        ({"a": {"$ref": "#/properties/a"}}, "without end"),
        ({"a": {"allOf": [{"$ref": "#/properties/b"}]}, "b": {"$ref": "#/properties/a"}}, "without end"),
        (
            {f"f{n}": {"allOf": [{"$ref": f"#/properties/f{n + 1}"}] * 2} for n in range(20)} | {"f20": {}},
            "parts",
        ),
        ({"a": {"$id": "https://example.com/a", "$ref": "#"}}, "$id"),
    ],
)
def test_a_schema_that_cannot_be_run_safely_is_refused_with_its_place(properties: dict, says: str) -> None:
    with pytest.raises(DocmillError) as caught:
        parse_uploaded_type({"name": "thing", "schema": {"type": "object", "properties": properties}})
    assert caught.value.code is ErrorCode.TYPE_INVALID
    assert says in caught.value.detail


def test_a_schema_may_refer_to_itself_for_what_is_inside_a_value() -> None:
    inner = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/$defs/part"}}}}
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/part"}}, "$defs": {"part": inner}}
    parse_uploaded_type({"name": "thing", "schema": schema})


def test_fields_may_be_called_like_keywords() -> None:
    properties = {"pattern": {"type": "string"}, "$ref": {"type": "string"}}
    parse_uploaded_type({"name": "thing", "schema": {"type": "object", "properties": properties}})


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": 5},
        {"schema": {"type": "object", "properties": 5}},
        {"schema": {"type": "object", "properties": {"a": {"x-docmill": 5}}}},
        {"schema": {"type": "object", "properties": {"a": {"x-docmill": {"kind": "date", "labels": 5}}}}},
        {"rules": 5},
        {"rules": ["x"]},
        {"aliases": 5},
        {"classify": 5},
        {"name": 5},
        {"name": ""},
    ],
)
def test_a_definition_of_any_other_form_is_refused_and_not_a_crash(broken: dict) -> None:
    good = {"name": "thing", "schema": {"type": "object"}}
    with pytest.raises(DocmillError):
        compile_rules(parse_uploaded_type(good | broken), parse_uploaded_type(good | broken).rules)


def test_references_are_never_fetched() -> None:
    properties = {"a": {"$ref": "https://example.com/schema.json"}}
    with mock.patch("urllib.request.urlopen") as urlopen, pytest.raises(Exception, match="Unresolvable"):
        objections({"a": 1}, properties)
    urlopen.assert_not_called()


def test_a_schema_says_the_same_with_its_references_written_out() -> None:
    shared = {"$defs": {"day": {"type": "string", "format": "date"}, "tree": {"$ref": "#/$defs/tree"}}}
    properties = {"a": {"$ref": "#/$defs/day", "x-docmill": {"kind": "date"}}}
    assert objections({"a": "31.12.2026"}, properties, **shared) == [("a", "a is not a valid date")]
    written = without_references({"properties": properties, **shared})
    assert written["properties"] == {"a": shared["$defs"]["day"]}
    assert written["$defs"] == shared["$defs"]


def test_references_that_say_more_stay_as_they_are() -> None:
    narrowed = {
        "properties": {"a": {"$ref": "#/$defs/b", "minLength": 3}},
        "$defs": {"b": {"type": "string"}},
    }
    around = {"properties": {"a": {"$ref": "#"}, "b": {"items": {"$ref": "#/properties/b"}}}}
    doubling = {f"n{n}": {"allOf": [{"$ref": f"#/$defs/n{n + 1}"}] * 2} for n in range(40)} | {"n40": {}}
    bomb = {"properties": {"a": {"$ref": "#/$defs/n0"}}, "$defs": doubling}
    anchored = {
        "properties": {"a": {"$ref": "#/$defs/b"}},
        "$defs": {"b": {"$id": "https://b", "type": "null"}},
    }
    for schema in (narrowed, bomb, anchored):
        assert without_references(schema) == schema
    assert without_references(around)["properties"]["a"] == {"$ref": "#"}
