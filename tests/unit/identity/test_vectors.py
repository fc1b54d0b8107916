"""Project Wycheproof's forged and confused tokens, against docmill's own reading of tokens."""

import json
import warnings
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import KeySet as LibraryKeySet
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry, deserialize_compact

from docmill.adapters.tokens import key_set
from docmill.adapters.tokens.jws import parse, verify
from docmill.adapters.tokens.key_set import ALGORITHMS, KeySet
from docmill.domain.access import Refused

Vector = tuple[dict[str, Any], dict[str, Any]]


def vectors(file: Path) -> Iterator[Vector]:
    """(the group's public key or key set, the test)."""
    for group in json.loads(file.read_text())["testGroups"]:
        key = group.get("public") or group["private"]
        for test in group["tests"]:
            yield key, test


def text_of(test: dict[str, Any]) -> str:
    token = test["jws"] if "jws" in test else test["jwe"]
    return token if isinstance(token, str) else json.dumps(token)


def accepted(key: dict[str, Any], token: str) -> bool:
    try:
        verify(parse(token), KeySet(key if "keys" in key else {"keys": [key]}))
    except Refused:
        return False
    return True


def outcomes(file: Path) -> tuple[Counter[tuple[str, bool]], list[int], list[Vector]]:
    """Counts of (result, accepted), the invalid ones that were accepted, the valid ones that were not."""
    counts: Counter[tuple[str, bool]] = Counter()
    fooled, missed = [], []
    for key, test in vectors(file):
        good = accepted(key, text_of(test))
        counts[test["result"], good] += 1
        if good and test["result"] == "invalid":
            fooled.append(test["tcId"])
        if not good and test["result"] == "valid":
            missed.append((key, test))
    return counts, fooled, missed


def algorithm_of(key: dict[str, Any], test: dict[str, Any]) -> tuple[str, str]:
    """What the token is signed with, and what its key is said to be for."""
    header = json.loads(_padded(text_of(test).split(".")[0]))
    return header["alg"], key.get("alg", header["alg"])


def _padded(part: str) -> bytes:
    return urlsafe_b64decode(part.replace("?", "") + "==")


def test_all_355_invalid_signatures_are_refused_and_the_valid_ones_of_allowed_algorithms_accepted(
    vectors_dir: Path,
) -> None:
    counts, fooled, missed = outcomes(vectors_dir / "json_web_signature_test.json")
    assert fooled == []
    assert counts["invalid", False] == 355
    assert counts["valid", True] == 16
    # The rest is valid under algorithms that docmill does not allow, or under a key that is said to be for another one.
    for key, test in missed:
        used, meant = algorithm_of(key, test)
        assert used not in ALGORITHMS or used != meant, test["tcId"]
    assert len(missed) == 30


@pytest.mark.parametrize(
    ("file", "invalid", "valid"), [("json_web_key_test.json", 21, 1), ("json_web_crypto_test.json", 77, 2)]
)
def test_odd_keys_and_odd_forms_are_refused(vectors_dir: Path, file: str, invalid: int, valid: int) -> None:
    """Weak and mixed keys, ROCA, general JSON, encrypted tokens in the place of signed ones."""
    counts, fooled, missed = outcomes(vectors_dir / file)
    assert fooled == []
    assert (counts["invalid", False], counts["valid", True]) == (invalid, valid)
    for key, test in missed:
        assert "keys" in key or "jwe" in test or algorithm_of(key, test)[0] not in ALGORITHMS, test["tcId"]


def test_the_library_alone_is_fooled(vectors_dir: Path) -> None:
    """Why docmill reads tokens itself before it has the library check them: bad padding, mixed and weak keys."""
    fooled = Counter[str]()
    for file in ("json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"):
        for key, test in vectors(vectors_dir / file):
            if test["result"] == "invalid" and "jws" in test and _library_accepts(key, text_of(test)):
                fooled[file] += 1
    assert all(fooled.values())
    assert fooled.total() >= 6


def _library_accepts(key: dict[str, Any], token: str) -> bool:
    registry = JWSRegistry(algorithms=[*ALGORITHMS, "HS256"], strict_check_header=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = LibraryKeySet.import_key_set(key) if "keys" in key else import_key(key)
            deserialize_compact(token, found, registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            return False
    return True


def test_without_the_checks_of_use_and_of_letters_some_pass(
    vectors_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vectors do fail where docmill's own checks are taken away one by one."""
    file = vectors_dir / "json_web_signature_test.json"
    whole = key_set._usable
    monkeypatch.setattr(
        key_set,
        "_usable",
        lambda jwk: whole({name: jwk[name] for name in jwk if name not in ("use", "key_ops")}),
    )
    assert len(outcomes(file)[1]) == 4
