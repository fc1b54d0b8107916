"""A platform in memory, and clients of two tenants."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.api.memory_platform import Platform


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    async with platform.client() as client:
        yield client


@pytest.fixture
async def stranger(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """Another tenant."""
    async with platform.client("dm_globex") as client:
        yield client
