//! Clocks: a device's that is off, and that somebody sets while a tab runs, and a provider's that is right.
//!
//! The source signs when it answers, at once or [`TICK`] late; unless told to bypass its cache it may give what it gave
//! before. What is true is told by time gone by, which no clock that is set changes.

use super::kit::{Scribe, Sights, Tab, Tale, ada, finds, holds, unused};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::fault::Fault;
use tabpin::core::input::{Answer, Ask, FlightId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Outcome, Output};
use tabpin::core::relative::Grid;
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};
use tabpin::core::token::TokenFacts;

const TICK: u64 = 2_000;
const LIFE: u64 = 8_000;
/// 10 s, and what rests are rounded up by.
const TIMEOUT: u64 = 12_000;
const PAST: u64 = 10_000;
const HOUR: i64 = 3_600_000;
/// Clocks that part by more than this are noticed.
const JUMP: i64 = 5_000;

const LONG: &str = "no token is given for longer than it lives, whatever the clock says";
const SERVED: &str = "whoever asks an honest source is given a token in time";
const TWICE: &str = "however far off a clock is, two mints are enough while nobody sets it";
const CACHED: &str = "once the clocks have parted, the next mint bypasses every cache";
const SIGHTS: &[&str] = &["a second mint", "a cached token", "clocks that parted", "a dead token at hand"];

pub struct Clocks {
    /// How far the device's clock may be ahead of the provider's, ms.
    skews: Vec<i64>,
    /// Somebody sets it.
    sets: bool,
    sights: Sights,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Wait {
    forced: bool,
    age: u64,
    mints: u32,
    /// The clock has been set meanwhile: once while somebody waits.
    set: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Mint {
    flight: FlightId,
    age: u64,
    skip_cache: bool,
}

/// A token whose text the shell keeps, and how long ago it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Text {
    id: u32,
    age: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    tab: Tab,
    skew: i64,
    /// By how much the clock has been set since the machine last found it set.
    drift: i64,
    /// A token is at hand from before the clocks parted.
    parted: bool,
    landed: bool,
    wait: Option<Wait>,
    mint: Option<Mint>,
    known: Vec<Text>,
    /// How long ago the token was signed that the source gave last.
    cache: Option<u64>,
    broken: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Tick,
    Ask(bool),
    Fresh,
    Cached,
    Set(i64),
}

fn view() -> View {
    let seen = Seen { session: ada(), variant: None };
    View { current: Current::Session(seen), sessions: Some(vec![seen]), ambient: Ambient::Unknown }
}

impl State {
    fn put(&mut self, input: Input, tale: &Clocks, scribe: &mut Scribe<'_>) {
        self.drift += self.tab.set;
        if self.drift.abs() > JUMP {
            (self.drift, self.parted) = (0, self.landed);
            tale.sights.note(SIGHTS, "clocks that parted");
        }
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            scribe.note(|| format!("→ {:?} {input:?}", self.tab.now()));
            for output in self.tab.put(input) {
                scribe.note(|| format!("← {output:?}"));
                match output {
                    Output::Mint { flight, skip_cache, .. } => self.mint(flight, skip_cache, tale),
                    Output::Abort(flight) => self.mint = self.mint.take().filter(|mint| mint.flight != flight),
                    Output::Settle(_, outcome) => self.settle(outcome),
                    Output::Look => inputs.push(Input::View(view())),
                    Output::Keep(kept) => self.known.retain(|text| kept.contains(&text.id)),
                    _ => {}
                }
            }
        }
    }

    fn mint(&mut self, flight: FlightId, skip_cache: bool, tale: &Clocks) {
        self.mint = Some(Mint { flight, age: 0, skip_cache });
        if self.parted && !skip_cache {
            self.broken = self.broken.or(Some(CACHED));
        }
        let Some(wait) = &mut self.wait else { return };
        wait.mints += 1;
        if wait.mints > 1 {
            tale.sights.note(SIGHTS, "a second mint");
        }
        if wait.mints > 2 && !wait.forced && !tale.sets {
            self.broken = self.broken.or(Some(TWICE));
        }
    }

    fn settle(&mut self, outcome: Outcome) {
        self.wait = None;
        let rule = match outcome {
            Outcome::Token(id) => (!self.lives(id)).then_some(LONG),
            _ => Some(SERVED),
        };
        self.broken = self.broken.or(rule);
    }

    fn lives(&self, id: u32) -> bool {
        self.known.iter().any(|text| text.id == id && text.age < LIFE)
    }

    /// The token that was signed so long ago, as the provider's clock dated it.
    fn token(&mut self, age: u64) -> TokenFacts {
        let known = self.known.iter().find(|text| text.age == age).map(|text| text.id);
        let id = known.unwrap_or_else(|| {
            let id = unused(|id| self.known.iter().all(|text| text.id != id));
            self.known.push(Text { id, age });
            id
        });
        let iat = self.tab.now().wall - self.skew - age as i64;
        let SessionRef { session_id: sid, user_id, .. } = ada();
        TokenFacts { id, sub: Some(user_id), sid, iss: None, iat: Some(iat), exp: Some(iat + LIFE as i64) }
    }

    fn answer(&mut self, age: u64, tale: &Clocks, scribe: &mut Scribe<'_>) {
        let flight = self.mint.take().map_or(0, |mint| mint.flight);
        (self.cache, self.landed) = (Some(age), true);
        let facts = self.token(age);
        self.put(Input::Minted(flight, Answer::Token(facts)), tale, scribe);
        // Until it has come, what is at hand is not trusted.
        self.parted &= age > 0;
    }

    fn close(mut self, tale: &Clocks) -> Self {
        let now = self.tab.now();
        let account = self.tab.machine.account_id();
        if let Some(id) = self.tab.machine.clone().hit(now, account, None, Style::Token)
            && !self.lives(id)
        {
            self.broken = self.broken.or(Some(LONG));
        }
        if self.known.iter().any(|text| text.age >= LIFE) {
            tale.sights.note(SIGHTS, "a dead token at hand");
        }
        let unheard = if self.tab.is_heard() { 0 } else { self.tab.set };
        let grid = Grid { step: TICK, past: PAST, many: 2, ahead: self.skew - unheard };
        let renamed = self.tab.tell_from_now(grid);
        self.mint = self.mint.take().and_then(|mint| Some(Mint { flight: renamed.call(mint.flight)?, ..mint }));
        self.known.retain_mut(|text| renamed.token(text.id).map(|id| text.id = id).is_some());
        self.known.sort();
        self
    }
}

impl Tale for Clocks {
    type State = State;
    type Action = Action;
    const RULES: &'static [&'static str] = &[LONG, SERVED, TWICE, CACHED];
    const SIGHTS: &'static [&'static str] = SIGHTS;

    fn starts(&self) -> Vec<State> {
        let source = Abilities { current: true, ..Abilities::default() };
        let config = Config { auto_refresh: false, timeout: TIMEOUT, source, ..Config::default() };
        let start = |skew: &i64| {
            let mut state = State {
                tab: Tab::new(Machine::new(config.clone())),
                skew: *skew,
                drift: 0,
                parted: false,
                landed: false,
                wait: None,
                mint: None,
                known: Vec::new(),
                cache: None,
                broken: None,
            };
            let scribe = &mut Scribe::deaf();
            state.put(Input::Start { stored: Ok(None), online: true }, self, scribe);
            state.put(Input::View(view()), self, scribe);
            state.close(self)
        };
        self.skews.iter().map(start).collect()
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        if state.mint.as_ref().is_none_or(|mint| mint.age < TICK) {
            actions.push(Action::Tick);
        }
        if state.wait.is_none() {
            actions.extend([Action::Ask(false), Action::Ask(true)]);
        }
        if let Some(mint) = &state.mint {
            actions.push(Action::Fresh);
            actions.extend((state.cache.is_some() && !mint.skip_cache).then_some(Action::Cached));
        }
        let may_set = self.sets && state.wait.as_ref().is_none_or(|wait| !wait.set);
        let others = self.skews.iter().filter(|skew| may_set && **skew != state.skew);
        actions.extend(others.map(|skew| Action::Set(*skew)));
        actions
    }

    fn step(&self, state: &State, action: &Action, scribe: &mut Scribe<'_>) -> State {
        let mut state = state.clone();
        match *action {
            Action::Tick => {
                state.tab.lag += TICK;
                state.wait.iter_mut().for_each(|wait| wait.age += TICK);
                state.mint.iter_mut().for_each(|mint| mint.age += TICK);
                let ages = state.known.iter_mut().map(|text| &mut text.age).chain(&mut state.cache);
                ages.for_each(|age| *age = (*age + TICK).min(PAST));
                if state.tab.is_due() {
                    state.put(Input::Timer, self, scribe);
                }
                if state.wait.as_ref().is_some_and(|wait| wait.age >= TIMEOUT) {
                    state.broken = state.broken.or(Some(SERVED));
                }
            }
            Action::Ask(forced) => {
                state.wait = Some(Wait { forced, age: 0, mints: 0, set: false });
                let (account, style) = (state.tab.machine.account_id(), Style::Token);
                let ask = Ask { waiter: 0, account, template: None, style, forced, replaces: None, timeout: None };
                state.put(Input::Ask(ask), self, scribe);
            }
            Action::Fresh => state.answer(0, self, scribe),
            Action::Cached => {
                self.sights.note(SIGHTS, "a cached token");
                let age = state.cache.unwrap_or(0);
                state.answer(age, self, scribe);
            }
            Action::Set(skew) => {
                state.tab.set += skew - state.skew;
                state.skew = skew;
                state.wait.iter_mut().for_each(|wait| wait.set = true);
            }
        }
        state.close(self)
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        state.broken
    }

    fn sights(&self) -> &Sights {
        &self.sights
    }
}

fn off() -> Clocks {
    let skews = vec![-24 * HOUR, -5 * HOUR, -3_000, 0, 3_000, 5 * HOUR, 24 * HOUR];
    Clocks { skews, sets: false, sights: Sights::default().waive(SIGHTS, &["clocks that parted"]) }
}

fn set(skews: [i64; 3]) -> Clocks {
    Clocks { skews: skews.to_vec(), sets: true, sights: Sights::default() }
}

#[test]
fn however_far_off_a_clock_is_whoever_asks_is_given_a_live_token() {
    holds("clocks, off", off());
}

#[test]
fn a_clock_that_somebody_sets_lengthens_no_life() {
    holds("clocks, set by hours", set([-24 * HOUR, 0, 24 * HOUR]));
    holds(
        "clocks, set by seconds",
        Clocks { sights: Sights::default().waive(SIGHTS, &["clocks that parted"]), ..set([-2_000, 0, 2_000]) },
    );
}

#[test]
fn a_fast_clock_that_is_believed_is_found() {
    finds("clocks", off(), Fault::BelieveFastClock, TWICE);
}
