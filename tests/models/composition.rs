//! The real connector and the real machine around Convex's client: nothing runs as somebody else, nothing stays stopped.
//!
//! Users come, switch and go; the source answers with a token, with null, rejects, or not at all; the server refuses
//! tokens, the network drops connections, Convex's timer and the connector's limit fire whenever they like.

use super::convex::{Auth, Call, Client, Fetch, Socket, Token};
use super::kit::{Scribe, Sights, Tab, Tale, finds, holds};
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
const GRID: Grid = Grid { step: TICK, past: 6_000, many: 4 };
/// Nothing that makes Convex call its fetcher happens while so many calls are open.
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

impl State {
    fn run(&mut self, job: Job, tale: &Composition, scribe: &mut Scribe<'_>) {
        let mut jobs = Jobs { now: vec![job], then: Vec::new() };
        loop {
            let queue = if jobs.now.is_empty() { &mut jobs.then } else { &mut jobs.now };
            if queue.is_empty() {
                break;
            }
            match queue.remove(0) {
                Job::Resume(call) => self.client.resumed(call),
                Job::Tell(input) => self.tell(input, &mut jobs, tale, scribe),
                Job::Connect(input) => self.connect(input, &mut jobs, tale, scribe),
                Job::Fetch(fetch) => self.fetch(fetch, &mut jobs, scribe),
                Job::Deliver(call, token) => {
                    scribe.note(|| format!("Convex is given {token:?} for call {call}"));
                    self.calls.retain(|asked| asked.call != call || asked.waits);
                    jobs.now.extend(self.client.answered(call, token).map(Job::Fetch));
                    jobs.then.push(Job::Resume(call));
                }
            }
        }
    }

    fn tell(&mut self, input: Input, jobs: &mut Jobs, tale: &Composition, scribe: &mut Scribe<'_>) {
        scribe.note(|| format!("tab → {input:?}"));
        for output in self.tab.put(input) {
            scribe.note(|| format!("tab ← {output:?}"));
            match output {
                Output::Mint { flight, session, .. } => self.mints.push((flight, 0, session.map(index_of))),
                Output::Abort(flight) => self.mints.retain(|mint| mint.0 != flight),
                Output::Settle(call, outcome) => {
                    let Some(asked) = self.calls.iter_mut().find(|asked| asked.call == call) else { continue };
                    asked.waits = false;
                    if asked.over {
                        continue;
                    }
                    let token = match outcome {
                        Outcome::Token(id) => self.known.iter().find(|text| text.0 == id),
                        _ => None,
                    };
                    asked.token = token.map(|(id, of, _)| Token { of: *of, id: *id });
                    let answer = match asked.token {
                        None => connector::Answer::Null,
                        token if token == self.given => connector::Answer::Same,
                        _ => connector::Answer::Token,
                    };
                    jobs.then.push(Job::Connect(connector::Input::Answered { call, answer }));
                }
                Output::Look => jobs.now.push(Job::Tell(Input::View(self.view()))),
                Output::Account(account) => {
                    let filled = account.id == self.account;
                    self.account = account.id;
                    jobs.now.push(Job::Connect(connector::Input::Inflight(self.client.mutations.len() as u32)));
                    jobs.now.push(Job::Connect(connector::Input::Account(account.id)));
                    if let Some(session) = account.session.filter(|_| filled) {
                        // A visitor's account is filled in by who signs in, and goes on.
                        let visitors = self.client.mutations.iter_mut().filter(|mutation| mutation.by.is_none());
                        visitors.for_each(|mutation| mutation.by = Some(index_of(session)));
                    }
                    if filled {
                        jobs.now.push(Job::Connect(connector::Input::Recovered));
                    }
                }
                Output::Keep(kept) => self.known.retain(|text| kept.contains(&text.0)),
                Output::Event(Event::Recovered) => {
                    tale.sights.note(SIGHTS, "recovered");
                    self.gave_up = false;
                    jobs.now.push(Job::Connect(connector::Input::Recovered));
                }
                Output::Event(Event::GaveUp { .. }) => {
                    tale.sights.note(SIGHTS, "gave up");
                    self.gave_up = true;
                }
                _ => {}
            }
        }
    }

    fn connect(&mut self, input: connector::Input, jobs: &mut Jobs, tale: &Composition, scribe: &mut Scribe<'_>) {
        scribe.note(|| format!("connector → {input:?}"));
        let deliberate = matches!(input, connector::Input::Asked { forced: false, .. });
        self.connector.handle(input);
        let mut orders: Vec<_> = std::iter::from_fn(|| self.connector.poll_output()).collect();
        while !orders.is_empty() {
            let order = orders.remove(0);
            scribe.note(|| format!("connector ← {order:?}"));
            match order {
                connector::Output::SetAuth(arm) => {
                    let who = self.tab.machine.snapshot().session.filter(|_| self.is_signed_in()).map(index_of);
                    (self.arm, self.armed) = (arm, (self.account, who));
                    self.calls.iter_mut().for_each(|asked| asked.over = !asked.answered);
                    jobs.now.push(Job::Fetch(self.client.set_auth(arm)));
                }
                connector::Output::Fetch(call, forced) => {
                    let now = self.tab.now();
                    let asked = self.calls.iter_mut().find(|asked| asked.call == call).expect("a call of Convex's");
                    asked.waits = true;
                    let account = asked.account;
                    let hit = (!forced).then(|| self.tab.machine.hit(now, account, None, Style::Fetch)).flatten();
                    let (waiter, replaces, timeout) = (call, None, None);
                    if let Some(id) = hit {
                        let of = self.known.iter().find(|text| text.0 == id).expect("a known text").1;
                        asked.token = Some(Token { of, id });
                        asked.waits = false;
                        let same = asked.token == self.given;
                        let answer = if same { connector::Answer::Same } else { connector::Answer::Token };
                        jobs.then.push(Job::Connect(connector::Input::Answered { call, answer }));
                    } else {
                        let style = Style::Fetch;
                        let ask = Ask { waiter, account, template: None, style, forced, replaces, timeout };
                        jobs.now.push(Job::Tell(Input::Ask(ask)));
                    }
                }
                connector::Output::Answer(call, token) => {
                    let asked = self.calls.iter_mut().find(|asked| asked.call == call).expect("a call of Convex's");
                    let (token, account) = (asked.token.filter(|_| token), asked.account);
                    asked.answered = true;
                    self.given = token.or(self.given);
                    let counts = self.client.fetch.is_some_and(|(current, _)| current == call);
                    if token.is_none() && counts && !deliberate {
                        self.is_null_right(account);
                    }
                    jobs.then.push(Job::Deliver(call, token));
                }
                connector::Output::Clear => {
                    tale.sights.note(SIGHTS, "cleared");
                    self.client.clear_auth();
                }
                connector::Output::Timer(timer) => self.timer = timer,
                connector::Output::GaveUp(_) => {
                    self.limited = true;
                    let _ = tale;
                }
            }
        }
    }

    fn fetch(&mut self, fetch: Fetch, jobs: &mut Jobs, scribe: &mut Scribe<'_>) {
        scribe.note(|| format!("Convex calls fetcher {} (forced: {})", fetch.arm, fetch.forced));
        let free = |call: &Call| self.calls.iter().all(|asked| asked.call != *call);
        let call = (1..).find(free).expect("numbers are many");
        let account = if fetch.arm == self.arm { self.armed.0 } else { 0 };
        self.calls.push(Asked { call, account, waits: false, over: false, answered: false, token: None });
        self.client.calls(call, fetch.then);
        self.client.resumes.retain(|call| self.calls.iter().any(|asked| asked.call == *call && !asked.over));
        jobs.now.push(Job::Connect(connector::Input::Asked { call, arm: fetch.arm, forced: fetch.forced }));
    }

    fn is_signed_in(&self) -> bool {
        self.tab.machine.snapshot().status == Status::SignedIn
    }

    /// Convex is told null, by the callback that counts.
    fn is_null_right(&mut self, account: u32) {
        let ours = account == self.account && self.is_signed_in();
        let now = self.tab.now();
        let lives =
            self.tab.machine.at_hand(now, account, None).is_some_and(|id| self.given.map(|given| given.id) != Some(id));
        if ours && lives {
            self.broken = self.broken.or(Some(NULL));
        }
    }

    fn view(&self) -> View {
        let seen = |index| Seen { session: person(index), variant: None };
        let sessions = self.current.map_or(Vec::new(), |_| vec![seen(0), seen(1)]);
        let current = self.current.map_or(Current::Nobody, |index| Current::Session(seen(index)));
        View { current, sessions: Some(sessions), ambient: Ambient::Unknown }
    }

    fn check(&mut self) {
        let Client { auth, socket, .. } = self.client;
        let fetching = self.client.closing || self.client.fetch.is_some() || !self.client.resumes.is_empty();
        let held = matches!(
            socket,
            Socket::Stopped | Socket::Paused | Socket::Uninitialized | Socket::Connecting { paused: true }
        );
        let mut rule = None;
        if held && !fetching {
            rule = Some(STOPPED);
        }
        let counts = self.client.fetch.map(|(call, _)| call);
        let withheld = self.calls.iter().any(|asked| !asked.waits && counts == Some(asked.call));
        let lost = self.client.fetch.is_some_and(|(call, _)| self.calls.iter().all(|asked| asked.call != call));
        if withheld && !self.timer || lost {
            rule = Some(HUNG);
        }
        // Where an old token was given for want of a new one, the client is armed once nothing is in flight.
        let spent = matches!(auth, Auth::Nobody | Auth::NotRefetching) && self.client.mutations.is_empty();
        let idle = spent && !fetching && !self.timer;
        let now = self.tab.now();
        let at_hand = self.tab.machine.at_hand(now, self.account, None).is_some();
        if idle && self.is_signed_in() && at_hand && !self.gave_up {
            rule = Some(LEFT);
        }
        self.broken = self.broken.or(rule);
    }

    fn close(mut self) -> Self {
        self.check();
        self.calls.retain(|asked| asked.waits || !asked.over);
        let renamed = self.tab.tell_from_now(GRID);
        let account = |id: &mut u32| *id = u32::from(*id == renamed.account);
        self.connector.renumber(renamed.account);
        self.calls.iter_mut().for_each(|asked| account(&mut asked.account));
        account(&mut self.armed.0);
        self.client.arm = u32::from(self.client.arm == self.arm);
        self.arm = 1;
        self.account = 1;
        let name = |id: u32| renamed.calls.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        self.mints.retain_mut(|mint| name(mint.0).map(|flight| mint.0 = flight).is_some());
        self.mints.retain(|mint| mint.1 < GRID.past);
        let name = |id: u32| renamed.tokens.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        for token in [&mut self.given, &mut self.client.local].into_iter().flatten() {
            token.id = name(token.id).filter(|_| self.known.iter().any(|text| text.0 == token.id)).unwrap_or(0);
        }
        for asked in &mut self.calls {
            asked.token.iter_mut().for_each(|token| token.id = name(token.id).unwrap_or(0));
        }
        self.known.retain_mut(|text| name(text.0).map(|id| text.0 = id).is_some());
        for text in &mut self.known {
            text.2 -= renamed.wall;
            text.2 = if text.2 + LIFE <= WALL { WALL - GRID.past as i64 } else { text.2 };
        }
        self.known.sort_unstable();
        self
    }

    fn token(&mut self, of: usize) -> TokenFacts {
        let wall = self.tab.now().wall;
        let known = self.known.iter().find(|text| (text.1, text.2) == (of, wall)).map(|text| text.0);
        let id = known.unwrap_or_else(|| {
            let free = |id: &u32| self.known.iter().all(|text| text.0 != *id);
            let id = (1..).find(free).expect("numbers are many");
            self.known.push((id, of, wall));
            id
        });
        let SessionRef { session_id, user_id, .. } = person(of);
        TokenFacts { id, sub: Some(user_id), sid: session_id, iss: None, iat: Some(wall), exp: Some(wall + LIFE) }
    }
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
        if (state.tab.machine.deadline().is_some() || alive) && !client.closing {
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
    Composition { refuses: false, drops: false, users: 2, mutations: 1, replies, sights }
}

#[test]
fn convex_runs_nothing_as_somebody_else_while_users_switch() {
    let sights = Sights::default().waive(SIGHTS, &["a stopped socket"]);
    holds("composition, users switch", Composition { sights, ..world() });
}

#[test]
fn convex_is_never_left_stopped_by_a_server_that_refuses() {
    let replies = vec![Reply::Fresh];
    let sights = Sights::default().waive(SIGHTS, &["ran as its account", "ran as nobody past the limit"]);
    let tale = Composition { refuses: true, users: 1, mutations: 0, replies, sights, ..world() };
    holds("composition, tokens are refused", tale);
}

#[test]
fn convex_runs_nothing_as_somebody_else_while_connections_drop() {
    let sights = Sights::default().waive(SIGHTS, &["a stopped socket"]);
    let replies = vec![Reply::Fresh];
    holds("composition, connections drop", Composition { drops: true, users: 1, replies, sights, ..world() });
}

#[test]
fn a_server_that_still_takes_the_client_for_the_old_account_is_found() {
    finds("composition", world(), Fault::KeepServer, CROSSED);
}
