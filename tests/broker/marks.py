"""How a test is marked that needs the broker."""

import pytest

from tests.broker import missing

KAFKA = [
    pytest.mark.kafka,
    pytest.mark.slow,
    # the client leaves a socket open for each attempt to reach a broker that is away
    pytest.mark.filterwarnings("ignore:Exception ignored in. <(socket|ssl):pytest.PytestUnraisableExceptionWarning"),
]


def demand_broker() -> None:
    """Skip where there can be no broker (no Java, jars not fetched), so that everything else can be tried there.

    This is the only place that does. Where nothing may be skipped (`tests.no_skips`), as in `.ci/run`, it is a failure.
    """
    why = missing()
    if why is not None:
        pytest.skip(why)
