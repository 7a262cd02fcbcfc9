//! Invariants 5 and 6, and whatever else tabs could do to each other: several tabs of one browser, held against
//! thousands of random traces of messages, locks, crashes, frozen pages, clocks and garbage.
//!
//! How many traces, and which: `tests/support/draws.rs`.

mod support;
mod crowd {
    pub mod decode;
    mod figures;
    mod flood;
    pub mod mints;
    pub mod order;
    pub mod pass;
    pub mod play;
    pub mod reached;
    pub mod tokens;
    pub mod trace;
    #[cfg(feature = "planted-faults")]
    mod twins;
    pub mod waits;
    pub mod watch;

    /// What happens around the tabs in a trace, at least; not all of it reaches one.
    pub const OPS: usize = 60;
    /// What reaches the tabs in a trace, at least.
    pub const EVENTS: usize = 50;
}

use crowd::pass::{Property, pass};
use crowd::reached::WANTED;

macro_rules! properties {
    ($($name:ident = $property:expr;)*) => {
        /// Every property, by its test's name.
        pub const PROPERTIES: &[(&str, Property)] = &[$((stringify!($name), |run| $property(run))),*];
        $(#[test]
        fn $name() {
            if let Some(broken) = pass().broken.get(stringify!($name)) {
                panic!("{broken}");
            }
        })*
    };
}

properties! {
    invariant_5_unforced_demand_mints_once_per_lifetime = crowd::mints::one_mint_per_lifetime;
    invariant_6_everybody_is_served_in_time = crowd::waits::everybody_is_served_in_time;
    invariant_6_nobody_is_held_up_by_other_tabs = crowd::waits::nobody_is_held_up;
    invariant_6_refreshing_ahead_stays_ahead = crowd::waits::refreshing_ahead_stays_ahead;
    invariant_6_nobody_is_signed_out = crowd::waits::nobody_is_signed_out;
    invariant_3_forced_calls_get_new_tokens = crowd::tokens::forced_calls_get_new_tokens;
    tokens_are_the_tabs_own = crowd::tokens::tokens_are_the_tabs_own;
    tabs_of_different_accounts_never_meet = crowd::tokens::keys_differ;
    garbage_changes_nothing = crowd::tokens::garbage_changes_nothing;
    no_lock_is_kept = crowd::order::no_lock_is_kept;
    several_sessions_are_known_while_they_are_there = crowd::order::several_sessions_are_known_while_they_are_there;
}

#[test]
fn the_traces_reach_every_fault_and_what_it_leads_to() {
    let reached = &pass().reached;
    reached.reaches("several tabs", WANTED);
    assert!(reached.shortest >= crowd::EVENTS, "a trace has only {} events", reached.shortest);
}
