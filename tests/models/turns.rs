//! Turns: two tabs of one account, one lock, one channel, one clock, and a source that mints for both.
//!
//! Messages come in the order in which they are said, within the step; or are lost, where a world loses them. Locks are
//! granted within the step; or never, where somebody else holds them, or there are none. Tabs come, go and crash. Time
//! goes by in steps of [`STEP`], and a due timer fires within its step, in any order among tabs.

mod state;

use super::kit::{Scribe, Sights, Tab, Tale, ada, finds, holds, unused};
use super::shadow::follows;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::fault::Fault;
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output, Say};
use tabpin::core::peers::Heard;
use tabpin::core::relative::{Grid, WALL};
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
use tabpin::core::token::{Origin, TokenFacts};

const STEP: u64 = 500;
const LIFE: i64 = 4_000;
const TIMEOUT: u64 = 6_000;
/// Abandoned after this.
const ABANDON: u64 = 4_000;
const GRID: Grid = Grid { step: STEP, past: 4_000, many: 2, ahead: 0 };
/// 600 ms, and what is left of the step.
const PATIENCE: u64 = 1_000;

const SINGLE: &str =
    "while locks, messages and the source work, nobody with patience left mints what another tab has or mints";
const HELD_UP: &str = "nobody who waits is held up by others for longer than patience lasts";
const SERVED: &str = "whoever waits is served in time, and with a token where the source works";
const KEPT: &str = "no lock is kept, and no place in its queue, by who does not want it";
const FRESH: &str = "no dead token is given";
const SIGHTS: &[&str] = &["a token of one's own", "a token of another tab's", "two who mint at once"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Locks {
    Granted,
    /// A foreign script holds them for ever.
    Hogged,
    Missing,
}

pub struct Turns {
    locks: Locks,
    /// Messages get lost.
    lossy: bool,
    /// The source takes up to [`STEP`], or for ever; that once while somebody waits.
    slow: bool,
    /// The source rejects, once while somebody waits.
    fails: bool,
    /// Tabs crash.
    crashes: bool,
    /// Tabs come and go.
    comes: bool,
    /// Tabs ask for new tokens.
    forced: bool,
    sights: Sights,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wait {
    forced: bool,
    age: u64,
    /// Waiting with no mint of one's own under way, ms.
    idle: u64,
    /// Held up for so long at most.
    most: u64,
    /// The source has failed meanwhile.
    failed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Mint {
    flight: FlightId,
    age: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Page {
    tab: Tab,
    wait: Option<Wait>,
    mint: Option<Mint>,
    /// Tokens whose text the shell keeps.
    known: Vec<TokenFacts>,
    /// What others have said, its times told from now.
    inbox: Vec<Heard>,
    /// It minted out of turn, and has had neither a lock nor another tab's token since: it waits for nobody.
    hasty: bool,
    gone: bool,
}

/// A place in the queue for the lock, the first one's had.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    page: usize,
    turn: u32,
    /// The lock is had, and the tab knows.
    told: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pages: Vec<Page>,
    queue: Vec<Place>,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    Timer(usize),
    Deliver(usize),
    Lose(usize),
    Grant,
    Answer(usize),
    Reject(usize),
    Ask(usize, bool),
    Come(usize),
    Go(usize),
    Crash(usize),
}

fn template() -> Option<Name> {
    Some("t".into())
}

impl Turns {
    /// Nothing goes wrong but that tabs come and go.
    fn is_calm(&self) -> bool {
        self.locks == Locks::Granted && !(self.lossy || self.slow || self.fails || self.crashes)
    }
}

impl Tale for Turns {
    type State = State;
    type Action = Action;
    const RULES: &'static [&'static str] = &[SINGLE, HELD_UP, SERVED, KEPT, FRESH];
    const SIGHTS: &'static [&'static str] = SIGHTS;

    fn starts(&self) -> Vec<State> {
        let mut state = State { pages: vec![Page::gone(), Page::gone()], queue: Vec::new(), broken: None };
        let scribe = &mut Scribe::deaf();
        state.come(0, self, scribe);
        if !self.comes {
            state.come(1, self, scribe);
        }
        vec![state.close()]
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut rests = true;
        for (index, page) in state.pages.iter().enumerate() {
            if page.gone {
                // Or who comes and goes would fill the others' inboxes.
                let silent = state.pages.iter().all(|page| page.inbox.is_empty());
                actions.extend((self.comes && silent).then_some(Action::Come(index)));
                continue;
            }
            if page.tab.is_due() {
                actions.push(Action::Timer(index));
                rests = false;
            }
            if !page.inbox.is_empty() {
                actions.push(Action::Deliver(index));
                actions.extend(self.lossy.then_some(Action::Lose(index)));
                rests = false;
            }
            let may_fail = page.wait.as_ref().is_some_and(|wait| !wait.failed);
            if let Some(mint) = &page.mint
                && mint.age <= STEP
            {
                actions.push(Action::Answer(index));
                actions.extend((self.fails && may_fail).then_some(Action::Reject(index)));
                rests &= self.slow && (may_fail || mint.age < STEP);
            }
            if page.wait.is_none() {
                actions.push(Action::Ask(index, false));
                actions.extend(self.forced.then_some(Action::Ask(index, true)));
            }
            actions.extend(self.crashes.then_some(Action::Crash(index)));
            actions.extend(self.comes.then_some(Action::Go(index)));
        }
        if self.locks == Locks::Granted && state.queue.first().is_some_and(|place| !place.told) {
            actions.push(Action::Grant);
            rests = false;
        }
        if rests {
            actions.push(Action::Tick);
        }
        actions
    }

    fn step(&self, state: &State, action: &Action, scribe: &mut Scribe<'_>) -> State {
        let mut state = state.clone();
        match *action {
            Action::Tick => state.tick(),
            Action::Timer(index) => state.put(index, Input::Timer, self, scribe),
            Action::Deliver(index) => {
                let heard = state.pages[index].inbox.remove(0);
                let heard = state.pages[index].take_in(heard);
                state.put(index, Input::Heard(heard), self, scribe);
            }
            Action::Lose(index) => {
                state.pages[index].inbox.remove(0);
            }
            Action::Grant => {
                let Place { page, turn, .. } = state.queue[0];
                (state.queue[0].told, state.pages[page].hasty) = (true, false);
                state.put(page, Input::Locked(turn), self, scribe);
            }
            Action::Answer(index) => {
                let flight = state.pages[index].mint.take().map_or(0, |mint| mint.flight);
                let iat = state.pages[index].tab.now().wall;
                let facts = state.pages[index].intern(iat);
                state.put(index, Input::Minted(flight, Answer::Token(facts)), self, scribe);
            }
            Action::Reject(index) => {
                let flight = state.pages[index].mint.take().map_or(0, |mint| mint.flight);
                state.pages[index].wait.iter_mut().for_each(|wait| wait.failed = true);
                let failure = Failure { status: Some(500), ..Failure::default() };
                state.put(index, Input::Minted(flight, Answer::Failed(failure)), self, scribe);
            }
            Action::Ask(index, forced) => {
                let hardships =
                    [self.slow || self.fails, forced].into_iter().filter(|hardship| *hardship).count() as u64;
                let most = PATIENCE + hardships * state::REST;
                state.pages[index].wait = Some(Wait { forced, age: 0, idle: 0, most, failed: false });
                let (account, style) = (state.pages[index].tab.machine.account_id(), Style::Token);
                let ask =
                    Ask { waiter: 0, account, template: template(), style, forced, replaces: None, timeout: None };
                state.put(index, Input::Ask(ask), self, scribe);
            }
            Action::Come(index) => state.come(index, self, scribe),
            Action::Go(index) => {
                state.pages[index].wait = None;
                state.put(index, Input::Dispose, self, scribe);
                state.leave(index, false);
            }
            Action::Crash(index) => state.leave(index, true),
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

fn calm() -> Turns {
    let sights = Sights::default().waive(SIGHTS, &["two who mint at once"]);
    let (lossy, slow, fails, crashes) = (false, false, false, false);
    Turns { locks: Locks::Granted, lossy, slow, fails, crashes, comes: false, forced: true, sights }
}

/// Here two may mint at once.
fn rough() -> Turns {
    Turns { sights: Sights::default(), forced: false, ..calm() }
}

#[test]
fn of_two_tabs_one_mints() {
    holds("turns, all is well", calm());
    holds("turns, tabs come and go", Turns { comes: true, forced: false, ..calm() });
}

#[test]
fn nobody_is_held_up_by_a_lock_that_is_never_granted() {
    holds("turns, a lock that is never granted", Turns { locks: Locks::Hogged, ..rough() });
}

#[test]
fn nobody_is_held_up_where_there_are_no_locks() {
    holds("turns, no locks", Turns { locks: Locks::Missing, ..rough() });
}

#[test]
fn nobody_is_held_up_by_a_channel_that_loses_messages() {
    holds("turns, lost messages", Turns { lossy: true, ..rough() });
}

#[test]
fn nobody_is_held_up_by_a_tab_whose_mint_hangs() {
    holds("turns, a slow source", Turns { slow: true, ..rough() });
}

#[test]
fn nobody_is_held_up_by_a_source_that_rejects() {
    holds("turns, a source that rejects", Turns { fails: true, ..rough() });
}

#[test]
fn nobody_is_held_up_by_a_tab_that_crashed() {
    holds("turns, crashes", Turns { crashes: true, ..calm() });
}

#[test]
fn mints_out_of_turn_are_found() {
    finds("turns", calm(), Fault::Rush, SINGLE);
}

#[test]
fn patience_without_end_is_found() {
    finds("turns", Turns { locks: Locks::Hogged, ..rough() }, Fault::Linger, HELD_UP);
}

#[test]
fn a_lock_that_is_kept_is_found() {
    finds("turns", Turns { comes: true, ..calm() }, Fault::KeepLock, KEPT);
}

#[test]
fn telling_times_from_now_changes_nothing() {
    follows(&Turns { comes: true, ..calm() });
    follows(&Turns { slow: true, fails: true, lossy: true, ..calm() });
}
