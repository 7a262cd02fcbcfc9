//! Taking turns: of all tabs with one account, one mints while the others wait for what it gets.
//!
//! Nothing here is load-bearing: without a lock, a channel, or anybody at the other end, a turn comes by itself.

use super::machine::Machine;
use super::output::{Output, Say};
use super::token::Held;

/// Once the lock is had, ms until the mint: the last holder's token may still be on its way.
const SETTLING: u64 = 50;
/// Nobody who waits is kept from a mint for longer than this, ms, and a part of [`SPREAD`].
const PATIENCE: u64 = 600;
/// Those whose patience ends are spread over so many ms, so that not all of them mint.
const SPREAD: u64 = 400;

/// A place in the queue for one key's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The lock's name for it.
    pub id: u32,
    /// The lock is had.
    pub granted: bool,
    /// When the turn comes, granted or not, monotonic ms.
    pub due: u64,
}

impl Machine {
    /// May the mint for this slot start? If not, the turn is waited for: see [`Turn::due`].
    pub(super) fn has_turn(&mut self, index: usize, waits: bool) -> bool {
        if !self.is_in_company() {
            return true;
        }
        let now = self.clock.now.mono;
        let patience = if self.company.stuck { 0 } else { PATIENCE } + self.spread();
        let held = self.slots[index].token;
        // While nobody waits, others have until the token at hand goes.
        let spare = held.filter(|_| !waits).map_or(0, |held| self.usable_for(&held));
        let Some(mut turn) = self.slots[index].turn else {
            let key = self.token_key(self.slots[index].template);
            let id = self.id();
            self.slots[index].turn = Some(Turn { id, granted: false, due: now + patience + spare });
            self.put(Output::Say(Say::Want(key, held.map_or(0, |held| held.facts.iat.unwrap_or(0)))));
            self.put(Output::Lock(id, key));
            return false;
        };
        if !turn.granted && waits {
            turn.due = turn.due.min(now + patience);
            self.slots[index].turn = Some(turn);
        }
        if turn.due <= now && !turn.granted {
            self.company.stuck = true;
        }
        turn.due <= now
    }

    /// Ms until the token stops being usable.
    fn usable_for(&self, held: &Held) -> u64 {
        (held.expires.left(self.clock.now) - held.leeway(self.config.leeway)).max(0) as u64
    }

    /// The lock has been had, under this name.
    pub(super) fn granted(&mut self, id: u32) {
        self.company.stuck = false;
        let due = self.clock.now.mono + SETTLING;
        match self.slots.iter_mut().filter_map(|slot| slot.turn.as_mut()).find(|turn| turn.id == id) {
            Some(turn) => *turn = Turn { granted: true, due: due.min(turn.due), ..*turn },
            None => self.put(Output::Unlock(id)),
        }
    }

    /// There are no locks. Tabs that wait for the same are spread all the same.
    pub(super) fn denied(&mut self, id: u32) {
        self.company.stuck = true;
        let due = self.clock.now.mono + self.spread();
        if let Some(turn) = self.slots.iter_mut().filter_map(|slot| slot.turn.as_mut()).find(|turn| turn.id == id) {
            turn.due = due.min(turn.due);
        }
    }

    fn spread(&self) -> u64 {
        (SPREAD * u64::from(self.clock.now.roll)) >> 16
    }

    /// Leaves the lock, or the queue for it, to others.
    pub(super) fn release(&mut self, index: usize) {
        if let Some(turn) = self.slots[index].turn.take() {
            self.put(Output::Unlock(turn.id));
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
