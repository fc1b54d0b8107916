"""Bodies of the routes about keys, tokens, sessions and people: what OpenAPI says of them is what is
checked.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from docmill.domain.access import Permission, Role, Through
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.identity import (
    EMAIL_CHARS_MAX,
    KEY_DAYS_MAX,
    KEY_OVERLAP_HOURS_DEFAULT,
    KEY_OVERLAP_HOURS_MAX,
    LABEL_CHARS_MAX,
    PASSWORD_CHARS_MAX,
    PASSWORD_CHARS_MIN,
    SCOPES_MAX,
)
from docmill.entrypoints.api.bodies import json_object
from docmill.ports.identity import ApiKey
from docmill.ports.people import Member

_PLATFORMS_OWN = frozenset((Role.PLATFORM_ADMIN.value, Permission.PLATFORM_MANAGE.value))
_ALL_SCOPES = [*(role.value for role in Role), *(permission.value for permission in Permission)]
_TENANT_SCOPES = [scope for scope in _ALL_SCOPES if scope not in _PLATFORMS_OWN]
_SCOPES = Field(
    min_length=1, max_length=SCOPES_MAX, description="Permissions, or the name of a role for all that it has."
)


# The enumeration is for readers of OpenAPI: `permissions_of` refuses other words, and says which there are.
TenantScope = Annotated[str, Field(json_schema_extra={"enum": [*_TENANT_SCOPES]})]
AnyScope = Annotated[str, Field(json_schema_extra={"enum": [*_ALL_SCOPES]})]


def _whole(number: object) -> object:
    """To JSON, 90.0 is an integer."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Days = Annotated[int, Field(ge=1, le=KEY_DAYS_MAX), BeforeValidator(_whole)]
Hours = Annotated[int, Field(ge=0, le=KEY_OVERLAP_HOURS_MAX), BeforeValidator(_whole)]
_PLAIN = "^[^\\x00]*$"
_EXAMPLE_KEY: dict[str, Any] = {
    "prefix": "0a1b2c3d4e5f",
    "label": "nightly upload",
    "scopes": ["documents:write"],
    "created_at": "2026-01-05T09:30:00+00:00",
    "created_by": "person:3f0c9b1e-6d1b-4f64-9a53-0a7f3a3c8d11",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
    "replaced_by": None,
}


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class KeyAsked(_Asked):
    label: str = Field("", max_length=LABEL_CHARS_MAX, pattern=_PLAIN, examples=["nightly upload"])
    scopes: Annotated[list[TenantScope], _SCOPES] = Field([Role.OPERATOR.value])
    expires_in_days: Days | None = Field(None, examples=[90])


class RotationAsked(_Asked):
    overlap_hours: Hours = Field(KEY_OVERLAP_HOURS_DEFAULT, description="How long the old key goes on.")


class TokenAsked(_Asked):
    scopes: Annotated[list[AnyScope], _SCOPES] | None = Field(
        None, description="Fewer than the key has; without it all of them."
    )


class SignInAsked(_Asked):
    email: str = Field(
        min_length=1, max_length=EMAIL_CHARS_MAX, pattern=_PLAIN, examples=["ada@acme.example"]
    )
    password: str = Field(
        min_length=1, max_length=PASSWORD_CHARS_MAX, json_schema_extra={"format": "password"}
    )


class TenantAsked(_Asked):
    tenant: str | None = Field(
        max_length=24, pattern=_PLAIN, description="One of the session's; null for none."
    )


class PasswordAsked(_Asked):
    old: str = Field(min_length=1, max_length=PASSWORD_CHARS_MAX)
    new: str = Field(min_length=PASSWORD_CHARS_MIN, max_length=PASSWORD_CHARS_MAX)


class RoleAsked(_Asked):
    role: str = Field(pattern="^(viewer|reviewer|operator|admin)$", examples=["reviewer"])


class KeyBody(BaseModel):
    """`prefix` is the part of the key that may be shown; `last_used_at` is exact to a few minutes."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_KEY]})
    prefix: str
    label: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None = Field(description="Prefix of the key that it was rotated to.")


class NewKeyBody(KeyBody):
    """With the key itself, this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_KEY | {"key": "dm_0a1b2c3d4e5f_…"}]})
    key: str


class KeyList(BaseModel):
    items: list[KeyBody]
    next: None


class TokenBody(BaseModel):
    """As RFC 6749 writes it."""

    access_token: str
    token_type: str = Field(examples=["Bearer"])
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(examples=["documents:read documents:write"])


class KeySetBody(BaseModel):
    """RFC 7517."""

    keys: list[dict[str, Any]]


class TenantRole(BaseModel):
    tenant: str
    role: Role


class SessionBody(BaseModel):
    """Who asks. What belongs to a person is null for a key or token."""

    subject: str
    through: Through
    tenant: str | None = Field(description="The one that is acted in.")
    permissions: list[Permission]
    email: str | None
    platform_admin: bool
    tenants: list[TenantRole] = Field(description="Those that a person can choose from.")
    csrf: str | None = Field(description="What all but reading carries as `X-Csrf-Token`.")


class MemberBody(BaseModel):
    email: str
    role: Role
    granted_by: str
    created_at: datetime


class MemberList(BaseModel):
    items: list[MemberBody]
    next: None


_Wanted = TypeVar("_Wanted", bound=BaseModel)


async def asked(request: Request, model: type[_Wanted], *, required: bool = True) -> _Wanted:
    """Raise DocmillError(request_invalid), naming places and never values, for what the model does not
    take.
    """
    empty = not required and request.headers.get("content-length", "0") == "0"
    body = {} if empty and "transfer-encoding" not in request.headers else await json_object(request)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        places = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise DocmillError(ErrorCode.REQUEST_INVALID, "; ".join(places)) from None


def asking(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes it."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": required, "content": content}}


def key_view(key: ApiKey) -> dict[str, Any]:
    return {name: getattr(key, name) for name in KeyBody.model_fields}


def member_view(member: Member) -> dict[str, Any]:
    return {name: getattr(member, name) for name in MemberBody.model_fields}
