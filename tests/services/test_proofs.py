"""Proofs of the tree against a tree built the slow way, for every size and every pair of a few hundred."""

from collections.abc import Sequence
from hashlib import sha256

import pytest

from services.proofs import consistency, inclusion, is_consistent, is_included, node_hash, root_at
from services.tree import EMPTY_ROOT, grow, root_of

MOST = 300
LEAVES = [sha256(b"\0" + bytes([n % 256, n // 256])).digest() for n in range(MOST)]


class Slow:
    """Every subtree, made from its leaves each time."""

    async def root_of(self, height: int, index: int) -> bytes:
        """See `Subtrees`."""
        width = 1 << height
        leaves = LEAVES[index * width : (index + 1) * width]
        assert len(leaves) == width, "only complete subtrees are asked for"
        return merkle(leaves)


def merkle(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return node_hash(merkle(leaves[:left]), merkle(leaves[left:]))


async def test_the_root_of_every_size_is_the_one_that_the_standard_defines() -> None:
    frontier: list[bytes] = []
    assert await root_at(Slow(), 0) == EMPTY_ROOT
    for size in range(1, MOST + 1):
        grow(frontier, size - 1, LEAVES[size - 1])
        assert await root_at(Slow(), size) == merkle(LEAVES[:size]) == root_of(frontier)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 100, 255, 256, 257, MOST])
async def test_every_event_of_a_log_is_proved_and_no_other_leaf_is(size: int) -> None:
    root = merkle(LEAVES[:size])
    for index in range(size):
        proof = await inclusion(Slow(), index, size)
        assert is_included(index, size, LEAVES[index], proof, root)
        assert not is_included(index, size, sha256(b"another").digest(), proof, root)
        assert not is_included((index + 1) % size, size, LEAVES[index], proof, root) or size == 1
        assert not is_included(index, size, LEAVES[index], [*proof, root], root)


async def test_every_log_is_proved_to_be_every_smaller_one_grown() -> None:
    roots = [EMPTY_ROOT, *(merkle(LEAVES[:size]) for size in range(1, 81))]
    for new in range(81):
        for old in range(new + 1):
            proof = await consistency(Slow(), old, new)
            assert is_consistent(old, new, roots[old], roots[new], proof)
            if 0 < old < new:
                assert not is_consistent(old, new, roots[old - 1], roots[new], proof)
                assert not is_consistent(old, new, roots[old], roots[new - 1], proof)
                assert not is_consistent(old, new, roots[old], roots[new], proof[:-1])


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
async def test_an_event_that_is_not_there_is_not_proved(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="none of the first"):
        await inclusion(Slow(), index, size)
    assert not is_included(index, size, LEAVES[0], (), EMPTY_ROOT)


async def test_a_log_never_was_a_longer_one() -> None:
    with pytest.raises(ValueError, match="never was"):
        await consistency(Slow(), 5, 4)
    assert not is_consistent(5, 4, EMPTY_ROOT, EMPTY_ROOT, ())
