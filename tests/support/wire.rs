//! What tabs say to each other on its way: late, lost, twice, out of order, or cut off.

use super::time::Time;
use super::tokens::TextNo;
use tabpin::core::name::Name;
use tabpin::core::peers::{Peer, TabId};

/// What goes over the channel: text instead of a token's id, which is the sender's own.
#[derive(Clone, Copy, Debug)]
pub enum Message {
    /// See [`Heard::Hello`](tabpin::core::peers::Heard::Hello).
    Hello(Peer),
    /// See [`Heard::Here`](tabpin::core::peers::Heard::Here).
    Here(Peer),
    /// See [`Heard::Bye`](tabpin::core::peers::Heard::Bye).
    Bye(TabId),
    /// See [`Heard::Want`](tabpin::core::peers::Heard::Want).
    Want(Name, i64),
    /// See [`Heard::Token`](tabpin::core::peers::Heard::Token).
    Token(Name, TextNo, i64),
    /// What is no token, for this key.
    Malformed(Name),
    /// Anything else.
    Noise,
}

/// How messages fare from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// The longest delay, ms.
    pub delay: u64,
    /// So many of 16 are lost.
    pub lost: u64,
    /// So many of 16 come twice.
    pub twice: u64,
    /// They come in the order in which they were sent.
    pub ordered: bool,
    /// Tabs with their bit set do not hear the others, nor the others them.
    pub cut: u32,
}

impl Weather {
    /// As a browser's channel is.
    pub const FAIR: Self = Self { delay: 20, lost: 0, twice: 0, ordered: true, cut: 0 };
    /// No message arrives.
    pub const SILENT: Self = Self { lost: 16, ..Self::FAIR };
}

/// The channel.
#[derive(Clone, Debug)]
pub struct Wire {
    /// How messages fare.
    pub weather: Weather,
    /// Sender, receiver, when the last message arrives.
    last: Vec<(usize, usize, u64)>,
    /// Lost, repeated, overtaken and cut off so far.
    pub harmed: [u64; 4],
}

impl Wire {
    /// One that works.
    pub fn new() -> Self {
        Self { weather: Weather::FAIR, last: Vec::new(), harmed: [0; 4] }
    }

    /// When a message that is sent now arrives: never, once or twice.
    pub fn send(&mut self, now: u64, from: usize, to: usize, dice: &mut Time) -> Vec<u64> {
        let Weather { delay, lost, twice, ordered, cut } = self.weather;
        if (cut >> from) & 1 != (cut >> to) & 1 {
            self.harmed[3] += 1;
            return Vec::new();
        }
        if (dice.roll() >> 32) % 16 < lost {
            self.harmed[0] += 1;
            return Vec::new();
        }
        let copies = if (dice.roll() >> 32) % 16 < twice { 2 } else { 1 };
        self.harmed[1] += copies - 1;
        let known = self.last.iter_mut().position(|(a, b, _)| (*a, *b) == (from, to)).unwrap_or_else(|| {
            self.last.push((from, to, 0));
            self.last.len() - 1
        });
        let mut arrivals = Vec::new();
        for _ in 0..copies {
            let mut at = now + (dice.roll() >> 32) % (delay + 1);
            let last = &mut self.last[known].2;
            if at < *last {
                if ordered {
                    at = *last;
                } else {
                    self.harmed[2] += 1;
                }
            }
            *last = at.max(*last);
            arrivals.push(at);
        }
        arrivals
    }
}
