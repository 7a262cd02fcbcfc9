//! Every property has a broken twin of the machine that it finds.
//! That the examples do not find it is shown beside them.

use super::{accounts, ahead, network, page, secrets, signed_out, tokens, waiting};
use crate::support::twins::{CASES, twins};
use crate::{Property, check};

fn finds(property: Property) -> bool {
    check(property, CASES).is_err()
}

fn finds_unlawful(law: ahead::Law) -> bool {
    ahead::holds(law, CASES).is_err()
}

twins! {
    finds;
    invariant_1_finds_a_forgotten_deadline = ForgetDeadline, waiting::every_waiter_settles_exactly_once;
    who_ran_out_of_time_is_found_forgotten = ForgetLate, waiting::who_ran_out_of_time_is_not_forgotten;
    invariant_2_finds_a_token_of_anybody = AcceptAnybody, tokens::a_token_is_the_waiters_accounts;
    invariant_3_finds_a_replaced_token_served = ServeReplaced, tokens::a_forced_waiter_never_gets_the_replaced_token;
    invariant_4_finds_a_null_believed_too_soon = BelieveAnyNull, signed_out::signed_out_is_answered_only_when_it_is_so;
    invariant_5_finds_a_second_mint = MintTwice, waiting::at_most_one_mint_in_flight;
    invariant_7_finds_a_token_thrown_away = DropOnFailure, signed_out::a_transient_failure_changes_nothing;
    invariant_8_finds_a_mint_after_dispose = OutliveDispose, waiting::after_dispose_there_is_nothing;
    invariant_9_finds_a_header_of_any_text = BearAnyTail, secrets::a_request_carries_a_token_the_closed_pair_or_nothing;
    invariant_10_finds_a_quoted_token = QuoteDots, secrets::nothing_but_a_request_contains_a_token;
    invariant_11_finds_a_waiter_of_another_account = Rebind, accounts::nothing_started_as_one_account_runs_as_another;
    a_404_believed_is_found = BelieveNotFound, signed_out::signed_out_is_answered_only_when_it_is_so;
    time_counted_in_a_frozen_page_is_found = FrozenTimeCounts, page::nobody_is_given_up_too_soon;
    waiting_for_a_network_that_went_is_found = AwaitGoneNetwork, network::the_mint_starts_with_the_event;
    a_retry_after_disregarded_is_found = WakeRudely, network::retry_after_is_honoured;
    a_prerendered_page_that_pins_is_found = PinUnseen, page::a_prerendered_page_is_inert;
    a_page_that_stays_lost_is_found = StayLost, page::what_is_stored_wins;
}

twins! {
    finds_unlawful;
    a_hidden_tab_that_refreshes_too_late_is_found = StaggerPastUse, ahead::hidden_tabs_come_later_and_in_time;
    an_end_that_nobody_is_told_of_is_found = WarnNobody, ahead::it_is_told_in_time_that_a_token_goes;
    a_fast_clock_that_is_believed_is_found = BelieveFastClock, ahead::twenty_calls_mint_twice_at_most;
}
