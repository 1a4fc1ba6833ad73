"""The ladder decides by facts, shows its sum, and lets nobody win by what is only said."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given as any_
from hypothesis import strategies as st

from domain.conflict.ladder import (
    WHOLE,
    Facts,
    Finding,
    MarkedFact,
    Outcome,
    Party,
    RungName,
    Trust,
    awarded,
    climb,
)
from domain.values import Part
from tests.domain.conflict.facts import NOON, SYNCED, anna, bruno, claim, facts, letter, protection, visit
from tests.people import an_id, at, days

OFFLINE = claim(at("03-02 09:00"), Trust.E2, n=1)
ONLINE = claim(NOON, n=2)
BRUNOS = protection(NOON, n=2)


def decided(outcome: Outcome) -> tuple[str, str | None, dict[str, int]]:
    return outcome.rung.value, outcome.winner_id, {part.rep_id: part.bp for part in outcome.credits}


def test_an_attested_earlier_hour_wins_and_the_loser_keeps_a_share_for_an_honest_visit() -> None:
    """A1."""
    honest = bruno(ONLINE, protections=[BRUNOS], visits=[visit(at("03-02 14:00"))])
    assert decided(climb(facts(anna(OFFLINE), honest))) == ("L2", "anna", {"anna": 8_000, "bruno": 2_000})
    idle = bruno(ONLINE, protections=[BRUNOS])
    assert decided(climb(facts(anna(OFFLINE), idle))) == ("L2", "anna", {"anna": 10_000, "bruno": 0})


def test_within_a_minute_the_earlier_effective_visit_decides() -> None:
    """A4: the loser was out of reach and could not know; with a synchronisation in between he could."""
    early = claim(at("03-02 12:00") - timedelta(seconds=40), Trust.E2)
    rival = bruno(ONLINE, protections=[BRUNOS], visits=[visit(at("03-02 13:30"), n=30)])
    offline = visit(at("03-02 14:00"), Trust.E2, knew_at=at("03-02 08:00"))
    outcome = climb(facts(anna(early, visits=[offline]), rival))
    assert decided(outcome) == ("L3", "bruno", {"anna": 2_000, "bruno": 8_000})
    assert [entry.seconds for entry in outcome.rungs[2].entries] == [0, 40]
    noticed = replace(offline, knew_at=at("03-02 13:45"))
    outcome = climb(facts(anna(early, visits=[noticed]), rival))
    assert decided(outcome) == ("L3", "bruno", {"anna": 0, "bruno": 10_000})
    assert (outcome.faith[0].because, outcome.faith[0].known_from) == ("RIVAL_PROTECTION_VISIBLE", NOON)


def test_the_tolerance_is_a_minute_and_not_a_moment_more() -> None:
    for more, rung in ((timedelta(0), RungName.L6), (timedelta(microseconds=1), RungName.L2)):
        early = claim(NOON - timedelta(seconds=60) - more, Trust.E2)
        outcome = climb(facts(anna(early), bruno(ONLINE, protections=[BRUNOS])))
        assert outcome.rung is rung
        assert outcome.rungs[2].limit == 60


def test_whoever_was_protected_when_the_other_came_wins_whatever_the_customer_writes() -> None:
    """A11, A21."""
    since = at("03-01 09:00")
    first = anna(claim(since, n=5), protections=[protection(since, at("03-31 00:00"), n=5)])
    second = bruno(
        claim(at("03-05 09:00"), n=6),
        protections=[protection(at("03-05 09:00"), at("03-31 00:00"), n=6, visible=False)],
        letters=[letter()],
    )
    outcome = climb(facts(first, second, notice_at=at("03-25 09:00")))
    assert decided(outcome) == ("L1", "anna", {"anna": 10_000, "bruno": 0})
    assert [entry.finding for entry in outcome.rungs[1].entries] == [Finding.PROTECTED_THEN, Finding.NOT_PROTECTED_THEN]


def test_a_protection_that_nobody_could_see_takes_no_good_faith_away() -> None:
    """A11: two records, no visible link between them."""
    since = at("03-01 09:00")
    unseen = protection(since, at("03-31 00:00"), n=5, visible=False)
    later = bruno(claim(at("03-05 09:00"), n=6), visits=[visit(at("03-06 10:00"))])
    outcome = climb(facts(anna(claim(since), protections=[unseen]), later, notice_at=at("03-25 09:00")))
    assert decided(outcome) == ("L1", "anna", {"anna": 8_000, "bruno": 2_000})


def test_who_has_no_claim_cannot_win_by_a_visit() -> None:
    """A17."""
    owner = anna(claim(at("03-01 09:00")), protections=[protection(at("03-01 09:00"))])
    outcome = climb(facts(owner, bruno(visits=[visit(at("03-02 10:00"))])))
    assert decided(outcome) == ("L0", "anna", {"anna": 10_000, "bruno": 0})
    assert [entry.finding for entry in outcome.rungs[0].entries] == [Finding.CLAIM_STANDS, Finding.NO_CLAIM]


def test_a_claim_that_ended_before_is_struck_and_says_by_which_rule() -> None:
    """A18."""
    over = anna(claim(at("02-01 09:00"), not_eligible="FOLLOW_UP_STOP"))
    outcome = climb(facts(over, bruno(ONLINE, protections=[BRUNOS])))
    assert decided(outcome)[:2] == ("L0", "bruno")
    assert outcome.rungs[0].entries[0].code == "FOLLOW_UP_STOP"


def test_an_hour_that_is_only_said_separates_nobody() -> None:
    said = claim(at("03-02 08:00"), Trust.E3)
    late = visit(at("03-02 12:30"), Trust.E3)
    outcome = climb(facts(anna(said, visits=[late]), bruno(ONLINE)))
    assert (outcome.rung, outcome.winner_id) == (RungName.L2, "bruno")
    assert outcome.rungs[2].entries[0].finding is Finding.TRUST_TOO_LOW
    tied = climb(facts(anna(claim(NOON), visits=[late]), bruno(ONLINE)))
    assert (tied.rung, tied.rungs[3].entries[0].finding) == (RungName.L6, Finding.TRUST_TOO_LOW)


def test_a_tie_goes_to_who_registered_the_lead_and_then_to_whom_the_customer_chose() -> None:
    found = MarkedFact(an_id(70), Trust.E3, at("03-01 08:00"))
    registered = climb(facts(anna(claim(NOON), letters=[letter()]), replace(bruno(ONLINE), registered=found)))
    assert decided(registered) == ("L4", "bruno", {"anna": 0, "bruno": 10_000})
    chosen = climb(facts(anna(claim(NOON), letters=[letter()]), bruno(ONLINE)))
    assert decided(chosen) == ("L5", "anna", {"anna": 10_000, "bruno": 0})


def test_letters_that_contradict_each_other_leave_it_to_the_arbiter_who_begins_with_halves() -> None:
    outcome = climb(facts(anna(claim(NOON), letters=[letter(60)]), bruno(ONLINE, letters=[letter(61)])))
    assert decided(outcome) == ("L6", None, {"anna": 5_000, "bruno": 5_000})


def test_a_visit_after_the_first_visit_deadline_decides_no_tie() -> None:
    outcome = climb(facts(anna(claim(NOON), visits=[visit(at("03-06 00:00"))]), bruno(ONLINE)))
    assert outcome.rung is RungName.L6


def test_after_the_opening_nobody_is_in_good_faith() -> None:
    outcome = climb(facts(anna(OFFLINE), bruno(ONLINE, visits=[visit(SYNCED)])))
    assert (outcome.faith[0].because, decided(outcome)[2]["bruno"]) == ("NOTICE_OF_CONFLICT", 0)


def test_the_credit_follows_whoever_is_given_the_customer() -> None:
    situation = facts(anna(OFFLINE, visits=[visit(at("03-02 09:30"), knew_at=at("03-02 08:00"))]), bruno(ONLINE))
    outcome = climb(situation)
    assert awarded(situation, outcome, "anna")[1] == (Part("anna", 10_000), Part("bruno", 0))
    assert awarded(situation, outcome, "bruno")[1] == (Part("anna", 2_000), Part("bruno", 8_000))


def test_the_sum_names_every_event_that_it_looked_at() -> None:
    outcome = climb(facts(anna(OFFLINE), bruno(ONLINE, visits=[visit(at("03-02 14:00"), n=44)])))
    assert outcome.facts == (OFFLINE.event_id, ONLINE.event_id, an_id(44))


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    """Any facts about two to four parties."""
    hours = st.integers(0, 6 * 24 * 60).map(lambda minutes: at("03-01 00:00") + timedelta(minutes=minutes))
    trusts = st.sampled_from(Trust)
    parties: list[Party] = []
    for n in range(draw(st.integers(2, 4))):
        since = draw(hours)
        parties.append(
            Party(
                rep_id=f"rep-{n}",
                claim=draw(
                    st.none()
                    | st.builds(
                        claim, hours, trusts, st.just(n), st.sampled_from([None, None, "COOLING_OFF", "ACTOR_INACTIVE"])
                    )
                ),
                protections=tuple([protection(since, since + days(3), n=n + 10)] if draw(st.booleans()) else []),
                visits=tuple(draw(st.lists(st.builds(visit, hours, trusts, st.integers(20, 40)), max_size=2))),
                registered=draw(st.none() | st.builds(MarkedFact, st.just(an_id(n + 90)), trusts, hours)),
                letters=tuple([letter(n + 60)] if draw(st.booleans()) else []),
            )
        )
    return facts(*parties)


@any_(situation=situations())
def test_whatever_the_facts_the_parts_make_the_whole_and_one_rung_decides(situation: Facts) -> None:
    outcome = climb(situation)
    assert sum(part.bp for part in outcome.credits) == WHOLE
    assert [rung.separates for rung in outcome.rungs[:-1]] == [False] * (len(outcome.rungs) - 1)
    assert outcome.rungs[-1].name is outcome.rung
    if outcome.winner_id is not None:
        assert outcome.rungs[-1].standing == (outcome.winner_id,)
        assert max(outcome.credits, key=lambda part: part.bp).bp >= 5_000
    for party in situation.parties:
        _, credits = awarded(situation, outcome, party.rep_id)
        assert sum(part.bp for part in credits) == WHOLE


@any_(situation=situations())
def test_no_word_of_a_rep_alone_moves_the_first_rungs(situation: Facts) -> None:
    """Taking away every visit that is only said changes nothing up to L3 (A8)."""
    without = replace(
        situation,
        parties=tuple(
            replace(party, visits=tuple(one for one in party.visits if one.trust is not Trust.E3))
            for party in situation.parties
        ),
    )
    with_them, without_them = climb(situation), climb(without)
    assert (with_them.rung, with_them.winner_id) == (without_them.rung, without_them.winner_id)


@any_(situation=situations())
def test_the_order_in_which_parties_are_named_decides_nothing(situation: Facts) -> None:
    turned = replace(situation, parties=situation.parties[::-1])
    assert climb(situation).winner_id == climb(turned).winner_id
