//! Who is signed in, as the provider tells it.

use super::name::Name;
use super::value::{Object, Value};

/// One sign-in at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionRef {
    /// `sid`; absent where the provider's tokens carry none.
    pub session_id: Option<Name>,
    /// `sub`.
    pub user_id: Name,
    /// When the session began, wall-clock ms.
    pub started_at: Option<i64>,
}

impl SessionRef {
    /// The same sign-in: the same user, and the same session as far as both name one.
    pub fn is(self, other: Self) -> bool {
        self.belongs(Some(other.user_id), other.session_id)
    }

    /// Does something with this `sub` and `sid` belong to the session?
    /// A token without `sid` counts as belonging to the session it was requested for.
    pub fn belongs(self, sub: Option<Name>, sid: Option<Name>) -> bool {
        sub == Some(self.user_id)
            && match (self.session_id, sid) {
                (Some(ours), Some(theirs)) => ours == theirs,
                _ => true,
            }
    }

    /// For messages: the session, else the user.
    pub fn name(self) -> Name {
        self.session_id.unwrap_or(self.user_id)
    }
}

/// The contract's `SessionRef`.
impl From<SessionRef> for Value {
    fn from(session: SessionRef) -> Self {
        let mut object = Object::default();
        object.put("sessionId", session.session_id);
        object.put("userId", session.user_id);
        object.put_some("startedAt", session.started_at);
        object.into()
    }
}

/// A session with what else its tokens depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The sign-in.
    pub session: SessionRef,
    /// Active organization, role, impersonation: opaque text of the source's.
    pub variant: Option<Name>,
}

/// Whose these are, without what else is known of them.
pub fn sessions(all: &[Seen]) -> Vec<SessionRef> {
    let mut sessions = Vec::new();
    for seen in all {
        sessions.push(seen.session);
    }
    sessions
}

/// The source's answer to "who is this tab?".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Current {
    /// Loading, or in transition.
    #[default]
    Unknown,
    /// Nobody is signed in.
    Nobody,
    /// This one.
    Session(Seen),
}

/// Whom a request that carries only the cookie would act as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ambient {
    /// Cannot be told.
    #[default]
    Unknown,
    /// Nobody.
    Nobody,
    /// Somebody, by session where that is known.
    Session(Option<Name>),
}

/// Everything that the source says at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// This tab's session, or the browser's.
    pub current: Current,
    /// Everybody signed in to this browser; `None` = cannot be told.
    pub sessions: Option<Vec<Seen>>,
    /// The cookie's account.
    pub ambient: Ambient,
}

impl View {
    /// The current session, where there is one.
    pub fn current(&self) -> Option<SessionRef> {
        match self.current {
            Current::Session(seen) => Some(seen.session),
            _ => None,
        }
    }

    /// Does the source tell who is signed in?
    pub fn is_known(&self) -> bool {
        !matches!(self.current, Current::Unknown)
    }

    /// Everybody known to be signed in: as listed, and the current session where the list lacks it.
    pub fn everybody(&self) -> Vec<Seen> {
        let mut all = self.sessions.clone().unwrap_or_default();
        if let Current::Session(seen) = self.current
            && !all.iter().any(|listed| listed.session.is(seen.session))
        {
            all.push(seen);
        }
        all
    }

    /// How the source lists this session.
    pub fn find(&self, session: SessionRef) -> Option<Seen> {
        self.everybody().iter().find(|seen| seen.session.is(session)).copied()
    }

    /// Another session of the same user; the current one first.
    pub fn same_user(&self, user: Name) -> Option<SessionRef> {
        let listed = || self.everybody().iter().map(|seen| seen.session).find(|session| session.user_id == user);
        self.current().filter(|session| session.user_id == user).or_else(listed)
    }

    /// The only session there is.
    pub fn sole(&self) -> Option<SessionRef> {
        let all = self.everybody();
        let first = all.first()?.session;
        all.iter().all(|seen| seen.session.is(first)).then_some(first)
    }

    /// Nobody is signed in to this browser, as far as the source can tell, and it can.
    pub fn is_deserted(&self) -> bool {
        matches!(self.current, Current::Nobody) && self.everybody().is_empty()
    }

    /// More than one session; `None` = cannot be told.
    pub fn multi_session(&self) -> Option<bool> {
        self.sessions.as_ref().map(|all| all.len() > 1)
    }
}
