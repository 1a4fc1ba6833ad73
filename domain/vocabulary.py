"""The words in which events are stored, for ever: name, stream, subjects and earlier shapes of every event.

A class may be renamed or moved freely; its stored name may not. A new field comes with an upcast that gives old
samples a value; a new meaning is a new event. `tests/domain/stored_events/` holds a sample of every shape.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from domain.approval import events as approval
from domain.approval.state import approval_of
from domain.attachment import events as attachment
from domain.attachment.state import attachment_of
from domain.audit import events as audit
from domain.audit.state import export_of, look_of, parked_streams, subject_heads
from domain.calendar import events as calendar
from domain.calendar.state import calendar_of
from domain.commission import events as commission
from domain.commission.state import commission_periods
from domain.conflict import events as conflict
from domain.conflict.state import case_of
from domain.credit import events as credit
from domain.credit.state import credit_terms_of
from domain.customer import events as customer
from domain.customer.state import customer_of
from domain.deal import events as deal
from domain.deal.state import deal_of
from domain.device import events as device
from domain.device.state import device_of
from domain.focus import events as focus
from domain.focus.state import focus_of, focus_weeks_of
from domain.icp import events as icp
from domain.icp.state import profiles, sources
from domain.identifier import events as identifier
from domain.identifier.state import stream_name
from domain.organisation import events as organisation
from domain.organisation.state import actor_of, rep_of, team_of
from domain.ownership import events as ownership
from domain.ownership.state import ownership_of
from domain.pool import events as pool
from domain.pool.state import pool_views_of
from domain.portfolio import events as portfolio
from domain.portfolio.state import portfolio_of
from domain.privacy import events as privacy
from domain.privacy.state import erasure_of
from domain.qualification import events as qualification
from domain.qualification.state import qualification_of
from domain.rules import events as rules
from domain.rules.state import rules_of
from domain.submission import events as submission
from domain.target import events as target
from domain.target.state import target_of
from domain.target_plan import events as target_plan
from domain.target_plan.state import target_plan_of
from domain.visit import events as visit
from domain.visit.state import visit_of
from domain.workday import events as workday
from domain.workday.state import workday_of

E = TypeVar("E")
Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""From one stored shape to the next; named for its story."""


def _who_and_whom(event: object) -> Sequence[str]:
    """The reps and customers that an event is about, by the fields that every concept names alike."""
    subjects: list[str] = []
    for kind, field in (("rep", "rep_id"), ("rep", "to_rep_id"), ("customer", "customer_id")):
        value = getattr(event, field, None)
        if value is not None:
            subjects.append(f"{kind}:{value}")
    return subjects


@dataclass(frozen=True)
class Word(Generic[E]):
    """One event of the language: its class today, its stored name, the stream that it belongs to.

    `stream` is None for the record of a refusal: each has a stream of its own, so that refusals contend with nobody,
    and views find it by its subjects (architecture §3).
    """

    event: type[E]
    name: str
    stream: Callable[[E], str] | None
    subjects: Callable[[E], Sequence[str]] = _who_and_whom
    upcasts: tuple[Upcast, ...] = ()

    @property
    def schema_version(self) -> int:
        """Which shape is written today."""
        return len(self.upcasts) + 1


class Vocabulary:
    """Every event that can be stored, found by class and by stored name."""

    def __init__(self, words: Iterable[Word[Any]]) -> None:
        self._words = tuple(words)
        self._by_class: Mapping[type[object], Word[Any]] = {word.event: word for word in self._words}
        self._by_name: Mapping[str, Word[Any]] = {word.name: word for word in self._words}
        if len(self._by_name) != len(self._words) or len(self._by_class) != len(self._words):
            msg = "each event has one stored name, and each name one event"
            raise ValueError(msg)

    def __iter__(self) -> Iterator[Word[Any]]:
        return iter(self._words)

    def of(self, event: object) -> Word[Any]:
        """The word for an event."""
        return self._by_class[type(event)]

    def named(self, name: str) -> Word[Any] | None:
        """The word with a stored name; None for a name that this release does not know."""
        return self._by_name.get(name)

    def stream_of(self, event: object) -> str | None:
        """The name of the stream to which an event is written; None where it gets one of its own."""
        stream = self.of(event).stream
        return stream(event) if stream else None


def _customer(event: customer.CustomerEvent) -> str:
    return customer_of(event.customer_id).name


def _customer_and_finder(event: customer.CustomerRegistered) -> Sequence[str]:
    """A registration is about the customer, and about the rep who found it."""
    finder = [f"rep:{event.registered_by}"] if event.registered_by is not None else []
    return [*finder, f"customer:{event.customer_id}"]


def _both_records(event: customer.DuplicateSuspected | customer.DuplicateResolved) -> Sequence[str]:
    """Whether two records are of one customer is news about both."""
    return [f"customer:{event.customer_id}", f"customer:{event.other_id}"]


def _identifier(event: identifier.IdentifierEvent) -> str:
    return stream_name(event.kind, event.value_hash)


def _adjusted_gains_a_period(before: dict[str, Any]) -> dict[str, Any]:
    """Before there were commission periods, a difference counted in none."""
    return {**before, "period": None}


def _deal(event: deal.DealEvent) -> str:
    return deal_of(event.deal_id).name


def _credited(event: deal.CreditAssigned | deal.CreditAdjusted) -> Sequence[str]:
    """Credit is news about everybody who has it, or had it before."""
    had = event.old_credits if isinstance(event, deal.CreditAdjusted) else ()
    reps = dict.fromkeys(share.rep_id for share in (*event.credits, *had))
    return [*(f"rep:{rep_id}" for rep_id in reps), f"customer:{event.customer_id}"]


def _attachment(event: attachment.AttachmentEvent) -> str:
    return attachment_of(event.sha256).name


def _device(event: device.DeviceEvent) -> str:
    return device_of(event.device_id).name


def _export(event: audit.DossierExported) -> str:
    return export_of(event.export_id).name


def _team(event: organisation.TeamEvent) -> str:
    return team_of(event.team_id).name


def _rep(event: organisation.RepEvent) -> str:
    return rep_of(event.rep_id).name


def _actor(event: organisation.ActorEvent) -> str:
    return actor_of(event.actor_id).name


def _rules(event: rules.RulesEvent) -> str:
    return rules_of(event.kind).name


def _calendar(event: calendar.CalendarEvent) -> str:
    return calendar_of(event.calendar_id).name


def _target(event: target.TargetEvent) -> str:
    return target_of(event.target_id).name


def _target_plan(event: target_plan.TargetPlanEvent) -> str:
    return target_plan_of(event.subject, event.metric, event.period).name


def _whose_target(event: target.TargetEvent) -> Sequence[str]:
    """A rep's target is about the rep; a team's is about nobody in particular."""
    return [event.subject] if event.subject.startswith("rep:") else []


def _ownership(event: Any) -> str:  # noqa: ANN401 - any ownership event: they all name customer and line
    return ownership_of(event.customer_id, event.line).name


def _both_claimants(event: ownership.ClaimContested) -> Sequence[str]:
    """A contested claim is news about whoever holds the customer, too."""
    return [f"rep:{event.rep_id}", f"rep:{event.rival_rep_id}", f"customer:{event.customer_id}"]


def _portfolio(event: portfolio.PortfolioEvent) -> str:
    return portfolio_of(event.rep_id).name


def _pool_views(event: pool.PoolEvent) -> str:
    return pool_views_of(event.rep_id).name


def _visit(event: visit.VisitEvent) -> str:
    return visit_of(event.visit_id).name


def _both_customers(event: visit.VisitCorrected) -> Sequence[str]:
    """A visit moved to another customer is news about both."""
    subjects = _who_and_whom(event)
    before = f"customer:{event.old_value.customer_id}" if event.old_value.customer_id else None
    return [*subjects, before] if before and before not in subjects else subjects


def check_in_gains_the_hour_that_counts(told: dict[str, Any]) -> dict[str, Any]:
    """Before devices could show an hour, the one that they claimed counted."""
    return {**told, "shown_at": told["checked_in_at"]}


def check_out_gains_the_hour_that_counts(told: dict[str, Any]) -> dict[str, Any]:
    """As for check-ins."""
    return {**told, "shown_at": told["checked_out_at"]}


def verdict_tells_when_it_was_shown(told: dict[str, Any]) -> dict[str, Any]:
    """Before devices could show an hour, the told one counted."""
    return {**told, "shown_at": None}


def ruling_names_its_bundle(told: dict[str, Any]) -> dict[str, Any]:
    """Before cases had bundles, a ruling told the hash over the leaves that it looked at, which nothing else named."""
    kept = {name: value for name, value in told.items() if name != "facts_hash"}
    return {**kept, "fact_positions": [], "evidence_sha256": None}


def _case(event: conflict.ConflictEvent) -> str:
    return case_of(event.case_id).name


def _parties(event: conflict.ConflictEvent) -> Sequence[str]:
    """What happens in a case is news to every party, about every record of the customer, and of the case itself."""
    other = event.other_customer_id if isinstance(event, conflict.ConflictCaseOpened) else None
    customers = [event.customer_id] if other is None else [event.customer_id, other]
    parties = [f"rep:{rep_id}" for rep_id in event.parties]
    return [*parties, *(f"customer:{one}" for one in customers), f"case:{event.case_id}"]


def _credit_terms(event: credit.CreditEvent) -> str:
    return credit_terms_of(event.customer_id, event.line).name


def _qualification(event: qualification.QualificationEvent) -> str:
    return qualification_of(event.customer_id).name


def _dossier_tells_whose_values_are_in_clear(before: dict[str, Any]) -> dict[str, Any]:
    """Before it was told, nobody could be erased either."""
    return {**before, "disclosed": []}


def _erasure(event: privacy.PrivacyEvent) -> str:
    return erasure_of(event.erasure_id).name


def _look(event: audit.LookEvent) -> str:
    return look_of(event.look_id).name


def _whose_case(event: audit.RulingRehearsed) -> Sequence[str]:
    """What is asked about a case is asked about its parties."""
    return [f"rep:{rep_id}" for rep_id in event.parties]


def _commission(_: commission.CommissionEvent) -> str:
    return commission_periods().name


def _promised(event: credit.CreditTermsSet) -> Sequence[str]:
    return [*(f"rep:{part.rep_id}" for part in event.parts), f"customer:{event.customer_id}"]


def _workday(event: workday.WorkdayEvent) -> str:
    return workday_of(event.rep_id, event.day).name


def _approval(event: approval.ApprovalEvent) -> str:
    return approval_of(event.approval_id).name


def customer_has_an_address_and_a_name_in_parts(stored: dict[str, Any]) -> dict[str, Any]:
    """Before, names were kept as they were given, and nobody asked for an address."""
    return {**stored, "address": None, "normal_name": None}


def name_is_kept_in_parts(stored: dict[str, Any]) -> dict[str, Any]:
    """Before, names were kept as they were given alone."""
    return {**stored, "normal_name": None}


def claim_granted_tells_since_when_follow_ups_count(told: dict[str, Any]) -> dict[str, Any]:
    """Before, a claim that came from another record began the count anew."""
    return {**told, "counted_since": None}


def heir_tells_since_when_follow_ups_count(told: dict[str, Any]) -> dict[str, Any]:
    """The claim that follows has the shape of every other."""
    return {**told, "heir": claim_granted_tells_since_when_follow_ups_count(told["heir"])}


def claim_granted_tells_what_it_continues(stored: dict[str, Any]) -> dict[str, Any]:
    """The first claims continued none, stood on no ruling, owed a first visit, and warned nobody."""
    return {**stored, "warn_at": [], "continues": None, "entitled_from": None, "visited": False}


def renewal_tells_when_it_warns(stored: dict[str, Any]) -> dict[str, Any]:
    """The first renewals warned nobody."""
    return {**stored, "warn_at": []}


def slot_tells_whether_its_rep_claimed(stored: dict[str, Any]) -> dict[str, Any]:
    """The first slots were all taken by claims of their reps."""
    return {**stored, "claimed": True}


def slot_tells_its_hour(stored: dict[str, Any]) -> dict[str, Any]:
    """The first slots told the day only."""
    return {**stored, "reserved_at": None}


def release_tells_why_it_was_given_back(stored: dict[str, Any]) -> dict[str, Any]:
    """Of the first releases nobody said why."""
    return {**stored, "because": None, "text": None}


VOCABULARY = Vocabulary(
    [
        Word(
            customer.CustomerRegistered,
            "customer.customer_registered",
            _customer,
            _customer_and_finder,
            upcasts=(customer_has_an_address_and_a_name_in_parts,),
        ),
        Word(customer.CustomerDetailsRecorded, "customer.customer_details_recorded", _customer),
        Word(customer.CustomerRenamed, "customer.customer_renamed", _customer, upcasts=(name_is_kept_in_parts,)),
        Word(customer.AliasNoted, "customer.alias_noted", _customer, upcasts=(name_is_kept_in_parts,)),
        Word(customer.ContactAdded, "customer.contact_added", _customer),
        Word(customer.ContactRoleSet, "customer.contact_role_set", _customer),
        Word(customer.ContactLeft, "customer.contact_left", _customer),
        Word(customer.LeadDeclined, "customer.lead_declined", _customer),
        Word(customer.IcpAssessed, "customer.icp_assessed", _customer),
        Word(customer.IcpOverridden, "customer.icp_overridden", _customer),
        Word(customer.DuplicateSuspected, "customer.duplicate_suspected", _customer, _both_records),
        Word(customer.DuplicateResolved, "customer.duplicate_resolved", _customer, _both_records),
        Word(customer.GroupLinked, "customer.group_linked", _customer),
        Word(customer.CustomersMerged, "customer.customers_merged", _customer),
        Word(customer.CustomersUnmerged, "customer.customers_unmerged", _customer),
        Word(identifier.IdentifierReserved, "identifier.identifier_reserved", _identifier),
        Word(identifier.IdentifierReleased, "identifier.identifier_released", _identifier),
        Word(organisation.TeamAdded, "organisation.team_added", _team),
        Word(organisation.RepJoined, "organisation.rep_joined", _rep),
        Word(organisation.RepDeparted, "organisation.rep_departed", _rep),
        Word(organisation.RepSuspended, "organisation.rep_suspended", _rep),
        Word(organisation.RepReinstated, "organisation.rep_reinstated", _rep),
        Word(organisation.CustomersHandedOver, "organisation.customers_handed_over", _rep),
        Word(organisation.RepTeamChanged, "organisation.rep_team_changed", _rep),
        Word(organisation.ManagerLineChanged, "organisation.manager_line_changed", _rep),
        Word(organisation.RepZoneChanged, "organisation.rep_zone_changed", _rep),
        Word(organisation.RoleGranted, "organisation.role_granted", _actor),
        Word(organisation.RoleRevoked, "organisation.role_revoked", _actor),
        Word(attachment.AttachmentStored, "attachment.attachment_stored", _attachment),
        Word(attachment.AttachmentLinked, "attachment.attachment_linked", _attachment),
        Word(attachment.AttachmentOpened, "attachment.attachment_opened", _attachment),
        Word(device.DeviceRegistered, "device.device_registered", _device),
        Word(device.DeviceSynced, "device.device_synced", _device),
        Word(device.QueueEntryTaken, "device.queue_entry_taken", _device),
        Word(device.QueueEntryRejected, "device.queue_entry_rejected", _device),
        Word(rules.RuleSetPublished, "rules.rule_set_published", _rules),
        Word(rules.RuleSetRetired, "rules.rule_set_retired", _rules),
        Word(icp.IcpPublished, "icp.icp_published", lambda _: profiles().name),
        Word(icp.SourceSuspended, "icp.source_suspended", lambda _: sources().name),
        Word(icp.SourceResumed, "icp.source_resumed", lambda _: sources().name),
        Word(focus.FocusFlagged, "focus.focus_flagged", lambda event: focus_of(event.rep_id).name),
        Word(focus.LongDragFlagged, "focus.long_drag_flagged", lambda event: focus_of(event.rep_id).name),
        Word(focus.FocusWeekNoted, "focus.focus_week_noted", lambda event: focus_weeks_of(event.zone).name),
        Word(calendar.CalendarPublished, "calendar.calendar_published", _calendar),
        Word(calendar.CalendarDayChanged, "calendar.calendar_day_changed", _calendar),
        Word(
            ownership.ClaimGranted,
            "ownership.claim_granted",
            _ownership,
            upcasts=(claim_granted_tells_what_it_continues, claim_granted_tells_since_when_follow_ups_count),
        ),
        Word(ownership.ClaimRefused, "ownership.claim_refused", None),
        Word(ownership.ClaimContested, "ownership.claim_contested", None, _both_claimants),
        Word(
            ownership.ProtectionRenewed,
            "ownership.protection_renewed",
            _ownership,
            upcasts=(renewal_tells_when_it_warns,),
        ),
        Word(ownership.ProtectionWarned, "ownership.protection_warned", _ownership),
        Word(ownership.ProtectionExtended, "ownership.protection_extended", _ownership),
        Word(ownership.ProtectionLapsed, "ownership.protection_lapsed", _ownership),
        Word(
            ownership.ClaimReleased,
            "ownership.claim_released",
            _ownership,
            upcasts=(release_tells_why_it_was_given_back,),
        ),
        Word(ownership.ClaimRevoked, "ownership.claim_revoked", _ownership),
        Word(
            ownership.ClaimTransferred,
            "ownership.claim_transferred",
            _ownership,
            upcasts=(heir_tells_since_when_follow_ups_count,),
        ),
        Word(ownership.TransferCalledOff, "ownership.transfer_called_off", _ownership),
        Word(ownership.ClaimPlacedInCustody, "ownership.claim_placed_in_custody", _ownership),
        Word(ownership.CustomerParked, "ownership.customer_parked", _ownership),
        Word(ownership.HarvestDue, "ownership.harvest_due", _ownership),
        Word(ownership.WonProtected, "ownership.won_protected", _ownership),
        Word(ownership.ProgressNoted, "ownership.progress_noted", _ownership),
        Word(ownership.FollowUpWarned, "ownership.follow_up_warned", _ownership),
        Word(ownership.FollowUpStopped, "ownership.follow_up_stopped", _ownership),
        Word(ownership.FollowUpContinued, "ownership.follow_up_continued", _ownership),
        Word(ownership.HelperLinked, "ownership.helper_linked", _ownership),
        Word(ownership.HelperUnlinked, "ownership.helper_unlinked", _ownership),
        Word(ownership.ProtectionPaused, "ownership.protection_paused", _ownership),
        Word(ownership.ProtectionResumed, "ownership.protection_resumed", _ownership),
        Word(
            portfolio.SlotReserved,
            "portfolio.slot_reserved",
            _portfolio,
            upcasts=(slot_tells_whether_its_rep_claimed, slot_tells_its_hour),
        ),
        Word(portfolio.SlotReleased, "portfolio.slot_released", _portfolio),
        Word(pool.PoolCustomerViewed, "pool.customer_viewed", _pool_views),
        Word(visit.VisitPlanned, "visit.visit_planned", _visit),
        Word(visit.VisitPlanChanged, "visit.visit_plan_changed", _visit),
        Word(visit.VisitCancelled, "visit.visit_cancelled", _visit),
        Word(visit.VisitCheckedIn, "visit.visit_checked_in", _visit, upcasts=(check_in_gains_the_hour_that_counts,)),
        Word(visit.VisitCheckedOut, "visit.visit_checked_out", _visit, upcasts=(check_out_gains_the_hour_that_counts,)),
        Word(visit.VisitRecorded, "visit.visit_recorded", _visit),
        Word(visit.ContactAttempted, "visit.contact_attempted", _visit),
        Word(visit.VisitCorrected, "visit.visit_corrected", _visit, _both_customers),
        Word(visit.VisitVoided, "visit.visit_voided", _visit),
        Word(visit.VisitAnnotated, "visit.visit_annotated", _visit),
        Word(visit.VisitEvaluated, "visit.visit_evaluated", _visit, upcasts=(verdict_tells_when_it_was_shown,)),
        Word(visit.VisitReviewed, "visit.visit_reviewed", _visit),
        Word(visit.IntegrityFlagged, "visit.integrity_flagged", _visit),
        Word(visit.IntegrityCleared, "visit.integrity_cleared", _visit),
        Word(qualification.DiscoveryAnswered, "qualification.discovery_answered", _qualification),
        Word(qualification.NeedConfirmed, "qualification.need_confirmed", _qualification),
        Word(qualification.BudgetConfirmed, "qualification.budget_confirmed", _qualification),
        Word(qualification.BuyerIdentified, "qualification.buyer_identified", _qualification),
        Word(qualification.BuyerMet, "qualification.buyer_met", _qualification),
        Word(qualification.QualificationRevoked, "qualification.qualification_revoked", _qualification),
        Word(
            qualification.EffectiveNewCustomerConfirmed,
            "qualification.effective_new_customer_confirmed",
            _qualification,
        ),
        Word(
            qualification.EffectiveNewCustomerReversed,
            "qualification.effective_new_customer_reversed",
            _qualification,
        ),
        Word(qualification.BuyerSought, "qualification.buyer_sought", _qualification),
        Word(qualification.BuyerNotLocated, "qualification.buyer_not_located", _qualification),
        Word(approval.ApprovalGranted, "approval.approval_granted", _approval),
        Word(approval.ApprovalDenied, "approval.approval_denied", _approval),
        Word(approval.ApprovalUsed, "approval.approval_used", _approval),
        Word(deal.DealOpened, "deal.deal_opened", _deal),
        Word(deal.DealStageAdvanced, "deal.deal_stage_advanced", _deal),
        Word(deal.DealWon, "deal.deal_won", _deal),
        Word(deal.DealLost, "deal.deal_lost", _deal),
        Word(deal.CreditAssigned, "deal.credit_assigned", _deal, _credited),
        Word(deal.CreditAdjusted, "deal.credit_adjusted", _deal, _credited, (_adjusted_gains_a_period,)),
        Word(conflict.ConflictCaseOpened, "conflict.conflict_case_opened", _case, _parties),
        Word(conflict.EvidenceSubmitted, "conflict.evidence_submitted", _case, _parties),
        Word(conflict.StatementFiled, "conflict.statement_filed", _case, _parties),
        Word(conflict.CaseTransferred, "conflict.case_transferred", _case, _parties),
        Word(conflict.RulingProposed, "conflict.ruling_proposed", _case, _parties, upcasts=(ruling_names_its_bundle,)),
        Word(conflict.RulingIssued, "conflict.ruling_issued", _case, _parties, upcasts=(ruling_names_its_bundle,)),
        Word(conflict.AppealFiled, "conflict.appeal_filed", _case, _parties),
        Word(conflict.AppealDecided, "conflict.appeal_decided", _case, _parties),
        Word(conflict.RulingBasisChanged, "conflict.ruling_basis_changed", _case, _parties),
        Word(conflict.CaseReopened, "conflict.case_reopened", _case, _parties),
        Word(conflict.RulingSuperseded, "conflict.ruling_superseded", _case, _parties),
        Word(conflict.CaseClosed, "conflict.case_closed", _case, _parties),
        Word(credit.CreditTermsSet, "credit.credit_terms_set", _credit_terms, _promised),
        Word(credit.CreditTermsUsed, "credit.credit_terms_used", _credit_terms),
        Word(commission.CommissionPeriodClosed, "commission.commission_period_closed", _commission),
        Word(target.TargetProposed, "target.target_proposed", _target, _whose_target),
        Word(target.TargetSet, "target.target_set", _target, _whose_target),
        Word(target.TargetAccepted, "target.target_accepted", _target, _whose_target),
        Word(target.TargetLocked, "target.target_locked", _target, _whose_target),
        Word(target.TargetAmended, "target.target_amended", _target, _whose_target),
        Word(target.TargetAmendmentRefused, "target.target_amendment_refused", None, _whose_target),
        Word(target.TargetClosed, "target.target_closed", _target, _whose_target),
        Word(target_plan.TargetPeriodReserved, "target_plan.target_period_reserved", _target_plan),
        Word(target_plan.TargetPeriodReleased, "target_plan.target_period_released", _target_plan),
        Word(workday.DayPlanCommitted, "workday.day_plan_committed", _workday),
        Word(workday.DayPlanAdjusted, "workday.day_plan_adjusted", _workday),
        Word(workday.WorkDayClosed, "workday.work_day_closed", _workday),
        Word(workday.TimeOffApproved, "workday.time_off_approved", _workday),
        Word(workday.SelfReflectionRecorded, "workday.self_reflection_recorded", _workday),
        Word(workday.DayInspected, "workday.day_inspected", _workday),
        Word(workday.RecordInspected, "workday.record_inspected", _workday),
        Word(workday.InspectionMissed, "workday.inspection_missed", _workday),
        Word(audit.SubjectHeadsRecorded, "audit.subject_heads_recorded", lambda _: subject_heads().name),
        Word(
            audit.DossierExported,
            "audit.dossier_exported",
            _export,
            upcasts=(_dossier_tells_whose_values_are_in_clear,),
        ),
        Word(audit.ParkedStreamRetried, "audit.parked_stream_retried", lambda _: parked_streams().name),
        Word(audit.HistoryReplayed, "audit.history_replayed", _look),
        Word(audit.RowsExported, "audit.rows_exported", _look),
        Word(audit.ValuesOpened, "audit.values_opened", _look),
        Word(audit.RulingRehearsed, "audit.ruling_rehearsed", _look, _whose_case),
        Word(privacy.ErasureRequested, "privacy.erasure_requested", _erasure),
        Word(privacy.ErasureRejected, "privacy.erasure_rejected", _erasure),
        Word(privacy.SubjectErased, "privacy.subject_erased", _erasure),
        Word(privacy.ValuesDestroyed, "privacy.values_destroyed", _erasure),
        Word(privacy.CopyDestroyed, "privacy.copy_destroyed", _erasure),
        Word(privacy.ErasureCompleted, "privacy.erasure_completed", _erasure),
        Word(submission.SubmissionRefused, "submission.submission_refused", None),
        Word(submission.DecisionRefused, "submission.decision_refused", None),
    ]
)
