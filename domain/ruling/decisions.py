"""What is chosen about cases, and on which streams each choice stands; the choices lie in files by command."""

from collections.abc import Sequence
from typing import Any, TypeAlias, assert_never

from domain.conflict.state import case_of
from domain.credit.state import credit_terms_of
from domain.deal.state import deal_of
from domain.decider import Decider, Past, Stream
from domain.ownership.state import ownership_of
from domain.portfolio.state import portfolio_of
from domain.ruling.afterwards import (
    CloseCase,
    FileAppeal,
    NoteBasisChanged,
    ReopenCase,
    close_case,
    file_appeal,
    note_basis_changed,
    reopen_case,
)
from domain.ruling.hearing import (
    FileStatement,
    MoveCase,
    ProposeRuling,
    SubmitEvidence,
    file_statement,
    move_case,
    propose_ruling,
    submit_evidence,
)
from domain.ruling.opening import Holding, OpenCase, open_case
from domain.ruling.ruling import RuleOnCase, rule_on_case

RulingCommand: TypeAlias = (
    OpenCase
    | SubmitEvidence
    | FileStatement
    | MoveCase
    | ProposeRuling
    | RuleOnCase
    | FileAppeal
    | ReopenCase
    | NoteBasisChanged
    | CloseCase
)


def stands_on(command: RulingCommand) -> Sequence[Stream[Any]]:
    """The case; the customer and the slots where they are held, given or let go; the deals whose credit is settled."""
    case = case_of(command.case_id)
    match command:
        case OpenCase() | ReopenCase() | CloseCase():
            return [case, *_held(command.holdings)]
        case RuleOnCase():
            reps = {rep_id for one in command.holdings for rep_id in one.holders} | set(command.winners)
            return [
                case,
                *(ownership_of(one.customer_id, one.line) for one in command.holdings),
                *(portfolio_of(rep_id) for rep_id in sorted(reps)),
                *(deal_of(deal_id) for deal_id in command.deals),
                *(credit_terms_of(one.customer_id, one.line) for one in command.holdings),
            ]
        case SubmitEvidence() | FileStatement() | MoveCase() | ProposeRuling() | FileAppeal() | NoteBasisChanged():
            return [case]
        case _:
            assert_never(command)


def _held(holdings: Sequence[Holding]) -> Sequence[Stream[Any]]:
    holders = sorted({rep_id for one in holdings for rep_id in one.holders})
    return [
        *(ownership_of(one.customer_id, one.line) for one in holdings),
        *(portfolio_of(rep_id) for rep_id in holders),
    ]


def decide(command: RulingCommand, past: Past) -> Sequence[object]:
    """What happens when this is asked, or a refusal."""
    match command:
        case OpenCase():
            return open_case(command, past)
        case SubmitEvidence():
            return submit_evidence(command, past)
        case FileStatement():
            return file_statement(command, past)
        case MoveCase():
            return move_case(command, past)
        case ProposeRuling():
            return propose_ruling(command, past)
        case RuleOnCase():
            return rule_on_case(command, past)
        case FileAppeal():
            return file_appeal(command, past)
        case ReopenCase():
            return reopen_case(command, past)
        case NoteBasisChanged():
            return note_basis_changed(command, past)
        case CloseCase():
            return close_case(command, past)
        case _:
            assert_never(command)


ruling = Decider[RulingCommand](stands_on, decide)
