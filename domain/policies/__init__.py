"""Rules of the form "when this happens, ask for that"; events in, askings out."""

from domain.policies.assess_leads_when_they_become_known import assess_leads_when_they_become_known
from domain.policies.begin_the_count_anew_after_progress import begin_the_count_anew_after_progress
from domain.policies.count_effective_new_customers import count_effective_new_customers
from domain.policies.count_follow_ups_without_progress import count_follow_ups_without_progress
from domain.policies.destroy_what_is_to_be_erased import destroy_what_is_to_be_erased
from domain.policies.evaluate_visits_when_recorded_or_changed import evaluate_visits_when_recorded_or_changed
from domain.policies.examine_whether_visits_fit_together import examine_whether_visits_fit_together
from domain.policies.free_the_slot_of_a_won_customer import free_the_slot_of_a_won_customer
from domain.policies.keep_a_customer_who_bought import keep_a_customer_who_bought
from domain.policies.keep_the_split_of_a_transfer_for_the_first_deal import (
    keep_the_split_of_a_transfer_for_the_first_deal,
)
from domain.policies.link_what_is_attached_to_visits import link_what_is_attached_to_visits
from domain.policies.look_for_duplicates_when_a_customer_becomes_known import (
    look_for_duplicates_when_a_customer_becomes_known,
)
from domain.policies.merge_records_that_are_one_customer import merge_records_that_are_one_customer
from domain.policies.move_a_case_to_whoever_may_rule import move_a_case_to_whoever_may_rule
from domain.policies.note_the_name_of_a_customer_registered_again import note_the_name_of_a_customer_registered_again
from domain.policies.open_a_case_when_a_claim_is_contested import open_a_case_when_a_claim_is_contested
from domain.policies.open_a_case_when_somebody_works_the_customer_of_another import (
    open_a_case_when_somebody_works_the_customer_of_another,
)
from domain.policies.place_a_late_claim_of_a_departed_rep_in_custody import (
    place_a_late_claim_of_a_departed_rep_in_custody,
)
from domain.policies.recheck_what_a_changed_visit_shows import recheck_what_a_changed_visit_shows
from domain.policies.renew_protection_after_an_effective_visit import renew_protection_after_an_effective_visit
from domain.policies.see_to_the_case_when_a_duplicate_is_resolved import see_to_the_case_when_a_duplicate_is_resolved
from domain.policies.seek_the_buyer_after_an_effective_visit import seek_the_buyer_after_an_effective_visit
from domain.policies.take_up_what_visits_told import take_up_what_visits_told
from domain.policies.tell_when_the_basis_of_a_ruling_changes import tell_when_the_basis_of_a_ruling_changes

EVERY_POLICY = (
    assess_leads_when_they_become_known,
    look_for_duplicates_when_a_customer_becomes_known,
    merge_records_that_are_one_customer,
    evaluate_visits_when_recorded_or_changed,
    examine_whether_visits_fit_together,
    renew_protection_after_an_effective_visit,
    note_the_name_of_a_customer_registered_again,
    free_the_slot_of_a_won_customer,
    place_a_late_claim_of_a_departed_rep_in_custody,
    link_what_is_attached_to_visits,
    count_follow_ups_without_progress,
    begin_the_count_anew_after_progress,
    open_a_case_when_a_claim_is_contested,
    keep_a_customer_who_bought,
    open_a_case_when_somebody_works_the_customer_of_another,
    see_to_the_case_when_a_duplicate_is_resolved,
    keep_the_split_of_a_transfer_for_the_first_deal,
    tell_when_the_basis_of_a_ruling_changes,
    move_a_case_to_whoever_may_rule,
    take_up_what_visits_told,
    count_effective_new_customers,
    recheck_what_a_changed_visit_shows,
    seek_the_buyer_after_an_effective_visit,
    destroy_what_is_to_be_erased,
)
"""The list of all policies; a new one takes its place here."""
