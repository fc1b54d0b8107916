"""The closed list of codes, and the one exception that carries them.

`docs/errors.md` is made from this table.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Everything that docmill answers with when something is not as it should be."""

    # The document itself: these end a run as rejected or failed.
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    FILE_TRUNCATED = "file_truncated"
    FILE_CORRUPT = "file_corrupt"
    PASSWORD_REQUIRED = "password_required"  # noqa: S105 - a code, not a secret
    TYPE_UNKNOWN = "type_unknown"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    UNPACK_BOMB = "unpack_bomb"
    XML_FORBIDDEN = "xml_forbidden"
    PAGE_FAILED = "page_failed"
    NOTHING_READABLE = "nothing_readable"
    READER_LIMIT = "reader_limit"
    READER_CRASHED = "reader_crashed"
    REVIEW_REJECTED = "review_rejected"

    # The request.
    REQUEST_INVALID = "request_invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    RATE_LIMITED = "rate_limited"
    BUDGET_SPENT = "budget_spent"
    BUSY = "busy"
    REQUEST_TIMEOUT = "request_timeout"
    LEASE_HELD = "lease_held"
    LEGAL_HOLD = "legal_hold"
    ADDRESS_REFUSED = "address_refused"
    NOT_FOUND = "not_found"
    NOT_READY = "not_ready"
    ERASED = "erased"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    VERSION_CONFLICT = "version_conflict"
    TYPE_INVALID = "type_invalid"
    RULE_INVALID = "rule_invalid"
    TENANT_INVALID = "tenant_invalid"
    TENANT_EXISTS = "tenant_exists"

    # The platform.
    UNAVAILABLE = "unavailable"
    STORAGE_FULL = "storage_full"
    STALE_CLAIM = "stale_claim"
    STATE_FORBIDDEN = "state_forbidden"
    SETTING_INVALID = "setting_invalid"
    HOME_UNREACHABLE = "home_unreachable"
    PART_MISSING = "part_missing"
    BACKUP_INVALID = "backup_invalid"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means. ``retry``: the same thing may work later without anybody changing it."""

    status: int
    sentence: str
    action: str
    retry: bool = False


CODES: dict[ErrorCode, CodeInfo] = {
    ErrorCode.FILE_EMPTY: CodeInfo(422, "The file has no bytes.", "Upload the file again; check how it was exported."),
    ErrorCode.FILE_TOO_LARGE: CodeInfo(413, "The file is larger than the limit.", "Split it, or scan it at a lower resolution."),
    ErrorCode.FILE_TRUNCATED: CodeInfo(422, "The file ends before its end.", "Upload it again; the copy was cut off on its way."),
    ErrorCode.FILE_CORRUPT: CodeInfo(422, "The file is not what its type asks for.", "Open it, and save, print or pack it again."),
    ErrorCode.PASSWORD_REQUIRED: CodeInfo(422, "The file is encrypted and needs a password.", "Save it without a password and upload it again."),
    ErrorCode.TYPE_UNKNOWN: CodeInfo(415, "docmill does not read files of this kind.", "Save it as PDF; photos as JPEG, older office files as DOCX or XLSX, archives as ZIP."),
    ErrorCode.TOO_MANY_PAGES: CodeInfo(413, "The document has more pages, or a table more cells, than the limit.", "Split it."),
    ErrorCode.TOO_MANY_PIXELS: CodeInfo(413, "A picture has more pixels than the limit.", "Scan it at a lower resolution."),
    ErrorCode.UNPACK_BOMB: CodeInfo(422, "The file unpacks to more than the limit.", "Upload what is in it in smaller archives; print an office file to PDF."),
    ErrorCode.XML_FORBIDDEN: CodeInfo(422, "The XML has a document type or entities, or is larger than the limit.", "Remove the DOCTYPE; e-invoices and office files have none."),
    ErrorCode.PAGE_FAILED: CodeInfo(422, "A page could not be read.", "Look at the page; print it to a new PDF."),
    ErrorCode.NOTHING_READABLE: CodeInfo(422, "There is nothing to read in the file.", "Check that it is the right file, and not empty."),
    ErrorCode.READER_LIMIT: CodeInfo(422, "Reading took more time or memory than the limit.", "Split the file or print it to a new PDF."),
    ErrorCode.READER_CRASHED: CodeInfo(422, "The file brings its reader down.", "Print it to a new PDF."),
    ErrorCode.REVIEW_REJECTED: CodeInfo(422, "A reviewer has rejected the document.", "Read the reason that the reviewer gave; upload the right document."),
    ErrorCode.REQUEST_INVALID: CodeInfo(422, "The request is not of the right form.", "Correct what the detail names."),
    ErrorCode.UNAUTHENTICATED: CodeInfo(401, "There is no valid credential with the request.", "Send `Authorization: Bearer <key>`, which `docmill keys create` makes; people sign in with address and password."),
    ErrorCode.FORBIDDEN: CodeInfo(403, "The credential does not allow this.", "Use one with the permission that the detail names."),
    ErrorCode.RATE_LIMITED: CodeInfo(429, "The tenant's quota for now is used up.", "Wait for the seconds that Retry-After names.", retry=True),
    ErrorCode.BUDGET_SPENT: CodeInfo(402, "The tenant's budget for the month is used up.", "Wait for the next month, or have it raised with `docmill tenants quota`."),
    ErrorCode.BUSY: CodeInfo(429, "The platform is behind with this tenant's work.", "Wait for the seconds that Retry-After names.", retry=True),
    ErrorCode.REQUEST_TIMEOUT: CodeInfo(408, "The request did not arrive in time.", "Send it again over a better line; larger files in smaller pieces.", retry=True),
    ErrorCode.LEASE_HELD: CodeInfo(409, "Somebody else has it in hand.", "Take another one, or wait until the lease ends.", retry=True),
    ErrorCode.LEGAL_HOLD: CodeInfo(409, "The document is under legal hold and is not deleted.", "Have an admin of the tenant lift the hold first."),
    ErrorCode.ADDRESS_REFUSED: CodeInfo(422, "The address is not one that docmill calls.", "Name an https address that the internet reaches; the operator opens others with DOCMILL_WEBHOOK_ALLOW."),
    ErrorCode.NOT_FOUND: CodeInfo(404, "There is no such thing.", "Check the id."),
    ErrorCode.NOT_READY: CodeInfo(409, "The result is not there yet.", "Ask the operation for its status, or wait.", retry=True),
    ErrorCode.ERASED: CodeInfo(410, "The document was deleted.", "Nothing can be done; upload it again if it is still needed."),
    ErrorCode.IDEMPOTENCY_MISMATCH: CodeInfo(422, "The Idempotency-Key was used for another request.", "Use a new key for a new request."),
    ErrorCode.VERSION_CONFLICT: CodeInfo(412, "Somebody else has changed it meanwhile.", "Load it again and repeat the change.", retry=True),
    ErrorCode.TYPE_INVALID: CodeInfo(422, "The document type cannot be used.", "Correct what the detail names."),
    ErrorCode.RULE_INVALID: CodeInfo(422, "A rule cannot be compiled.", "Correct what the detail names."),
    ErrorCode.TENANT_INVALID: CodeInfo(422, "The tenant's name is not allowed.", "Use 3 to 24 lower-case letters and digits, a letter first."),
    ErrorCode.TENANT_EXISTS: CodeInfo(409, "There is a tenant of this name.", "Use another name, or make a key for it with `docmill keys create`."),
    ErrorCode.UNAVAILABLE: CodeInfo(503, "A part that docmill needs does not answer.", "Try again; nothing that was acknowledged is lost.", retry=True),
    ErrorCode.STORAGE_FULL: CodeInfo(503, "There is no room left to store the file.", "Make room; uploads are taken again by themselves.", retry=True),
    ErrorCode.STALE_CLAIM: CodeInfo(409, "Another worker has taken the message over.", "Nothing: the other worker goes on.", retry=True),
    ErrorCode.STATE_FORBIDDEN: CodeInfo(409, "The document is not in a state that allows this.", "Look at its state first."),
    ErrorCode.SETTING_INVALID: CodeInfo(500, "A setting is wrong.", "Correct the setting that the detail names."),
    ErrorCode.HOME_UNREACHABLE: CodeInfo(500, "A folder that docmill needs cannot be used.", "Set DOCMILL_HOME to a folder that the database's user can reach."),
    ErrorCode.PART_MISSING: CodeInfo(500, "A part of the installation is missing.", "Run `docmill doctor`."),
    ErrorCode.BACKUP_INVALID: CodeInfo(500, "The backup is not whole, or not of this release.", "Take another one; `docmill restore --check` tells what is wrong with it."),
    ErrorCode.INTERNAL_ERROR: CodeInfo(500, "docmill made a mistake.", "Report it with the request id; `docmill replay` sends it again.", retry=True),
}  # fmt: skip


class DocmillError(Exception):
    """Any failure with a code. ``detail`` says what exactly, without document content.

    ``action`` says what to do about it: the code's general advice, unless this case has a better one.
    """

    def __init__(self, code: ErrorCode, detail: str = "", *, action: str = "") -> None:
        super().__init__(f"{code}: {detail or CODES[code].sentence}")
        self.code = code
        self.detail = detail
        self.action = action or CODES[code].action

    @property
    def info(self) -> CodeInfo:
        return CODES[self.code]

    @property
    def retry(self) -> bool:
        return self.info.retry

    @property
    def status(self) -> int:
        return self.info.status

    def __reduce__(self) -> tuple[object, ...]:
        # By what it holds: subclasses are not made of the same arguments.
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[DocmillError], words: tuple[str, ...], held: dict[str, object]) -> DocmillError:
    error = kind.__new__(kind, *words)
    error.__dict__.update(held)
    return error


class Unavailable(DocmillError):
    """A server or a disk does not answer; trying again helps."""

    def __init__(self, detail: str = "", *, action: str = "") -> None:
        super().__init__(ErrorCode.UNAVAILABLE, detail, action=action)


class NotFound(DocmillError):
    """Absent, or another tenant's: the two cannot be told apart."""

    def __init__(self, detail: str = "", *, action: str = "") -> None:
        super().__init__(ErrorCode.NOT_FOUND, detail, action=action)


class StaleClaim(DocmillError):
    """The claim's fence is old: another worker holds the message. Nothing was written."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(ErrorCode.STALE_CLAIM, detail)


class VersionConflict(DocmillError):
    """The stored version is not the one that the change started from. Nothing was written."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(ErrorCode.VERSION_CONFLICT, detail)


def invalid(detail: str) -> DocmillError:
    """What a caller sent cannot be followed; ``detail`` says why, and quotes nothing of a document."""
    return DocmillError(ErrorCode.REQUEST_INVALID, detail)


class Rejected(DocmillError):
    """The document cannot be processed, and trying again will not help: its run ends in REJECTED(code)."""
