"""Who may look at what: for each way of looking, how far each role reaches. A test tries every cell.

Requests that record something are not here: who may ask for each type stands in `domain.rights.MAY`, and whose things
it may be about is decided by the rules. `docs/access.md` shows both.
"""

from collections.abc import Mapping
from enum import StrEnum

from services.access import Role


class Reach(StrEnum):
    """How far a role reaches. Beyond it, an id is answered as one that there is not."""

    NOBODY = "–"
    """The role does not look here."""
    OWN = "own"
    """What is of the asker."""
    LINE = "line"
    """What is of the asker, or of a rep below in the line at this hour."""
    CASE = "case"
    """What is of a rep who is a party in a case that the asker has, or could have."""
    ALL = "all"
    """Everything of the organisation; never of another one, which has other tokens and another schema."""


COLUMNS = (Role.REP, Role.CLIENT, Role.MANAGER, Role.ARBITER, Role.AUDITOR, Role.OPS, Role.PRIVACY)


def _row(cells: str) -> Mapping[Role, Reach]:
    reaches = [Reach.NOBODY if one == "–" else Reach(one) for one in cells.split()]
    return dict(zip(COLUMNS, reaches, strict=True))


OPEN_TO_ALL = ("GET /healthz", "GET /readyz")
"""Answered without knowing who asks."""

REACHES: Mapping[str, Mapping[Role, Reach]] = {
    #                                                 rep  client manager arbiter auditor ops privacy
    "GET /v1/accesses":                          _row("own  –      own     –       all     all –"),
    "GET /v1/attachments/{sha256}":              _row("own  –      line    case    all     –   –"),
    "GET /v1/checkpoint":                        _row("all  all    all     all     all     all all"),
    "GET /v1/claims/{claim_id}/explain":         _row("own  –      line    case    all     all –"),
    "GET /v1/conflicts":                         _row("own  own    line    case    all     all –"),
    "GET /v1/conflicts/{case_id}":               _row("own  own    line    case    all     all –"),
    "GET /v1/consistency":                       _row("all  all    all     all     all     all all"),
    "GET /v1/customers":                         _row("all  all    all     all     all     all –"),
    "GET /v1/customers/{customer_id}":           _row("all  all    all     all     all     all –"),
    "GET /v1/customers/{customer_id}/claimability": _row("all all  all     all     all     all –"),
    "GET /v1/customers/{customer_id}/ownership": _row("all  all    all     all     all     all –"),
    "GET /v1/customers/{customer_id}/qualification": _row("all all all    all     all     all –"),
    "GET /v1/customers/{customer_id}/return":    _row("–    –      all     all     all     all –"),
    "GET /v1/customers/{customer_id}/visits":    _row("own  own    line    case    all     all –"),
    "GET /v1/deals/{deal_id}":                   _row("own  –      line    case    all     all –"),
    "GET /v1/duplicates":                        _row("all  all    all     all     all     all –"),
    "GET /v1/events":                            _row("–    –      –       –       all     all –"),
    "GET /v1/events/{position}":                 _row("–    –      –       –       all     all –"),
    "GET /v1/events/{position}/proof":           _row("all  all    all     all     all     all all"),
    "GET /v1/exports/{what}":                    _row("–    –      –       –       all     all –"),
    "GET /v1/harvest":                           _row("own  own    all     all     all     all –"),
    "GET /v1/icp-profiles":                      _row("all  all    all     all     all     all –"),
    "GET /v1/inspections":                       _row("–    –      line    –       –       –   –"),
    "GET /v1/metrics/{name}":                    _row("–    –      all     all     all     all –"),
    "GET /v1/ownership":                         _row("all  all    all     all     all     all –"),
    "GET /v1/pool":                              _row("all  all    all     all     all     all –"),
    "GET /v1/privacy/erasures":                  _row("–    –      –       –       all     –   all"),
    "GET /v1/privacy/erasures/{erasure_id}":     _row("–    –      –       –       all     –   all"),
    "GET /v1/projections":                       _row("–    –      –       –       all     all –"),
    "GET /v1/reps/{rep_id}/days/{day}":          _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/devices":             _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/drag":                _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/effective-new-customers": _row("own – line      case    all     all –"),
    "GET /v1/reps/{rep_id}/flags":               _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/replay":              _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/time":                _row("own  –      line    case    all     all –"),
    "GET /v1/reps/{rep_id}/timeline":            _row("own  –      line    case    all     all –"),
    "GET /v1/rule-sets":                         _row("all  all    all     all     all     all –"),
    "GET /v1/sources":                           _row("–    –      all     all     all     all –"),
    "GET /v1/stream":                            _row("all  all    all     all     all     all –"),
    "GET /v1/targets":                           _row("own  –      line    case    all     all –"),
    "GET /v1/targets/{target_id}":               _row("own  –      line    case    all     all –"),
    "GET /v1/targets/{target_id}/history":       _row("own  –      line    case    all     all –"),
    "GET /v1/tokens":                            _row("–    –      –       –       all     all –"),
    "GET /v1/visits/{visit_id}":                 _row("own  –      line    case    all     all –"),
    "GET /v1/visits/{visit_id}/attachments":     _row("own  –      line    case    all     all –"),
    "GET /v1/visits/{visit_id}/history":         _row("own  –      line    case    all     all –"),
    "DELETE /v1/tokens/{token_id}":              _row("–    –      –       –       –       all –"),
    "POST /v1/projections/{name}/rebuild":       _row("–    –      –       –       –       all –"),
    "POST /v1/projections/{name}/unpark":        _row("–    –      –       –       –       all –"),
    "POST /v1/tokens":                           _row("–    –      –       –       –       all –"),
}  # fmt: skip

RECORDED: Mapping[str, str] = {
    "POST /v1/evidence": "audit.export",
    "POST /v1/reassignments": "ownership.transfer",
    "PUT /v1/attachments/{sha256}": "attachment.store",
}
"""Which type of request an address stands for, where its description does not say so."""
ANY_TYPE = ("POST /v1/events",)
"""Where each item names its own type."""
