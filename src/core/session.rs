//! Who is signed in, as the provider tells it.

use serde::Serialize;

/// One sign-in at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRef {
    /// `sid`; absent where the provider's tokens carry none.
    pub session_id: Option<String>,
    /// `sub`.
    pub user_id: String,
    /// When the session began, wall-clock ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<i64>,
}

impl SessionRef {
    /// The same sign-in: the same user, and the same session as far as both name one.
    pub fn is(&self, other: &Self) -> bool {
        self.belongs(Some(&other.user_id), other.session_id.as_deref())
    }

    /// Does something with this `sub` and `sid` belong to the session?
    /// A token without `sid` counts as belonging to the session it was requested for.
    pub fn belongs(&self, sub: Option<&str>, sid: Option<&str>) -> bool {
        sub == Some(self.user_id.as_str())
            && match (self.session_id.as_deref(), sid) {
                (Some(ours), Some(theirs)) => ours == theirs,
                _ => true,
            }
    }

    /// For messages: the session, else the user.
    pub fn name(&self) -> &str {
        self.session_id.as_deref().unwrap_or(&self.user_id)
    }
}

/// A session with what else its tokens depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The sign-in.
    pub session: SessionRef,
    /// Active organization, role, impersonation: opaque text of the source's.
    pub variant: Option<String>,
}

/// The source's answer to "who is this tab?".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ambient {
    /// Cannot be told.
    #[default]
    Unknown,
    /// Nobody.
    Nobody,
    /// Somebody, by session where that is known.
    Session(Option<String>),
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
    pub fn current(&self) -> Option<&SessionRef> {
        match &self.current {
            Current::Session(seen) => Some(&seen.session),
            _ => None,
        }
    }

    /// Everybody known to be signed in.
    pub fn everybody(&self) -> Vec<&Seen> {
        let mut all: Vec<&Seen> = self.sessions.iter().flatten().collect();
        if let Current::Session(seen) = &self.current
            && !all.iter().any(|other| other.session.is(&seen.session))
        {
            all.push(seen);
        }
        all
    }

    /// How the source lists this session.
    pub fn find(&self, session: &SessionRef) -> Option<&Seen> {
        self.everybody().into_iter().find(|seen| seen.session.is(session))
    }

    /// Another session of the same user; the current one first.
    pub fn same_user(&self, user: &str) -> Option<&SessionRef> {
        self.current()
            .filter(|session| session.user_id == user)
            .or_else(|| self.everybody().into_iter().map(|seen| &seen.session).find(|session| session.user_id == user))
    }

    /// Nobody is signed in to this browser, as far as the source can tell, and it can.
    pub fn is_deserted(&self) -> bool {
        self.current == Current::Nobody && self.sessions.as_ref().is_none_or(Vec::is_empty)
    }

    /// More than one session; `None` = cannot be told.
    pub fn multi_session(&self) -> Option<bool> {
        self.sessions.as_ref().map(|all| all.len() > 1)
    }
}
