//! What follows from the state and the time, whatever led there: run after every input.

use super::config::{ABANDON_AFTER, LATE_ANSWERS};
use super::error::{Code, Error};
use super::fault::planted;
use super::input::Style;
use super::machine::Machine;
use super::name::{Name, same};
use super::output::{Event, Outcome, Output, Task};
use super::pin::Status;
use super::slot::{Flight, Phase, Slot};
use super::token::{Held, TokenId};

impl Machine {
    #[inline(never)]
    pub(super) fn pump(&mut self) {
        if self.disposed {
            return;
        }
        self.abandon();
        self.end_rests();
        self.answer();
        self.look();
        self.introduce();
        self.launch();
        self.warn();
        self.tell_account();
        self.keep_tokens();
        self.tell_snapshot();
    }

    /// What took too long no longer counts as under way.
    pub(super) fn abandon(&mut self) {
        let awake = self.clock.awake;
        while let Some(index) = self.flights.iter().position(|flight| !flight.abandoned && flight.until <= awake) {
            self.flights[index].abandoned = true;
            let flight = self.flights[index];
            let is_late = |other: &&Flight| other.abandoned && same(other.template, flight.template);
            if self.flights.iter().filter(is_late).count() > LATE_ANSWERS
                && let Some(oldest) = self.flights.iter().find(is_late)
            {
                self.abort(oldest.id);
            }
            let error = Error::plain(Code::SourceTimeout, "The source did not answer in time.");
            self.landing += 1;
            self.fail(&flight, error, None);
            self.slot(flight.template).distrust = true;
        }
        while let Some(errand) = self.errands.iter().find(|errand| errand.until <= awake).cloned() {
            let waiter = errand.waiter.filter(|_| errand.task != Task::Reload);
            if let Some(waiter) = waiter {
                self.take_errand(errand.id);
                let error = Error::plain(Code::SourceTimeout, "The source did not do in time what it was asked for.");
                self.settle(waiter, Outcome::Reject(error));
            } else {
                self.done(errand.id, Ok(()));
            }
        }
    }

    /// A source that is loading and cannot call back is looked at again while somebody waits.
    fn look(&mut self) {
        let now = self.clock.now.mono;
        match self.look {
            Some((at, count)) if at <= now => {
                let waits = self.pin.status == Status::Unknown && !self.waiters.is_empty();
                self.look = waits.then(|| (now + (100u64 << count.min(4)), count + 1));
                self.put(Output::Look);
            }
            None if self.pin.status == Status::Unknown && !self.learns() && !self.waiters.is_empty() => {
                self.look = Some((now + 100, 1));
            }
            _ => {}
        }
    }

    /// Starts every mint that is wanted, and calls off those that are not.
    fn launch(&mut self) {
        for index in 0..self.slots.len() {
            self.launch_for(index);
        }
    }

    #[inline(never)]
    fn launch_for(&mut self, index: usize) {
        let now = self.clock.now;
        let template = self.slots[index].template;
        let waits = self.is_awaited(template, false);
        let forced = self.is_awaited(template, true);
        let slot = &self.slots[index];
        let ahead = self.refresh_at(slot).is_some_and(|at| at <= now.mono);
        let goes_on = self.goes_on(slot);
        let wanted = waits || ahead || goes_on || slot.probe;
        let active = self.flights.iter().any(|flight| {
            let passed_over = planted!(MintTwice) && forced && !flight.forced;
            same(flight.template, template) && !flight.abandoned && !passed_over
        });
        if !wanted {
            while let Some(idle) = self.flights.iter().find(|flight| same(flight.template, template)) {
                self.abort(idle.id);
            }
            self.slots[index].patience = None;
            return self.release(index);
        }
        if active {
            return;
        }
        if slot.retry_at > now.mono || !self.may_mint() {
            return self.release(index);
        }
        let suspect = slot.token.as_ref().is_some_and(|held| held.suspect);
        let skip_cache = forced || slot.distrust || suspect || ahead || slot.gave_up;
        if !self.has_turn(index, waits || goes_on) {
            return;
        }
        let flight = self.id();
        self.flights.push(Flight {
            id: flight,
            account: self.account.id,
            template,
            asked: now.wall,
            until: self.clock.awake + ABANDON_AFTER,
            forced: skip_cache,
            suspect: false,
            abandoned: false,
        });
        let session = self.account.session;
        self.put(Output::Mint { flight, session, template, skip_cache });
    }

    /// Does anybody wait for a mint of this template, and, if `forced`, for a new token?
    fn is_awaited(&self, template: Option<Name>, forced: bool) -> bool {
        self.waiters
            .iter()
            .any(|waiter| same(waiter.template, template) && (waiter.forced || !forced) && self.wants(waiter))
    }

    /// Is a mint what this waiter waits for?
    fn wants(&self, waiter: &super::slot::Waiter) -> bool {
        match waiter.style {
            Style::Ready => self.learns() && self.pin.status == Status::Unknown,
            _ => waiter.phase == Phase::Wanting,
        }
    }

    /// Is a token to be had although nobody waits for it any more?
    fn goes_on(&self, slot: &Slot) -> bool {
        let owed = slot.owed && !(planted!(ForgetLate) && slot.template.is_some());
        slot.gave_up || owed && self.config.auto_refresh && self.pin.status == Status::SignedIn
    }

    fn may_mint(&self) -> bool {
        match self.pin.status {
            Status::SignedIn => !self.is_selecting(),
            Status::Unknown | Status::SignedOut | Status::Lost => self.learns(),
        }
    }

    /// When a token is refreshed without being asked for, monotonic ms.
    fn refresh_at(&self, slot: &Slot) -> Option<u64> {
        let schedules_itself = self.consumers.iter().any(|(template, _)| same(*template, slot.template));
        let refreshes = self.config.auto_refresh && !schedules_itself && !self.company.away;
        let held = slot.token.as_ref().filter(|_| refreshes)?;
        if held.expires.wall == super::clock::NEVER || self.pin.status != Status::SignedIn {
            return None;
        }
        let now = self.clock.now;
        if held.suspect {
            return Some(now.mono);
        }
        Some(now.mono + self.until_refresh(held))
    }

    /// A tenth of the life, at most 5 s, before the token stops being usable, so that nobody waits for the new one.
    /// A token that comes nearly dead from the source is still given half of what it has left: no provider is asked in
    /// a loop. Another tab's is replaced in time: nothing else may come of those that it was shared with.
    fn until_refresh(&self, held: &Held) -> u64 {
        let leeway = held.leeway(self.config.leeway);
        let lead = held.facts.life().map_or(leeway, |life| (life / 10).clamp(0, 5_000));
        // Hidden tabs come after visible ones, one after another, and in time all the same.
        let stagger = self.page.hidden.map_or(0, |roll| lead / 4 + ((lead.min(10_000) / 2 * i64::from(roll)) >> 16));
        let long = held.facts.life() > Some(600_000);
        let late = planted!(StaggerPastUse) && self.page.hidden.is_some() && long;
        let lead = if late { -leeway / 2 } else { lead - stagger };
        held.rests_until(lead, self.config.leeway).saturating_sub(self.clock.now.mono)
    }

    /// Tells once that the token at hand is about to go while no attempt brings a new one.
    fn warn(&mut self) {
        let now = self.clock.now;
        let leeway = self.config.leeway;
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let Some(held) = slot.token else { continue };
            let warned = slot.warned == Some(held.facts.id);
            if slot.attempts > 0 && !warned && held.until_ending(now, leeway) <= 0 && held.is_live(now) {
                slot.warned = Some(held.facts.id);
                self.tell(Event::Expiring { expires_at: held.expires.wall });
            }
        }
    }

    pub(super) fn tell_account(&mut self) {
        if self.told.account != self.account {
            self.told.account = self.account;
            self.put(Output::Account(self.account));
        }
    }

    /// The account's tokens that are at hand or have been handed out.
    pub(super) fn token_ids(&self) -> Vec<TokenId> {
        let mut ids = Vec::new();
        for slot in &self.slots {
            ids.extend_from_slice(slot.token.map(|held| held.facts.id).as_slice());
            ids.extend_from_slice(slot.handed.as_slice());
        }
        ids.extend_from_slice(self.seed.map(|held| held.facts.id).as_slice());
        ids
    }

    /// The shell keeps the text of these tokens; what a forced call wants replaced must stay recognisable.
    pub(super) fn keep_tokens(&mut self) {
        let mut kept = self.token_ids();
        kept.extend_from_slice(&self.outdated);
        for waiter in &self.waiters {
            kept.extend_from_slice(waiter.replaces.as_slice());
        }
        if self.told.kept != kept {
            self.told.kept.clone_from(&kept);
            self.put(Output::Keep(kept));
        }
    }

    /// When the timer must fire next, monotonic ms.
    pub fn deadline(&self) -> Option<u64> {
        self.next_due().map(|due| due.max(self.clock.now.mono))
    }

    /// When the timer must fire next, or should have, monotonic ms.
    pub(super) fn next_due(&self) -> Option<u64> {
        if self.disposed {
            return None;
        }
        let now = self.clock.now.mono;
        let leeway = self.config.leeway;
        let mut next = u64::MAX;
        let mut at = |due: u64| next = next.min(due);
        for waiter in &self.waiters {
            at(self.due(waiter.until));
            if let Some(until) = waiter.online_until.filter(|_| self.online) {
                at(now + until.saturating_sub(self.clock.online));
            }
            if let Phase::Resting(due) = waiter.phase {
                at(due);
            }
        }
        self.flights.iter().filter(|flight| !flight.abandoned).for_each(|flight| at(self.due(flight.until)));
        self.errands.iter().for_each(|errand| at(self.due(errand.until)));
        if let Some(due) = self.company.roll_call {
            at(due);
        }
        if let Some(greeting) = self.company.greeting {
            at(greeting.until);
        }
        if let Some((due, _)) = self.look {
            at(due);
        }
        for slot in self.slots.iter().filter(|slot| slot.attempts > 0) {
            // Whatever the next attempt waits for: that the token goes is told in time.
            let unwarned =
                |held: &&Held| slot.warned != Some(held.facts.id) && held.until_ending(self.clock.now, leeway) > 0;
            let told = |held: &&Held| !(planted!(WarnNobody) && held.leeway(leeway) > 10_000 && slot.not_before > now);
            if let Some(held) = slot.token.as_ref().filter(unwarned).filter(told) {
                at(now + held.until_ending(self.clock.now, leeway) as u64);
            }
        }
        for slot in self.slots.iter().filter(|_| self.may_mint()) {
            let active = self.is_under_way(slot.template);
            let waits = self.is_awaited(slot.template, false);
            let refresh = self.refresh_at(slot);
            if let Some(turn) = slot.turn.filter(|_| !active) {
                at(turn.deadline());
            } else if !active && (waits || self.goes_on(slot) || slot.probe) {
                at(slot.retry_at);
            } else if let Some(due) = refresh.filter(|_| !active) {
                at(due.max(slot.retry_at));
            }
        }
        (next < u64::MAX).then_some(next)
    }
}
