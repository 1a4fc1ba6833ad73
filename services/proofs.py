"""What proves that an event belongs to the log, and that a longer log only added to a shorter one (RFC 6962).

A proof is a few hashes: whoever holds a root and a leaf checks them without asking us. The tree is the one of
`services.tree`; what is asked of it here are the roots of complete subtrees, which `services.tiles` keeps.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol


class Subtrees(Protocol):
    """Knows the roots of the complete subtrees of a log that has at least so many leaves."""

    async def root_of(self, height: int, index: int) -> bytes:
        """The root over the 2**height leaves from number index · 2**height (from 0); a leaf itself at height 0."""
        ...


class Once:
    """Asks for each subtree once, for many proofs to one root: they share most of what lies above them."""

    def __init__(self, trees: Subtrees) -> None:
        self._trees = trees
        self._known: dict[tuple[int, int], bytes] = {}

    async def root_of(self, height: int, index: int) -> bytes:
        """See `Subtrees`."""
        known = self._known.get((height, index))
        if known is None:
            known = self._known[height, index] = await self._trees.root_of(height, index)
        return known


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two others."""
    return sha256(b"\1" + left + right).digest()


async def root_at(trees: Subtrees, size: int) -> bytes:
    """The root that the log had when it held `size` events."""
    return await _root(trees, 0, size) if size else sha256(b"").digest()


async def inclusion(trees: Subtrees, index: int, size: int) -> Sequence[bytes]:
    """The hashes that lead from leaf number `index` (from 0) to the root of the first `size` leaves."""
    if not 0 <= index < size:
        msg = f"leaf {index} is none of the first {size}"
        raise ValueError(msg)
    path: list[bytes] = []
    start, count = 0, size
    while count > 1:
        left = _left(count)
        if index - start < left:
            path.append(await _root(trees, start + left, count - left))
            count = left
        else:
            path.append(await _root(trees, start, left))
            start, count = start + left, count - left
    return path[::-1]


async def consistency(trees: Subtrees, old: int, new: int) -> Sequence[bytes]:
    """The hashes that lead from the root of the first `old` leaves to the root of the first `new` ones."""
    if not 0 <= old <= new:
        msg = f"a log of {new} events never was one of {old}"
        raise ValueError(msg)
    if old in (0, new):
        return ()
    path: list[bytes] = []
    start, count, rest, whole = 0, new, old, True
    while rest != count:
        left = _left(count)
        if rest <= left:
            path.append(await _root(trees, start + left, count - left))
            count = left
        else:
            path.append(await _root(trees, start, left))
            start, count, rest, whole = start + left, count - left, rest - left, False
    return ([] if whole else [await _root(trees, start, count)]) + path[::-1]


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(other, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, other)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the first `old` of `new` leaves are those of the old root."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == sha256(b"").digest()
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    of_old = of_new = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            of_old, of_new = node_hash(other, of_old), node_hash(other, of_new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            of_new = node_hash(of_new, other)
        here, last = here >> 1, last >> 1
    return last == 0 and of_old == old_root and of_new == new_root


def _left(count: int) -> int:
    """How many of `count` leaves lie in the left, complete subtree: the largest power of two below their number."""
    return 1 << (count - 1).bit_length() - 1


async def _root(trees: Subtrees, start: int, count: int) -> bytes:
    """The root over `count` leaves from `start`; the left part of every split is complete."""
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return await trees.root_of(height, start >> height)
    left = _left(count)
    return node_hash(await _root(trees, start, left), await _root(trees, start + left, count - left))
