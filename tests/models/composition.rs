//! The real connector and the real machine around Convex's client: nothing runs as somebody else, nothing stays stopped.
//!
//! Users come, switch and go; the source answers with a token, with null, rejects, or not at all; the server refuses
//! tokens, the network drops connections, Convex's timer and the connector's limit fire whenever they like.

mod state;

use super::convex::{Auth, Call, Client, Fetch, Socket, Token};
use super::kit::{Scribe, Sights, Tab, Tale, finds, holds, unused};
use super::shadow::follows;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::connector::{self, Connector};
use tabpin::core::fault::Fault;
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::pin::Status;
use tabpin::core::relative::{Grid, WALL};
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
use tabpin::core::token::TokenFacts;

const TICK: u64 = 2_000;
const LIFE: i64 = 4_000;
const GRID: Grid = Grid { step: TICK, past: 6_000, many: 4, ahead: 0 };
/// Nothing but a switch makes Convex call its fetcher while so many calls are open: each confirmation of a cached token
/// would add one.
const CALLS: usize = 3;

const CROSSED: &str = "nothing started as one account runs as another";
const NOBODY: &str = "nothing runs as nobody before the limit";
const STOPPED: &str = "no socket is stopped or paused without a fetch pending";
const HUNG: &str = "every call of the fetcher will be answered";
const NULL: &str = "no null while a token lives, but the deliberate one after a re-arm";
const LEFT: &str = "who is signed in with a token at hand is not left unauthenticated";
const SIGHTS: &[&str] =
    &["ran as its account", "ran as nobody past the limit", "a stopped socket", "recovered", "gave up", "cleared"];

pub struct Composition {
    /// The server refuses tokens.
    refuses: bool,
    /// The network drops connections.
    drops: bool,
    users: usize,
    mutations: usize,
    replies: Vec<Reply>,
    sights: Sights,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Fresh,
    Rejected,
}

/// A call of the fetcher that Convex waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    call: Call,
    /// The account that its arm is bound to: 1 is the present one.
    account: u32,
    /// In the machine's hands.
    waits: bool,
    /// Its arm is not the newest: it will not be answered.
    over: bool,
    /// Its promise is resolved.
    answered: bool,
    token: Option<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    tab: Tab,
    connector: Connector,
    client: Client,
    calls: Vec<Asked>,
    /// Bound to the newest arm: the account, and who that is.
    armed: (u32, Option<usize>),
    arm: u32,
    given: Option<Token>,
    timer: bool,
    limited: bool,
    account: u32,
    current: Option<usize>,
    mints: Vec<(FlightId, u64, Option<usize>)>,
    known: Vec<(u32, usize, i64)>,
    gave_up: bool,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    User(Option<usize>),
    Answer(usize, Reply),
    Mutate,
    Run(usize),
    Confirm,
    Refuse(bool),
    Closed,
    Disconnect,
    Connect,
    Open,
    Timer,
    Limit,
}

fn person(index: usize) -> SessionRef {
    let (user, session) = [("ada", "a"), ("bob", "b")][index];
    SessionRef { session_id: Some(session.into()), user_id: user.into(), started_at: None }
}

fn index_of(session: SessionRef) -> usize {
    usize::from(!session.is(person(0)))
}

/// What is still to be done in one step.
enum Job {
    Tell(Input),
    Connect(connector::Input),
    Fetch(Fetch),
    Deliver(Call, Option<Token>),
    Resume(Call),
}

/// What is done at once, in order, and what promises put off until then.
#[derive(Default)]
struct Jobs {
    now: Vec<Job>,
    then: Vec<Job>,
}

impl Tale for Composition {
    type State = State;
    type Action = Action;
    const RULES: &'static [&'static str] = &[CROSSED, NOBODY, STOPPED, HUNG, NULL, LEFT];
    const SIGHTS: &'static [&'static str] = SIGHTS;

    fn starts(&self) -> Vec<State> {
        let source = Abilities { current: true, per_tab: true, ..Abilities::default() };
        let config = Config { auto_refresh: false, timeout: TICK, give_up_after: TICK, source, ..Config::default() };
        let mut state = State {
            tab: Tab::new(Machine::new(config)),
            connector: Connector::new(0, false, false),
            client: Client::new(),
            calls: Vec::new(),
            armed: (0, None),
            arm: 0,
            given: None,
            timer: false,
            limited: false,
            account: 0,
            current: None,
            mints: Vec::new(),
            known: Vec::new(),
            gave_up: false,
            broken: None,
        };
        let scribe = &mut Scribe::deaf();
        state.current = Some(0);
        state.tab.put(Input::Start { stored: Ok(None), online: true });
        state.tab.put(Input::View(state.view()));
        state.tab.put(Input::Consumer(None, Some(2_000)));
        state.account = state.tab.machine.account_id();
        state.connector = Connector::new(state.account, false, false);
        state.run(Job::Connect(connector::Input::Inflight(0)), self, scribe);
        state.run(Job::Connect(connector::Input::Account(state.account)), self, scribe);
        vec![state.close()]
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let client = &state.client;
        let free = state.calls.len() < CALLS;
        let mut actions = Vec::new();
        let alive = state.known.iter().any(|text| text.2 + LIFE > state.tab.now().wall);
        if (state.tab.is_armed() || alive) && !client.closing {
            actions.push(Action::Tick);
        }
        let users = (0..self.users).map(Some).chain([None]).filter(|user| *user != state.current);
        actions.extend(users.map(Action::User));
        for index in 0..state.mints.len() {
            actions.extend(self.replies.iter().map(|reply| Action::Answer(index, *reply)));
        }
        if client.mutations.len() < self.mutations {
            actions.push(Action::Mutate);
        }
        let runs = (0..client.mutations.len()).filter(|index| client.mutations[*index].sent.is_some());
        actions.extend(runs.filter(|_| client.confirmed).map(Action::Run));
        if client.socket == Socket::Ready && client.server.is_some() {
            if !client.confirmed && free {
                actions.push(Action::Confirm);
            }
            // A server that refuses three new tokens in a row is not configured for them.
            if self.refuses && !(client.auth == Auth::WaitingForFresh && client.attempts >= 2) {
                actions.push(Action::Refuse(!client.confirmed));
            }
        }
        if client.closing && free {
            actions.push(Action::Closed);
        }
        match client.socket {
            Socket::Ready | Socket::Paused | Socket::Uninitialized if self.drops => actions.push(Action::Disconnect),
            Socket::Disconnected => actions.push(Action::Connect),
            // A socket closes before the next one opens.
            Socket::Connecting { .. } if !client.closing => actions.push(Action::Open),
            _ => {}
        }
        if client.auth == Auth::Scheduled && client.fetch.is_none() && !client.closing && free {
            actions.push(Action::Timer);
        }
        if state.timer {
            actions.push(Action::Limit);
        }
        actions
    }

    fn step(&self, state: &State, action: &Action, scribe: &mut Scribe<'_>) -> State {
        let mut state = state.clone();
        let mut job = None;
        match *action {
            Action::Tick => {
                state.tab.lag += TICK;
                state.mints.iter_mut().for_each(|mint| mint.1 += TICK);
                job = state.tab.is_due().then_some(Job::Tell(Input::Timer));
            }
            Action::User(user) => {
                state.current = user;
                job = Some(Job::Tell(Input::View(state.view())));
            }
            Action::Answer(index, reply) => {
                let (flight, _, of) = state.mints.remove(index);
                let answer = match reply {
                    Reply::Fresh => Answer::Token(state.token(of.unwrap_or(0))),
                    Reply::Rejected => Answer::Failed(Failure::default()),
                };
                job = Some(Job::Tell(Input::Minted(flight, answer)));
            }
            Action::Mutate => {
                let (free, now) = (state.client.mutations.is_empty(), state.tab.machine.snapshot());
                let whose = now.session.filter(|_| now.status == Status::SignedIn).map(index_of);
                state.client.mutate(if free { whose } else { state.armed.1 });
                job = Some(Job::Connect(connector::Input::Inflight(state.client.mutations.len() as u32)));
            }
            Action::Run(index) => {
                let mutation = state.client.mutations.remove(index);
                let ran = mutation.sent.flatten();
                scribe.note(|| format!("{mutation:?} ran as {ran:?}"));
                match (ran, mutation.by) {
                    (Some(ran), by) if by != Some(ran) => state.broken = Some(CROSSED),
                    (None, Some(_)) if mutation.expects && !state.limited => state.broken = Some(NOBODY),
                    (None, Some(_)) if mutation.expects => self.sights.note(SIGHTS, "ran as nobody past the limit"),
                    (Some(_), _) => self.sights.note(SIGHTS, "ran as its account"),
                    _ => {}
                }
                job = Some(Job::Connect(connector::Input::Inflight(state.client.mutations.len() as u32)));
            }
            Action::Confirm => job = state.client.confirm().map(Job::Fetch),
            Action::Refuse(update) => {
                state.client.refuse(update);
                if state.client.socket == Socket::Stopped {
                    self.sights.note(SIGHTS, "a stopped socket");
                }
            }
            Action::Closed => job = state.client.closed().map(Job::Fetch),
            Action::Disconnect => state.client.disconnect(),
            Action::Connect => state.client.connect(),
            Action::Open => state.client.open(),
            Action::Timer => job = Some(Job::Fetch(state.client.refetch())),
            Action::Limit => {
                state.timer = false;
                job = Some(Job::Connect(connector::Input::Limit));
            }
        }
        if let Some(job) = job {
            state.run(job, self, scribe);
        }
        if state.client.mutations.is_empty() {
            state.limited = false;
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

fn world() -> Composition {
    let replies = vec![Reply::Fresh, Reply::Rejected];
    let sights = Sights::default();
    Composition { refuses: true, drops: true, users: 2, mutations: 1, replies, sights }
}

#[test]
fn convex_runs_nothing_as_somebody_else_and_is_never_left_stopped() {
    holds("composition, everything at once", world());
}

#[test]
fn convex_runs_nothing_as_somebody_else_with_two_mutations_under_way() {
    let sights = Sights::default().waive(SIGHTS, &["a stopped socket"]);
    holds("composition, two mutations", Composition { refuses: false, mutations: 2, sights, ..world() });
}

#[test]
fn a_server_that_still_takes_the_client_for_the_old_account_is_found() {
    finds("composition", world(), Fault::KeepServer, CROSSED);
}

#[test]
fn a_socket_that_stays_stopped_is_found() {
    finds("composition", world(), Fault::TokenFirst, STOPPED);
}

#[test]
fn telling_times_from_now_changes_nothing() {
    follows(&world());
}
