//! Taking turns: of all tabs with one account, one mints while the others wait for what it gets.
//!
//! Nothing here is load-bearing: without a lock, a channel, or anybody at the other end, a turn comes by itself.

use super::fault::planted;
use super::hearing::Hearing;
use super::machine::Machine;
use super::output::{Output, Say};
use super::slot::Slot;
use super::token::Held;

/// Once the lock is had, ms until the mint: the last holder's token may still be on its way.
const SETTLING: u64 = 50;
/// Nobody who waits is kept from a mint for longer than this, ms, and a part of [`SPREAD`].
const PATIENCE: u64 = 600;
/// Those whose patience ends are spread over so many ms, so that not all of them mint.
const SPREAD: u64 = 400;
/// While nobody waits, others have this part of the time until the token at hand goes: a mint that is then abandoned
/// is over a second late at most.
const SHARE: u64 = 5;

/// A place in the queue for one key's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The lock's name for it.
    pub id: u32,
    /// The lock is had.
    pub granted: bool,
    /// Others may still be heard before the mint.
    pub settling: Option<Hearing>,
    /// When the turn comes, granted or not, monotonic ms.
    pub due: u64,
}

impl Turn {
    /// When something about it changes by itself, monotonic ms.
    pub fn deadline(&self) -> u64 {
        self.settling.map_or(self.due, |settling| settling.until.min(self.due))
    }
}

impl Machine {
    /// May the mint for this slot start? If not, the turn is waited for: see [`Turn::due`].
    pub(super) fn has_turn(&mut self, index: usize, waits: bool) -> bool {
        let now = self.clock.now.mono;
        let Slot { template, token, turn, patience, .. } = self.slots[index];
        let spare = token.filter(|held| !(waits || held.suspect)).map_or(0, |held| self.usable_for(&held)) / SHARE;
        let least = if self.company.stuck || self.company.lockless { 0 } else { PATIENCE.max(spare) };
        let due = now + least + self.spread(SPREAD.max(spare));
        let due = if planted!(Linger) && waits && template.is_some() { due + 9 * PATIENCE } else { due };
        let due = if planted!(RefreshLate) && spare > 0 && template.is_some() { due + 9 * PATIENCE } else { due };
        // However many attempts it takes, who waits is held up but once.
        let due = patience.filter(|_| waits).unwrap_or(due);
        self.slots[index].patience = waits.then_some(due);
        if !self.shares() || planted!(Rush) && template.is_some() {
            return true;
        }
        let alone = !self.is_in_company();
        let Some(turn) = turn else {
            // Whoever mints queues for the lock, even with nobody to wait for: who comes meanwhile will wait.
            let due = if alone { now } else { due };
            let key = self.token_key(template);
            let id = self.id();
            self.slots[index].turn = Some(Turn { id, granted: false, settling: None, due });
            if !alone {
                self.put(Output::Say(Say::Want(key, token.map_or(0, |held| held.facts.iat.unwrap_or(0)))));
            }
            self.put(Output::Lock(id, key));
            return due <= now;
        };
        let due = if waits { turn.due.min(due) } else { turn.due };
        self.company.stuck |= due <= now && !turn.granted && !alone;
        let comes = alone || due <= now || turn.granted && turn.settling.is_none();
        self.slots[index].turn = Some(Turn { due, settling: turn.settling.filter(|_| !comes), ..turn });
        comes
    }

    /// Ms until the token stops being usable.
    fn usable_for(&self, held: &Held) -> u64 {
        held.until_ending(self.clock.now, self.config.leeway).max(0) as u64
    }

    /// The lock has been had, under this name.
    pub(super) fn granted(&mut self, id: u32) {
        self.company.stuck = false;
        let now = self.clock.now.mono;
        let Some(index) = self.slots.iter().position(|slot| slot.turn.is_some_and(|turn| turn.id == id)) else {
            return self.put(Output::Unlock(id));
        };
        // Whose own mint is under way has nobody else's to wait for.
        let flies = self.is_under_way(self.slots[index].template);
        if let Some(turn) = &mut self.slots[index].turn {
            turn.granted = true;
            turn.settling = (!flies).then(|| Hearing::new(now, SETTLING));
        }
    }

    /// A timer has fired: whoever was to be heard has been.
    pub(super) fn has_heard(&mut self) {
        let (now, late) = (self.clock.now.mono, self.clock.late);
        self.company.greeting.take_if(|greeting| greeting.ends(now, late));
        for turn in self.slots.iter_mut().filter_map(|slot| slot.turn.as_mut()) {
            turn.settling.take_if(|settling| settling.ends(now, late));
        }
    }

    /// There are no locks, as is known from then on. Tabs that wait for the same are spread all the same.
    pub(super) fn denied(&mut self, id: u32) {
        if std::mem::replace(&mut self.company.lockless, true) {
            return;
        }
        let due = self.clock.now.mono + self.spread(SPREAD);
        if let Some(turn) = self.slots.iter_mut().filter_map(|slot| slot.turn.as_mut()).find(|turn| turn.id == id) {
            turn.due = due.min(turn.due);
        }
    }

    fn spread(&self, most: u64) -> u64 {
        (most * u64::from(self.clock.now.roll)) >> 16
    }

    /// Leaves the lock, or the queue for it, to others.
    pub(super) fn release(&mut self, index: usize) {
        if let Some(turn) = self.slots[index].turn.take() {
            self.put(Output::Unlock(turn.id));
        }
    }

    /// Forgets every token of an account that goes on without its session. What the provider wants put off stays so.
    pub(super) fn reset_slots(&mut self) {
        for index in 0..self.slots.len() {
            self.release(index);
            let Slot { template, not_before, .. } = self.slots[index];
            self.slots[index] = Slot { template, not_before, retry_at: not_before, ..Slot::default() };
        }
    }

    /// Forgets every slot of an account that ends.
    pub(super) fn drop_slots(&mut self) {
        for index in 0..self.slots.len() {
            self.release(index);
        }
        self.slots.clear();
    }
}
