//! A short wait in which other tabs may be heard.

use super::fault::planted;

/// A timer that is no later than this is on time, ms.
const PROMPT: u64 = 10;
/// One that is later than this was held up by more than a busy device: the page is hidden, or was frozen, ms.
const HELD_UP: u64 = 250;

/// The wait. It ends with a timer, never by the clock alone: a tab whose thread was busy has heard nobody meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hearing {
    /// When its timer is due, monotonic ms.
    pub until: u64,
    /// It has been put off.
    late: bool,
}

impl Hearing {
    /// One of `ms` from now on.
    pub fn new(now: u64, ms: u64) -> Self {
        Self { until: now + ms, late: false }
    }

    /// A timer has fired, `late` ms late: is the wait over? It is put off once by as much: where the device is busy,
    /// others' answers are late as well.
    pub fn ends(&mut self, now: u64, late: u64) -> bool {
        if self.until <= now && (PROMPT + 1..HELD_UP).contains(&late) && !self.late && !(planted!(Hasty) && late > 30) {
            *self = Self { until: now + late, late: true };
        }
        self.until <= now
    }
}
