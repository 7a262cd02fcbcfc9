//! One pass over all traces for all properties: playing several tabs costs more than looking at what they did.

use super::play::{Run, play};
use super::reached;
use super::trace::{Trace, traces};
use super::watch::START;
use crate::PROPERTIES;
use crate::support::browser::Entry;
use crate::support::draws;
use crate::support::smallest::smallest;
use crate::support::tally::Tally;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::OnceLock;
use tabpin::core::input::Input;
use tabpin::core::output::Output;

/// An invariant, held against a run; `Err` says where and how it is broken.
pub type Property = fn(&Run<'_>) -> Result<(), String>;

/// What came of the pass.
#[derive(Default)]
pub struct Pass {
    /// By property, the story of the smallest trace that breaks it.
    pub broken: BTreeMap<&'static str, String>,
    /// Where the traces got to.
    pub reached: Tally,
}

static PASS: OnceLock<Pass> = OnceLock::new();

/// The pass, made once.
pub fn pass() -> &'static Pass {
    PASS.get_or_init(|| {
        let all: Vec<_> = draw(draws::cases(10_000)).collect();
        let (one, other) = all.split_at(all.len() / 2);
        let (mut pass, more) = std::thread::scope(|scope| {
            let more = scope.spawn(|| hold(other));
            (hold(one), more.join().expect("no trace panics"))
        });
        for (name, story) in more.broken {
            pass.broken.entry(name).or_insert(story);
        }
        pass.reached.merge(more.reached);
        pass
    })
}

fn hold(traces: &[Trace]) -> Pass {
    let mut pass = Pass::default();
    for trace in traces {
        let run = play(trace);
        reached::add(&mut pass.reached, &run);
        for (name, property) in PROPERTIES {
            if !pass.broken.contains_key(name) && property(&run).is_err() {
                pass.broken.insert(name, report(*property, trace.clone()));
            }
        }
    }
    pass
}

/// Is the property broken within so many traces?
pub fn finds(property: Property, cases: u32) -> bool {
    draw(cases).any(|trace| property(&play(&trace)).is_err())
}

fn draw(cases: u32) -> impl Iterator<Item = Trace> {
    let mut runner = TestRunner::new(draws::config(cases));
    (0..cases).map(move |_| traces().new_tree(&mut runner).expect("nothing is filtered out").current())
}

/// Leaves out whatever can be left out, and tells what is left.
fn report(property: Property, mut trace: Trace) -> String {
    let fails = |trace: &Trace| property(&play(trace)).err();
    trace.ops = smallest(trace.ops.clone(), |ops| fails(&Trace { ops: ops.to_vec(), ..trace.clone() }).is_some());
    while trace.setup.tabs.len() > 1 {
        let mut less = trace.clone();
        less.setup.tabs.pop();
        if fails(&less).is_none() {
            break;
        }
        trace = less;
    }
    let broken = fails(&trace).unwrap_or_default();
    format!("{broken}\n{trace:?}{}", story(&play(&trace)))
}

/// Every step of every tab, its input and what came of it.
fn story(run: &Run<'_>) -> String {
    let mut story = String::new();
    for entry in &run.browser.log {
        let told = match *entry {
            Entry::Now(page, state) => writeln!(story, "tab {page} is {state:?}"),
            Entry::Step(page, number) => {
                let step = &run.browser.pages[page].tab.steps[number];
                let input = match &step.input {
                    Input::View(view) => format!("View({:?})", view.current),
                    input => format!("{input:?}"),
                };
                let first = writeln!(story, "{} ms, tab {page}, step {number}: {input}", step.at.real - START);
                let told = |output: &&Output| !matches!(output, Output::Store(_) | Output::Keep(_));
                step.outputs.iter().filter(told).fold(first, |_, output| writeln!(story, "        {output:?}"))
            }
        };
        told.expect("a string takes it");
    }
    story
}
