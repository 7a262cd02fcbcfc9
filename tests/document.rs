//! Instances in one document share one pin: what the user does with one of them is told to the others once. What their
//! sources say is not, for sources may disagree, and would send each other to and fro for ever.
//!
//! How many documents are drawn, and which: `tests/support/draws.rs`.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use support::draws;
use support::provider::Provider;
use support::sim::{Errands, Sim};
use support::tab::Tab;
use support::time::Time;
use support::world::{Says, World};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::{Ask, Input, Style};
use tabpin::core::output::Output;

/// Whose each session is: two of one user's, and another's.
const USERS: [usize; 3] = [0, 0, 1];

/// One instance's source.
#[derive(Clone, Copy, Debug)]
struct Source {
    bare: bool,
    per_tab: bool,
    select: bool,
    lists: bool,
    /// Which of the sessions are signed in to it; the first one is current.
    knows: [bool; 3],
}

/// What happens to one instance.
#[derive(Clone, Copy, Debug)]
enum Op {
    Pin(usize),
    Unpin,
    SignOut,
    /// The user switches in the source's own interface.
    Switch(usize),
    /// A session is gone, and another one is current.
    End(usize),
    Says(Says),
    /// How the next errands go.
    Errands(bool, Option<u64>),
    Ask(bool),
    Wait(u64),
}

fn sources() -> impl Strategy<Value = Source> {
    let knows = any::<[bool; 3]>();
    (any::<(bool, bool, bool)>(), 0..3_u8, knows).prop_map(|((per_tab, select, lists), kind, knows)| {
        let bare = kind == 0;
        Source { bare, per_tab: per_tab && !bare, select: select && !bare, lists, knows }
    })
}

fn ops() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (0..3_usize).prop_map(Op::Pin),
        1 => Just(Op::Unpin),
        1 => Just(Op::SignOut),
        3 => (0..3_usize).prop_map(Op::Switch),
        2 => (0..3_usize).prop_map(Op::End),
        2 => select(&[Says::Truth, Says::Loading, Says::Nobody][..]).prop_map(Op::Says),
        1 => (any::<bool>(), select(&[Some(0), Some(5), Some(3_000), None][..])).prop_map(|(ok, ms)| Op::Errands(ok, ms)),
        2 => any::<bool>().prop_map(Op::Ask),
        3 => select(&[0, 30, 1_500, 4_500, 70_000][..]).prop_map(Op::Wait),
    ]
}

/// The instances, what the user has done with them, and what they have told each other.
struct Document {
    instances: Vec<Sim>,
    read: Vec<usize>,
    waiters: u32,
    acts: usize,
    shared: usize,
}

impl Document {
    fn new(sources: &[Source]) -> Self {
        let instance = |(number, source): (usize, &Source)| {
            let Source { bare, per_tab, select, lists, knows } = *source;
            let mut world = World { bare, lists, named: true, dated: true, ..World::default() };
            for (session, user) in USERS.iter().enumerate() {
                world.sign_in(*user, 1_600_000_000_000 + session as i64);
            }
            world.current = knows.iter().position(|known| *known);
            (0..USERS.len()).for_each(|session| world.sessions[session].alive = knows[session]);
            let source = Abilities { current: !bare, per_tab, select, sign_out: false, reload: false };
            let tab = Tab::new(Config { source, ..Config::default() }, Time::new(0, number as u64 + 1));
            let mut sim = Sim::new(tab, world, Provider::new(60_000, false));
            sim.put(Input::Start { stored: Ok(None), online: true });
            sim
        };
        let instances: Vec<_> = sources.iter().enumerate().map(instance).collect();
        Self { read: vec![0; instances.len()], instances, waiters: 0, acts: 0, shared: 0 }
    }

    /// Hands what each instance tells to the others, until nobody tells anything.
    fn deliver(&mut self) -> Result<(), TestCaseError> {
        while let Some(from) =
            (0..self.read.len()).find(|from| self.read[*from] < self.instances[*from].tab.steps.len())
        {
            let steps = &self.instances[from].tab.steps[self.read[from]..];
            let told = steps.iter().flat_map(|step| &step.outputs).filter_map(|output| match output {
                Output::Share(moved) => Some(*moved),
                _ => None,
            });
            let told: Vec<_> = told.collect();
            self.read[from] = self.instances[from].tab.steps.len();
            self.shared += told.len();
            prop_assert!(self.shared <= self.acts, "told {} times of {} acts", self.shared, self.acts);
            for moved in told {
                for to in (0..self.read.len()).filter(|to| *to != from) {
                    self.instances[to].put(Input::Sibling(moved));
                }
            }
        }
        Ok(())
    }

    fn play(&mut self, number: usize, op: Op) {
        self.waiters += 1;
        let waiter = self.waiters;
        let sim = &mut self.instances[number];
        match op {
            Op::Pin(session) => {
                self.acts += 1;
                sim.put(Input::Pin(waiter, sim.world.sessions[session].id));
            }
            Op::Unpin => {
                self.acts += 1;
                sim.put(Input::Unpin);
            }
            Op::SignOut => {
                self.acts += 1;
                sim.put(Input::SignOut(waiter));
            }
            Op::Switch(session) if sim.world.sessions[session].alive => {
                self.acts += usize::from(sim.world.current != Some(session));
                sim.world.current = Some(session);
            }
            Op::Switch(_) => {}
            Op::End(session) => sim.world.end(session, true),
            Op::Says(says) => sim.world.says = says,
            Op::Errands(succeed, latency) => sim.errands = Errands { succeed, latency },
            Op::Ask(forced) => {
                let account = sim.tab.machine.account_id();
                let ask =
                    Ask { waiter, account, template: None, style: Style::Token, forced, replaces: None, timeout: None };
                sim.put(Input::Ask(ask));
            }
            Op::Wait(ms) => self.instances.iter_mut().for_each(|sim| sim.wait(ms, 0)),
        }
    }

    /// Every source calls back.
    fn notify(&mut self) -> Result<(), TestCaseError> {
        for number in 0..self.instances.len() {
            self.instances[number].notify();
            self.deliver()?;
        }
        Ok(())
    }
}

/// How many tellings there were, if never more than acts of the user's.
fn holds(sources: &[Source], ops: &[(usize, Op)]) -> Result<usize, TestCaseError> {
    let mut document = Document::new(sources);
    document.notify()?;
    for (number, op) in ops {
        document.play(number % sources.len(), *op);
        document.deliver()?;
        document.notify()?;
    }
    Ok(document.shared)
}

/// Holds it against this many documents; how many tellings there were in all of them, or the story of one that breaks it.
fn check(cases: u32) -> Result<usize, String> {
    let shared = Cell::new(0);
    let drawn = (vec(sources(), 2..4), vec((0..3_usize, ops()), 12..24));
    let held = TestRunner::new(draws::config(cases)).run(&drawn, |(sources, ops)| {
        shared.set(shared.get() + holds(&sources, &ops)?);
        Ok(())
    });
    held.map(|()| shared.get()).map_err(|story| story.to_string())
}

#[test]
fn what_the_user_does_is_told_once_and_what_sources_say_never() {
    let cases = draws::cases(10_000);
    let shared = check(cases).unwrap_or_else(|story| panic!("{story}"));
    assert!(shared > cases as usize, "only {shared} tellings in {cases} documents");
}

#[cfg(feature = "planted-faults")]
#[test]
fn a_document_finds_sources_that_send_each_other_to_and_fro() {
    use tabpin::core::fault::{Fault, plant};
    plant(Some(Fault::ShareRenewed));
    let found = check(10_000);
    plant(None);
    assert!(found.is_err(), "no document finds it");
}
