"""When an upload is told to come back later, because too much of its tenant's is waiting already."""

from collections.abc import Mapping
from dataclasses import dataclass

from docmill.domain.errors import ErrorCode
from docmill.domain.limits.fairness import BUSY_RETRY_S_MAX, QUEUE_DOCUMENTS_MAX
from docmill.domain.quotas import TurnedAway
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant's documents that are not read yet. ``read_per_s`` is None until some were read just now."""

    documents: int
    oldest_s: float
    read_per_s: float | None = None
    weight: float = 1.0


def predicted_wait_s(tenant: TenantId, waiting: Mapping[TenantId, Waiting]) -> float:
    """How long the tenant's next document would wait to be read, as things go now.

    By what was read of the tenant's lately; else by its share of what was read of everybody's; else, when
    nothing is read at all, as long as its oldest has waited.
    """
    own = waiting.get(tenant)
    if own is None or not own.documents:
        return 0.0
    if own.read_per_s:
        return own.documents / own.read_per_s
    together = sum(each.read_per_s or 0.0 for each in waiting.values())
    if not together:
        return own.oldest_s
    weights = sum(each.weight for each in waiting.values() if each.documents)
    return own.documents / (together * own.weight / weights)


def refusal(
    tenant: TenantId, waiting: Mapping[TenantId, Waiting], *, wait_s_max: float, disk_low: bool = False
) -> TurnedAway | None:
    """Why the tenant's next upload is not taken; None when it is.

    Where all together wait too much, or the disk gets full, those go first that have more waiting than their
    share of it; who has nothing waiting is always taken.
    """
    wait_s = predicted_wait_s(tenant, waiting)
    if wait_s > wait_s_max:
        detail = f"About {wait_s:.0f} s of this tenant's work are waiting."
        return TurnedAway(ErrorCode.BUSY, detail, retry_after_s=_bounded(wait_s - wait_s_max))
    together = sum(each.documents for each in waiting.values())
    if (together > QUEUE_DOCUMENTS_MAX or disk_low) and _is_heavy(tenant, waiting, together):
        return TurnedAway(
            ErrorCode.BUSY, "Too many documents are waiting.", retry_after_s=_bounded(wait_s / 10)
        )
    return None


def _is_heavy(tenant: TenantId, waiting: Mapping[TenantId, Waiting], together: int) -> bool:
    own = waiting.get(tenant)
    if own is None or not own.documents:
        return False
    weights = sum(each.weight for each in waiting.values() if each.documents)
    return own.documents / own.weight >= together / weights


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), BUSY_RETRY_S_MAX)
