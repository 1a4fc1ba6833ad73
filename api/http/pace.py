"""How much one asker may send: a bucket that fills steadily and holds ten seconds' worth."""

import math
from collections import OrderedDict
from uuid import UUID

HELD_SECONDS = 10
MOST_TOKENS = 10_000


class Pace:
    """Counts the requests of each access token."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._most = a_second * HELD_SECONDS
        self._left: OrderedDict[UUID, tuple[float, float]] = OrderedDict()

    def wait(self, token_id: UUID, now: float) -> int:
        """Take one request out of a token's bucket; 0, or the whole seconds after which there will be one."""
        left, since = self._left.get(token_id, (float(self._most), now))
        left = min(self._most, left + (now - since) * self._a_second)
        waits = 0 if left >= 1 else max(1, math.ceil((1 - left) / self._a_second))
        self._left[token_id] = (left if waits else left - 1, now)
        self._left.move_to_end(token_id)
        if len(self._left) > MOST_TOKENS:
            self._left.popitem(last=False)
        return waits
