//! The pin: which session this tab keeps to, as one table from (what we keep to, what the source says) to a step.

use super::session::{SessionRef, View, sessions};
use super::token::TokenFacts;
use super::value::{Object, Value};

/// Whether this tab has an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Not known yet; once left it never returns.
    #[default]
    Unknown,
    /// The pinned session is live.
    SignedIn,
    /// This tab has no account.
    SignedOut,
    /// The pinned session is gone while others remain.
    Lost,
}

impl Status {
    /// As it is written in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::Lost => "lost",
        }
    }
}

/// Why a session was pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The first one seen.
    First,
    /// Kept over a reload.
    Restored,
    /// The same user in another session.
    Renewed,
    /// A session that began after the pin was gone.
    Adopted,
    /// The user switched in this tab.
    Switched,
    /// `pin` was called.
    Asked,
}

impl Cause {
    /// As it is written in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Restored => "restored",
            Self::Renewed => "renewed",
            Self::Adopted => "adopted",
            Self::Switched => "switched",
            Self::Asked => "asked",
        }
    }
}

/// What one instance does to the pin that all of its document share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// It keeps to this session from now on.
    Pinned(SessionRef),
    /// It was signed out.
    SignedOut,
    /// It was unpinned.
    Unpinned,
}

/// What the tab remembers over a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stored {
    /// The pinned session.
    pub session: SessionRef,
    /// When it was last seen alive, wall-clock ms by the provider's clock.
    pub seen: i64,
}

impl From<Stored> for Value {
    fn from(stored: Stored) -> Self {
        let mut object = Object::default();
        object.put("session", stored.session);
        object.put("seen", stored.seen);
        object.into()
    }
}

/// After a sign-out or an unpin here: whoever was there then is not adopted without being asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    /// Who was signed in.
    pub known: Vec<SessionRef>,
    /// After `unpin`: the source's current session; a *different* one is the user's choice.
    pub current: Option<SessionRef>,
    /// Raised by `unpin`, not by a sign-out.
    pub unpinned: bool,
}

impl Barrier {
    /// Times are compared with the provider's own only: this device's clock may be off by a day.
    fn admits(&self, session: SessionRef) -> bool {
        let newer = |known: &SessionRef| session.started_at.zip(known.started_at).is_some_and(|(new, old)| new > old);
        let moved = self.unpinned && self.current.is_some_and(|current| !current.is(session));
        moved || self.known.iter().all(|known| !known.is(session) || newer(known))
    }
}

/// The pin, and what its next move depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pin {
    /// Where the tab stands.
    pub status: Status,
    /// The session kept to; in `Lost` the one that is gone; in `Unknown` the server-rendered token's.
    pub session: Option<SessionRef>,
    /// From before the reload.
    pub stored: Option<Stored>,
    /// Session storage cannot be read, so a reload cannot be told from a first visit.
    pub forgetful: bool,
    /// The source's current session at the last look.
    pub before: Option<SessionRef>,
    /// See [`Barrier`].
    pub barrier: Option<Barrier>,
}

/// What to do about what the source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Nothing changes.
    Stay,
    /// Keep to this session from now on.
    Adopt(SessionRef, Cause),
    /// The session is gone, others remain: adopt nobody.
    Lose(SessionRef),
    /// Nobody is signed in.
    Leave,
}

impl Pin {
    /// The table. `per_tab`: the source's current session is this tab's own; `selecting`: we have asked it to change.
    pub fn step(&self, view: &View, per_tab: bool, selecting: bool) -> Step {
        if !view.is_known() {
            return Step::Stay;
        }
        match (self.status, self.session) {
            (Status::Unknown, _) => self.first_look(view),
            (Status::SignedIn, Some(pin)) => self.keep(pin, view, per_tab, selecting),
            (Status::Lost, Some(gone)) => self.lost(gone, view),
            _ => match (view.current(), &self.barrier) {
                (Some(session), Some(barrier)) if barrier.admits(session) => Step::Adopt(session, Cause::Adopted),
                (Some(session), None) => Step::Adopt(session, self.newcomer()),
                _ => Step::Stay,
            },
        }
    }

    fn newcomer(&self) -> Cause {
        if self.stored.is_some() { Cause::Adopted } else { Cause::First }
    }

    fn first_look(&self, view: &View) -> Step {
        let Some(stored) = self.stored else {
            return self.first_visit(view);
        };
        if let Some(seen) = view.find(stored.session) {
            return Step::Adopt(seen.session, Cause::Restored);
        }
        if let Some(session) = view.same_user(stored.session.user_id) {
            return Step::Adopt(session, Cause::Renewed);
        }
        match view.sole() {
            None if view.everybody().is_empty() => Step::Leave,
            Some(sole) if sole.started_at.is_some_and(|at| at > stored.seen) => Step::Adopt(sole, Cause::Adopted),
            _ => Step::Lose(stored.session),
        }
    }

    fn first_visit(&self, view: &View) -> Step {
        // A server-rendered token's session stands where the source confirms it; else the source wins.
        if let Some(seen) = self.session.and_then(|provisional| view.find(provisional)) {
            return Step::Adopt(seen.session, Cause::First);
        }
        let Some(current) = view.current() else {
            return Step::Leave;
        };
        if self.forgetful && view.everybody().iter().any(|seen| seen.session.user_id != current.user_id) {
            return Step::Lose(current);
        }
        Step::Adopt(current, Cause::First)
    }

    fn keep(&self, pin: SessionRef, view: &View, per_tab: bool, selecting: bool) -> Step {
        let listed = view.sessions.as_ref().map(|all| all.iter().any(|seen| seen.session.is(pin)));
        match view.current() {
            Some(current) if current.is(pin) => Step::Stay,
            Some(current) => match listed {
                Some(true) => {
                    let was_pin = self.before.is_some_and(|before| before.is(pin));
                    if per_tab && was_pin && !selecting { Step::Adopt(current, Cause::Switched) } else { Step::Stay }
                }
                Some(false) => self.gone(pin, view),
                None if current.user_id == pin.user_id => Step::Adopt(current, Cause::Renewed),
                None => Step::Stay,
            },
            // "Nobody" while the pin is still listed is a disagreement, not a sign-out.
            None if listed == Some(true) => Step::Stay,
            None => self.gone(pin, view),
        }
    }

    fn gone(&self, pin: SessionRef, view: &View) -> Step {
        match view.same_user(pin.user_id) {
            Some(session) => Step::Adopt(session, Cause::Renewed),
            None if view.everybody().is_empty() => Step::Leave,
            None => Step::Lose(pin),
        }
    }

    fn lost(&self, gone: SessionRef, view: &View) -> Step {
        if view.is_deserted() {
            return Step::Leave;
        }
        match (&self.barrier, view.current()) {
            (Some(barrier), Some(current)) if barrier.admits(current) => Step::Adopt(current, Cause::Adopted),
            (Some(_), _) => Step::Stay,
            (None, _) => match view.same_user(gone.user_id) {
                Some(session) => Step::Adopt(session, Cause::Renewed),
                None => Step::Stay,
            },
        }
    }

    /// The table for a source that only mints: its token tells whose session it is.
    /// `None`: the token is another account's.
    pub fn learn(&self, facts: &TokenFacts) -> Option<Step> {
        let user_id = facts.sub?;
        let found = SessionRef { session_id: facts.sid, user_id, started_at: None };
        let same_user = |session: SessionRef| session.user_id == found.user_id;
        Some(match (self.status, self.session, self.stored) {
            (Status::Unknown, _, Some(Stored { session, .. })) if session.is(found) => {
                Step::Adopt(session, Cause::Restored)
            }
            (Status::Unknown, _, Some(Stored { session, .. })) if same_user(session) => {
                Step::Adopt(found, Cause::Renewed)
            }
            (Status::Unknown, _, Some(Stored { session, .. })) => Step::Lose(session),
            (Status::Unknown, Some(session), None) if session.is(found) => Step::Adopt(session, Cause::First),
            (Status::Unknown, _, None) => Step::Adopt(found, Cause::First),
            (Status::SignedIn, Some(session), _) if session.is(found) => Step::Stay,
            (Status::SignedIn | Status::Lost, Some(session), _) if same_user(session) && !self.is_barred(found) => {
                Step::Adopt(found, Cause::Renewed)
            }
            (Status::SignedOut, ..) if !self.is_barred(found) => Step::Adopt(found, self.newcomer()),
            (Status::Lost, Some(_), _) if self.barrier.is_some() && !self.is_barred(found) => {
                Step::Adopt(found, Cause::Adopted)
            }
            _ => return None,
        })
    }

    fn is_barred(&self, session: SessionRef) -> bool {
        self.barrier.as_ref().is_some_and(|barrier| !barrier.admits(session))
    }

    /// Sign-out or unpin here: raise the barrier against whoever is there now.
    pub fn bar(&mut self, view: &View, unpinned: bool) {
        let mut known = sessions(&view.everybody());
        known.extend_from_slice(self.session.as_slice());
        let current = view.current().or(self.session);
        self.barrier = Some(Barrier { known, current, unpinned });
    }

    /// Takes note of the view once its step is made. Whoever left may return as somebody new.
    pub fn note(&mut self, view: &View) {
        if !view.is_known() {
            return;
        }
        self.before = view.current();
        if let Some(barrier) = &mut self.barrier {
            while let Some(index) = barrier.known.iter().position(|known| view.find(*known).is_none()) {
                barrier.known.remove(index);
            }
        }
    }
}
