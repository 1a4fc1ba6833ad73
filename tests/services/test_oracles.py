"""Our tree and proofs against implementations that are not ours, for every size up to 300 and every pair of indexes.

pymerkle and sigstore's verifier are asked in tests only. The vectors are those that transparency logs share.
"""

from hashlib import sha256
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import LogCheckpoint
from sigstore.errors import VerificationError

from services.adapters.ed25519 import FileKey
from services.checkpoints import Checkpoint
from services.proofs import consistency, inclusion, is_consistent, is_included, node_hash, root_at
from tests.verifying import leads_to

pymerkle: Any = import_module("pymerkle")  # it has no types
MOST = 300
ENTRIES = [f"event {n}".encode() for n in range(MOST)]
LEAVES = [sha256(b"\0" + entry).digest() for entry in ENTRIES]
VECTORS = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
)


class Levels:
    """The roots of all complete subtrees over some leaves."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._levels = [leaves]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            self._levels.append([node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])

    async def root_of(self, height: int, index: int) -> bytes:
        """See `Subtrees`."""
        return self._levels[height][index]


def by_pymerkle() -> Any:  # noqa: ANN401 - it has no types
    """The tree of pymerkle over the same entries."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in ENTRIES:
        tree.append_entry(entry)
    return tree


async def test_the_shared_vectors_have_the_roots_that_all_logs_give_them() -> None:
    leaves = [sha256(b"\0" + bytes.fromhex(entry)).digest() for entry, _ in VECTORS]
    for size, (_, root) in enumerate(VECTORS, 1):
        assert (await root_at(Levels(leaves), size)).hex() == root
    assert (await root_at(Levels(leaves), 0)).hex() == sha256(b"").hexdigest()


@pytest.mark.slow
async def test_every_event_of_every_size_is_proved_as_pymerkle_and_sigstore_prove_it() -> None:
    ours, theirs = Levels(LEAVES), by_pymerkle()
    for size in range(1, MOST + 1):
        root = await root_at(ours, size)
        assert root == theirs.get_root(size)
        for index in range(size):
            proof = list(await inclusion(ours, index, size))
            other = theirs.prove_inclusion(index + 1, size)
            assert [LEAVES[index], *proof] == list(other.path)
            assert by_sigstore(index, size, ENTRIES[index], proof, root)
            assert is_included(index, size, LEAVES[index], proof, root)
            assert leads_to(index, size, LEAVES[index], proof, root)
        pymerkle.verify_inclusion(LEAVES[size - 1], root, theirs.prove_inclusion(size, size))


@pytest.mark.slow
async def test_every_log_is_every_smaller_one_grown_as_pymerkle_proves_it() -> None:
    ours, theirs = Levels(LEAVES), by_pymerkle()
    roots = [await root_at(ours, size) for size in range(MOST + 1)]
    for new in range(1, MOST + 1):
        for old in range(1, new):
            proof = list(await consistency(ours, old, new))
            assert is_consistent(old, new, roots[old], roots[new], proof)
            other = theirs.prove_consistency(old, new)
            pymerkle.verify_consistency(roots[old], roots[new], other, prior_size=old, later_size=new)
            if old % 2 == 0:
                assert not is_consistent(old, new, roots[old - 1], roots[new], proof)


async def test_sigstore_refuses_what_we_refuse() -> None:
    ours = Levels(LEAVES)
    for index, size in ((0, 2), (4, 7), (100, 257), (299, 300)):
        root, proof = await root_at(ours, size), list(await inclusion(ours, index, size))
        wrong = [
            (index, size, ENTRIES[index], [*proof, root], root),
            (index, size, ENTRIES[index], proof[:-1], root),
            (index, size, ENTRIES[index - 1], proof, root),
            (index, size, ENTRIES[index], proof, sha256(root).digest()),
        ]
        for at, of, entry, hashes, to in wrong:
            leaf = sha256(b"\0" + entry).digest()
            answers = {by_sigstore(at, of, entry, hashes, to), is_included(at, of, leaf, hashes, to)}
            assert answers | {leads_to(at, of, leaf, hashes, to)} == {False}


async def test_sigstore_reads_our_checkpoint() -> None:
    ours = Checkpoint("fieldtrace/main", 42, sha256(b"root").digest())
    read = LogCheckpoint.from_text(ours.text)
    assert (read.origin, read.log_size, bytes.fromhex(read.log_hash)) == (ours.origin, ours.size, ours.root)
    assert ours.signed(FileKey("fieldtrace/main", bytes(32))).startswith(ours.text)


def by_sigstore(index: int, size: int, entry: bytes, hashes: list[bytes], root: bytes) -> bool:
    """What sigstore's verifier says of a proof."""
    proof = SimpleNamespace(log_index=index, tree_size=size, hashes=hashes, root_hash=root)
    told: Any = SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=entry))
    try:
        verify_merkle_inclusion(told)
    except VerificationError:
        return False
    return True
