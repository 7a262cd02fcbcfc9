//! What an application sees.

use super::input::AccountId;
use super::machine::Machine;
use super::name::Name;
use super::output::{Event, Snapshot, Stats, Where};
use super::pin::Status;
use super::session::{Ambient, sessions};

impl Machine {
    /// The tab as an application sees it.
    pub fn snapshot(&self) -> Snapshot {
        let unpinned = self.account.session.is_none() && self.pin.status == Status::Unknown;
        let template = self.config.template;
        let slot = self.find_slot(template);
        Snapshot {
            status: self.pin.status,
            session: self.pin.session,
            multi_session: self.multi_session(),
            sessions: self.view.sessions.as_deref().map(sessions),
            drifted: self.drift().is_some(),
            online: self.is_online(),
            account_key: (!unpinned).then(|| self.account_key()),
            error: slot.and_then(|slot| slot.error),
        }
    }

    /// The account's key, with the issuer when exactly one is configured.
    pub fn account_key(&self) -> Name {
        let issuer = (self.config.issuers.len() == 1).then(|| self.config.issuers[0]);
        self.account.key(issuer)
    }

    /// The account that this tab has now.
    pub fn account_id(&self) -> AccountId {
        self.account.id
    }

    /// The counters, and what depends on the moment.
    pub fn stats(&self) -> Stats {
        let slot = self.find_slot(self.config.template);
        let held = slot.and_then(|slot| slot.token.as_ref());
        Stats {
            skew_ms: self.clock.skew(),
            refreshing: self.flights.iter().any(|flight| !flight.abandoned),
            expires_at: held.map(|held| held.expires.wall).filter(|wall| *wall != super::clock::NEVER),
            tabs: self.tabs(),
            ..self.stats.clone()
        }
    }

    /// Who else is thought to be current, and by whom.
    fn drift(&self) -> Option<(Where, Option<Name>)> {
        let pin = self.pin.session.filter(|_| self.pin.status == Status::SignedIn)?;
        if let Some(current) = self.view.current().filter(|current| !current.is(pin)) {
            return Some((Where::Source, current.session_id));
        }
        match &self.view.ambient {
            Ambient::Session(Some(sid)) if pin.session_id.is_some_and(|ours| ours != *sid) => {
                Some((Where::Cookie, Some(*sid)))
            }
            _ => self.elsewhere().map(|session| (Where::Tab, session.session_id)),
        }
    }

    /// More than one session in this browser; `None` = cannot be told.
    pub(super) fn multi_session(&self) -> Option<bool> {
        self.view.multi_session().or_else(|| self.elsewhere().map(|_| true))
    }

    #[inline(never)]
    pub(super) fn tell_snapshot(&mut self) {
        let drift = self.drift();
        if drift != self.told.drift
            && let (Some((place, seen)), Some(pinned)) = (drift, self.pin.session)
        {
            self.tell(Event::Drift { pinned, seen, place });
        }
        self.told.drift = drift;
        let snapshot = self.snapshot();
        if snapshot == self.told.snapshot {
            return;
        }
        if snapshot.multi_session != self.told.snapshot.multi_session {
            let mut sessions = snapshot.sessions.clone().unwrap_or_default();
            if sessions.is_empty() {
                // The source cannot tell; these two are known.
                sessions.extend_from_slice(snapshot.session.as_slice());
                sessions.extend_from_slice(self.elsewhere().as_slice());
            }
            self.tell(Event::MultiSession { multi_session: snapshot.multi_session, sessions });
        }
        self.told.snapshot = snapshot;
        self.put(super::output::Output::Snapshot);
    }
}
