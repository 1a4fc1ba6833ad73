"""Pages of the small company, without a browser."""

from collections.abc import AsyncIterator

import pytest

from tests.api.office import Office, opened


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = await opened()
    yield office
    await office.http.aclose()
    await office.platform.close()
