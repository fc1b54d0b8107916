"""What may be written beside a number: closed lists, and the busiest tenants by name.

Each name is a series for every number that it stands beside, kept by every process and by Prometheus. So
there is room for METRIC_TENANTS_MAX tenants at a time, and the others are `_other` together. The names are
in a file that all processes of a platform share: the same tenant is named by all of them or by none.
"""

import fcntl
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from docmill.domain.errors import ErrorCode
from docmill.domain.limits.seeing import METRIC_TENANTS_EVER_MAX, METRIC_TENANTS_MAX, METRIC_TENANTS_WINDOW_S
from docmill.domain.webhooks import SendCode

OTHER = "_other"
"""No tenant, type or code is called that."""

_CODES = frozenset(code.value for code in ErrorCode)
_OUTCOMES = frozenset(("ok", "given_up", *(code.value for code in SendCode)))
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_TALLIED_MAX = 1_000
_BUSIER = 2  # so many times as busy takes the place of another: two of a kind do not change places for ever


class TenantNames:
    """Tenants are named as they come while there is room; later the clearly busier one takes the place of the
    least busy one, at most one in METRIC_TENANTS_WINDOW_S and METRIC_TENANTS_EVER_MAX in all."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        most: int = METRIC_TENANTS_MAX,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._file = None if folder is None else folder / "tenants"
        self._most = most
        self._clock = clock
        self._lines: list[str] = []
        self._named: frozenset[str] = frozenset()
        self._tally: Counter[str] = Counter()
        self._window_ends = clock() + METRIC_TENANTS_WINDOW_S

    def label(self, tenant: str) -> str:
        """The tenant's name, or OTHER. Touches the file only for a tenant that is new, and once a window."""
        if not tenant:
            return ""
        if tenant in self._tally or len(self._tally) < _TALLIED_MAX:
            self._tally[tenant] += 1
        if tenant not in self._named and len(self._named) < self._most:
            self._change(enters=tenant)
        if self._clock() >= self._window_ends:
            self._turn_over()
        return tenant if tenant in self._named else OTHER

    def named(self) -> frozenset[str]:
        """Who is named now, by this process or another."""
        if self._file is not None:
            self._read()
        return self._named

    def _turn_over(self) -> None:
        self._window_ends = self._clock() + METRIC_TENANTS_WINDOW_S
        tally, self._tally = self._tally, Counter()
        named = self.named()
        rest = [(count, name) for name, count in tally.items() if name not in named]
        if not rest or not named or len(self._lines) >= METRIC_TENANTS_EVER_MAX:
            return
        busiest, enters = max(rest)
        least, leaves = min((tally[name], name) for name in named)
        if busiest > _BUSIER * least:
            self._change(enters=enters, leaves=leaves)

    def _change(self, *, enters: str, leaves: str | None = None) -> None:
        """One line for each that enters, with the one that makes room for it."""
        line = enters if leaves is None else f"{enters} {leaves}"
        if self._file is None:
            self._take([*self._lines, line])
            return
        try:
            with self._file.open("a+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                self._take(file.read().split("\n")[:-1])
                has_room = leaves in self._named or (leaves is None and len(self._named) < self._most)
                if enters not in self._named and has_room:
                    file.write(f"{line}\n")
                    self._take([*self._lines, line])
        except OSError:  # a full disk: numbers are not worth an error
            return

    def _read(self) -> None:
        assert self._file is not None
        try:
            self._take(self._file.read_text(encoding="utf-8").split("\n")[:-1])
        except OSError:
            return

    def _take(self, lines: list[str]) -> None:
        named: dict[str, None] = {}
        for line in lines:
            enters, _, leaves = line.partition(" ")
            named.pop(leaves, None)
            named[enters] = None
        self._lines, self._named = lines, frozenset(named)


def code_label(code: str) -> str:
    return code if not code or code in _CODES else OTHER


def outcome_label(outcome: str) -> str:
    return outcome if outcome in _OUTCOMES else "other"


def method_label(method: str) -> str:
    return method if method in _METHODS else OTHER


def type_label(type_name: str | None, shipped: frozenset[str]) -> str:
    """A tenant's own types have names of its own making, which are nobody else's business."""
    if not type_name:
        return ""
    return type_name if type_name in shipped else OTHER
