//! The pin and its generations: one tab, two users, and whatever order their comings and goings take.
//!
//! Users sign in, switch and leave at the provider, which may not know for a while or contradict itself; the tab pins,
//! unpins, signs out and reloads; the source mints for whom it is asked, for somebody else, or answers null, also after
//! it was told to stop. Tokens name no times here, and so live for ever: what matters is whose they are.

mod state;

use super::kit::{Scribe, Sights, Tab, Tale, finds, holds, unused};
use super::shadow::follows;
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

const TICK: u64 = 2_000;
/// No flight has this number.
const CALLED_OFF: FlightId = 900;
/// Nothing that may lead to another errand happens while so many are under way.
const ERRANDS: usize = 2;
/// Abandoned after this.
const ABANDON: u64 = 4_000;
const GRID: Grid = Grid { step: TICK, past: 3 * TICK, many: 2, ahead: 0 };

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
        if state.tab.is_armed() && self.asks {
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
        let others = others.filter(|_| !self.bare);
        actions.extend(others.map(Action::Says));
        if self.variants {
            actions.push(Action::Variant);
        }
        actions.push(Action::SignOut);
    }
}

fn world(per_tab: bool, select: bool) -> Generations {
    let (bare, variants, asks) = (false, false, true);
    Generations { per_tab, select, bare, people: 2, variants, asks, sights: Sights::default() }
}

#[test]
fn no_generation_gets_anothers_answer_where_the_browser_has_one_current_session() {
    holds("generations, one cookie", world(false, true));
}

#[test]
fn no_generation_gets_anothers_answer_where_each_tab_has_its_own() {
    holds("generations, a session per tab", Generations { variants: true, ..world(true, false) });
}

#[test]
fn no_generation_gets_anothers_answer_where_only_tokens_tell() {
    holds("generations, a bare function", Generations { bare: true, ..world(false, false) });
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

#[test]
fn a_null_that_is_believed_is_found() {
    finds("generations", world(false, true), Fault::BelieveAnyNull, TABLE);
}

#[test]
fn telling_times_from_now_changes_nothing() {
    follows(&world(false, true));
    follows(&Generations { variants: true, ..world(true, false) });
    follows(&Generations { bare: true, ..world(false, false) });
}
