//! A trace of several tabs: how the browser is, and what then happens in it.

use crate::support::bits::{self, Bits};
use crate::support::provider::Mode;
use crate::support::wire::Weather;
use proptest::prelude::*;
use tabpin::core::input::Style;

/// What a trace is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Coordination and provider work, and demand is unforced.
    Working,
    /// The provider is honest, and as quick as ever; between tabs anything goes.
    Honest,
    /// Anything goes.
    Wild,
}

/// A message from nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    Noise,
    Malformed,
    /// Another account's token under this tab's key.
    Foreign,
    /// Another issuer's.
    Issuer,
    Expired,
    /// This account's token of another template.
    Template,
    /// A key that no tab has.
    Key,
    /// A tab that is not there, with another session.
    Ghost,
    Want,
    Bye,
}

/// Something that happens. Tabs are numbers modulo those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Wait {
        ms: u64,
    },
    Ask {
        tab: usize,
        template: usize,
        style: Style,
        forced: bool,
    },
    /// Every tab asks at once.
    AskAll {
        template: usize,
        style: Style,
        forced: bool,
    },
    Open {
        session: usize,
        place: usize,
        duplicated: bool,
        loading: u64,
    },
    Close {
        tab: usize,
        crashed: bool,
    },
    Freeze {
        tab: usize,
        cached: bool,
    },
    Thaw {
        tab: usize,
        told: bool,
    },
    Weather(Weather),
    Hog {
        hogged: bool,
    },
    Plan {
        mode: Mode,
        count: u8,
        latency: u64,
    },
    /// The organization changes; tabs are told at different times.
    Variant {
        session: usize,
        variant: u8,
        slow: u64,
    },
    Jump {
        ms: i64,
    },
    /// The whole device sleeps.
    Sleep {
        ms: u64,
        told: bool,
    },
    Garbage {
        tab: usize,
        what: Garbage,
    },
    Wake {
        tab: usize,
    },
}

/// How the browser is.
#[derive(Clone, Debug)]
pub struct Setup {
    pub kind: Kind,
    pub life: i64,
    pub skew: i64,
    pub latency: u64,
    /// The source lists its sessions.
    pub lists: bool,
    /// An issuer is configured.
    pub issuer: bool,
    /// There are no locks.
    pub lockless: bool,
    /// There is no channel.
    pub mute: bool,
    /// This tab shares no tokens.
    pub private: Option<usize>,
    /// Timers are so late in this tab, ms.
    pub lag: Option<(usize, u64)>,
    /// The device is busy: everywhere timers are so late, and messages may be, ms.
    pub busy: u64,
    /// Session and namespace of each tab at the start.
    pub tabs: Vec<(usize, usize)>,
    pub loading: u64,
}

impl Setup {
    /// How messages fare where nothing harms them.
    pub fn weather(&self) -> Weather {
        Weather { delay: Weather::FAIR.delay + self.busy, ..Weather::FAIR }
    }
}

/// A setup and what then happens.
#[derive(Clone)]
pub struct Trace {
    pub setup: Setup,
    pub dice: u64,
    pub ops: Vec<Op>,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        bits::lines(f, &self.setup, self.dice, &self.ops)
    }
}

/// Random traces of all kinds.
pub fn traces() -> impl Strategy<Value = Trace> {
    let ops = proptest::collection::vec(any::<u64>(), super::OPS..super::OPS + 20);
    (any::<u64>(), any::<u64>(), ops).prop_map(|(setup, dice, ops)| {
        let setup = super::decode::setup(Bits(setup));
        let ops = ops.into_iter().map(|bits| super::decode::op(Bits(bits), &setup)).collect();
        Trace { setup, dice, ops }
    })
}
