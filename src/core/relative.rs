//! The machine with its times told from now and its names given afresh, so that a model checker meets the same machine
//! again. Only in test builds.
//!
//! What this leaves out makes no difference to what the machine does from here on (a bisimulation):
//!
//! - Clocks. Moments are compared with, and made from, readings of the same clock only, so all of them may be moved
//!   alike: the monotonic clock, awake and online time by any amount, the wall clock by full seconds, because
//!   [`Clock::next_second`](super::clock::Clock::next_second) looks at what is left of one.
//! - Moments that have passed are asked of no more than that, and are set to now: retries, the ends of what is
//!   abandoned. A token dead by the monotonic clock stays dead.
//! - Things happen at multiples of `step` only, so what is due between two of them is due at the later one.
//! - Ages beyond `past` are cut, provided that no token lives longer, no answer takes longer, and nothing else that is
//!   configured is compared with a greater age, as models see to.
//! - Counters saturate where no comparison tells them apart; the dice always fall the least, so no wait depends on them.
//!   Patience is for other tabs only: there are none without a channel. Which passing error it was that an attempt brought is only
//!   reported. Landings keep their order to whoever waits.
//! - Flights, errands and turns are numbered from 1; ids only ever count up and are compared for equality, so whoever holds an
//!   older one holds one that will not be used again.
//! - Tokens are numbered in the order in which the machine names them.
//! - The account is number 1, every older one number 0.
//! - Statistics, dice that have been read, and figures in messages decide nothing.

use super::clock::NEVER;
use super::error::{Code, Error};
use super::machine::Machine;
use super::output::Stats;
use super::pin::Status;
use super::slot::Slot;
use super::token::{Expiry, Held, TokenId};

/// Now, monotonic ms.
pub const MONO: u64 = 1_000_000_000;
/// Now, wall-clock ms, cut to full seconds.
pub const WALL: i64 = 1_700_000_000_000;

/// How coarse the model's time is.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Things happen at multiples of this only, ms.
    pub step: u64,
    /// Whatever is older than this is as old as this, ms.
    pub past: u64,
    /// No comparison in the model's world tells this many attempts from more: 2, or 4 where `fetchToken` is called.
    pub many: u32,
    /// How far the wall clock was ahead of the provider's when the machine last read it, ms.
    pub ahead: i64,
}

impl Grid {
    /// Tokens issued before this moment count as issued then.
    fn oldest(&self) -> i64 {
        WALL - self.past as i64 - self.ahead
    }
}

/// What was given another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    /// Flights, errands and turns: before, after. Others are gone.
    pub calls: Vec<(u32, u32)>,
    /// Tokens: before, after. Others are not known any more.
    pub tokens: Vec<(TokenId, TokenId)>,
    /// The account that is number 1 now.
    pub account: u32,
    /// What was taken from every wall-clock time, ms.
    pub wall: i64,
}

impl Renamed {
    /// A flight, errand or turn by its new name; `None`: it is gone.
    pub fn call(&self, id: u32) -> Option<u32> {
        self.calls.iter().find(|(before, _)| *before == id).map(|(_, after)| *after)
    }

    /// A token by its new name; `None`: the machine does not know it any more.
    pub fn token(&self, id: TokenId) -> Option<TokenId> {
        self.tokens.iter().find(|(before, _)| *before == id).map(|(_, after)| *after)
    }
}

impl Machine {
    /// Tells times from now and numbers from 1. Outputs must have been drained.
    pub fn tell_from_now(&mut self, grid: Grid) -> Renamed {
        let (mono, wall) = self.move_clocks(grid);
        self.saturate(mono, wall, grid);
        self.compress_landings();
        let account = self.renumber_account();
        Renamed { calls: self.renumber_calls(), tokens: self.renumber_tokens(), account, wall }
    }

    fn renumber_tokens(&mut self) -> Vec<(TokenId, TokenId)> {
        let mut renamed: Vec<(TokenId, TokenId)> = Vec::new();
        let mut name = |id: &mut TokenId| {
            let known = renamed.iter().find(|(before, _)| before == id).map(|(_, after)| *after);
            let after = known.unwrap_or(renamed.len() as TokenId + 1);
            if known.is_none() {
                renamed.push((*id, after));
            }
            *id = after;
        };
        for slot in &mut self.slots {
            slot.token.iter_mut().for_each(|held| name(&mut held.facts.id));
            slot.handed.iter_mut().for_each(&mut name);
            slot.warned.iter_mut().for_each(&mut name);
        }
        self.seed.iter_mut().for_each(|held| name(&mut held.facts.id));
        self.outdated.iter_mut().for_each(&mut name);
        for waiter in &mut self.waiters {
            waiter.replaces.iter_mut().for_each(&mut name);
            if let super::slot::Phase::Judging(id) = &mut waiter.phase {
                name(id);
            }
        }
        self.told.kept.iter_mut().for_each(&mut name);
        renamed
    }

    /// What is to be taken from the two clocks' times.
    fn move_clocks(&mut self, grid: Grid) -> (u64, i64) {
        let now = self.clock.now;
        let wall = (now.wall - WALL).div_euclid(1_000) * 1_000;
        let awake = |at: u64| (at + MONO).saturating_sub(self.clock.awake);
        let online = |at: u64| (at + MONO).saturating_sub(self.clock.online);
        for waiter in &mut self.waiters {
            waiter.until = awake(waiter.until);
            waiter.online_until = waiter.online_until.map(online);
            waiter.rounds = waiter.rounds.min(4);
            if let super::slot::Phase::Resting(at) = &mut waiter.phase {
                *at = MONO + at.saturating_sub(now.mono).next_multiple_of(grid.step);
            }
        }
        for flight in &mut self.flights {
            flight.until = if flight.abandoned { MONO } else { awake(flight.until) };
            // Nothing is learned from a suspect one.
            flight.asked = if flight.suspect { WALL } else { flight.asked - wall };
            if flight.asked <= WALL - grid.past as i64 {
                // It will not be answered.
                (flight.asked, flight.forced, flight.suspect) = (WALL - grid.past as i64, true, false);
            }
        }
        self.errands.iter_mut().for_each(|errand| errand.until = awake(errand.until));
        let learns = self.learns();
        for slot in &mut self.slots {
            slot.nulls = slot.nulls.map(|(count, since)| {
                let since = awake(since).max(MONO.saturating_sub(self.config.give_up_after));
                (count.min(2), if learns { since } else { MONO })
            });
        }
        self.look =
            self.look.map(|(at, count)| (MONO + at.saturating_sub(now.mono).next_multiple_of(grid.step), count.min(5)));
        self.clock.move_to(MONO, wall);
        (now.mono, wall)
    }

    fn saturate(&mut self, mono: u64, wall: i64, grid: Grid) {
        let alone = self.company.me.tab == 0;
        for slot in &mut self.slots {
            slot.patience = slot.patience.filter(|_| !alone);
            slot.tell_from_now(mono, wall, grid);
        }
        if let Some(seed) = &mut self.seed {
            seed.tell_from_now(mono, wall, grid);
        }
        // Read on the first look only; the shell's storage holds what a reload will find.
        match &mut self.pin.stored {
            Some(stored) if self.pin.status == Status::Unknown => {
                stored.seen = (stored.seen - wall).max(WALL - grid.past as i64);
            }
            Some(stored) => stored.seen = 0,
            None => {}
        }
        let ahead = |at: u64| if at > mono { MONO + (at - mono).next_multiple_of(grid.step) } else { 0 };
        self.company.moments().into_iter().for_each(|at| *at = ahead(*at));
        plain(&mut self.told.snapshot.error);
        self.stats = Stats::default();
    }

    /// A landing matters as later, or not, than those at which somebody began to wait.
    fn compress_landings(&mut self) {
        let mut waits: Vec<u64> = self.waiters.iter().map(|waiter| waiter.since).collect();
        waits.sort_unstable();
        waits.dedup();
        let rank = |landing: u64| waits.iter().filter(|since| **since < landing).count() as u64;
        self.waiters.iter_mut().for_each(|waiter| waiter.since = rank(waiter.since));
        for slot in &mut self.slots {
            slot.failed = rank(slot.failed);
            slot.token.iter_mut().for_each(|held| held.landing = rank(held.landing));
        }
        self.landing = rank(self.landing);
    }

    fn renumber_account(&mut self) -> u32 {
        let current = self.account.id;
        let number = |id: &mut u32| *id = u32::from(*id == current);
        self.waiters.iter_mut().for_each(|waiter| number(&mut waiter.account));
        self.flights.iter_mut().for_each(|flight| number(&mut flight.account));
        number(&mut self.told.account.id);
        number(&mut self.account.id);
        current
    }

    fn renumber_calls(&mut self) -> Vec<(u32, u32)> {
        let mut renamed = Vec::new();
        let ids = self.flights.iter_mut().map(|flight| &mut flight.id);
        let ids = ids.chain(self.errands.iter_mut().map(|errand| &mut errand.id));
        for id in ids.chain(self.slots.iter_mut().filter_map(|slot| slot.turn.as_mut()).map(|turn| &mut turn.id)) {
            let before = *id;
            *id = renamed.len() as u32 + 1;
            renamed.push((before, *id));
        }
        self.set_next_id(renamed.len() as u32);
        renamed
    }
}

impl Slot {
    fn tell_from_now(&mut self, mono: u64, wall: i64, grid: Grid) {
        let ahead = |at: u64| if at > mono { MONO + (at - mono).next_multiple_of(grid.step) } else { 0 };
        self.retry_at = ahead(self.retry_at);
        self.not_before = ahead(self.not_before);
        if let Some(turn) = &mut self.turn {
            turn.due = ahead(turn.due);
            turn.settling.iter_mut().for_each(|settling| settling.until = ahead(settling.until));
        }
        self.patience = self.patience.map(ahead);
        self.attempts = self.attempts.min(grid.many);
        self.newest = self.newest.map(|(iat, came)| {
            let came = (came + MONO).saturating_sub(mono).max(MONO - grid.past);
            ((iat - wall).max(grid.oldest()), came)
        });
        if let Some(held) = &mut self.token {
            held.tell_from_now(mono, wall, grid);
        }
        let at_hand = self.token.map(|held| held.facts.id);
        self.warned = self.warned.filter(|warned| at_hand == Some(*warned));
        plain(&mut self.error);
    }
}

impl Held {
    fn tell_from_now(&mut self, mono: u64, wall: i64, grid: Grid) {
        let dead = self.expires.mono <= mono;
        let oldest = grid.oldest();
        let iat = self.facts.iat.unwrap_or(0);
        let by = if dead || iat - wall < oldest { iat - oldest } else { wall };
        self.facts.iat = self.facts.iat.map(|iat| iat - by);
        self.facts.exp = self.facts.exp.map(|exp| exp - by);
        self.came = (self.came + MONO).saturating_sub(mono).max(MONO - grid.past);
        self.aged = self.aged.min(grid.past as i64);
        if dead {
            self.expires = Expiry { mono: MONO, wall: WALL };
            (self.forced, self.landing, self.came, self.aged) = (false, 0, MONO - grid.past, 0);
        } else if self.expires.wall == NEVER {
            // Nobody who schedules is given it, and nothing refreshes it.
            (self.expires.mono, self.came) = (MONO + (NEVER - WALL) as u64, MONO - grid.past);
        } else {
            self.expires = Expiry { mono: self.expires.mono - mono + MONO, wall: self.expires.wall - wall };
        }
    }
}

fn plain(error: &mut Option<Error>) {
    if error.is_some_and(|error| error.code.retryable()) {
        *error = Some(Error::plain(Code::GaveUp, "Something passing."));
    }
}
