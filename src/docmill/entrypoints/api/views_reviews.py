"""Reviews as JSON."""

from typing import Any

from docmill.domain.review import ReviewItem, ReviewSettings, SavedCorrection


def item_view(item: ReviewItem, subject: str) -> dict[str, Any]:
    """The lease's id is told to its holder ``subject`` alone: it is what lets him save."""
    lease = item.lease
    return {
        "document_id": str(item.document),
        "kind": item.kind,
        "name": item.name,
        "type": item.type_name,
        "batch": item.batch,
        "version": item.version,
        "loss": item.loss,
        "blockers": list(item.rules),
        "entered_at": item.entered_at.isoformat(),
        "uploaded_at": item.uploaded_at.isoformat(),
        "lease": lease
        and {
            "id": str(lease.id) if lease.holder == subject else None,
            "holder": lease.holder,
            "until": lease.until.isoformat(),
        },
        "postponed_until": item.postponed_until and item.postponed_until.isoformat(),
        "note": item.note,
    }


def correction_view(saved: SavedCorrection) -> dict[str, Any]:
    said = saved.correction
    return {
        "save": str(saved.save),
        "run": saved.run_number,
        "kind": saved.kind,
        "by": saved.subject,
        "time": saved.time.isoformat(),
        "operation": said.operation,
        "path": said.path,
        "outcome": said.outcome,
        "before": said.before,
        "after": said.after,
        "page": said.page,
        "box": said.box and list(said.box),
        "raw_text": said.raw_text,
        "evidence": said.evidence,
        "reason": said.reason,
    }


def settings_view(settings: ReviewSettings) -> dict[str, Any]:
    types = {
        name: {
            "four_eyes": policy.four_eyes,
            "four_eyes_above": None if policy.four_eyes_above is None else str(policy.four_eyes_above),
            "audit_rate": policy.audit_rate,
        }
        for name, policy in sorted(settings.types.items())
    }
    return {"version": settings.version, "types": types}
