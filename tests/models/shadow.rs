//! A second machine beside each of a model's, whose times and names are left as they are: telling times from now changes
//! nothing that a machine does.

use super::kit::{Scribe, Tale};
use std::cell::Cell;
use std::mem::discriminant;
use tabpin::core::clock::Now;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::machine::Machine;
use tabpin::core::output::{Outcome, Output};
use tabpin::core::peers::Heard;
use tabpin::core::relative::{MONO, Renamed, WALL};
use tabpin::core::token::TokenFacts;

thread_local!(static WANTED: Cell<bool> = const { Cell::new(false) });

/// The machine, and what the model's ids and times are called here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shadow {
    machine: Machine,
    /// At the last reading; the wall clock without the model's lag.
    mono: u64,
    wall: i64,
    calls: Vec<(u32, u32)>,
    tokens: Vec<(u32, TokenFacts)>,
    /// Tokens are named here one after another.
    named: u32,
    account: (u32, u32),
}

impl Shadow {
    pub fn wanted(machine: &Machine) -> Option<Box<Self>> {
        let shadow = Self {
            machine: machine.clone(),
            mono: MONO,
            wall: WALL,
            calls: Vec::new(),
            tokens: Vec::new(),
            named: 0,
            account: (0, 0),
        };
        WANTED.get().then(|| Box::new(shadow))
    }

    fn now(&self, lag: u64, set: i64) -> Now {
        Now { mono: self.mono + lag, wall: self.wall + lag as i64 + set, roll: 0 }
    }

    /// More time has gone by than the model tells.
    pub fn pass(&mut self, ms: u64) {
        self.mono += ms;
        self.wall += ms as i64;
    }

    /// The machine has read its clocks: the lag is none any more.
    pub fn read(&mut self, lag: u64, set: i64) {
        (self.mono, self.wall) = (self.mono + lag, self.wall + lag as i64 + set);
    }

    pub fn is_due(&self, lag: u64) -> bool {
        self.machine.deadline().is_some_and(|due| due <= self.mono + lag)
    }

    fn call(&self, id: u32) -> u32 {
        self.calls.iter().find(|(theirs, _)| *theirs == id).map_or(u32::MAX, |(_, ours)| *ours)
    }

    fn token(&mut self, facts: TokenFacts, by: i64) -> TokenFacts {
        if let Some((_, known)) = self.tokens.iter().find(|(theirs, _)| *theirs == facts.id) {
            return *known;
        }
        self.named += 1;
        let later = |at: Option<i64>| at.map(|at| at + by);
        let ours = TokenFacts { id: self.named, iat: later(facts.iat), exp: later(facts.exp), ..facts };
        self.tokens.push((facts.id, ours));
        ours
    }

    fn account(&self, id: u32) -> u32 {
        if id == self.account.0 { self.account.1 } else { u32::MAX }
    }

    fn translated(&mut self, input: Input, by: i64) -> Input {
        match input {
            Input::Minted(flight, answer) => {
                let answer = match answer {
                    Answer::Token(facts) => Answer::Token(self.token(facts, by)),
                    other => other,
                };
                Input::Minted(self.call(flight), answer)
            }
            Input::Ask(mut ask) => {
                ask.account = if ask.style == Style::Ready { ask.account } else { self.account(ask.account) };
                Input::Ask(ask)
            }
            Input::Done(errand, result) => Input::Done(self.call(errand), result),
            Input::Locked(turn) => Input::Locked(self.call(turn)),
            Input::NoLock(turn) => Input::NoLock(self.call(turn)),
            Input::Heard(Heard::Want(key, than)) => {
                Input::Heard(Heard::Want(key, if than == 0 { 0 } else { than + by }))
            }
            Input::Heard(Heard::Token(key, Ok(facts), until)) => {
                Input::Heard(Heard::Token(key, Ok(self.token(facts, by)), until + by))
            }
            other => other,
        }
    }

    /// The same happens here, and the same must come of it.
    pub fn put(&mut self, now: Now, (lag, set): (u64, i64), input: Input, theirs: &[Output]) {
        let here = self.now(lag, set);
        let told = format!("{input:?}");
        let input = self.translated(input, here.wall - now.wall);
        self.machine.handle(here, input);
        let ours: Vec<Output> = std::iter::from_fn(|| self.machine.poll_output()).collect();
        // Models do not tell passing errors apart, and so tell of others at other times.
        let counts = |output: &&Output| **output != Output::Snapshot;
        let pairs: Vec<_> = theirs.iter().filter(counts).zip(ours.iter().filter(counts)).collect();
        let most = theirs.iter().filter(counts).count().max(ours.iter().filter(counts).count());
        let agrees = pairs.len() == most && pairs.iter().all(|(theirs, ours)| self.agree(theirs, ours));
        assert!(agrees, "after {told}: {ours:?}, not {theirs:?}");
    }

    pub fn hit(&mut self, (lag, set): (u64, i64), account: u32, style: Style, theirs: Option<u32>) {
        let (now, account) = (self.now(lag, set), self.account(account));
        let ours = self.machine.hit(now, account, None, style);
        let known = |id: u32| self.tokens.iter().find(|(theirs, _)| *theirs == id).map(|(_, facts)| facts.id);
        assert_eq!(ours, theirs.and_then(known));
    }

    fn agree(&mut self, theirs: &Output, ours: &Output) -> bool {
        let same_token = |shadow: &Self, theirs: u32, ours: u32| {
            shadow.tokens.iter().any(|(id, facts)| (*id, facts.id) == (theirs, ours))
        };
        match (theirs, ours) {
            (Output::Mint { flight, skip_cache, .. }, Output::Mint { flight: own, skip_cache: skips, .. }) => {
                self.calls.push((*flight, *own));
                skip_cache == skips
            }
            (Output::Errand(id, task, _), Output::Errand(own, other, _)) => {
                self.calls.push((*id, *own));
                task == other
            }
            (Output::Lock(id, key), Output::Lock(own, other)) => {
                self.calls.push((*id, *own));
                key == other
            }
            (Output::Abort(id), Output::Abort(own)) | (Output::Unlock(id), Output::Unlock(own)) => {
                self.call(*id) == *own
            }
            (Output::Settle(waiter, outcome), Output::Settle(other, own)) => {
                let same = match (outcome, own) {
                    (Outcome::Token(id), Outcome::Token(own)) => same_token(self, *id, *own),
                    _ => discriminant(outcome) == discriminant(own),
                };
                waiter == other && same
            }
            (Output::Judge(_, id), Output::Judge(_, own)) => same_token(self, *id, *own),
            (Output::Keep(ids), Output::Keep(own)) => {
                ids.len() == own.len() && ids.iter().zip(own).all(|(id, own)| same_token(self, *id, *own))
            }
            (Output::Account(account), Output::Account(own)) => {
                self.account = (account.id, own.id);
                (account.session, account.variant) == (own.session, own.variant)
            }
            _ => discriminant(theirs) == discriminant(ours),
        }
    }

    pub fn rename(&mut self, renamed: &Renamed, account: u32) {
        self.calls.retain_mut(|(id, _)| renamed.call(*id).map(|after| *id = after).is_some());
        self.tokens.retain_mut(|(id, _)| renamed.token(*id).map(|after| *id = after).is_some());
        self.account = (account, self.machine.account_id());
    }
}

/// Wanders through the model, each machine with its shadow, which fails where the two differ.
pub fn follows<T: Tale>(tale: &T) {
    WANTED.set(true);
    let mut dice: u64 = 1;
    for _ in 0..WALKS {
        let starts = tale.starts();
        let mut throw = |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % sides
        };
        let mut state = starts[throw(starts.len())].clone();
        for _ in 0..STEPS {
            let actions = tale.actions(&state);
            state = tale.step(&state, &actions[throw(actions.len())], &mut Scribe::deaf());
            assert_eq!(tale.broken(&state), None);
        }
    }
    WANTED.set(false);
}

const WALKS: usize = 400;
const STEPS: usize = 300;
