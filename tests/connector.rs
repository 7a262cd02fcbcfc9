//! The Convex connector: when a client is given which callback, and when it is told null.

use proptest::prelude::*;
use tabpin::core::connector::{Answer, Connector, Input, Output};

#[path = "support/draws.rs"]
mod draws;

const ADA: u32 = 1;
const BOB: u32 = 2;

fn drain(connector: &mut Connector) -> Vec<Output> {
    std::iter::from_fn(|| connector.poll_output()).collect()
}

fn after(connector: &mut Connector, input: Input) -> Vec<Output> {
    connector.handle(input);
    drain(connector)
}

/// Connected as Ada, the first callback installed.
fn connected() -> Connector {
    let mut connector = Connector::new(ADA, false, false);
    assert_eq!(drain(&mut connector), [Output::SetAuth(1)]);
    connector
}

fn asked(connector: &mut Connector, call: u32, arm: u32, forced: bool) -> Vec<Output> {
    after(connector, Input::Asked { call, arm, forced })
}

fn answered(connector: &mut Connector, call: u32, answer: Answer) -> Vec<Output> {
    after(connector, Input::Answered { call, answer })
}

#[test]
fn a_call_is_answered_with_what_the_account_fetched() {
    let mut connector = connected();
    assert_eq!(asked(&mut connector, 1, 1, false), [Output::Fetch(1, false)]);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [Output::Answer(1, true)]);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [], "an answer to nobody is nothing");
}

#[test]
fn a_client_that_had_stopped_is_answered_null_first() {
    let mut connector = Connector::new(ADA, true, false);
    drain(&mut connector);
    assert_eq!(asked(&mut connector, 1, 1, false), [Output::Answer(1, false)]);
    assert_eq!(asked(&mut connector, 2, 1, true), [Output::Fetch(2, true)]);
}

#[test]
fn a_switch_clears_and_installs_the_new_callback_and_answers_the_old_one_no_more() {
    let mut connector = connected();
    asked(&mut connector, 1, 1, true);
    assert_eq!(after(&mut connector, Input::Account(BOB)), [Output::Clear, Output::SetAuth(2)]);
    assert_eq!(answered(&mut connector, 1, Answer::Null), [], "Convex might resume its socket on it");
    assert_eq!(asked(&mut connector, 2, 1, true), [Output::Answer(2, false)], "the old callback is null for ever");
    assert_eq!(asked(&mut connector, 3, 2, false), [Output::Answer(3, false)], "the first unforced call is null");
    assert_eq!(asked(&mut connector, 4, 2, true), [Output::Fetch(4, true)]);
}

#[test]
fn a_switch_waits_for_what_is_in_flight() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(1));
    assert_eq!(after(&mut connector, Input::Account(BOB)), [Output::Timer(true)]);
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [], "nobody's token goes out while the account moves");
    let freed = after(&mut connector, Input::Inflight(0));
    assert_eq!(freed, [Output::Clear, Output::SetAuth(2), Output::Timer(false)]);
}

#[test]
fn null_is_withheld_while_something_is_in_flight_and_given_once_it_has_run() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(2));
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Null), [Output::Timer(true)]);
    assert_eq!(after(&mut connector, Input::Inflight(1)), []);
    assert_eq!(after(&mut connector, Input::Inflight(0)), [Output::Answer(1, false), Output::Timer(false)]);
}

#[test]
fn at_the_limit_null_is_answered_and_the_number_in_flight_is_told() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(3));
    asked(&mut connector, 1, 1, true);
    answered(&mut connector, 1, Answer::Null);
    assert_eq!(after(&mut connector, Input::Limit), [Output::GaveUp(3), Output::Answer(1, false)]);
}

#[test]
fn past_the_limit_a_switch_still_waits_for_what_runs_as_nobody() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(1));
    after(&mut connector, Input::Account(BOB));
    assert_eq!(after(&mut connector, Input::Limit), [Output::GaveUp(1)]);
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Null), [Output::Answer(1, false)]);
    assert_eq!(after(&mut connector, Input::Inflight(0)), [Output::Clear, Output::SetAuth(2)]);
}

#[test]
fn recovery_fetches_again_for_whoever_null_was_withheld_from() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(1));
    asked(&mut connector, 1, 1, true);
    answered(&mut connector, 1, Answer::Null);
    assert_eq!(after(&mut connector, Input::Recovered), [Output::Fetch(1, true), Output::Timer(false)]);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [Output::Answer(1, true)]);
}

#[test]
fn recovery_re_arms_a_client_that_was_told_null() {
    let mut connector = connected();
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Null), [Output::Answer(1, false)]);
    assert_eq!(after(&mut connector, Input::Recovered), [Output::Clear, Output::SetAuth(2)]);
    assert_eq!(after(&mut connector, Input::Recovered), [], "once");
}

#[test]
fn recovery_leaves_a_client_alone_that_has_a_token() {
    let mut connector = connected();
    asked(&mut connector, 1, 1, true);
    answered(&mut connector, 1, Answer::Token);
    assert_eq!(after(&mut connector, Input::Recovered), []);
}

#[test]
fn the_same_token_again_is_given_only_when_nothing_is_in_flight_and_is_followed_by_a_re_arm() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(1));
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Same), [Output::Timer(true)]);
    assert_eq!(after(&mut connector, Input::Inflight(0)), [Output::Answer(1, true), Output::Timer(false)]);
    assert_eq!(after(&mut connector, Input::Recovered), [Output::Clear, Output::SetAuth(2)]);
}

#[test]
fn with_an_old_token_a_client_is_armed_again_once_nothing_is_in_flight() {
    let mut connector = connected();
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Same), [Output::Answer(1, true)]);
    after(&mut connector, Input::Inflight(1));
    assert_eq!(after(&mut connector, Input::Recovered), [], "what is in flight would run as nobody");
    assert_eq!(after(&mut connector, Input::Inflight(0)), [Output::Clear, Output::SetAuth(2)]);
}

#[test]
fn of_two_calls_the_newest_is_answered_first() {
    let mut connector = connected();
    asked(&mut connector, 1, 1, true);
    asked(&mut connector, 2, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [], "Convex might resume its socket before it has a token");
    assert_eq!(answered(&mut connector, 2, Answer::Token), [Output::Answer(2, true), Output::Answer(1, false)]);
}

#[test]
fn a_sign_out_is_told_to_the_server_before_anything_is_held_back() {
    let mut connector = connected();
    assert_eq!(after(&mut connector, Input::Account(BOB)), [Output::Clear, Output::SetAuth(2)]);
    assert_eq!(asked(&mut connector, 1, 2, false), [Output::Answer(1, false)]);
    asked(&mut connector, 2, 2, true);
    assert_eq!(answered(&mut connector, 2, Answer::Null), [Output::Answer(2, false)]);
}

#[test]
fn a_client_of_one_account_never_moves_to_another() {
    let mut connector = Connector::new(ADA, false, true);
    drain(&mut connector);
    assert_eq!(after(&mut connector, Input::Account(BOB)), []);
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [Output::Answer(1, false)]);
}

#[test]
fn once_detached_a_client_keeps_its_callback_and_is_moved_nowhere() {
    let mut connector = connected();
    after(&mut connector, Input::Inflight(1));
    assert_eq!(after(&mut connector, Input::Detach), []);
    assert_eq!(after(&mut connector, Input::Account(BOB)), []);
    asked(&mut connector, 1, 1, true);
    assert_eq!(answered(&mut connector, 1, Answer::Token), [Output::Answer(1, true)]);
    asked(&mut connector, 2, 1, true);
    assert_eq!(answered(&mut connector, 2, Answer::Null), [Output::Answer(2, false)]);
    assert_eq!(after(&mut connector, Input::Recovered), []);
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Account(u32),
    Recovered,
    Inflight(u32),
    Ask { old: bool, forced: bool },
    Fetched(Answer),
    Limit,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (1u32..4).prop_map(Event::Account),
        Just(Event::Recovered),
        (0u32..3).prop_map(Event::Inflight),
        (any::<bool>(), any::<bool>()).prop_map(|(old, forced)| Event::Ask { old, forced }),
        prop_oneof![Just(Answer::Null), Just(Answer::Token), Just(Answer::Same)].prop_map(Event::Fetched),
        Just(Event::Limit),
    ]
}

/// What the client can see, and whom each callback was installed for.
#[derive(Default)]
struct Client {
    arms: Vec<u32>,
    open: Vec<(u32, u32)>,
    fetching: Vec<u32>,
    account: u32,
    inflight: u32,
    timer: bool,
    fetched: Vec<u32>,
}

impl Client {
    fn follow(&mut self, outputs: Vec<Output>, past_limit: bool) -> Result<(), TestCaseError> {
        for output in outputs {
            match output {
                Output::SetAuth(arm) => {
                    prop_assert_eq!(arm as usize, self.arms.len() + 1);
                    let moves = self.arms.last().is_some_and(|account| *account != self.account);
                    prop_assert!(!moves || self.inflight == 0, "moved with something in flight");
                    self.arms.push(self.account);
                    // Calls of the old callback are never answered.
                    self.open.clear();
                }
                Output::Fetch(call, _) => {
                    self.fetching.push(call);
                    self.fetched.push(call);
                }
                Output::Answer(call, token) => {
                    let index = self.open.iter().position(|(open, _)| *open == call);
                    let (_, arm) = self.open.remove(index.expect("every call is answered once"));
                    let current = arm as usize == self.arms.len();
                    let own = self.arms.get(arm as usize - 1) == Some(&self.account);
                    prop_assert!(!token || (current && own), "a token for an account that is not the tab's");
                    // Convex heeds the newest call only.
                    let heeded = current && self.fetched.iter().max() == Some(&call);
                    let withheld = heeded && self.inflight > 0 && !past_limit;
                    prop_assert!(token || !withheld, "null while {} are in flight", self.inflight);
                }
                Output::Timer(on) => {
                    prop_assert_ne!(on, self.timer);
                    self.timer = on;
                }
                Output::Clear | Output::GaveUp(_) => {}
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(draws::config(draws::cases(10_000)))]

    /// Invariant 11, for Convex: a client moves only when nothing is in flight on it, no token reaches a callback of
    /// another account, and every call is answered exactly once when everything has come to rest.
    #[test]
    fn nothing_started_as_one_account_is_given_the_token_of_another(events in prop::collection::vec(event(), 50..90)) {
        let mut client = Client { account: ADA, ..Client::default() };
        let mut connector = Connector::new(ADA, false, false);
        let mut call = 0;
        let mut past_limit = false;
        client.follow(drain(&mut connector), false)?;
        let rest = [Event::Inflight(0), Event::Fetched(Answer::Token), Event::Fetched(Answer::Null)];
        for event in events.into_iter().chain(rest.into_iter().cycle().take(300)) {
            let input = match event {
                Event::Account(id) => {
                    client.account = id;
                    Input::Account(id)
                }
                Event::Recovered => Input::Recovered,
                Event::Inflight(count) => {
                    client.inflight = count;
                    past_limit &= count > 0;
                    Input::Inflight(count)
                }
                Event::Ask { old, forced } => {
                    call += 1;
                    let newest = client.arms.len() as u32;
                    let arm = if old { newest.saturating_sub(1).max(1) } else { newest };
                    client.open.push((call, arm));
                    Input::Asked { call, arm, forced }
                }
                Event::Fetched(answer) => match client.fetching.pop() {
                    Some(call) => Input::Answered { call, answer },
                    None => continue,
                },
                Event::Limit if client.timer => {
                    client.timer = false;
                    past_limit = true;
                    Input::Limit
                }
                Event::Limit => continue,
            };
            connector.handle(input);
            client.follow(drain(&mut connector), past_limit)?;
        }
        prop_assert!(client.open.is_empty(), "{} calls were never answered", client.open.len());
    }
}
