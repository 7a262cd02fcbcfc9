//! Who waits, and when they are answered with what.

use super::config::{CONSUMER_LEEWAY, OUTER_LIMIT, UNSCHEDULABLE_LIFE};
use super::error::{Code, Detail, Error};
use super::fault::planted;
use super::input::{Ask, Style, WaiterId};
use super::machine::Machine;
use super::name::{Name, same};
use super::output::{Event, Outcome, Output, Task};
use super::pin::Status;
use super::slot::{Phase, Slot, Waiter};
use super::token::{Held, TokenFacts, TokenId};

/// So many used tokens in a row, and a used one is handed on: better a late refresh than none.
const RESIGN_AFTER: u32 = 3;

/// Can Convex plan a refresh by this token? One that it cannot is never handed to it.
pub(super) fn is_schedulable(facts: &TokenFacts) -> bool {
    facts.life().is_some_and(|life| life > UNSCHEDULABLE_LIFE)
}

impl Machine {
    pub(super) fn waiter(&self, ask: Ask) -> Waiter {
        let fetch = ask.style == Style::Fetch;
        let limit = if fetch { OUTER_LIMIT } else { ask.timeout.unwrap_or(self.config.timeout) };
        let patient = fetch || limit >= self.config.timeout;
        let slot = self.find_slot(ask.template);
        // What `fetchToken` gave last, or what the caller names; else what is at hand.
        let named = if fetch { slot.and_then(|slot| slot.handed) } else { ask.replaces };
        let at_hand = slot.and_then(|slot| slot.token.as_ref()).map(|held| held.facts.id);
        let wants_another = ask.forced || ask.style == Style::Claims;
        Waiter {
            id: ask.waiter,
            account: ask.account,
            style: ask.style,
            forced: ask.forced,
            replaces: named.or(at_hand).filter(|_| wants_another),
            // Convex schedules by the token's whole life, so what it gets must be nearly new.
            max_age: fetch.then(|| (self.consumer_leeway(ask.template) / 2) as i64),
            since: self.landing,
            until: self.clock.awake + limit,
            online_until: fetch.then(|| self.clock.online + self.config.give_up_after),
            patient,
            phase: if ask.forced && fetch { self.pace(slot, ask.template) } else { Phase::Wanting },
            rounds: 0,
            template: ask.template,
        }
    }

    /// Convex asks again at once when a token lives no longer than its leeway: half of such a life is waited out.
    fn pace(&self, slot: Option<&Slot>, template: Option<Name>) -> Phase {
        let Some(held) = slot.and_then(|slot| slot.token.filter(|held| slot.handed == Some(held.facts.id))) else {
            return Phase::Wanting;
        };
        let short = held.facts.life().filter(|life| *life <= self.consumer_leeway(template) as i64);
        let half = held.came + short.map_or(0, |life| life.max(0) as u64 / 2);
        if half > self.clock.now.mono { Phase::Resting(half) } else { Phase::Wanting }
    }

    pub(super) fn consumer_leeway(&self, template: Option<Name>) -> u64 {
        self.consumers.iter().find(|(key, _)| same(*key, template)).map_or(CONSUMER_LEEWAY, |(_, leeway)| *leeway)
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        let ready = ask.style == Style::Ready;
        if !ready {
            self.stats.asked += 1;
            if ask.account != self.account.id {
                let outcome = self.ended_outcome(ask.style);
                return self.settle(ask.waiter, outcome);
            }
        }
        self.slot(ask.template);
        if self.is_under_way(ask.template) {
            self.stats.coalesced += 1;
        }
        let waiter = self.waiter(ask);
        if let Some(id) = self.reap_seed(&waiter) {
            return self.settle(waiter.id, Outcome::Token(id));
        }
        self.waiters.push(waiter);
        if ask.style == Style::Claims {
            self.start_round(self.waiters.len() - 1);
        }
    }

    /// The server-rendered token answers the first unforced ask, and no other.
    fn reap_seed(&mut self, waiter: &Waiter) -> Option<TokenId> {
        let asks = matches!(waiter.style, Style::Token | Style::Access | Style::Fetch) && !waiter.forced;
        let stands = matches!(self.pin.status, Status::Unknown | Status::SignedIn);
        if !asks || !stands || !same(waiter.template, self.config.template) {
            return None;
        }
        let seed = self.seed.as_ref()?;
        let id = seed.facts.id;
        let fetch = waiter.style == Style::Fetch;
        let good = !seed.suspect && seed.is_live(self.clock.now) && (!fetch || is_schedulable(&seed.facts));
        self.seed = None;
        if good && fetch {
            self.slot(waiter.template).handed = Some(id);
        }
        good.then_some(id)
    }

    pub(super) fn cancel(&mut self, id: WaiterId) {
        let error = Error::plain(Code::Aborted, "The caller's signal was aborted.");
        if let Some(index) = self.waiters.iter().position(|waiter| waiter.id == id) {
            self.waiters.remove(index);
            self.settle(id, Outcome::Reject(error));
        }
    }

    /// The answer that a waiter can be given now.
    pub(super) fn verdict(&self, waiter: &Waiter) -> Option<Outcome> {
        let late = self.is_late(waiter);
        let slot = self.find_slot(waiter.template);
        if waiter.style == Style::Ready {
            let known = self.pin.status != Status::Unknown;
            return known.then_some(Outcome::Done).or_else(|| late.then(|| Outcome::Reject(self.why_none(slot))));
        }
        match self.pin.status {
            Status::Lost => return Some(self.without(waiter.style, Code::SessionLost)),
            Status::SignedOut => {
                let probing = self.learns() && slot.is_none_or(|slot| slot.failed <= waiter.since) && !late;
                return (!probing).then(|| self.without(waiter.style, Code::SignedOut));
            }
            Status::SignedIn if waiter.phase == Phase::Wanting => {
                if let Some(id) = slot.and_then(|slot| self.satisfies(waiter, slot)) {
                    return Some(Outcome::Token(id));
                }
                // Nothing but a change of configuration will help: say so at once.
                let hopeless = slot.filter(|slot| slot.attempts > 1 && waiter.style != Style::Fetch);
                if let Some(error) = hopeless.and_then(|slot| slot.error).filter(|error| !error.code.retryable()) {
                    return Some(Outcome::Reject(error));
                }
            }
            _ => {}
        }
        late.then(|| self.too_late(waiter, slot))
    }

    fn is_late(&self, waiter: &Waiter) -> bool {
        !(planted!(ForgetDeadline) && waiter.phase == Phase::Reloading)
            && (waiter.until <= self.clock.awake || waiter.online_until.is_some_and(|until| until <= self.clock.online))
    }

    fn satisfies(&self, waiter: &Waiter, slot: &Slot) -> Option<TokenId> {
        let now = self.clock.now;
        let held = slot.token.as_ref().filter(|held| held.is_live(now))?;
        let landed = held.landing > waiter.since;
        let answers = if waiter.forced {
            let young = !held.suspect && waiter.max_age.is_some_and(|most| held.age(now) <= most);
            let resigned = waiter.max_age.is_none() || slot.attempts > RESIGN_AFTER;
            // Refused at a server, while somebody else's refusal has brought a new one already.
            let young = young
                || waiter.style == Style::Token && waiter.replaces.is_some() && held.is_usable(now, self.config.leeway);
            waiter.replaces != Some(held.facts.id) && (young || landed && held.forced && resigned)
                || planted!(ServeReplaced) && waiter.template.is_some()
        } else {
            // A live token that no attempt could better is better than none.
            held.is_usable(now, self.config.leeway) || landed || slot.attempts > 0
        };
        (answers && (waiter.style != Style::Fetch || is_schedulable(&held.facts))).then_some(held.facts.id)
    }

    fn too_late(&self, waiter: &Waiter, slot: Option<&Slot>) -> Outcome {
        let live = slot.and_then(|slot| slot.token.as_ref()).filter(|held| held.is_live(self.clock.now));
        let serves = |held: &&Held| match waiter.style {
            Style::Fetch => is_schedulable(&held.facts),
            Style::Claims => false,
            _ => !waiter.forced,
        };
        match (live.filter(serves), waiter.style) {
            (Some(held), _) => Outcome::Token(held.facts.id),
            (None, Style::Fetch) => Outcome::Null,
            (None, Style::Claims) => {
                let detail = Detail::Count(&["The claims were not as wanted after ", " refreshes."], waiter.rounds);
                Outcome::Reject(Error { code: Code::ClaimsTimeout, detail })
            }
            (None, _) => Outcome::Reject(self.why_none(slot)),
        }
    }

    /// Why there is no token, when time is up.
    fn why_none(&self, slot: Option<&Slot>) -> Error {
        if let Some(error) = slot.and_then(|slot| slot.error) {
            return error;
        }
        if self.pin.status == Status::Unknown && !self.learns() {
            return Error::plain(Code::SourceNotReady, "The source has not told yet who is signed in.");
        }
        Error::plain(Code::SourceTimeout, "The source did not answer in time.")
    }

    fn without(&self, style: Style, code: Code) -> Outcome {
        match style {
            Style::Fetch => Outcome::Null,
            Style::Access if code == Code::SignedOut => Outcome::Null,
            _ => {
                let message = match code {
                    Code::SignedOut => "Nobody is signed in.",
                    _ => "The session of this tab has ended, and others are signed in.",
                };
                Outcome::Reject(Error::plain(code, message))
            }
        }
    }

    /// Answers everybody who can be answered.
    #[inline(never)]
    pub(super) fn answer(&mut self) {
        let mut leaves = false;
        while let Some(index) = self.waiters.iter().position(|waiter| self.has_believed_null(waiter)) {
            let waiter = self.waiters.remove(index);
            self.settle(waiter.id, self.without(waiter.style, Code::SignedOut));
            leaves = true;
        }
        if leaves {
            self.leave();
        }
        let mut index = 0;
        while let Some(waiter) = self.waiters.get(index) {
            let verdict = self.verdict(waiter);
            if let (Style::Claims, Some(Outcome::Token(id))) = (waiter.style, verdict) {
                let waiter = waiter.id;
                self.waiters[index].phase = Phase::Judging(id);
                self.put(Output::Judge(waiter, id));
                index += 1;
            } else if let Some(outcome) = verdict {
                let waiter = self.waiters.remove(index);
                self.hand_out(&waiter, outcome);
            } else {
                index += 1;
            }
        }
    }

    /// Has a bare function answered nothing but null, over and over, through this waiter's whole budget? Then it is
    /// believed: the tab is signed out.
    fn has_believed_null(&self, waiter: &Waiter) -> bool {
        let slot = self.find_slot(waiter.template);
        let nulls = slot.and_then(|slot| slot.nulls).map_or(0, |(count, _)| count);
        let asked = self.learns() && self.pin.status == Status::SignedIn && waiter.style != Style::Ready;
        asked && nulls > 1 && waiter.patient && self.is_late(waiter)
    }

    fn hand_out(&mut self, waiter: &Waiter, outcome: Outcome) {
        if waiter.style == Style::Fetch && self.pin.status != Status::SignedOut && self.pin.status != Status::Lost {
            self.note_fetch(waiter, &outcome);
        }
        if let Outcome::Reject(error) = &outcome
            && matches!(waiter.style, Style::Token | Style::Access)
            && error.code.retryable()
        {
            let (now, known) = (self.clock.now, self.pin.status == Status::SignedIn);
            let slot = self.slot(waiter.template);
            if slot.token.is_none_or(|held| held.suspect || !held.is_live(now)) {
                slot.owed = true;
                if known && slot.error.is_none() {
                    slot.error = Some(*error);
                }
            }
        }
        self.settle(waiter.id, outcome);
    }

    /// `fetchToken` remembers what it gave, and when it had nothing new to give.
    fn note_fetch(&mut self, waiter: &Waiter, outcome: &Outcome) {
        let fresh = match outcome {
            Outcome::Token(id) => !waiter.forced || waiter.replaces != Some(*id),
            _ => false,
        };
        let known = self.find_slot(waiter.template);
        let error = self.unschedulable(known).unwrap_or_else(|| self.why_none(known));
        let slot = self.slot(waiter.template);
        if let Outcome::Token(id) = outcome {
            slot.handed = Some(*id);
        }
        if !fresh {
            slot.gave_up = true;
            self.tell(Event::GaveUp { error });
        }
    }

    fn unschedulable(&self, slot: Option<&Slot>) -> Option<Error> {
        let held = slot?.token.as_ref().filter(|held| !is_schedulable(&held.facts))?;
        let claim = match (held.facts.iat, held.facts.exp) {
            (None, _) => "Convex cannot schedule by the token: it has no `iat`.",
            (_, None) => "Convex cannot schedule by the token: it has no `exp`.",
            _ => "Convex cannot schedule by the token: `exp` is 2 s or less after `iat`.",
        };
        Some(Error::plain(Code::TokenMalformed, claim))
    }

    fn start_round(&mut self, index: usize) {
        let waiter = &mut self.waiters[index];
        waiter.forced = true;
        waiter.since = self.landing;
        waiter.rounds += 1;
        waiter.phase = Phase::Wanting;
        if let Some(session) = self.pin.session
            && self.config.source.reload
            && self.pin.status == Status::SignedIn
        {
            waiter.phase = Phase::Reloading;
            let id = waiter.id;
            self.errand(Task::Reload, session, Some(id));
        }
    }

    /// `waitForClaims` has looked: enough, or another round after a rest.
    pub(super) fn judged(&mut self, id: WaiterId, satisfied: bool) {
        let Some(index) = self.waiters.iter().position(|waiter| waiter.id == id) else { return };
        let Phase::Judging(token) = self.waiters[index].phase else { return };
        if satisfied {
            self.waiters.remove(index);
            return self.settle(id, Outcome::Token(token));
        }
        let rest = (250u64 << self.waiters[index].rounds.min(3)) + u64::from(self.clock.now.roll >> 8);
        self.waiters[index].phase = Phase::Resting(self.clock.now.mono + rest);
        self.waiters[index].replaces = Some(token);
    }

    /// Those who have rested start another round.
    pub(super) fn end_rests(&mut self) {
        for index in 0..self.waiters.len() {
            let waiter = &mut self.waiters[index];
            if matches!(waiter.phase, Phase::Resting(at) if at <= self.clock.now.mono) {
                waiter.phase = Phase::Wanting;
                if waiter.style == Style::Claims {
                    self.start_round(index);
                }
            }
        }
    }
}
