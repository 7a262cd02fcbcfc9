//! What comes back from the source: judged, accepted or refused.

use super::clock::ANOTHER_SECOND;
use super::config::PROBE_AFTER;
use super::error::{Code, Detail, Error, seconds};
use super::fault::planted;
use super::input::{Answer, Failure, FlightId, Style};
use super::machine::Machine;
use super::name::{Name, same};
use super::output::Event;
use super::pin::{Status, Step};
use super::session::SessionRef;
use super::slot::Flight;
use super::token::{Expiry, Held, Origin, TokenFacts};

/// Longer than this nobody is made to wait by a `Retry-After`.
const LONGEST_RETRY_AFTER: u64 = 300_000;

impl Machine {
    pub(super) fn minted(&mut self, id: FlightId, answer: Answer) {
        let Some(index) = self.flights.iter().position(|flight| flight.id == id) else { return };
        let flight = self.flights.remove(index);
        self.landing += 1;
        if !flight.abandoned {
            let network = matches!(answer, Answer::Failed(Failure { network: true, .. }));
            self.set_online(self.online, network);
        }
        match answer {
            Answer::Token(facts) => self.land(&flight, facts),
            // Another attempt is under way already, or planned: only a token is still of use, and what the provider
            // wants put off.
            Answer::Failed(Failure { retry_after: Some(after), .. }) if flight.abandoned => {
                let until = self.clock.now.mono + after.min(LONGEST_RETRY_AFTER);
                let slot = self.slot(flight.template);
                if slot.attempts > 0 {
                    slot.not_before = slot.not_before.max(until);
                    slot.retry_at = slot.retry_at.max(until);
                }
            }
            _ if flight.abandoned => {}
            Answer::Null => self.null(&flight),
            Answer::Undefined => {
                let error = Error::plain(Code::SourceNotReady, "The source answered undefined: it does not know yet.");
                self.fail(&flight, error, None);
            }
            Answer::Malformed(reason) => self.refuse(&flight, malformed(reason), None),
            Answer::Failed(failure) => {
                if matches!(failure.status, Some(401 | 404)) {
                    self.doubt();
                }
                let missing = flight.template.filter(|_| failure.status == Some(404));
                let error = missing.map_or_else(|| classify(&failure), no_such_template);
                self.fail(&flight, error, failure.retry_after);
            }
        }
    }

    fn land(&mut self, flight: &Flight, facts: TokenFacts) {
        self.set_online(true, false);
        let step = match self.judge(&facts) {
            Ok(step) => step,
            Err(_) if planted!(AcceptAnybody) && flight.abandoned => Step::Stay,
            Err(error) => return self.refuse(flight, error, None),
        };
        let now = self.clock.now;
        let slot = self.slot(flight.template);
        let (advanced, signed) = slot.advance(facts.iat, now.mono);
        // Were the token itself to teach the skew first, a used one would look new on a fast clock.
        let aged = self.clock.age(&facts);
        if let Some(iat) = facts.iat.filter(|_| !flight.suspect) {
            // Told to bypass its caches, a source may still not do so: only a newer `iat` proves a new token.
            self.clock.learn(iat, (flight.forced && advanced).then_some(flight.asked));
        }
        let expires = Expiry::at(now, self.clock.local_expiry(&facts, signed));
        if expires.left(now) <= 0 {
            // Within one second a source that signs anew still signs the same.
            let after = (!advanced).then_some(ANOTHER_SECOND);
            return self.refuse(flight, expired(expires.left(now)), after);
        }
        // A token that is refused tells nothing, so only now.
        self.take(step);
        if self.pin.status == Status::Lost {
            return;
        }
        let slot = self.slot(flight.template);
        let newer = |held: &Held| {
            let older = facts.iat.zip(held.facts.iat).is_some_and(|(new, old)| new < old);
            held.facts.id != facts.id && !(held.is_live(now) && older)
        };
        if !slot.token.as_ref().is_none_or(newer) {
            return self.not_newer(flight);
        }
        let held = Held {
            facts,
            expires,
            came: now.mono,
            aged,
            forced: flight.forced && !flight.suspect,
            minted: true,
            landing: self.landing,
            suspect: flight.suspect,
        };
        self.publish(flight.template, &held);
        self.accept(flight.template, held, Origin::Minted);
    }

    /// Whose token, by whose issuer? A source that only mints tells by it who is signed in: the step for the pin.
    fn judge(&self, facts: &TokenFacts) -> Result<Step, Error> {
        if facts.sub.is_none() {
            return Err(malformed("it has no `sub`"));
        }
        self.check_issuer(facts)?;
        self.check_variant(facts)?;
        if self.learns() {
            return self.pin.learn(facts).ok_or_else(|| self.wrong_account(facts));
        }
        let session = self.pin.session.as_ref();
        let ours = session.is_some_and(|session| session.belongs(facts.sub, facts.sid));
        if ours { Ok(Step::Stay) } else { Err(self.wrong_account(facts)) }
    }

    pub(super) fn check_issuer(&self, facts: &TokenFacts) -> Result<(), Error> {
        let issuers = &self.config.issuers;
        if Name::is_among(facts.iss, issuers) {
            return Ok(());
        }
        let detail = Detail::Differs(facts.iss, Name::joined(issuers, " or "));
        Err(Error { code: Code::IssuerMismatch, detail })
    }

    /// Claims do not tell the variant, but a token from before the change is known.
    pub(super) fn check_variant(&self, facts: &TokenFacts) -> Result<(), Error> {
        #[expect(clippy::manual_contains, reason = "for numbers that has a fast path, which is larger")]
        let outdated = self.outdated.iter().any(|id| *id == facts.id);
        if !outdated {
            return Ok(());
        }
        let sentence = "The token is from before the session's organization or role changed.";
        Err(Error::plain(Code::TokenNotNewer, sentence))
    }

    pub(super) fn wrong_account(&self, facts: &TokenFacts) -> Error {
        let ours = self.pin.session.map(SessionRef::name);
        Error { code: Code::WrongAccount, detail: Detail::Differs(facts.sid.or(facts.sub), ours) }
    }

    /// The source answered with the token that it was to replace, or with one from before it.
    fn not_newer(&mut self, flight: &Flight) {
        if flight.abandoned {
            // A late answer; the next attempt is under way.
            return;
        }
        let wait = self.clock.next_second();
        let attempts = self.slot(flight.template).attempts;
        let backoff = self.clock.backoff(attempts, self.online);
        let at = self.clock.now.mono + if flight.forced { wait.max(backoff) } else { 0 };
        let slot = self.slot(flight.template);
        slot.distrust = true;
        slot.attempts += 1;
        slot.retry_at = at;
        slot.nulls = None;
        if flight.forced {
            slot.error = Some(Error::plain(
                Code::TokenNotNewer,
                "The source answered with no newer token than it had given before.",
            ));
        }
    }

    /// A token that has been checked, from wherever it came.
    pub(super) fn accept(&mut self, template: Option<Name>, held: Held, origin: Origin) {
        let expires_at = held.expires.wall;
        let now = self.clock.now;
        let schedulable = super::ask::is_schedulable(&held.facts);
        // A used token of another tab's is no fault of the source's; but who must have a new one waits on as before.
        let adopted = origin == Origin::Adopted;
        let calls = || {
            let fetches =
                self.waiters.iter().filter(|other| other.style == Style::Fetch && same(other.template, template));
            fetches.filter(|other| other.forced || !adopted)
        };
        let youth = if adopted { i64::MAX } else { (self.consumer_leeway(template) / 2) as i64 };
        let young = held.age(now) <= calls().filter_map(|call| call.max_age).fold(youth, i64::min);
        let awaited = calls().next().is_some();
        let slot = self.slot(template);
        let good = young && (schedulable || !(awaited || slot.gave_up));
        // A source that hands out used or useless tokens is asked past its cache, but not in a loop.
        let attempts = if good { 0 } else { slot.attempts + 1 };
        let pause = ANOTHER_SECOND.max(self.clock.backoff(attempts, self.online));
        let slot = self.slot(template);
        let recovered = slot.gave_up && schedulable;
        slot.gave_up &= !recovered;
        slot.token = Some(held);
        slot.owed = false;
        if same(template, self.config.template) {
            self.seed = None;
        }
        let slot = self.slot(template);
        if good || !adopted {
            slot.attempts = attempts;
            slot.retry_at = if good { 0 } else { now.mono + pause };
            slot.not_before = 0;
            slot.error = None;
            slot.nulls = None;
            slot.distrust = !good;
            slot.probe = false;
        }
        let counter = if adopted { &mut self.stats.adopted } else { &mut self.stats.minted };
        *counter += 1;
        self.remember();
        self.tell(Event::Token { origin, expires_at });
        if recovered {
            self.tell(Event::Recovered);
        }
    }

    fn refuse(&mut self, flight: &Flight, error: Error, retry_after: Option<u64>) {
        self.stats.refused += 1;
        self.tell(Event::Refused { origin: Origin::Minted, error });
        if !flight.abandoned {
            self.slot(flight.template).distrust = true;
            self.fail(flight, error, retry_after);
        }
    }

    fn null(&mut self, flight: &Flight) {
        if let Some(barrier) = self.pin.barrier.as_mut().filter(|_| !self.config.source.current) {
            // Whoever was signed in is gone: the next one is new, even under the same name.
            barrier.known.clear();
        }
        let (awake, landing) = (self.clock.awake, self.landing);
        let slot = self.slot(flight.template);
        let (count, since) = slot.nulls.unwrap_or((0, awake));
        let nulls = Some((count + 1, since));
        slot.nulls = nulls;
        slot.probe = false;
        slot.failed = landing;
        // Nobody known to be signed in: one more probe tells.
        let probing = self.learns() && matches!(self.pin.status, Status::Unknown | Status::Lost);
        if (probing || planted!(BelieveAnyNull) && !self.learns()) && count > 0 {
            return self.leave();
        }
        let error = Error::plain(Code::TokenMissing, "The source answered null.");
        if probing {
            self.retry_in(flight, error, PROBE_AFTER);
        } else {
            self.fail(flight, error, None);
        }
        let slot = self.slot(flight.template);
        slot.nulls = nulls;
        slot.probe = probing;
        if self.learns() && self.pin.status == Status::SignedIn && awake - since >= self.config.give_up_after {
            self.leave();
        }
    }

    /// An attempt brought no token: the next one is planned, and nothing else changes.
    pub(super) fn fail(&mut self, flight: &Flight, error: Error, retry_after: Option<u64>) {
        let after = retry_after.unwrap_or(0).min(LONGEST_RETRY_AFTER);
        let attempt = self.slot(flight.template).attempts + 1;
        let delay = self.clock.backoff(attempt, self.online).max(after);
        let wanted = self.clock.now.mono + after;
        self.retry_in(flight, error, delay);
        self.slot(flight.template).not_before = wanted;
    }

    fn retry_in(&mut self, flight: &Flight, error: Error, delay_ms: u64) {
        self.stats.failed += 1;
        let landing = self.landing;
        let slot = self.slot(flight.template);
        slot.failed = landing;
        slot.attempts += 1;
        slot.nulls = None;
        slot.probe = false;
        slot.error = Some(error);
        if planted!(DropOnFailure) && error.code == Code::SourceNotReady && flight.template.is_some() {
            slot.token = None;
        }
        let attempt = slot.attempts;
        let at = self.clock.now.mono + delay_ms;
        self.slot(flight.template).retry_at = at;
        self.tell(Event::Retry { attempt, delay_ms, error });
    }
}

pub(super) fn malformed(reason: &'static str) -> Error {
    Error { code: Code::TokenMalformed, detail: Detail::Unusable(reason) }
}

pub(super) fn expired(left: i64) -> Error {
    let detail = Detail::Count(&["The token expired ", " s ago."], seconds(-left));
    Error { code: Code::TokenExpired, detail }
}

/// The provider does not know what was asked for, and a template was.
fn no_such_template(template: Name) -> Error {
    let detail = Detail::About(&["The source rejected: HTTP 404 for the template ", "."], template);
    Error { code: Code::SourceRejected, detail }
}

/// A rejection in our words. The provider's code is quoted only where it cannot be anything but a code.
pub(super) fn classify(failure: &Failure) -> Error {
    if failure.network {
        return Error::plain(Code::Offline, "The network failed while the source was asked.");
    }
    let quotable = |code: &Name| is_plain(code.as_str()) || planted!(QuoteDots) && code.as_str().contains('.');
    Error { code: Code::SourceRejected, detail: Detail::Rejected(failure.status, failure.code.filter(quotable)) }
}

/// Short, and made of what codes are made of: no dot, so no JWT.
pub(crate) fn is_plain(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
