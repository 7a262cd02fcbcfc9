//! Random bits, and what they are made into: a setup and what then happens.

use std::fmt::{Debug, Formatter, Result};

/// Random bits, taken from the low end, so that small numbers are plain events.
pub struct Bits(pub u64);

impl Bits {
    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        let taken = self.0 % n;
        self.0 /= n;
        taken
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len() as u64) as usize]
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == n - 1
    }
}

/// A trace as lines that can be put into a test: its setup, its dice, and an event a line.
pub fn lines(f: &mut Formatter<'_>, setup: &impl Debug, dice: u64, ops: &[impl Debug]) -> Result {
    writeln!(f, "{setup:?}\ndice: {dice}")?;
    ops.iter().try_for_each(|op| writeln!(f, "    Op::{op:?},"))
}
