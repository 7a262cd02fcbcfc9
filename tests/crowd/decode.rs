//! From random bits to setups and events, by the kind of trace.

use super::trace::{Garbage, Kind, Op, Setup};
use crate::support::bits::Bits;
use crate::support::provider::Mode;
use crate::support::wire::Weather;
use tabpin::core::input::Style;

/// Tabs at the start: session and namespace of each. Sessions 0 and 1 are two users', 2 is the first one's other.
const CROWDS: [&[(usize, usize)]; 6] = [
    &[(0, 0), (0, 0), (0, 0)],
    &[(0, 0), (0, 0), (0, 0), (1, 0)],
    &[(0, 0), (0, 0), (0, 0), (0, 0), (0, 0)],
    &[(0, 0), (0, 0), (1, 0), (1, 0)],
    &[(0, 0), (0, 0), (0, 1), (0, 1), (1, 0)],
    &[(0, 0), (2, 0), (0, 0), (1, 1)],
];
const GARBAGE: [Garbage; 10] = [
    Garbage::Noise,
    Garbage::Malformed,
    Garbage::Foreign,
    Garbage::Issuer,
    Garbage::Expired,
    Garbage::Template,
    Garbage::Key,
    Garbage::Ghost,
    Garbage::Want,
    Garbage::Bye,
];
const MODES: [Mode; 9] = [
    Mode::Honest,
    Mode::Honest,
    Mode::Reject(500, None),
    Mode::Reject(429, Some(2)),
    Mode::Network,
    Mode::Hang,
    Mode::Foreign,
    Mode::Undefined,
    Mode::Expired,
];

/// How the browser is.
pub fn setup(mut bits: Bits) -> Setup {
    let bits = &mut bits;
    let kind = bits.of(&[Kind::Working, Kind::Working, Kind::Honest, Kind::Wild]);
    let working = kind == Kind::Working;
    Setup {
        kind,
        life: bits.of(&[60_000, 30_000, 600_000, 12_000]),
        skew: bits.of(&[0, 0, 0, -1_500, -86_400_000, 1_500]),
        latency: if working { bits.of(&[5, 80, 200]) } else { bits.of(&[5, 80, 400, 1_200, 2_000]) },
        lists: bits.one_in(2),
        issuer: bits.one_in(2),
        lockless: !working && bits.one_in(5),
        mute: !working && bits.one_in(12),
        private: (!working && bits.one_in(6)).then_some(1),
        lag: bits.one_in(4).then_some((1, 7)),
        busy: if working { bits.of(&[0, 0, 20, 40]) } else { 0 },
        tabs: bits.of(&CROWDS).to_vec(),
        loading: bits.of(&[0, 0, 30, 300]),
    }
}

/// The next event.
pub fn op(mut bits: Bits, setup: &Setup) -> Op {
    let bits = &mut bits;
    let tab = bits.below(8) as usize;
    let working = setup.kind == Kind::Working;
    let wild = setup.kind == Kind::Wild;
    let life = setup.life as u64;
    let forced = !working && bits.one_in(3);
    let style = bits.of(&[Style::Token, Style::Fetch, Style::Fetch, Style::Access]);
    let template = bits.of(&[0, 0, 0, 1]);
    match bits.below(if wild {
        100
    } else if working {
        68
    } else {
        88
    }) {
        0..26 => Op::Wait {
            ms: bits.of(&[
                0,
                3,
                30,
                60,
                300,
                700,
                1_100,
                5_000,
                life / 2,
                life.min(60_000),
                life.saturating_sub(9_000).min(60_000),
            ]),
        },
        26..40 => Op::Ask { tab, template, style, forced },
        40..46 => Op::AskAll { template, style, forced },
        46..52 => Op::Open {
            session: bits.of(&[0, 0, 0, 1]),
            place: bits.of(&[0, 0, 0, 1]),
            duplicated: bits.one_in(3),
            loading: bits.of(&[0, 0, 40, 400]),
        },
        52..56 => Op::Close { tab, crashed: !working && bits.one_in(2) },
        56..59 => Op::Freeze { tab, cached: working || bits.one_in(2) },
        59..64 => Op::Thaw { tab, told: working || !bits.one_in(3) },
        64..66 => Op::Variant { session: 0, variant: bits.below(3) as u8, slow: bits.of(&[0, 10, 500]) },
        66..68 => Op::Wake { tab },
        68..74 => Op::Weather(Weather {
            delay: bits.of(&[20, 0, 200, 1_500, 4_000]),
            lost: bits.of(&[0, 0, 4, 12, 16]),
            twice: bits.of(&[0, 4]),
            ordered: bits.one_in(2),
            cut: bits.of(&[0, 0, 0b1, 0b101, 0b10]),
        }),
        74..77 => Op::Hog { hogged: bits.one_in(2) },
        77..86 => Op::Garbage { tab, what: bits.of(&GARBAGE) },
        86..88 => Op::Freeze { tab, cached: false },
        88..96 => Op::Plan {
            mode: bits.of(&MODES),
            count: bits.of(&[1, 2, 4, 8]),
            latency: bits.of(&[5, 80, 400, 1_500, 3_900, 9_000]),
        },
        96..98 => Op::Jump { ms: bits.of(&[3_000, -3_000, 60_000, -60_000, -86_400_000]) },
        _ => Op::Sleep { ms: bits.of(&[1_000, 20_000, life, 3 * life]), told: bits.one_in(2) },
    }
}
