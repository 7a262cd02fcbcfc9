//! Who this tab is: carries out the pin's steps, and ends accounts.

use super::clock::NEVER;
use super::config::ABANDON_AFTER;
use super::error::{Code, Detail, Error};
use super::fault::planted;
use super::input::{ErrandId, Failure, Style, WaiterId};
use super::machine::Machine;
use super::name;
use super::output::{Account, Event, Outcome, Output, Task};
use super::pin::{Cause, Move, Status, Step, Stored};
use super::session::{SessionRef, View};
use super::slot::{Errand, Phase, Waiter};
use super::token::{Expiry, Held, Origin, TokenFacts};

impl Machine {
    /// The source says something: the pin's table decides what follows.
    pub(super) fn see(&mut self, view: View) {
        self.view = view;
        if self.learns() {
            return;
        }
        if self.view.is_known() {
            self.look = None;
        }
        let step = self.pin.step(&self.view, self.config.source.per_tab, self.is_selecting());
        self.take(step);
        self.pin.note(&self.view);
        self.follow_variant();
    }

    pub(super) fn take(&mut self, step: Step) {
        match step {
            Step::Stay => {}
            Step::Adopt(session, cause) => {
                self.adopt(session, cause);
                // The user's own moves only: sources that disagree would send each other to and fro for ever.
                let more = planted!(ShareRenewed) && cause == Cause::Renewed && self.view.sessions.is_some();
                if cause == Cause::Switched || more {
                    self.put(Output::Share(Move::Pinned(session)));
                }
            }
            Step::Lose(session) => self.lose(session),
            Step::Leave => self.leave(),
        }
    }

    pub(super) fn adopt(&mut self, session: SessionRef, cause: Cause) {
        let provisional = self.pin.status == Status::Unknown;
        let same = self.account.session.is_some_and(|old| old.is(session));
        let variant = match self.view.find(session) {
            Some(seen) => seen.variant,
            // A source that cannot list its sessions tells nothing new of this one.
            None => self.account.variant.filter(|_| same),
        };
        if self.account.session.is_some() && !(same && (provisional || name::same(self.account.variant, variant))) {
            self.end_account();
        }
        self.account.session = Some(session);
        self.account.variant = variant;
        let previous = self.pin.session.replace(session).filter(|_| !provisional);
        self.pin.status = Status::SignedIn;
        self.pin.barrier = None;
        self.remember();
        let elsewhere = self.view.is_known() && !self.view.current().is_some_and(|now| now.is(session));
        if elsewhere && self.config.source.select {
            self.errand(Task::Select, session, None);
        }
        self.tell(Event::Pinned { session, previous, cause });
    }

    /// The pin is alive: writes it, and the moment by the provider's clock as far as that is known, to storage.
    pub(super) fn remember(&mut self) {
        let seen = self.clock.now.wall - self.clock.skew();
        self.pin.stored = self.pin.session.map(|session| Stored { session, seen });
        self.put(Output::Store(self.pin.stored));
    }

    fn lose(&mut self, session: SessionRef) {
        self.pin.status = Status::Lost;
        self.pin.session = Some(session);
        self.end_account();
        self.reset_slots();
        let error = Error {
            code: Code::SessionLost,
            detail: Detail::About(&["Session ", " has ended, and others are signed in."], session.name()),
        };
        self.tell(Event::Lost { session, error });
    }

    /// Nobody is signed in any more, as far as this tab goes.
    pub(super) fn leave(&mut self) {
        let gone = self.pin.session.take();
        let known = self.pin.status != Status::Unknown;
        self.pin.status = Status::SignedOut;
        self.pin.barrier = None;
        self.end_account();
        self.put(Output::Store(None));
        if let Some(session) = gone.filter(|_| known) {
            self.tell(Event::SignedOut { session });
        }
    }

    /// The provider does not know the session, or so it says. The source reads it again, and what the source says then
    /// is believed.
    pub(super) fn doubt(&mut self) {
        let Some(session) = self.pin.session.filter(|_| self.pin.status == Status::SignedIn && !self.learns()) else {
            return;
        };
        if planted!(BelieveNotFound) && self.view.sessions.is_none() && !self.config.source.reload {
            self.leave();
        } else if !self.config.source.reload {
            self.put(Output::Look);
        } else if !self.errands.iter().any(|errand| errand.task == Task::Reload && errand.waiter.is_none()) {
            self.errand(Task::Reload, session, None);
        }
    }

    /// The account ends: nobody who asked as it is answered with a token any more. Without a session it lives on.
    fn end_account(&mut self) {
        self.seed = None;
        self.outdated.clear();
        if self.account.session.is_none() {
            return;
        }
        // What was put off in a prerendered page may begin and end it at once.
        self.tell_account();
        self.put(Output::Ended(self.account.id));
        let id = self.account.id + 1;
        self.account = Account { id, session: None, variant: None };
        if planted!(Rebind) {
            let resting = |waiter: &&mut Waiter| matches!(waiter.phase, Phase::Resting(_));
            self.waiters.iter_mut().filter(resting).for_each(|waiter| waiter.account = id);
        }
        for waiter in &std::mem::take(&mut self.waiters) {
            if waiter.account == id || waiter.style == Style::Ready {
                self.waiters.push(*waiter);
            } else {
                let outcome = self.ended_outcome(waiter.style);
                self.settle(waiter.id, outcome);
            }
        }
        self.drop_slots();
        for flight in &std::mem::take(&mut self.flights) {
            self.put(Output::Abort(flight.id));
        }
    }

    /// What somebody who asked as an account that has ended is told.
    pub(super) fn ended_outcome(&self, style: Style) -> Outcome {
        match style {
            Style::Fetch => Outcome::Null,
            Style::Access if self.pin.status == Status::SignedOut => Outcome::Null,
            _ => Outcome::Reject(Error::plain(
                Code::AccountChanged,
                "The account that was asked for is no longer this tab's.",
            )),
        }
    }

    /// Another organization or role: the account ends, the pin stays.
    fn follow_variant(&mut self) {
        let Some(pin) = self.pin.session.filter(|_| self.pin.status == Status::SignedIn) else { return };
        let Some(variant) = self.view.find(pin).map(|seen| seen.variant) else { return };
        if !name::same(variant, self.account.variant) {
            let outdated = self.token_ids();
            self.end_account();
            self.outdated = outdated;
            self.account.session = Some(pin);
            self.account.variant = variant;
        }
    }

    /// `pin`: the user has chosen.
    pub(super) fn pin_asked(&mut self, waiter: WaiterId, session: SessionRef) {
        let known = self.view.sessions.is_none() || self.view.find(session).is_some();
        if !known {
            let error = Error {
                code: Code::SessionLost,
                detail: Detail::About(&["Session ", " is not signed in to this browser."], session.name()),
            };
            return self.settle(waiter, Outcome::Reject(error));
        }
        let session = self.view.find(session).map_or(session, |seen| seen.session);
        self.adopt(session, Cause::Asked);
        self.put(Output::Share(Move::Pinned(session)));
        match self.errands.iter_mut().rev().find(|errand| errand.task == Task::Select && errand.waiter.is_none()) {
            Some(errand) => errand.waiter = Some(waiter),
            None => self.settle(waiter, Outcome::Done),
        }
    }

    /// `unpin`: `lost`, until somebody else comes or is chosen.
    pub(super) fn unpin(&mut self) {
        self.put(Output::Store(None));
        if self.pin.status == Status::Unknown {
            self.pin.stored = None;
        } else if let Some(session) = self.pin.session.filter(|_| self.pin.status == Status::SignedIn) {
            self.pin.bar(&self.view, true);
            self.lose(session);
        }
    }

    /// Sign-out here: the account ends first, then the provider is told.
    pub(super) fn sign_out(&mut self, waiter: WaiterId) {
        let stored = self.pin.stored.map(|stored| stored.session);
        let session = self.pin.session.or(stored.filter(|_| self.pin.status == Status::Unknown));
        self.put(Output::Share(Move::SignedOut));
        self.fence();
        match session.filter(|_| self.config.source.sign_out) {
            Some(session) => self.errand(Task::SignOut, session, Some(waiter)),
            None => self.settle(waiter, Outcome::Done),
        }
    }

    /// The account ends; whoever is signed in now is not adopted without being asked for.
    pub(super) fn fence(&mut self) {
        self.pin.bar(&self.view, false);
        let barrier = self.pin.barrier.take();
        self.leave();
        self.pin.barrier = barrier;
    }

    /// Another instance in this document moved the pin: this one goes along.
    pub(super) fn follow(&mut self, moved: Move) {
        let ours = self.pin.session.filter(|_| self.pin.status == Status::SignedIn);
        match moved {
            Move::Pinned(session) if ours.is_some_and(|ours| ours.is(session)) => {}
            Move::Pinned(session) => self.adopt(session, Cause::Switched),
            Move::SignedOut => self.fence(),
            Move::Unpinned => self.unpin(),
        }
    }

    pub(super) fn errand(&mut self, task: Task, session: SessionRef, waiter: Option<WaiterId>) {
        let id = self.id();
        let limit = if waiter.is_some() && task == Task::SignOut { self.config.timeout } else { ABANDON_AFTER };
        self.errands.push(Errand { id, task, waiter, until: self.clock.awake + limit });
        self.put(Output::Errand(id, task, session));
    }

    /// While the source is asked to select the pin, it may mint for somebody else.
    pub(super) fn is_selecting(&self) -> bool {
        self.errands.iter().any(|errand| errand.task == Task::Select)
    }

    /// An errand came back, or took too long.
    pub(super) fn done(&mut self, id: ErrandId, result: Result<(), Failure>) {
        let Some(errand) = self.take_errand(id) else { return };
        let Some(waiter) = errand.waiter else {
            if errand.task == Task::Reload {
                self.put(Output::Look);
            }
            return;
        };
        if errand.task == Task::Reload {
            // Claims are judged by the token; a reload that failed only makes that take longer.
            if let Some(waiting) = self.waiters.iter_mut().find(|other| other.id == waiter) {
                waiting.phase = Phase::Wanting;
                waiting.since = self.landing;
            }
            return;
        }
        let outcome = match result {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::Reject(super::mint::classify(&failure)),
        };
        self.settle(waiter, outcome);
    }

    /// A server-rendered token: its account is provisional until the source confirms it.
    pub(super) fn sow(&mut self, seed: Result<TokenFacts, &'static str>) {
        let checked = seed.map_err(super::mint::malformed).and_then(|facts| self.check_seed(facts));
        match checked {
            Ok(facts) => {
                if self.pin.status == Status::Unknown && self.account.session.is_none() {
                    let session = |user_id| SessionRef { session_id: facts.sid, user_id, started_at: None };
                    let session = self.pin.stored.map(|stored| stored.session).or(facts.sub.map(session));
                    self.pin.session = session;
                    self.account.session = session;
                }
                let now = self.clock.now;
                let template = self.config.template;
                let slot = self.slot(template);
                if slot.token.as_ref().is_some_and(|held| held.is_live(now)) {
                    // Too late: it is for the first answer, until there is a token of the source's.
                    return;
                }
                let (_, signed) = slot.advance(facts.iat, now.mono);
                let expires = Expiry::at(now, self.clock.local_expiry(&facts, signed));
                self.tell(Event::Token { origin: Origin::Initial, expires_at: expires.wall });
                let aged = self.clock.age(&facts);
                self.seed = Some(Held::given(facts, expires, now, aged));
            }
            Err(error) => {
                self.stats.refused += 1;
                self.tell(Event::Refused { origin: Origin::Initial, error });
            }
        }
    }

    fn check_seed(&mut self, facts: TokenFacts) -> Result<TokenFacts, Error> {
        if facts.sub.is_none() {
            return Err(super::mint::malformed("it has no `sub`"));
        }
        self.check_issuer(&facts)?;
        self.check_variant(&facts)?;
        let stored = self.pin.stored.map(|stored| stored.session);
        let (ours, anybody) = match self.pin.status {
            Status::Unknown => (self.pin.session.or(stored), true),
            Status::SignedIn => (self.pin.session, false),
            Status::SignedOut | Status::Lost => (None, false),
        };
        let belongs = |session: SessionRef| session.belongs(facts.sub, facts.sid);
        let foreign = !ours.map_or(anybody, belongs);
        if foreign {
            return Err(self.wrong_account(&facts));
        }
        let left = facts.exp.map_or(NEVER, |exp| exp - self.clock.now.wall);
        let template = self.config.template;
        let mono = self.clock.now.mono;
        self.slot(template).advance(facts.iat, mono);
        if left <= 0 {
            return Err(super::mint::expired(left));
        }
        Ok(facts)
    }
}
