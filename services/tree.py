"""The tree over the log (RFC 6962): what each event adds to it, and the root that stands for all of them.

The tree is kept as its frontier, the hashes of the complete subtrees that cover the log from left to right, so
that adding an event takes about one hash and no look back.
"""

from collections.abc import MutableSequence, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of a log without events."""


def leaf_hash(position: int, recorded_us: int, body: bytes) -> bytes:
    """What one event is in the tree: its position, the hour at which it was recorded, its stored bytes.

    `recorded_us`: microseconds since 1970-01-01T00:00:00Z.
    """
    return sha256(b"\0" + position.to_bytes(8, "big") + recorded_us.to_bytes(8, "big", signed=True) + body).digest()


def grow(frontier: MutableSequence[bytes], size: int, leaf: bytes) -> None:
    """Add the leaf after `size` others to their frontier."""
    while size & 1:
        leaf = sha256(b"\1" + frontier.pop() + leaf).digest()
        size >>= 1
    frontier.append(leaf)


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The root over everything that the frontier covers."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for complete in reversed(frontier[:-1]):
        root = sha256(b"\1" + complete + root).digest()
    return root
