//! What the models share: a tab whose time is told from now, and a checker that must finish and tells stories.

use super::shadow::Shadow;
use stateright::{Checker, HasDiscoveries, Model};
use std::fmt::Write;
use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use tabpin::core::clock::Now;
use tabpin::core::fault::{Fault, plant};
use tabpin::core::input::{AccountId, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::Output;
use tabpin::core::relative::{Grid, MONO, Renamed, WALL};
use tabpin::core::session::SessionRef;
use tabpin::core::token::TokenId;

/// No timer of a model's is so late, but for those that never fire.
const FAR: u64 = 2 * MONO;

/// Who is signed in where it does not matter who is.
pub fn ada() -> SessionRef {
    SessionRef { session_id: Some("sess_a".into()), user_id: "ada".into(), started_at: None }
}

/// The least number that is free, from 1 on.
pub fn unused(is_free: impl Fn(u32) -> bool) -> u32 {
    (1..).find(|number| is_free(*number)).expect("numbers are many")
}

/// A real machine, and how long ago it last read its clocks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tab {
    pub machine: Machine,
    /// Ms since the machine last read its clocks.
    pub lag: u64,
    /// Ms of the wall clock's second that were gone at that reading.
    phase: u64,
    /// By how much the wall clock has been set since, ms, whole seconds.
    pub set: i64,
    /// It has read them in this step.
    heard: bool,
    shadow: Option<Box<Shadow>>,
}

impl Tab {
    pub fn new(machine: Machine) -> Self {
        let shadow = Shadow::wanted(&machine);
        Self { machine, lag: 0, phase: 0, set: 0, heard: false, shadow }
    }

    /// The clocks run alike, but that somebody may set the wall clock.
    pub fn now(&self) -> Now {
        Now { mono: MONO + self.lag, wall: WALL + (self.phase + self.lag) as i64 + self.set, roll: 0 }
    }

    /// Something happens. Takes every order.
    pub fn put(&mut self, input: Input) -> Vec<Output> {
        self.heard = true;
        let now = self.now();
        let told = self.shadow.as_ref().map(|_| input.clone());
        self.machine.handle(now, input);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.machine.poll_output()).collect();
        if let Some((shadow, told)) = self.shadow.as_mut().zip(told) {
            shadow.put(now, (self.lag, self.set), told, &outputs);
        }
        outputs
    }

    /// The hot path, which takes note of what it gives.
    pub fn hit(&mut self, account: AccountId, style: Style) -> Option<TokenId> {
        let hit = self.machine.hit(self.now(), account, None, style);
        if let Some(shadow) = &mut self.shadow {
            shadow.hit((self.lag, self.set), account, style, hit);
        }
        hit
    }

    /// Has it read its clocks in this step?
    pub fn is_heard(&self) -> bool {
        self.heard
    }

    /// Is the timer due?
    pub fn is_due(&self) -> bool {
        let due = self.machine.deadline().is_some_and(|due| due <= MONO + self.lag);
        assert!(self.shadow.as_ref().is_none_or(|shadow| shadow.is_due(self.lag) == due), "due when the other is not");
        due
    }

    /// Does anything come of waiting? A token that lives for ever is told of when it goes.
    pub fn is_armed(&self) -> bool {
        self.machine.deadline().is_some_and(|due| due < FAR)
    }

    /// Ends a step: times are told from the machine's last reading again.
    pub fn tell_from_now(&mut self, grid: Grid) -> Renamed {
        if std::mem::take(&mut self.heard) {
            self.shadow.iter_mut().for_each(|shadow| shadow.read(self.lag, self.set));
            self.phase = (self.phase + self.lag) % 1_000;
            (self.lag, self.set) = (0, 0);
        }
        while !self.is_armed() && self.lag >= grid.past + 1_000 {
            // Nothing will come of waiting longer, but for the next full second.
            self.lag -= 1_000;
            self.shadow.iter_mut().for_each(|shadow| shadow.pass(1_000));
        }
        let renamed = self.machine.tell_from_now(grid);
        self.shadow.iter_mut().for_each(|shadow| shadow.rename(&renamed, self.machine.account_id()));
        renamed
    }
}

/// What has been seen on the way, by number in [`Tale::SIGHTS`].
#[derive(Debug, Default)]
pub struct Sights(AtomicU32);

impl Sights {
    pub fn note(&self, all: &[&str], sight: &str) {
        let index = all.iter().position(|other| *other == sight).expect("a sight of the model's");
        self.0.fetch_or(1 << index, Ordering::Relaxed);
    }

    /// This one is not to be had in every world.
    pub fn waive(self, all: &[&str], sights: &[&str]) -> Self {
        sights.iter().for_each(|sight| self.note(all, sight));
        self
    }

    fn missing<'a>(&self, all: &[&'a str]) -> Option<&'a str> {
        let seen = self.0.load(Ordering::Relaxed);
        all.iter().enumerate().find(|(index, _)| seen >> index & 1 == 0).map(|(_, sight)| *sight)
    }
}

/// Takes down what happens, when a story is wanted.
pub struct Scribe<'a>(Option<&'a mut Vec<String>>);

impl Scribe<'_> {
    /// Takes nothing down.
    pub fn deaf() -> Self {
        Self(None)
    }

    pub fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.0 {
            lines.push(line());
        }
    }
}

/// A model whose steps can be told.
pub trait Tale {
    type State: Clone + std::fmt::Debug + PartialEq + Eq + std::hash::Hash + Send + Sync + 'static;
    type Action: Clone + std::fmt::Debug + PartialEq + Send + 'static;

    /// What must never be: `State` says which it is.
    const RULES: &'static [&'static str];
    /// What must be seen on the way, or the model is too narrow.
    const SIGHTS: &'static [&'static str];

    fn starts(&self) -> Vec<Self::State>;
    fn actions(&self, state: &Self::State) -> Vec<Self::Action>;
    fn step(&self, state: &Self::State, action: &Self::Action, scribe: &mut Scribe<'_>) -> Self::State;
    /// The rule that is broken in this state.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;
    /// What has been seen.
    fn sights(&self) -> &Sights;
}

/// Runs a tale in the checker, with a fault planted or without.
struct Played<T> {
    tale: T,
    fault: Option<Fault>,
}

impl<T: Tale> Model for Played<T> {
    type State = T::State;
    type Action = T::Action;

    fn init_states(&self) -> Vec<T::State> {
        plant(self.fault);
        self.tale.starts()
    }

    fn actions(&self, state: &T::State, actions: &mut Vec<T::Action>) {
        if self.tale.broken(state).is_none() {
            actions.extend(self.tale.actions(state));
        }
    }

    fn next_state(&self, state: &T::State, action: T::Action) -> Option<T::State> {
        plant(self.fault);
        Some(self.tale.step(state, &action, &mut Scribe(None)))
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        // The checker takes functions, not closures.
        T::RULES.iter().enumerate().map(|(index, name)| always(name, index)).collect()
    }
}

macro_rules! numbered {
    ($($number:literal)*) => {
        fn always<T: Tale>(name: &'static str, index: usize) -> stateright::Property<Played<T>> {
            match index {
                $($number => stateright::Property::always(name, |played: &Played<T>, state| {
                    played.tale.broken(state) != Some(T::RULES[$number])
                }),)*
                _ => unreachable!("more rules than numbers"),
            }
        }
    };
}
numbered!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

/// What a search found.
pub struct Found {
    /// The rule that is broken, and how it came to that.
    pub broken: Option<(&'static str, String)>,
}

/// Visits every state.
pub fn explore<T: Tale + Send + Sync + 'static>(name: &str, tale: T, fault: Option<Fault>) -> Found {
    let checker = Played { tale, fault }.checker().threads(2).finish_when(HasDiscoveries::AnyFailures);
    let limit = std::env::var("TABPIN_STATES").map_or(usize::MAX, |limit| limit.parse().expect("a number"));
    let checker = checker.target_state_count(limit).spawn_bfs().join();
    let discoveries = checker.discoveries();
    let mut broken =
        checker.model().tale.sights().missing(T::SIGHTS).map(|sight| (sight, "This is never seen.".to_owned()));
    for property in checker.model().properties() {
        if let Some(path) = discoveries.get(property.name) {
            broken = Some((property.name, story(checker.model(), &path.clone().into_vec())));
        }
    }
    let complete = checker.is_done() && checker.state_count() < limit;
    assert!(broken.is_some() || complete || limit < usize::MAX, "{name}: states were left out");
    let (states, steps, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    let planted = fault.map_or(String::new(), |fault| format!(" with {fault:?} planted"));
    let found = broken.as_ref().map_or("nothing broken", |(rule, _)| rule);
    let line = format!("{name}{planted}: {states} states, {steps} steps, depth {depth}: {found}\n");
    // Past the test harness's capture, which hides what passing tests print.
    std::io::stdout().write_all(line.as_bytes()).expect("standard output");
    Found { broken }
}

/// Every state is visited, nothing is broken, and everything that must be reached is.
pub fn holds<T: Tale + Send + Sync + 'static>(name: &str, tale: T) {
    if let Some((rule, story)) = explore(name, tale, None).broken {
        panic!("{rule}\n{story}");
    }
}

/// The fault is found, as a broken rule.
pub fn finds<T: Tale + Send + Sync + 'static>(name: &str, tale: T, fault: Fault, rule: &str) {
    let found = explore(name, tale, Some(fault)).broken.expect("the fault is found");
    assert_eq!(found.0, rule, "{}", found.1);
    let told = std::env::var_os("TABPIN_STORIES").map_or("", |_| &found.1);
    std::io::stdout().write_all(told.as_bytes()).expect("standard output");
}

/// The path as numbered lines of what happened.
fn story<T: Tale>(played: &Played<T>, path: &[(T::State, Option<T::Action>)]) -> String {
    plant(played.fault);
    let mut story = String::new();
    for (number, (state, action)) in path.iter().enumerate() {
        let Some(action) = action else { break };
        let mut lines = Vec::new();
        played.tale.step(state, action, &mut Scribe(Some(&mut lines)));
        writeln!(story, "{:3}. {action:?}", number + 1).expect("a string takes it");
        for line in lines {
            writeln!(story, "        {line}").expect("a string takes it");
        }
    }
    plant(None);
    story
}
