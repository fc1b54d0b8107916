"""What a tenant may take in: per minute, per month, at once and altogether."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import ceil

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.fairness import QUOTA_MAX


@dataclass(frozen=True, slots=True)
class Quota:
    """None is no limit. A minute's allowance may be used at once and then comes back evenly.

    Pages and CPU seconds are known only after the fact: uploads are refused while they are overdrawn.
    Months are those of UTC. ``uploads_at_once`` counts in each API process.
    """

    documents_per_minute: int | None = None
    pages_per_minute: int | None = None
    cpu_seconds_per_minute: int | None = None
    documents_per_month: int | None = None
    pages_per_month: int | None = None
    cpu_seconds_per_month: int | None = None
    stored_bytes: int | None = None
    uploads_at_once: int | None = None

    @classmethod
    def of(cls, told: Mapping[str, object]) -> "Quota":
        """Raise DocmillError(request_invalid) for a name that there is not and for what is no count."""
        known = {each.name for each in fields(cls)}
        for name, value in told.items():
            if name not in known:
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"quota: there are {', '.join(sorted(known))}.")
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and 0 <= value <= QUOTA_MAX):  # type: ignore[operator]
                raise DocmillError(
                    ErrorCode.REQUEST_INVALID, f"{name}: want a whole number, or null for no limit."
                )
        return cls(**told)  # type: ignore[arg-type]

    def changed(self, wanted: Mapping[str, object]) -> "Quota":
        """With some limits put in the place of others; None takes one away."""
        return Quota.of({**self.to_json(), **wanted})

    def to_json(self) -> dict[str, int | None]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def is_free(self) -> bool:
        return self == _FREE


_FREE = Quota()


@dataclass(frozen=True, slots=True)
class Used:
    """Where a tenant stands. ``minute_…_left`` may be below 0; ``documents`` is this month's."""

    minute_documents_left: float = 0.0
    minute_pages_left: float = 0.0
    minute_cpu_seconds_left: float = 0.0
    documents: int = 0
    pages: int = 0
    cpu_seconds: float = 0.0
    stored_bytes: int = 0
    uploads: int = 0


class TurnedAway(DocmillError):
    """An upload that is not taken for now (429) or for this month (402).

    ``retry_after_s`` is 0 where it is not known.
    """

    def __init__(self, code: ErrorCode, detail: str, *, retry_after_s: float = 0.0, action: str = "") -> None:
        super().__init__(code, detail, action=action)
        self.retry_after_s = ceil(retry_after_s)
        self.limits: tuple[int, int, int] | None = None  # as of an admission


def refusal(quota: Quota, used: Used, size_bytes: int) -> TurnedAway | None:
    """Why the next file is not taken; None when it is. The number of documents a minute is not asked here."""
    if quota.uploads_at_once is not None and used.uploads >= quota.uploads_at_once:
        detail = f"{quota.uploads_at_once} uploads may be on their way at once."
        return TurnedAway(ErrorCode.RATE_LIMITED, detail, retry_after_s=1)
    return _overdrawn(quota, used) or _spent(quota, used, size_bytes)


def _overdrawn(quota: Quota, used: Used) -> TurnedAway | None:
    for what, allowed, left in (
        ("pages", quota.pages_per_minute, used.minute_pages_left),
        ("CPU seconds", quota.cpu_seconds_per_minute, used.minute_cpu_seconds_left),
    ):
        if allowed is not None and left <= 0:
            detail = f"{allowed} {what} a minute are used up."
            return TurnedAway(ErrorCode.RATE_LIMITED, detail, retry_after_s=until(1.0 - left, allowed))
    return None


def _spent(quota: Quota, used: Used, size_bytes: int) -> TurnedAway | None:
    for what, allowed, spent in (
        ("documents", quota.documents_per_month, used.documents),
        ("pages", quota.pages_per_month, used.pages),
        ("CPU seconds", quota.cpu_seconds_per_month, used.cpu_seconds),
    ):
        if allowed is not None and spent >= allowed:
            return TurnedAway(ErrorCode.BUDGET_SPENT, f"The {allowed} {what} of this month are used up.")
    if quota.stored_bytes is not None and used.stored_bytes + size_bytes > quota.stored_bytes:
        detail = f"{used.stored_bytes} of {quota.stored_bytes} bytes are stored."
        return TurnedAway(
            ErrorCode.BUDGET_SPENT, detail, action="Delete documents, or have the quota raised."
        )
    return None


def until(missing: float, per_minute: float) -> float:
    """Seconds until so much has come back of a minute's allowance; never comes: an hour."""
    return min(max(missing, 0.0) * 60.0 / per_minute, 3600.0) if per_minute > 0 else 3600.0
