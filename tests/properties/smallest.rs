//! From a failing trace to the smallest that still fails, and its story.

use super::play::{Run, play};
use super::trace::Trace;
use crate::Property;
use crate::support::smallest::smallest;
use crate::support::tokens::HEAD;
use std::fmt::Write;
use tabpin::core::output::Output;

/// Leaves out whatever can be left out, and tells what is left.
pub fn report(property: Property, mut trace: Trace) -> String {
    let fails = |trace: &Trace| property(&play(trace)).err();
    let bare = Trace { padded: false, ..trace.clone() };
    if fails(&bare).is_some() {
        trace = bare;
    }
    trace.ops = smallest(trace.ops.clone(), |ops| fails(&Trace { ops: ops.to_vec(), ..trace.clone() }).is_some());
    let broken = fails(&trace).unwrap_or_default();
    format!("{broken}\n{trace:?}{}", story(&play(&trace)))
}

/// Every step, its input and what came of it; never a token.
fn story(run: &Run) -> String {
    let mut story = String::new();
    for (number, step) in run.steps.iter().enumerate() {
        let text = format!("{number} at {} ms: {:?}", step.at.mono, step.input);
        let input = if text.contains(HEAD) { "(a failure that quotes a token)" } else { &text };
        writeln!(story, "{input}").expect("a string takes it");
        for output in &step.outputs {
            writeln!(story, "        {output:?}").expect("a string takes it");
            if let (Output::Snapshot, Some(snapshot)) = (output, &step.snapshot) {
                writeln!(story, "            {snapshot:?}").expect("a string takes it");
            }
        }
    }
    story
}
