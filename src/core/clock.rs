//! Time as data: awake and online time, the provider's clock, and waits.

use super::fault::planted;
use super::token::TokenFacts;

/// One reading of the shell's clocks, and of its dice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Now {
    /// Monotonic ms; the origin does not matter.
    pub mono: u64,
    /// Wall-clock ms since the epoch.
    pub wall: i64,
    /// A random number, evenly spread: jitter is an input too.
    pub roll: u16,
}

/// For so long, ms, a reading of the monotonic clock is carried on by the wall clock: in Chromium it takes longer than
/// all the rest of a hit. A wall clock that steps back or far ahead is noticed, and the monotonic one is read again.
const CARRIED: i64 = 100;

impl Now {
    /// This reading, carried on to where the wall clock is now; `None`: both clocks are to be read.
    pub fn carried(self, wall: i64) -> Option<Self> {
        let passed = wall - self.wall;
        (0..CARRIED).contains(&passed).then(|| Self { mono: self.mono + passed as u64, wall, ..self })
    }
}

/// A timer later than this was held up by sleep or a frozen page; what lies beyond is not awake time.
pub const LATE: u64 = 2_000;
/// "Never": the last moment that a JavaScript date can hold. The shell lets no time or duration in that is farther
/// from 0, so that sums of a few of them do not overflow.
pub const NEVER: i64 = 8_640_000_000_000_000;
/// When the clocks part by more than this, somebody set one or the device slept.
const JUMP: i64 = 5_000;
/// NumericDate is cut to whole seconds by most providers (RFC 7519, section 2, allows either).
const SECOND: i64 = 1_000;
/// So long after a token has come the provider's clock shows another second, however far off this device's is, ms.
pub const ANOTHER_SECOND: u64 = 1_020;

/// What has been learned about time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock {
    /// The latest reading.
    pub now: Now,
    /// Ms awake since the start.
    pub awake: u64,
    /// Ms awake and online since the start.
    pub online: u64,
    /// How much later than due the timer was that was armed until the latest reading, ms.
    pub late: u64,
    started: bool,
    /// wall − mono at the last agreement.
    offset: i64,
    /// Bounds of the skew, from mints: (lowest possible, highest possible).
    bounds: Option<(i64, i64)>,
}

impl Clock {
    /// Takes a reading. `armed` is the timer's due time, or when it was due already, `is_online` what held until now.
    /// True when the clocks have parted, so that nothing computed from the wall clock may be trusted.
    pub fn advance(&mut self, now: Now, armed: Option<u64>, is_online: bool) -> bool {
        let offset = now.wall - now.mono as i64;
        if !self.started {
            *self = Self { now, started: true, offset, ..Self::default() };
            return false;
        }
        let passed = now.mono.saturating_sub(self.now.mono);
        let due = armed.map_or(passed, |due| due.saturating_sub(self.now.mono) + LATE);
        let awake = passed.min(due);
        self.awake += awake;
        if is_online {
            self.online += awake;
        }
        self.late = armed.map_or(0, |due| now.mono.saturating_sub(due));
        self.now = Now { mono: now.mono.max(self.now.mono), ..now };
        let jumped = (offset - self.offset).abs() > JUMP;
        if jumped {
            self.offset = offset;
            self.bounds = None;
        }
        jumped
    }

    /// Moves the monotonic clock, awake and online time to `at`, and the wall clock back by `wall`.
    #[cfg(feature = "models")]
    pub(super) fn move_to(&mut self, at: u64, wall: i64) {
        self.offset += self.now.mono as i64 - at as i64 - wall;
        self.now = Now { mono: at, wall: self.now.wall - wall, roll: 0 };
        (self.awake, self.online, self.late) = (at, at, 0);
    }

    /// The time until this reading was slept through: nobody's budget runs.
    pub fn sleep(&mut self, now: Now) {
        self.now.mono = now.mono.max(self.now.mono);
    }

    /// The wall clock minus the provider's, ms, as far as mints prove that it is not 0.
    pub fn skew(&self) -> i64 {
        match self.bounds {
            Some((low, _)) if low > 0 => low,
            Some((_, high)) if high < 0 => high,
            _ => 0,
        }
    }

    /// Learns from a token that has come in. The provider's time was no earlier than `iat`, so the skew is no more than
    /// `now − iat`. `asked` (wall): the token was certainly minted after this moment, in [iat, iat + 1 s) by the
    /// provider's clock, so the skew is no less than `asked − iat − 1 s`.
    ///
    /// Over many mints the bounds close in; latency alone never looks like skew. Bounds that contradict the old ones
    /// replace them: one of the clocks was set, by less than counts as a jump.
    pub fn learn(&mut self, iat: i64, asked: Option<i64>) {
        let low = asked.map_or(i64::MIN, |asked| asked - iat - SECOND);
        let high = self.now.wall - iat;
        self.bounds = Some(match self.bounds {
            Some((l, h)) if l.max(low) <= h.min(high) => (l.max(low), h.min(high)),
            _ => (low, high),
        });
    }

    /// How long ago the token was issued, ms, by the provider's clock as far as that is known.
    pub fn age(&self, facts: &TokenFacts) -> i64 {
        facts.iat.map_or(0, |iat| (self.now.wall - self.skew() - iat).max(0))
    }

    /// When the token expires on this device's wall clock.
    ///
    /// A clock that runs behind is always corrected for. One that runs ahead only when it would cost more than
    /// half of the token's life: until then a backdated `iat` is as likely, and believing `exp` is the safe side.
    /// Whatever the wall clock says, no token lives for longer than its whole life from when it can have been signed
    /// at the latest: `signed`, monotonic ms.
    pub fn local_expiry(&self, facts: &TokenFacts, signed: u64) -> i64 {
        let Some(exp) = facts.exp.filter(|exp| *exp < NEVER) else { return NEVER };
        let skew = self.skew();
        let life = facts.life().unwrap_or(0);
        let left = exp - self.now.wall;
        let fast = planted!(BelieveFastClock) && (14_400_000..72_000_000).contains(&skew);
        let expiry = if skew < 0 || left * 2 < life && !fast { exp + skew } else { exp };
        let since = (self.now.mono - signed) as i64;
        facts.life().map_or(expiry, |life| expiry.min(self.now.wall + life - since)).min(NEVER)
    }

    /// Exponential backoff with full jitter; offline it only gets slower.
    pub fn backoff(&self, attempt: u32, is_online: bool) -> u64 {
        let ceiling = (500u64 << attempt.saturating_sub(1).min(4)).min(8_000);
        let floor = if is_online { 100 } else { 2_000 };
        floor + ((ceiling * u64::from(self.now.roll)) >> 16)
    }

    /// Ms until the wall clock's next full second, and a little: RS256 signs the same text within one second.
    pub fn next_second(&self) -> u64 {
        (SECOND - self.now.wall.rem_euclid(SECOND)) as u64 + 20
    }
}
