"""The HTTP API: routes by resource under `routes/`; everything else here is what they have in common."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from docmill.entrypoints.api.services import Services


def create_app(services: "Services") -> "FastAPI":
    """Build the application over `services`; it opens and closes nothing itself."""
    # Importing the package stays cheap for those who only want `Services`.
    from docmill.entrypoints.api.app import build_app

    return build_app(services)
