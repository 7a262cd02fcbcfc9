//! Whatever the source does, everybody who waits is answered exactly once, and in time.
//!
//! One tab, two who wait, and a source that answers with a token, with the same one again, null, undefined, what is no
//! token, a rejection, or not at all, at once or late. Time goes by in steps of [`TICK`]: a timer fires at the first
//! step at which it is due, less than two seconds late, as busy pages' timers do.

mod state;

use super::kit::{Scribe, Sights, Tab, Tale, ada, finds, holds, unused};
use super::shadow::follows;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::fault::Fault;
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Outcome, Output, Task};
use tabpin::core::relative::{Grid, WALL};
use tabpin::core::session::{Ambient, Current, Seen, View};
use tabpin::core::token::TokenFacts;

const TICK: u64 = 2_000;
const TIMEOUT: u64 = 4_000;
const GIVE_UP: u64 = 4_000;
const LIFE: i64 = 4_000;
/// The source answers within this, or never.
const PATIENCE: u64 = 6_000;
/// So many errands are under way at most when somebody asks.
const ERRANDS: usize = 2;
/// Abandoned after this.
const ABANDON: u64 = 4_000;
/// `fetchToken`'s outer limit.
const OUTER: u64 = 6_000;
/// The account that has ended, and the present one, as the machine numbers them for a model.
const PRESENT: u32 = 1;

const ONCE: &str = "nobody is answered twice, or unasked";
const IN_TIME: &str = "everybody is answered within the budget";
const ARMED: &str = "a timer is armed for whoever waits";
const SINGLE: &str = "one mint at a time";
const STILL: &str = "after dispose there is nothing";
const SIGHTS: &[&str] = &["a token", "null", "done", "a rejection"];
const FRESH: &str = "no dead token is given, and no forced ask the token to be replaced";

pub struct Settlement {
    /// What the two ask for.
    styles: Vec<(Kind, Kind)>,
    bare: bool,
    /// The network comes and goes.
    flaky: bool,
    replies: Vec<Reply>,
    sights: Sights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Token,
    Forced,
    Access,
    Fetch,
    FetchForced,
    Ready,
    Claims,
    Pin,
    SignOut,
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wait {
    id: u32,
    awake: u64,
    online: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Mint {
    flight: FlightId,
    age: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    tab: Tab,
    kinds: (Kind, Kind),
    waits: [Option<Wait>; 2],
    mints: Vec<Mint>,
    errands: Vec<(u32, Task)>,
    /// Tokens whose text the shell keeps.
    known: Vec<TokenFacts>,
    account: u32,
    /// Is somebody signed in at the provider? `None`: it does not know yet.
    there: Option<bool>,
    online: bool,
    pleased: bool,
    disposed: bool,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    Ask(usize),
    Cancel(usize),
    Answer(usize, Reply),
    Done(usize, bool),
    Provider(Option<bool>),
    Online(bool),
    Pleased(bool),
    Dispose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Fresh,
    Same,
    Null,
    Undefined,
    Malformed,
    Rejected,
    Busy,
}

const REPLIES: [Reply; 7] =
    [Reply::Fresh, Reply::Same, Reply::Null, Reply::Undefined, Reply::Malformed, Reply::Rejected, Reply::Busy];

impl Tale for Settlement {
    type State = State;
    type Action = Action;
    const RULES: &'static [&'static str] = &[ONCE, IN_TIME, ARMED, SINGLE, STILL, FRESH];
    const SIGHTS: &'static [&'static str] = SIGHTS;

    fn starts(&self) -> Vec<State> {
        let abilities =
            Abilities { current: !self.bare, per_tab: false, select: !self.bare, sign_out: true, reload: !self.bare };
        let config = Config {
            auto_refresh: false,
            timeout: TIMEOUT,
            give_up_after: GIVE_UP,
            source: abilities,
            ..Config::default()
        };
        let start = |kinds: &(Kind, Kind)| {
            let mut state = State {
                tab: Tab::new(Machine::new(config.clone())),
                kinds: *kinds,
                waits: [None, None],
                mints: Vec::new(),
                errands: Vec::new(),
                known: Vec::new(),
                account: 0,
                there: None,
                online: true,
                pleased: true,
                disposed: false,
                broken: None,
            };
            let scribe = &mut Scribe::deaf();
            state.put(Input::Start { stored: Ok(None), online: true }, self, scribe);
            state.put(Input::Consumer(None, Some(2_000)), self, scribe);
            state.close()
        };
        self.styles.iter().map(start).collect()
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        if state.disposed {
            actions.push(Action::Ask(0));
            return actions;
        }
        actions.push(Action::Tick);
        for index in [0, 1] {
            match state.waits[index] {
                Some(_) => actions.push(Action::Cancel(index)),
                None if [state.kinds.0, state.kinds.1][index] == Kind::Nobody => {}
                None if state.errands.len() < ERRANDS => actions.push(Action::Ask(index)),
                None => {}
            }
        }
        for index in 0..state.mints.len() {
            if state.mints[index].age < PATIENCE {
                let replies = self.replies.iter().filter(|reply| **reply != Reply::Same || !state.known.is_empty());
                actions.extend(replies.map(|reply| Action::Answer(index, *reply)));
            }
        }
        for index in 0..state.errands.len() {
            actions.extend([true, false].map(|success| Action::Done(index, success)));
        }
        if !self.bare {
            let others = [Some(true), Some(false)].into_iter().filter(|there| *there != state.there);
            actions.extend(others.map(Action::Provider));
        }
        if [state.kinds.0, state.kinds.1].contains(&Kind::Claims) {
            actions.push(Action::Pleased(!state.pleased));
        }
        if self.flaky || !state.online {
            actions.push(Action::Online(!state.online));
        }
        actions.push(Action::Dispose);
        actions
    }

    fn step(&self, state: &State, action: &Action, scribe: &mut Scribe<'_>) -> State {
        let mut state = state.clone();
        match *action {
            Action::Tick => {
                state.tab.lag += TICK;
                for wait in state.waits.iter_mut().flatten() {
                    wait.awake += TICK;
                    wait.online += if state.online { TICK } else { 0 };
                }
                for mint in &mut state.mints {
                    mint.age = (mint.age + TICK).min(PATIENCE);
                }
                if state.tab.is_due() {
                    state.put(Input::Timer, self, scribe);
                }
                for (index, wait) in state.waits.iter().enumerate() {
                    let kind = if index == 0 { state.kinds.0 } else { state.kinds.1 };
                    let late = wait.as_ref().is_some_and(|wait| match kind {
                        Kind::Fetch | Kind::FetchForced => wait.online >= GIVE_UP || wait.awake >= OUTER,
                        _ => wait.awake >= TIMEOUT,
                    });
                    if late {
                        state.broken = Some(IN_TIME);
                    }
                }
            }
            Action::Ask(index) => {
                let kind = if index == 0 { state.kinds.0 } else { state.kinds.1 };
                // An errand may still name who has gone.
                let id = index as u32 + 2 * state.errands.len() as u32;
                state.waits[index] = Some(Wait { id, awake: 0, online: 0 });
                let input = ask(id, kind, state.account);
                state.put(input, self, scribe);
            }
            Action::Cancel(index) => {
                let id = state.waits[index].as_ref().map_or(0, |wait| wait.id);
                state.put(Input::Cancel(id), self, scribe);
            }
            Action::Answer(index, reply) => {
                let mint = state.mints.remove(index);
                let answer = state.answer(reply);
                state.online |= matches!(answer, Answer::Token(_));
                state.put(Input::Minted(mint.flight, answer), self, scribe);
            }
            Action::Done(index, success) => {
                let (id, _) = state.errands.remove(index);
                let failure = Failure { status: Some(500), ..Failure::default() };
                state.put(Input::Done(id, if success { Ok(()) } else { Err(failure) }), self, scribe);
            }
            Action::Provider(there) => {
                state.there = there;
                let view = state.view();
                state.put(Input::View(view), self, scribe);
            }
            Action::Online(online) => {
                state.online = online;
                if online {
                    // What was under way while the network was gone is not waited for.
                    state.mints.iter_mut().for_each(|mint| mint.age = mint.age.max(ABANDON));
                }
                state.put(Input::Online(online), self, scribe);
            }
            Action::Pleased(pleased) => state.pleased = pleased,
            Action::Dispose => {
                state.disposed = true;
                state.put(Input::Dispose, self, scribe);
            }
        }
        state.close()
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        state.broken
    }

    fn sights(&self) -> &Sights {
        &self.sights
    }
}

fn ask(waiter: u32, kind: Kind, account: u32) -> Input {
    let style = match kind {
        Kind::Token | Kind::Forced => Style::Token,
        Kind::Access => Style::Access,
        Kind::Fetch | Kind::FetchForced => Style::Fetch,
        Kind::Ready => Style::Ready,
        Kind::Claims => Style::Claims,
        Kind::Pin => return Input::Pin(waiter, ada()),
        Kind::SignOut => return Input::SignOut(waiter),
        Kind::Nobody => unreachable!("nobody asks nothing"),
    };
    let forced = matches!(kind, Kind::Forced | Kind::FetchForced);
    Input::Ask(Ask { waiter, account, template: None, style, forced, replaces: None, timeout: None })
}

const KINDS: [Kind; 9] = [
    Kind::Token,
    Kind::Forced,
    Kind::Access,
    Kind::Fetch,
    Kind::FetchForced,
    Kind::Ready,
    Kind::Claims,
    Kind::Pin,
    Kind::SignOut,
];

/// Each of these beside that one.
fn beside(kinds: &[Kind], other: Kind) -> Vec<(Kind, Kind)> {
    kinds.iter().map(|kind| (*kind, other)).collect()
}

fn alone(bare: bool) -> Settlement {
    let styles = beside(&KINDS, Kind::Nobody);
    Settlement { styles, bare, flaky: false, replies: REPLIES.to_vec(), sights: Sights::default() }
}

fn together(bare: bool) -> Settlement {
    let replies = vec![Reply::Fresh, Reply::Same, Reply::Null];
    let sights = Sights::default().waive(SIGHTS, &["done"]);
    Settlement { styles: beside(&KINDS[..2], Kind::FetchForced), replies, sights, ..alone(bare) }
}

#[test]
fn whoever_waits_alone_is_answered_in_time() {
    holds("settlement, alone, a source that knows", alone(false));
    holds("settlement, alone, a bare function", alone(true));
}

#[test]
fn whoever_waits_beside_others_is_answered_in_time() {
    holds("settlement, together, a source that knows", together(false));
    holds("settlement, together, a bare function", together(true));
}

#[test]
fn whoever_waits_while_the_network_comes_and_goes_is_answered_in_time() {
    let styles = beside(&[Kind::Token, Kind::FetchForced, Kind::Ready], Kind::Nobody);
    holds("settlement, a flaky network", Settlement { flaky: true, styles, ..alone(false) });
}

#[test]
fn a_forgotten_deadline_is_found() {
    finds("settlement", alone(false), Fault::ForgetDeadline, IN_TIME);
}

#[test]
fn a_second_mint_is_found() {
    finds("settlement", together(false), Fault::MintTwice, SINGLE);
}

#[test]
fn a_mint_after_dispose_is_found() {
    finds("settlement", alone(false), Fault::OutliveDispose, STILL);
}

#[test]
fn telling_times_from_now_changes_nothing() {
    [alone(false), alone(true), together(false), together(true)].iter().for_each(follows);
    follows(&Settlement { flaky: true, ..together(false) });
}
