"""What is counted about each subject shows that nothing is missing, and that there is nobody else."""

from hashlib import sha256

from services.adapters.eventsourcing_log import EventsourcingLog
from services.adapters.evidence_in_memory import EvidenceInMemory
from services.adapters.memory_recorder import MemoryRecorder
from services.proofs import is_included
from services.subject_heads import Head, SubjectHeads
from services.tree import EMPTY_ROOT
from tests.services.adapters.stories import appending, reserved, write


async def _told(*reps: str) -> tuple[EventsourcingLog, SubjectHeads]:
    log = EventsourcingLog(MemoryRecorder(), "main")
    for rep in reps:
        await write(log, reserved(rep))
    return log, SubjectHeads(log, EvidenceInMemory())


async def test_a_chain_is_made_of_the_leaves_about_a_subject_in_the_order_of_the_log() -> None:
    log, counting = await _told("anna", "bruno", "anna")
    heads = await counting.as_of_now()
    leaves = await log.leaves(0, 3)
    chain = sha256(sha256(bytes(32) + leaves[0]).digest() + leaves[2]).digest()
    assert {head.subject: head for head in heads.heads}["rep:anna"] == Head("rep:anna", 2, chain)
    assert await counting.positions("rep:anna", upto=heads.as_of) == [1, 3]
    assert await counting.positions("rep:anna", upto=2) == [1]


async def test_counting_in_steps_comes_to_the_same_as_counting_at_once() -> None:
    log, counting = await _told("anna")
    await counting.catch_up()
    for rep in ("bruno", "anna", "carla"):
        await write(log, reserved(rep))
        await counting.catch_up()
    at_once = await SubjectHeads(log, EvidenceInMemory()).as_of_now()
    assert await counting.as_of_now() == at_once


async def test_a_head_is_proved_and_so_is_that_there_is_none() -> None:
    _, counting = await _told("anna", "bruno", "carla", "dora", "emil")
    heads = await counting.as_of_now()
    root = await heads.root()
    [place] = heads.neighbours("rep:dora")
    assert heads.heads[place].subject == "rep:dora"
    for one in range(len(heads.heads)):
        assert is_included(one, len(heads.heads), heads.heads[one].leaf, await heads.proof(one), root)
    left, right = heads.neighbours("rep:bz")
    assert (heads.heads[left].subject, heads.heads[right].subject, right - left) == ("rep:bruno", "rep:carla", 1)
    assert heads.neighbours("a") == [0]
    assert heads.neighbours("z") == [len(heads.heads) - 1]


async def test_an_event_names_its_subjects_once_and_an_empty_log_names_none() -> None:
    log, counting = await _told()
    nobody = await counting.as_of_now()
    assert (nobody.as_of, await nobody.root(), nobody.neighbours("rep:anna")) == (0, EMPTY_ROOT, [])
    await log.append(appending(*(reserved(f"rep{n}") for n in range(300))))
    heads = await counting.as_of_now()
    assert sum(head.count for head in heads.heads if head.subject.startswith("rep:")) == 300
