"""The list of all projections; a new one takes its place here."""

from projections.access_log import access_log
from projections.claim_answers import claim_answers
from projections.contacts import contacts
from projections.customer_list import customer_list
from projections.customer_names import customer_names
from projections.deadlines import deadlines
from projections.deals import deals
from projections.departures import departures
from projections.devices import devices
from projections.docket import cases_of_parties, cited_facts, docket
from projections.duplicate_desk import duplicate_desk
from projections.erasures import copies_in_clear, erasures
from projections.flag_board import flag_board
from projections.harvest_list import harvest_list
from projections.identity_index import identity_index
from projections.org_chart import org_chart
from projections.ownership_table import ownership_table
from projections.projection import Projection
from projections.qualifications import buyers_sought, effective_new_customers, qualifications
from projections.rep_timeline import rep_timeline
from projections.target_history import target_history
from projections.target_ledger import target_ledger
from projections.teams import teams
from projections.visit_attachments import visit_attachments
from projections.visit_history import visit_history
from projections.visits import visits
from projections.workdays import workdays

EVERYTHING: tuple[Projection, ...] = (
    ownership_table,
    claim_answers,
    deadlines,
    departures,
    harvest_list,
    rep_timeline,
    flag_board,
    customer_list,
    customer_names,
    identity_index,
    duplicate_desk,
    contacts,
    visits,
    visit_history,
    visit_attachments,
    deals,
    qualifications,
    effective_new_customers,
    buyers_sought,
    docket,
    cases_of_parties,
    cited_facts,
    org_chart,
    teams,
    devices,
    target_ledger,
    target_history,
    erasures,
    copies_in_clear,
    access_log,
    workdays,
)
