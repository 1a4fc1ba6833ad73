"""How a test is marked that needs the broker."""

import pytest

KAFKA = [
    pytest.mark.kafka,
    pytest.mark.slow,
    # the client leaves a socket open for each attempt to reach a broker that is away
    pytest.mark.filterwarnings("ignore:Exception ignored in. <(socket|ssl):pytest.PytestUnraisableExceptionWarning"),
]
