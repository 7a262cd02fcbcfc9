//! Every property has a broken twin of the machine that it finds. That the examples do not find it is shown beside them.

use super::pass::{self, Property};
use super::{mints, order, tokens, waits};
use crate::support::twins::{CASES, twins};

fn finds(property: Property) -> bool {
    pass::finds(property, CASES)
}

twins! {
    finds;
    invariant_5_finds_mints_out_of_turn = Rush, mints::one_mint_per_lifetime;
    invariant_5_finds_mints_on_a_busy_device_that_come_too_soon = Hasty, mints::one_mint_per_lifetime;
    invariant_6_finds_who_is_served_too_late = Linger, waits::everybody_is_served_in_time;
    invariant_6_finds_who_is_held_up = Linger, waits::nobody_is_held_up;
    invariant_6_finds_a_refresh_that_comes_too_late = RefreshLate, waits::refreshing_ahead_stays_ahead;
    invariant_6_finds_a_sign_out_that_never_was = LeaveWithOthers, waits::nobody_is_signed_out;
    invariant_3_finds_a_replaced_token_served = ServeReplaced, tokens::forced_calls_get_new_tokens;
    finds_another_accounts_token = BorrowAnybodys, tokens::tokens_are_the_tabs_own;
    finds_organizations_that_meet = MixVariants, tokens::keys_differ;
    finds_refusals_in_a_row = TellEvery, tokens::garbage_changes_nothing;
    finds_a_lock_that_is_kept = KeepLock, order::no_lock_is_kept;
    finds_tabs_that_are_long_gone = RememberAll, order::several_sessions_are_known_while_they_are_there;
}
