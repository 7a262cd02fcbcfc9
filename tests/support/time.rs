//! Virtual time: the device's two clocks, the provider's, and dice that fall the same way every time.

use tabpin::core::clock::{NEVER, Now};

/// All clocks, ms.
#[derive(Clone, Debug)]
pub struct Time {
    /// The device's monotonic clock.
    pub mono: u64,
    /// The provider's clock, which is the true one.
    pub real: i64,
    /// The device's wall clock minus the provider's.
    pub skew: i64,
    dice: u64,
}

impl Time {
    /// Noon of some day, with the device's wall clock off by `skew`.
    pub fn new(skew: i64, seed: u64) -> Self {
        Self { mono: 1_000, real: 1_700_000_000_000, skew, dice: seed | 1 }
    }

    /// A reading for the machine; no clock shows more than a JavaScript date can hold.
    pub fn now(&mut self) -> Now {
        Now { mono: self.mono, wall: (self.real + self.skew).clamp(-NEVER, NEVER), roll: (self.roll() >> 32) as u16 }
    }

    /// The next random number (xorshift64).
    pub fn roll(&mut self) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice
    }

    /// Time goes by while the device is awake.
    pub fn pass(&mut self, ms: u64) {
        self.mono += ms;
        self.real += ms as i64;
    }
}

/// A span that is known to lie between two values, because nobody can tell exactly when a device fell asleep.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// What certainly went by.
    pub least: u64,
    /// What the machine may count at most.
    pub most: u64,
}

impl Span {
    /// Adds time that certainly went by.
    pub fn pass(&mut self, ms: u64) {
        self.least += ms;
        self.most += ms;
    }
}
