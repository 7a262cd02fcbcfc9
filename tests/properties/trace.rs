//! A trace: how a tab was set up, and what then happened to it.

use crate::support::bits::{self, Bits};
use crate::support::provider::{ISSUER, Mode};
use crate::support::world::Says;
use proptest::prelude::*;
use tabpin::core::config::{Abilities, Config, OnMissing};
use tabpin::core::input::Style;
use tabpin::core::name::Name;

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Wait {
        ms: u64,
        late: u64,
    },
    Ask {
        style: Style,
        template: usize,
        forced: bool,
        replaces: Replaces,
        timeout: Option<u64>,
        stale: bool,
    },
    Hit {
        style: Style,
        template: usize,
    },
    Request {
        template: usize,
    },
    Plan {
        mode: Mode,
        count: u8,
        latency: u64,
        late_signed: bool,
    },
    SignIn {
        user: usize,
        told: bool,
    },
    End {
        session: usize,
        replaced: bool,
        told: bool,
    },
    Switch {
        session: usize,
        told: bool,
    },
    Says {
        says: Says,
        told: bool,
    },
    Variant {
        session: usize,
        variant: u8,
        told: bool,
    },
    Lists {
        lists: bool,
    },
    Cookie {
        whose: u8,
    },
    Notify,
    Errands {
        succeed: bool,
        latency: Option<u64>,
    },
    Satisfied {
        yes: bool,
    },
    Seed {
        session: usize,
        mode: Mode,
    },
    Cancel {
        waiter: u8,
    },
    Pin {
        session: usize,
    },
    Unpin,
    SignOut,
    Consumer {
        template: usize,
        leeway: Option<u64>,
    },
    Online {
        online: bool,
    },
    Wake,
    Jump {
        ms: i64,
    },
    Sleep {
        ms: u64,
        mono_runs: bool,
        wake: bool,
    },
    Hidden {
        hidden: bool,
    },
    /// Nothing runs for so long; the browser says so before, and perhaps after.
    Freeze {
        ms: u64,
        mono_runs: bool,
        wake: bool,
    },
    /// Into the back/forward cache and out of it.
    Restored {
        ms: u64,
        storage: Storage,
    },
    /// The network goes and comes back.
    Blip {
        ms: u64,
    },
    Dispose,
}

/// Which token a forced ask names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaces {
    Unnamed,
    AtHand,
    Older,
}

/// What session storage holds when a page comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// What was written last.
    Same,
    Empty,
    Unreliable,
    /// Another page has pinned this session.
    Moved(usize),
}

/// How the tab was set up.
#[derive(Clone, Debug)]
pub struct Setup {
    pub config: Config,
    pub life: i64,
    pub skew: i64,
    /// What the monotonic clock shows at first, ms.
    pub uptime: u64,
    pub caches: bool,
    /// No two tokens are alike, even within a second.
    pub unique: bool,
    pub forgets: bool,
    pub named: bool,
    pub dated: bool,
    pub lists: bool,
    /// Users signed in before the start, the last one current.
    pub users: Vec<usize>,
    pub stored: StoredPin,
    pub online: bool,
    pub loading: bool,
    pub ends_by_dispose: bool,
    /// Prerendered, and shown after so many events.
    pub prerendered: Option<usize>,
}

/// What session storage holds at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredPin {
    Nothing,
    Unreadable,
    Alive,
    /// Gone since; of the user of this number.
    Gone(usize),
}

/// A setup and what then happens.
#[derive(Clone)]
pub struct Trace {
    pub setup: Setup,
    pub dice: u64,
    pub ops: Vec<Op>,
    /// Fill up with asks to [`super::EVENTS`].
    pub padded: bool,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        bits::lines(f, &self.setup, self.dice, &self.ops)
    }
}

/// Random traces.
pub fn traces() -> impl Strategy<Value = Trace> {
    let ops = proptest::collection::vec(any::<u64>(), super::OPS..super::OPS + 30);
    (any::<u64>(), any::<u64>(), ops).prop_map(|(setup, dice, ops)| {
        let setup = Setup::decode(Bits(setup));
        let life = setup.life as u64;
        Trace { setup, dice, ops: ops.into_iter().map(|bits| Op::decode(Bits(bits), life)).collect(), padded: true }
    })
}

impl Setup {
    fn decode(mut bits: Bits) -> Self {
        let bits = &mut bits;
        let current = bits.below(4) != 0;
        let source = Abilities {
            current,
            per_tab: current && bits.one_in(2),
            select: current && bits.one_in(2),
            sign_out: bits.one_in(2),
            reload: current && bits.one_in(2),
        };
        let life = bits.of(&[30_000, 6_000, 60_000, 3_600_000]);
        let config = Config {
            template: bits.of(&[None, Some("convex")]).map(Name::new),
            issuers: bits.of(&[&[][..], &[ISSUER]]).iter().map(|issuer| Name::new(issuer)).collect(),
            on_missing: bits.of(&[
                OnMissing::Auto,
                OnMissing::Auto,
                OnMissing::Closed,
                OnMissing::Omit,
                OnMissing::Throw,
            ]),
            auto_refresh: !bits.one_in(3),
            share: true,
            leeway: bits.of(&[10_000, 2_000]),
            timeout: bits.of(&[10_000, 3_000]),
            give_up_after: bits.of(&[30_000, 5_000]),
            source,
        };
        Self {
            config,
            life,
            skew: bits.of(&[0, 0, 0, -1_500, 1_500, -40_000, 86_400_000, -86_400_000]),
            uptime: 1_000,
            caches: bits.one_in(3),
            unique: bits.one_in(2),
            forgets: !bits.one_in(3),
            named: !bits.one_in(4),
            dated: bits.one_in(2),
            lists: current && !bits.one_in(4),
            users: bits.of(&[&[0][..], &[], &[1, 0], &[0, 1], &[0, 0], &[2, 1, 0]]).to_vec(),
            stored: bits.of(&[
                StoredPin::Nothing,
                StoredPin::Nothing,
                StoredPin::Nothing,
                StoredPin::Alive,
                StoredPin::Gone(0),
                StoredPin::Gone(1),
                StoredPin::Unreadable,
            ]),
            online: !bits.one_in(8),
            loading: bits.one_in(4),
            ends_by_dispose: bits.one_in(3),
            prerendered: bits.of(&[None, None, None, None, None, None, Some(1), Some(12)]),
        }
    }
}
