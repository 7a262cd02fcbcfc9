//! From random bits to events, with weights that make every state common.

use super::trace::{Op, Replaces, Storage};
use crate::support::bits::Bits;
use crate::support::provider::Mode;
use crate::support::world::Says;
use tabpin::core::input::Style;

const MODES: [Mode; 27] = [
    Mode::Honest,
    Mode::Honest,
    Mode::Honest,
    Mode::Honest,
    Mode::Honest,
    Mode::Honest,
    Mode::Null,
    Mode::Null,
    Mode::Undefined,
    Mode::Foreign,
    Mode::Same,
    Mode::Expired,
    Mode::Malformed,
    Mode::Reject(500, None),
    Mode::Reject(429, Some(2)),
    Mode::Reject(429, Some(120)),
    Mode::Network,
    Mode::Quoting,
    Mode::Hang,
    Mode::Hang,
    Mode::NoIat,
    Mode::Short,
    Mode::Unclean,
    Mode::Honest,
    Mode::Reject(401, None),
    Mode::Reject(404, None),
    Mode::Reject(503, Some(30)),
];
/// Rarer, because they end a run's interest: an unending token, and one that is refused for good.
const RARE: [Mode; 4] = [Mode::NoExp, Mode::Issuer, Mode::NoSub, Mode::Foreign];
const STYLES: [Style; 10] = [
    Style::Token,
    Style::Fetch,
    Style::Fetch,
    Style::Access,
    Style::Fetch,
    Style::Token,
    Style::Fetch,
    Style::Claims,
    Style::Access,
    Style::Ready,
];

impl Op {
    /// `life`: a token's, ms, so that waits are of a length that matters to it.
    pub fn decode(mut bits: Bits, life: u64) -> Self {
        let bits = &mut bits;
        match bits.below(112) {
            0..22 => Op::Wait {
                ms: bits.of(&[0, 20, 300, 300, 1_100, 1_100, 4_200, 9_000, life.min(120_000) / 2, life.min(70_000)]),
                late: bits.of(&[0, 0, 0, 7]),
            },
            22..46 => Op::Ask {
                style: bits.of(&STYLES),
                template: bits.of(&[0, 0, 1]),
                forced: bits.below(5) > 2,
                replaces: bits.of(&[Replaces::Unnamed, Replaces::AtHand, Replaces::Older]),
                timeout: bits.of(&[None, None, None, Some(0), Some(400), Some(20_000)]),
                stale: bits.one_in(16),
            },
            46..49 => Op::Hit { style: bits.of(&STYLES), template: bits.of(&[0, 1]) },
            49..52 => Op::Request { template: bits.of(&[0, 1]) },
            52..64 => Op::Plan {
                mode: if bits.one_in(12) { bits.of(&RARE) } else { bits.of(&MODES) },
                count: bits.of(&[1, 1, 2, 4, 8, 20]),
                latency: bits.of(&[5, 5, 80, 400, 1_500, 3_900, 4_500, 9_000]),
                late_signed: bits.one_in(2),
            },
            64..67 => Op::SignIn { user: bits.below(3) as usize, told: !bits.one_in(4) },
            67..70 => Op::End { session: bits.below(8) as usize, replaced: bits.one_in(2), told: !bits.one_in(4) },
            70..72 => Op::Switch { session: bits.below(8) as usize, told: !bits.one_in(4) },
            72..74 => Op::Says { says: bits.of(&[Says::Truth, Says::Loading, Says::Nobody]), told: !bits.one_in(3) },
            74..76 => {
                Op::Variant { session: bits.below(4) as usize, variant: bits.below(3) as u8, told: !bits.one_in(4) }
            }
            76 => Op::Lists { lists: bits.one_in(2) },
            77 => Op::Cookie { whose: bits.below(6) as u8 },
            78..80 => Op::Notify,
            80..82 => {
                Op::Errands { succeed: !bits.one_in(3), latency: bits.of(&[Some(5), Some(300), Some(4_500), None]) }
            }
            82 => Op::Satisfied { yes: bits.one_in(2) },
            83..85 => Op::Seed {
                session: bits.below(3) as usize,
                mode: bits.of(&[Mode::Honest, Mode::Honest, Mode::Expired, Mode::Malformed, Mode::Issuer, Mode::Short]),
            },
            85..87 => Op::Cancel { waiter: bits.below(4) as u8 },
            87..89 => Op::Pin { session: bits.below(6) as usize },
            89 => Op::Unpin,
            90 => Op::SignOut,
            91 => Op::Consumer { template: bits.of(&[0, 1]), leeway: bits.of(&[Some(10_000), Some(2_000), None]) },
            92..95 => Op::Online { online: bits.one_in(2) },
            95..97 => Op::Wake,
            97 => Op::Jump {
                ms: bits.of(&[3_000, -3_000, 60_000, -60_000, 86_400_000, -86_400_000, 10_800_000, -10_800_000]),
            },
            98 => Op::Sleep {
                ms: bits.of(&[1_000, 20_000, life, 3 * life, 28_800_000]),
                mono_runs: bits.one_in(2),
                wake: bits.one_in(2),
            },
            100..103 => Op::Hidden { hidden: bits.below(3) > 0 },
            103..107 => Op::Freeze {
                ms: bits.of(&[300, 5_000, 20_000, life, 28_800_000]),
                mono_runs: bits.one_in(2),
                wake: bits.one_in(2),
            },
            107..109 => Op::Restored {
                ms: bits.of(&[0, 5_000, life]),
                storage: match bits.below(8) {
                    0..4 => Storage::Same,
                    4 => Storage::Empty,
                    5 => Storage::Unreliable,
                    _ => Storage::Moved(bits.below(8) as usize),
                },
            },
            109..112 => Op::Blip { ms: bits.of(&[0, 60, 400, 5_000]) },
            _ if bits.one_in(3) => Op::Dispose,
            _ => Op::Wake,
        }
    }
}
