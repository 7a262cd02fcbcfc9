//! The pin and its generations: one tab, two users, and whatever order their comings and goings take.
//!
//! Users sign in, switch and leave at the provider, which may not know for a while or contradict itself; the tab pins,
//! unpins, signs out and reloads; the source mints for whom it is asked, for somebody else, or answers null, also after
//! it was told to stop. Tokens name no times here, and so live for ever: what matters is whose they are.

use super::kit::{Scribe, Sights, Tab, Tale, finds, holds};
use super::table::{Before, is_allowed};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::fault::Fault;
use tabpin::core::input::{AccountId, Answer, Ask, Failure, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::name::Name;
use tabpin::core::output::{Account, Outcome, Output, Task};
use tabpin::core::pin::{Status, Stored};
use tabpin::core::relative::{Grid, WALL};
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
use tabpin::core::token::TokenFacts;

const TICK: u64 = 4_000;
/// No flight has this number.
const CALLED_OFF: FlightId = 900;
/// Nothing that may lead to another errand happens while so many are under way.
const ERRANDS: usize = 1;
/// Abandoned after this.
const ABANDON: u64 = 4_000;
const GRID: Grid = Grid { step: TICK, past: 2 * TICK, many: 2 };

const OWN: &str = "a token reaches who asked as its account, while that is the tab's";
const ENDED: &str = "with an account, everybody's waiting as it ends";
const ASKED_FOR: &str = "mints are for the pin, and none while it is being selected";
const TABLE: &str = "the pin moves only as the table says";
const STORED: &str = "storage holds the pin";
const SINGLE: &str = "one mint at a time";
const SIGHTS: &[&str] = &["lost", "signed out", "an account's end", "a reload", "a token", "a token for nobody"];

/// Who may sign in: user and session, and whether long ago or after everything else.
const PEOPLE: [(&str, &str, bool); 3] = [("ada", "a1", false), ("bob", "b1", false), ("ada", "a2", true)];

pub struct Generations {
    per_tab: bool,
    select: bool,
    bare: bool,
    people: usize,
    variants: bool,
    /// Somebody asks for tokens.
    asks: bool,
    sights: Sights,
}

/// What a token says: for whom and which variant it was minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Text {
    id: u32,
    of: usize,
    variant: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Mint {
    flight: FlightId,
    age: u64,
    of: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Errand {
    id: u32,
    task: Task,
    of: usize,
    age: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Wait {
    /// Asked as this account.
    account: AccountId,
    of: Option<(usize, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Says {
    Truth,
    Loading,
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    tab: Tab,
    alive: [bool; 3],
    current: Option<usize>,
    /// The first user's organization.
    variant: bool,
    says: Says,
    stored: Option<usize>,
    account: Account,
    wait: Option<Wait>,
    mints: Vec<Mint>,
    errands: Vec<Errand>,
    known: Vec<Text>,
    /// Who is not adopted unasked, after a sign-out or an unpin; and who was current then, after an unpin.
    barred: Option<(Vec<usize>, Option<usize>)>,
    /// The source's current session at the last look.
    looked: Option<usize>,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    SignIn(usize),
    End(usize, bool),
    Switch(usize),
    Says(Says),
    Variant,
    Ask(bool),
    Pin(usize),
    Unpin,
    SignOut,
    Reload,
    Token(usize, usize),
    /// A mint that was called off is answered all the same.
    CalledOff(usize),
    Null(usize),
    Done(usize, bool),
}

pub fn person(index: usize) -> SessionRef {
    let (user, session, late) = PEOPLE[index];
    let hour = 3_600_000;
    let started_at = Some(WALL + if late { hour } else { -hour });
    SessionRef { session_id: Some(session.into()), user_id: user.into(), started_at }
}

pub fn index_of(session: SessionRef) -> usize {
    (0..PEOPLE.len()).find(|index| person(*index).is(session)).expect("one of the people")
}

fn organization(variant: bool) -> Option<Name> {
    variant.then(|| "org".into())
}

impl State {
    fn seen(&self, index: usize) -> Seen {
        Seen { session: person(index), variant: organization(self.variant && index == 0) }
    }

    fn view(&self) -> View {
        let list = || (0..PEOPLE.len()).filter(|index| self.alive[*index]).map(|index| self.seen(index)).collect();
        let (current, sessions) = match (self.says, self.current) {
            (Says::Loading, _) => (Current::Unknown, None),
            (Says::Truth, Some(index)) => (Current::Session(self.seen(index)), Some(list())),
            _ => (Current::Nobody, Some(list())),
        };
        View { current, sessions, ambient: Ambient::Unknown }
    }

    fn put(&mut self, input: Input, tale: &Generations, action: Option<Action>, scribe: &mut Scribe<'_>) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            let was = self.tab.machine.snapshot();
            let selecting = self.is_selecting();
            scribe.note(|| format!("→ {input:?}"));
            let is_view = matches!(input, Input::View(_));
            for output in self.tab.put(input) {
                scribe.note(|| format!("← {output:?}"));
                self.carry_out(output, &mut inputs, tale);
            }
            if is_view && self.says != Says::Loading {
                let present: Vec<usize> = (0..PEOPLE.len()).filter(|index| self.alive[*index]).collect();
                if let Some((barred, _)) = &mut self.barred {
                    barred.retain(|index| present.contains(index));
                }
            }
            let now = self.tab.machine.snapshot();
            let before = Before {
                status: was.status,
                pin: was.session.map(index_of),
                stored: self.stored.filter(|_| was.status == Status::Unknown),
                looked: self.looked,
                barred: self.barred.clone(),
                selecting,
                per_tab: tale.per_tab,
            };
            let view = is_view.then(|| self.view());
            let after = (now.status, now.session.map(index_of));
            if !tale.bare && !is_allowed(&before, after, action, view.as_ref()) {
                scribe.note(|| format!("{before:?} → {after:?}"));
                self.broken = self.broken.or(Some(TABLE));
            }
            if is_view && self.says != Says::Loading {
                self.looked = self.current.filter(|_| self.says == Says::Truth);
            }
            if now.status == Status::SignedIn {
                self.barred = None;
            }
            let sight = match now.status {
                Status::Lost => Some("lost"),
                Status::SignedOut => Some("signed out"),
                _ => None,
            };
            sight.into_iter().for_each(|sight| tale.sights.note(SIGHTS, sight));
        }
        let now = self.tab.machine.snapshot();
        let stored = match now.status {
            Status::SignedIn => self.stored == now.session.map(index_of),
            Status::SignedOut => self.stored.is_none(),
            _ => true,
        };
        if !stored {
            self.broken = self.broken.or(Some(STORED));
        }
    }

    fn carry_out(&mut self, output: Output, inputs: &mut Vec<Input>, tale: &Generations) {
        match output {
            Output::Mint { flight, session, .. } => {
                let of = session.map(index_of);
                self.mints.push(Mint { flight, age: 0, of });
                let now = self.tab.machine.snapshot();
                let selecting = self.is_selecting();
                let fits = tale.bare || now.status == Status::SignedIn && of == now.session.map(index_of) && !selecting;
                if !fits {
                    self.broken = self.broken.or(Some(ASKED_FOR));
                }
            }
            Output::Abort(flight) => self.mints.retain(|mint| mint.flight != flight),
            Output::Settle(0, outcome) => self.settle(outcome, tale),
            Output::Errand(id, task, session) => self.errands.push(Errand { id, task, of: index_of(session), age: 0 }),
            Output::Look if !tale.bare => inputs.push(Input::View(self.view())),
            Output::Store(stored) => self.stored = stored.map(|stored| index_of(stored.session)),
            Output::Account(account) => self.account = account,
            Output::Ended(account) => {
                tale.sights.note(SIGHTS, "an account's end");
                if self.wait.is_some_and(|wait| wait.account == account) {
                    // Who waits must be told in this very step, and not with a token.
                    self.wait = self.wait.map(|wait| Wait { account: 0, ..wait });
                }
            }
            Output::Keep(kept) => self.known.retain(|text| kept.contains(&text.id)),
            _ => {}
        }
    }

    fn settle(&mut self, outcome: Outcome, tale: &Generations) {
        let Some(wait) = self.wait.take() else {
            self.broken = self.broken.or(Some(ENDED));
            return;
        };
        let Outcome::Token(id) = outcome else { return };
        tale.sights.note(SIGHTS, "a token");
        let snapshot = self.tab.machine.snapshot();
        let text = self.known.iter().find(|text| text.id == id);
        let fits = text.is_some_and(|text| {
            let account = wait.account == self.tab.machine.account_id();
            let pinned = snapshot.session.is_some_and(|pin| pin.is(person(text.of)));
            // A bare function's tokens do not tell their variant.
            account && pinned && wait.of.is_none_or(|of| of.0 == text.of)
        });
        if !fits || snapshot.status != Status::SignedIn {
            self.broken = self.broken.or(Some(OWN));
        }
    }

    fn close(mut self) -> Self {
        if self.wait.is_some_and(|wait| wait.account == 0) {
            self.broken = self.broken.or(Some(ENDED));
        }
        if self.mints.iter().filter(|mint| mint.age < ABANDON).count() > 1 {
            self.broken = self.broken.or(Some(SINGLE));
        }
        let renamed = self.tab.tell_from_now(GRID);
        let name = |id: u32| renamed.calls.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        self.mints.retain_mut(|mint| name(mint.flight).map(|flight| mint.flight = flight).is_some());
        self.mints.retain(|mint| mint.age < GRID.past);
        self.errands.retain_mut(|errand| name(errand.id).map(|id| errand.id = id).is_some());
        let name = |id: u32| renamed.tokens.iter().find(|(before, _)| *before == id).map(|(_, after)| *after);
        self.known.retain_mut(|text| name(text.id).map(|id| text.id = id).is_some());
        self.known.sort_by_key(|text| text.id);
        self.account.id = 1;
        if let Some(wait) = &mut self.wait {
            wait.account = u32::from(wait.account == renamed.account);
        }
        self
    }

    fn is_selecting(&self) -> bool {
        self.errands.iter().any(|errand| errand.task == Task::Select && errand.age < ABANDON)
    }

    fn token(&mut self, of: usize) -> TokenFacts {
        let variant = self.variant && of == 0;
        let known = self.known.iter().find(|text| text.of == of && text.variant == variant).map(|text| text.id);
        let id = known.unwrap_or_else(|| {
            let free = |id: &u32| self.known.iter().all(|text| text.id != *id);
            let id = (1..).find(free).expect("numbers are many");
            self.known.push(Text { id, of, variant });
            id
        });
        let SessionRef { session_id, user_id, .. } = person(of);
        TokenFacts { id, sub: Some(user_id), sid: session_id, ..TokenFacts::default() }
    }

    fn start(&mut self, tale: &Generations, scribe: &mut Scribe<'_>) {
        let source = Abilities {
            current: !tale.bare,
            per_tab: tale.per_tab,
            select: tale.select,
            sign_out: true,
            reload: false,
        };
        let config = Config { timeout: 2 * TICK, give_up_after: TICK, source, ..Config::default() };
        self.tab = Tab::new(Machine::new(config));
        self.account = Account::default();
        let stored = self.stored.map(|index| Stored { session: person(index), seen: WALL });
        self.put(Input::Start { stored: Ok(stored), online: true }, tale, None, scribe);
    }
}

impl Tale for Generations {
    type State = State;
    type Action = Action;
    const RULES: &'static [&'static str] = &[OWN, ENDED, ASKED_FOR, TABLE, STORED, SINGLE];
    const SIGHTS: &'static [&'static str] = SIGHTS;

    fn starts(&self) -> Vec<State> {
        let mut state = State {
            tab: Tab::new(Machine::new(Config::default())),
            alive: [false; 3],
            current: None,
            variant: false,
            says: Says::Loading,
            stored: None,
            account: Account::default(),
            wait: None,
            mints: Vec::new(),
            errands: Vec::new(),
            known: Vec::new(),
            barred: None,
            looked: None,
            broken: None,
        };
        state.start(self, &mut Scribe::deaf());
        vec![state.close()]
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        // Without anybody who waits, nothing but errands takes time.
        if state.tab.machine.deadline().is_some() && self.asks {
            actions.push(Action::Tick);
        }
        for index in 0..self.people {
            if self.asks {
                actions.push(Action::CalledOff(index));
            }
            for mint in 0..state.mints.len() {
                actions.push(Action::Token(mint, index));
            }
        }
        if state.errands.len() < ERRANDS {
            self.moves(state, &mut actions);
        }
        if state.wait.is_none() && self.asks {
            actions.extend([Action::Ask(false), Action::Ask(true)]);
        }
        actions.extend([Action::Unpin, Action::Reload]);
        actions.extend((0..state.mints.len()).map(Action::Null));
        for errand in 0..state.errands.len() {
            actions.extend([Action::Done(errand, true), Action::Done(errand, false)]);
        }
        actions
    }

    fn step(&self, state: &State, action: &Action, scribe: &mut Scribe<'_>) -> State {
        let mut state = state.clone();
        let done = Some(*action);
        match *action {
            Action::Tick => {
                state.tab.lag += TICK;
                state.mints.iter_mut().for_each(|mint| mint.age += TICK);
                state.errands.iter_mut().for_each(|errand| errand.age += TICK);
                if state.tab.is_due() {
                    state.put(Input::Timer, self, done, scribe);
                }
            }
            Action::SignIn(index) => {
                (state.alive[index], state.current) = (true, Some(index));
                state.look(self, done, scribe);
            }
            Action::End(index, replaced) => {
                state.alive[index] = false;
                if state.current == Some(index) {
                    state.current = (0..PEOPLE.len()).find(|other| state.alive[*other] && replaced);
                }
                state.look(self, done, scribe);
            }
            Action::Switch(index) => {
                state.current = Some(index);
                state.look(self, done, scribe);
            }
            Action::Says(says) => {
                state.says = says;
                state.look(self, done, scribe);
            }
            Action::Variant => {
                state.variant = !state.variant;
                state.look(self, done, scribe);
            }
            Action::Ask(stale) => {
                let account = if stale { 0 } else { state.tab.machine.account_id() };
                let of = state.account.session.map(|session| (index_of(session), state.account.variant.is_some()));
                state.wait = Some(Wait { account, of });
                let style = Style::Token;
                let ask =
                    Ask { waiter: 0, account, template: None, style, forced: true, replaces: None, timeout: None };
                state.put(Input::Ask(ask), self, done, scribe);
            }
            Action::Pin(index) => state.put(Input::Pin(1, person(index)), self, done, scribe),
            Action::Unpin => {
                if state.tab.machine.snapshot().status == Status::SignedIn {
                    state.bar(true);
                }
                state.put(Input::Unpin, self, done, scribe);
            }
            Action::SignOut => {
                state.bar(false);
                state.put(Input::SignOut(1), self, done, scribe);
            }
            Action::Reload => {
                self.sights.note(SIGHTS, "a reload");
                (state.wait, state.barred, state.looked) = (None, None, None);
                state.mints.clear();
                state.errands.clear();
                state.known.clear();
                state.start(self, scribe);
            }
            Action::Token(index, of) => {
                let mint = state.mints.remove(index);
                if mint.of.is_some_and(|asked| asked != of) {
                    self.sights.note(SIGHTS, "a token for nobody");
                }
                let facts = state.token(of);
                state.put(Input::Minted(mint.flight, Answer::Token(facts)), self, done, scribe);
            }
            Action::CalledOff(of) => {
                let facts = state.token(of);
                state.put(Input::Minted(CALLED_OFF, Answer::Token(facts)), self, done, scribe);
            }
            Action::Null(index) => {
                let mint = state.mints.remove(index);
                state.put(Input::Minted(mint.flight, Answer::Null), self, done, scribe);
            }
            Action::Done(index, success) => {
                let Errand { id, task, of, .. } = state.errands.remove(index);
                if success && state.alive[of] {
                    match task {
                        Task::Select => state.current = Some(of),
                        Task::SignOut => {
                            state.alive[of] = false;
                            state.current = state.current.filter(|current| *current != of);
                        }
                        Task::Reload => {}
                    }
                    state.look(self, done, scribe);
                }
                let failure = Failure { status: Some(500), ..Failure::default() };
                state.put(Input::Done(id, if success { Ok(()) } else { Err(failure) }), self, done, scribe);
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

impl Generations {
    /// What may lead to another errand.
    fn moves(&self, state: &State, actions: &mut Vec<Action>) {
        for index in 0..self.people {
            actions.push(Action::Pin(index));
            if state.alive[index] {
                actions.extend([Action::End(index, false), Action::End(index, true)]);
                actions.extend((state.current != Some(index)).then_some(Action::Switch(index)));
            } else {
                actions.push(Action::SignIn(index));
            }
        }
        let others = [Says::Truth, Says::Loading, Says::Nobody].into_iter().filter(|says| *says != state.says);
        // A source that contradicts itself moves no more where somebody asks.
        let others = others.filter(|says| !(self.bare || self.asks && *says == Says::Nobody));
        actions.extend(others.map(Action::Says));
        if self.variants {
            actions.push(Action::Variant);
        }
        actions.push(Action::SignOut);
    }
}

impl State {
    fn look(&mut self, tale: &Generations, action: Option<Action>, scribe: &mut Scribe<'_>) {
        if !tale.bare {
            let view = self.view();
            self.put(Input::View(view), tale, action, scribe);
        }
    }

    /// A sign-out or an unpin by hand.
    fn bar(&mut self, unpinned: bool) {
        let pin = self.tab.machine.snapshot().session.map(index_of);
        let listed = self.says != Says::Loading;
        let mut barred: Vec<usize> = (0..PEOPLE.len()).filter(|index| listed && self.alive[*index]).collect();
        barred.extend(pin.filter(|pin| !barred.contains(pin)));
        let current = self.current.filter(|_| self.says == Says::Truth).or(pin);
        self.barred = Some((barred, current.filter(|_| unpinned)));
    }
}

fn world(per_tab: bool, select: bool) -> Generations {
    let (bare, variants, asks) = (false, false, true);
    Generations { per_tab, select, bare, people: 2, variants, asks, sights: Sights::default() }
}

#[test]
fn the_pin_moves_only_as_the_table_says() {
    for per_tab in [false, true] {
        let sights = Sights::default().waive(SIGHTS, &["a token", "a token for nobody"]);
        let tale = Generations { people: 3, asks: false, sights, ..world(per_tab, true) };
        holds(if per_tab { "the table, a session per tab" } else { "the table, one cookie" }, tale);
    }
}

#[test]
fn a_late_token_of_anybody_is_found() {
    finds("generations", world(false, true), Fault::AcceptAnybody, OWN);
}
