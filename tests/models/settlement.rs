//! Whatever the source does, everybody who waits is answered exactly once, and in time.
//!
//! One tab, two who wait, and a source that answers with a token, with the same one again, null, undefined, what is no
//! token, a rejection, or not at all, at once or late. Time goes by in steps of [`TICK`]: a timer fires at the first
//! step at which it is due, less than two seconds late, as busy pages' timers do.

use super::kit::{Scribe, Sights, Tab, Tale, finds, holds};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::fault::Fault;
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Outcome, Output, Task};
use tabpin::core::relative::{Grid, WALL};
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
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

fn ada() -> SessionRef {
    SessionRef { session_id: Some("sess_a".into()), user_id: "ada".into(), started_at: None }
}

impl State {
    fn view(&self) -> View {
        let seen = Seen { session: ada(), variant: None };
        let current = match self.there {
            None => Current::Unknown,
            Some(false) => Current::Nobody,
            Some(true) => Current::Session(seen),
        };
        let sessions = self.there.map(|there| if there { vec![seen] } else { Vec::new() });
        View { current, sessions, ambient: Ambient::Unknown }
    }

    fn put(&mut self, input: Input, tale: &Settlement, scribe: &mut Scribe<'_>) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            scribe.note(|| format!("→ {input:?}"));
            let now = self.tab.now();
            for output in self.tab.put(input) {
                scribe.note(|| format!("← {output:?}"));
                match output {
                    Output::Mint { flight, .. } => self.mints.push(Mint { flight, age: 0 }),
                    Output::Abort(flight) => self.mints.retain(|mint| mint.flight != flight),
                    Output::Settle(waiter, outcome) => self.settle(waiter, outcome, now.wall, tale),
                    Output::Judge(waiter, _) => inputs.push(Input::Judged(waiter, self.pleased)),
                    Output::Errand(id, task, _) => self.errands.push((id, task)),
                    Output::Look if !tale.bare => inputs.push(Input::View(self.view())),
                    Output::Account(account) => self.account = account.id,
                    Output::Keep(kept) => self.known.retain(|facts| kept.contains(&facts.id)),
                    _ => {}
                }
            }
        }
    }

    fn settle(&mut self, waiter: u32, outcome: Outcome, wall: i64, tale: &Settlement) {
        let index = waiter as usize % 2;
        let kind = if index == 0 { self.kinds.0 } else { self.kinds.1 };
        if self.waits[index].take().is_none_or(|wait| wait.id != waiter) {
            self.broken = Some(ONCE);
        }
        let sight = match outcome {
            Outcome::Token(_) => "a token",
            Outcome::Null => "null",
            Outcome::Done => "done",
            Outcome::Reject(_) => "a rejection",
        };
        tale.sights.note(SIGHTS, sight);
        if let Outcome::Token(id) = outcome {
            let facts = self.known.iter().find(|facts| facts.id == id);
            let dead = facts.is_none_or(|facts| facts.exp.is_none_or(|exp| exp <= wall));
            if dead
                || !matches!(
                    kind,
                    Kind::Token | Kind::Forced | Kind::Access | Kind::Fetch | Kind::FetchForced | Kind::Claims
                )
            {
                self.broken = Some(FRESH);
            }
        }
    }

    fn answer(&mut self, flight: FlightId, reply: Reply) -> Answer {
        let now = self.tab.now();
        let _ = flight;
        match reply {
            Reply::Fresh => {
                let same = self.known.iter().find(|facts| facts.iat == Some(now.wall)).copied();
                let facts = same.unwrap_or_else(|| {
                    let id = (1..).find(|id| self.known.iter().all(|facts| facts.id != *id)).expect("numbers are many");
                    let (iat, exp) = (Some(now.wall), Some(now.wall + LIFE));
                    let sid = ada().session_id;
                    let facts = TokenFacts { id, sub: Some(ada().user_id), sid, iss: None, iat, exp };
                    self.known.push(facts);
                    facts
                });
                Answer::Token(facts)
            }
            Reply::Same => self.known.first().copied().map_or(Answer::Null, Answer::Token),
            Reply::Null => Answer::Null,
            Reply::Undefined => Answer::Undefined,
            Reply::Malformed => Answer::Malformed("it is not three base64url parts"),
            Reply::Rejected => Answer::Failed(Failure { status: Some(500), ..Failure::default() }),
            Reply::Busy => {
                Answer::Failed(Failure { status: Some(429), retry_after: Some(3_000), ..Failure::default() })
            }
        }
    }

    /// The clocks start again from now.
    fn close(mut self) -> Self {
        if self.disposed {
            let waits = self.waits.iter().any(Option::is_some);
            if waits || self.tab.machine.deadline().is_some() || !self.mints.is_empty() {
                self.broken = self.broken.or(Some(STILL));
            }
            // Nothing more can come of it.
            self.tab.lag = 0;
        }
        if self.mints.iter().filter(|mint| mint.age < ABANDON).count() > 1 {
            self.broken = self.broken.or(Some(SINGLE));
        }
        for wait in self.waits.iter().flatten() {
            let _ = wait;
            if self.tab.machine.deadline().is_none() {
                self.broken = self.broken.or(Some(ARMED));
            }
        }
        let renamed = self.tab.tell_from_now(Grid { step: TICK, past: PATIENCE, many: 4 });
        let name = |id: u32| renamed.calls.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        self.mints.retain_mut(|mint| name(mint.flight).map(|flight| mint.flight = flight).is_some());
        self.errands.retain_mut(|(id, _)| name(*id).map(|after| *id = after).is_some());
        let name = |id: u32| renamed.tokens.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        self.known.retain_mut(|facts| name(facts.id).map(|id| facts.id = id).is_some());
        for facts in &mut self.known {
            let iat = facts.iat.unwrap_or(0) - renamed.wall;
            let iat = if iat + LIFE <= WALL { WALL - PATIENCE as i64 } else { iat };
            (facts.iat, facts.exp) = (Some(iat), Some(iat + LIFE));
        }
        self.known.sort_by_key(|facts| facts.id);
        self.account = PRESENT;
        self
    }
}

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
                let answer = state.answer(mint.flight, reply);
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
