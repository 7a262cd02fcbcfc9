//! A machine in virtual time: hands it inputs, fires its timer when it is due, and writes everything down.

use super::time::{Span, Time};
use tabpin::core::clock::Now;
use tabpin::core::config::Config;
use tabpin::core::input::{AccountId, Answer, FlightId, Input};
use tabpin::core::machine::Machine;
use tabpin::core::name::Name;
use tabpin::core::output::{Output, Snapshot};
use tabpin::core::token::TokenId;

/// The templates that tests ask for: the provider's default token, and a named one.
pub const TEMPLATES: [Option<&str>; 2] = [None, Some("convex")];

/// The token at hand for each of [`TEMPLATES`].
pub type Hands = [Option<TokenId>; TEMPLATES.len()];

/// When a step was taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Monotonic ms.
    pub mono: u64,
    /// The provider's clock.
    pub real: i64,
    /// The device's wall clock.
    pub wall: i64,
    /// Awake since the start.
    pub awake: Span,
    /// Awake and online since the start.
    pub online: Span,
}

/// One input and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// What happened.
    pub input: Input,
    /// What the machine ordered.
    pub outputs: Vec<Output>,
    /// What an application sees after, when it was told that this has changed.
    pub snapshot: Option<Snapshot>,
    /// What was at hand before, at the same moment.
    pub before: Hands,
    /// What is at hand after.
    pub after: Hands,
    /// The account after.
    pub account: AccountId,
    /// The timer that the machine wants.
    pub deadline: Option<u64>,
    /// A timer was due before the input was handed in.
    pub overdue: bool,
}

/// The machine, its clocks and its record.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What is tested.
    pub machine: Machine,
    /// All clocks.
    pub time: Time,
    /// Everything that happened.
    pub steps: Vec<Step>,
    /// Mints that have neither been answered nor called off.
    pub open: Vec<FlightId>,
    at: Moment,
    is_online: bool,
    dormant: bool,
}

impl Tab {
    /// A tab that has not started.
    pub fn new(config: Config, time: Time) -> Self {
        let machine = Machine::new(config);
        Self {
            machine,
            time,
            steps: Vec::new(),
            open: Vec::new(),
            at: Moment::default(),
            is_online: true,
            dormant: false,
        }
    }

    /// Hands in an input now, and takes every order.
    pub fn put(&mut self, input: Input) -> &Step {
        let now = self.time.now();
        let overdue = self.machine.deadline().is_some_and(|due| due <= now.mono);
        let before = self.hands(now);
        self.note(&input);
        self.machine.handle(now, input.clone());
        let outputs: Vec<_> = std::iter::from_fn(|| self.machine.poll_output()).collect();
        for output in &outputs {
            match output {
                Output::Mint { flight, .. } => self.open.push(*flight),
                Output::Abort(flight) => self.open.retain(|other| other != flight),
                _ => {}
            }
        }
        let at = Moment { mono: now.mono, real: self.time.real, wall: now.wall, ..self.at };
        let (after, deadline) = (self.hands(now), self.machine.deadline());
        let account = self.machine.account_id();
        let snapshot = outputs.contains(&Output::Snapshot).then(|| self.machine.snapshot());
        self.steps.push(Step { at, input, outputs, snapshot, before, after, account, deadline, overdue });
        self.steps.last().expect("just pushed")
    }

    /// A success means online, whatever the browser says.
    fn note(&mut self, input: &Input) {
        match input {
            Input::Prerendered => self.dormant = true,
            Input::Start { online, .. } => {
                self.dormant = false;
                self.is_online = *online;
            }
            // Read anew at the start.
            Input::Online(_) if self.dormant => {}
            Input::Online(online) => self.is_online = *online,
            Input::Minted(flight, answer) => {
                let known = self.open.contains(flight);
                self.open.retain(|other| other != flight);
                self.is_online |= known && matches!(answer, Answer::Token(_));
            }
            _ => {}
        }
    }

    fn hands(&self, now: Now) -> Hands {
        TEMPLATES.map(|template| self.machine.at_hand(now, self.machine.account_id(), template.map(Name::new)))
    }

    /// Ms for which it has certainly been awake.
    pub fn awake(&self) -> u64 {
        self.at.awake.least
    }

    /// Time goes by while awake; no timer is fired.
    pub fn pass(&mut self, ms: u64) {
        self.time.pass(ms);
        self.at.awake.pass(ms);
        if self.is_online {
            self.at.online.pass(ms);
        }
    }

    /// Time goes by while awake, and timers fire when they are due.
    pub fn wait(&mut self, ms: u64) {
        let end = self.time.mono + ms;
        while let Some(due) = self.machine.deadline().filter(|due| *due <= end) {
            self.pass(due.saturating_sub(self.time.mono));
            self.put(Input::Timer);
        }
        self.pass(end - self.time.mono);
    }

    /// The page is frozen, as the machine was told: none of it is awake time.
    pub fn freeze(&mut self, ms: u64, mono_runs: bool) {
        self.time.real += ms as i64;
        self.time.mono += if mono_runs { ms } else { 0 };
    }

    /// The device sleeps: no timer fires, and some monotonic clocks stop.
    pub fn sleep(&mut self, ms: u64, mono_runs: bool) {
        self.time.real += ms as i64;
        if mono_runs {
            let until_due = self.machine.deadline().map(|due| due.saturating_sub(self.time.mono) + 2_000);
            self.time.mono += ms;
            // What lies before the timer's due time may have been spent awake for all that anybody can tell.
            let counted = until_due.map_or(ms, |due| due.min(ms));
            self.at.awake.most += counted;
            self.at.online.most += counted;
        }
    }
}
