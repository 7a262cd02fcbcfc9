//! The design's invariants for one tab, each held against thousands of random traces.
//!
//! How many traces, and which: `tests/support/draws.rs`.

mod support;
mod properties {
    pub mod accounts;
    pub mod ahead;
    pub mod decode;
    pub mod far;
    pub mod honest;
    pub mod network;
    pub mod oracle;
    pub mod page;
    pub mod play;
    pub mod reached;
    pub mod secrets;
    pub mod signed_out;
    pub mod smallest;
    pub mod tokens;
    pub mod trace;
    #[cfg(feature = "planted-faults")]
    mod twins;
    pub mod waiting;

    /// What happens around a tab in a trace, at least; not all of it reaches the machine.
    pub const OPS: usize = 60;
    /// What reaches the machine in a trace, at least.
    pub const EVENTS: usize = 50;
}

use properties::play::{Run, play};
use properties::trace::Trace;
use properties::{accounts, ahead, far, honest, network, page, reached, secrets, signed_out, smallest};
use properties::{tokens, trace, waiting};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use support::draws;
use support::tally::Tally;

/// An invariant, held against a run; `Err` says where and how it is broken.
type Property = fn(&Run) -> Result<(), String>;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { max_shrink_iters: 0, ..draws::config(cases) })
}

fn cases() -> u32 {
    draws::cases(10_000)
}

/// Holds a property against that many traces; the smallest counterexample, if there is one.
fn check(property: Property, cases: u32) -> Result<(), String> {
    check_those(property, cases, |trace| trace)
}

fn check_those(property: Property, cases: u32, of: fn(Trace) -> Trace) -> Result<(), String> {
    match runner(cases).run(&trace::traces().prop_map(of), |trace| property(&play(&trace)).map_err(TestCaseError::fail))
    {
        Ok(()) => Ok(()),
        Err(TestError::Fail(_, trace)) => Err(smallest::report(property, trace)),
        Err(other) => Err(other.to_string()),
    }
}

macro_rules! properties {
    ($($name:ident = $property:expr;)*) => {$(
        #[test]
        fn $name() {
            check($property, cases()).unwrap_or_else(|broken| panic!("{broken}"));
        }
    )*};
}

properties! {
    invariant_1_every_waiter_settles_exactly_once = waiting::every_waiter_settles_exactly_once;
    invariant_2_a_token_reaches_a_waiter_only_if_it_is_its_accounts = tokens::a_token_is_the_waiters_accounts;
    invariant_3_a_forced_waiter_never_gets_the_token_it_wants_replaced = tokens::a_forced_waiter_never_gets_the_replaced_token;
    invariant_4_signed_out_is_answered_only_when_it_is_so = signed_out::signed_out_is_answered_only_when_it_is_so;
    who_ran_out_of_time_is_not_forgotten = waiting::who_ran_out_of_time_is_not_forgotten;
    invariant_5_at_most_one_mint_is_in_flight_per_key = waiting::at_most_one_mint_in_flight;
    invariant_7_a_transient_failure_changes_neither_token_nor_account = signed_out::a_transient_failure_changes_nothing;
    invariant_8_after_dispose_there_is_nothing = waiting::after_dispose_there_is_nothing;
    invariant_9_a_request_carries_a_token_the_closed_pair_or_nothing = secrets::a_request_carries_a_token_the_closed_pair_or_nothing;
    invariant_10_nothing_but_a_request_contains_a_token = secrets::nothing_but_a_request_contains_a_token;
    no_source_is_asked_in_a_loop = honest::the_source_is_not_asked_in_a_loop;
    invariant_11_nothing_started_as_one_account_runs_as_another = accounts::nothing_started_as_one_account_runs_as_another;
    a_prerendered_page_is_inert_until_it_is_shown = page::a_prerendered_page_is_inert;
    back_from_the_cache_what_is_stored_wins = page::what_is_stored_wins;
    nobody_is_given_up_before_their_awake_time_is_up = page::nobody_is_given_up_too_soon;
    retry_after_is_honoured_whatever_happens = network::retry_after_is_honoured;
    when_the_network_is_back_the_mint_starts_with_the_event = network::the_mint_starts_with_the_event;
}

macro_rules! laws {
    ($($name:ident = $law:expr;)*) => {$(
        #[test]
        fn $name() {
            ahead::holds($law, cases()).unwrap_or_else(|broken| panic!("{broken}"));
        }
    )*};
}

laws! {
    with_any_constant_skew_twenty_calls_mint_twice_at_most = ahead::twenty_calls_mint_twice_at_most;
    hidden_tabs_refresh_after_visible_ones_and_in_time = ahead::hidden_tabs_come_later_and_in_time;
    it_is_told_in_time_that_a_token_goes = ahead::it_is_told_in_time_that_a_token_goes;
}

#[test]
fn an_honest_source_serves_everybody_whatever_the_clocks_do() {
    check_those(honest::everybody_is_served, cases(), honest::tame).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn no_time_is_too_far_away_to_be_reckoned_with() {
    check_those(far::sums_are_right, draws::cases(2_000), far::stretched).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn the_traces_reach_every_status_transition_outcome_and_event() {
    let mut tally = Tally::default();
    let cell = std::cell::RefCell::new(&mut tally);
    runner(cases())
        .run(&trace::traces(), |trace| {
            reached::add(&mut cell.borrow_mut(), &play(&trace));
            Ok(())
        })
        .expect("counting never fails");
    tally.reaches("one tab", reached::WANTED);
    assert!(tally.shortest >= properties::EVENTS, "a trace has only {} inputs", tally.shortest);
    assert!(!tally.counts["transition"].keys().any(|name| name.ends_with("Unknown")), "unknown returns");
}
