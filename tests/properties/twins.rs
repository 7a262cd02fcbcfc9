//! Every property has a broken twin of the machine that it finds: a property that cannot fail proves nothing.
//! That the examples do not find it is shown beside them.

use super::{accounts, secrets, signed_out, tokens, waiting};
use crate::{Property, check};
use tabpin::core::fault::{Fault, plant};

/// Found within this many traces, or not at all.
const CASES: u32 = 10_000;

fn is_found(fault: Fault, property: Property) {
    plant(Some(fault));
    let found = check(property, CASES);
    plant(None);
    assert!(found.is_err(), "no trace finds {fault:?}");
}

macro_rules! twins {
    ($($name:ident = $fault:ident, $property:expr;)*) => {$(
        #[test]
        fn $name() {
            is_found(Fault::$fault, $property);
        }
    )*};
}

twins! {
    invariant_1_finds_a_forgotten_deadline = ForgetDeadline, waiting::every_waiter_settles_exactly_once;
    invariant_2_finds_a_token_of_anybody = AcceptAnybody, tokens::a_token_is_the_waiters_accounts;
    invariant_3_finds_a_replaced_token_served = ServeReplaced, tokens::a_forced_waiter_never_gets_the_replaced_token;
    invariant_4_finds_a_null_believed_too_soon = BelieveAnyNull, signed_out::signed_out_is_answered_only_when_it_is_so;
    invariant_5_finds_a_second_mint = MintTwice, waiting::at_most_one_mint_in_flight;
    invariant_7_finds_a_token_thrown_away = DropOnFailure, signed_out::a_transient_failure_changes_nothing;
    invariant_8_finds_a_mint_after_dispose = OutliveDispose, waiting::after_dispose_there_is_nothing;
    invariant_9_finds_a_header_of_any_text = BearAnyTail, secrets::a_request_carries_a_token_the_closed_pair_or_nothing;
    invariant_10_finds_a_quoted_token = QuoteDots, secrets::nothing_but_a_request_contains_a_token;
    invariant_11_finds_a_waiter_of_another_account = Rebind, accounts::nothing_started_as_one_account_runs_as_another;
}
