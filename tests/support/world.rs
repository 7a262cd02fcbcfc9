//! Who is signed in at the provider, and what the source says of it, which need not be the truth.

use tabpin::core::name::Name;
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};

/// One sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// As the provider names it.
    pub id: SessionRef,
    /// Organization or role.
    pub variant: Option<Name>,
    /// Not signed out.
    pub alive: bool,
}

/// What `current()` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Says {
    /// Who it is.
    #[default]
    Truth,
    /// undefined.
    Loading,
    /// null, whoever is there.
    Nobody,
}

/// The provider's idea of this browser.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Every session there ever was.
    pub sessions: Vec<Session>,
    /// The current one.
    pub current: Option<usize>,
    /// What the source makes of it.
    pub says: Says,
    /// `sessions()` can be told.
    pub lists: bool,
    /// Whom the cookie acts as; the outer `None`: cannot be told.
    pub cookie: Option<Option<usize>>,
    /// Sessions have ids.
    pub named: bool,
    /// Sessions tell when they began.
    pub dated: bool,
    /// The source has no `current`, `sessions` or `ambient` at all.
    pub bare: bool,
}

impl World {
    /// A user signs in, and is current from then on.
    pub fn sign_in(&mut self, user: usize, at: i64) -> usize {
        let number = self.sessions.len();
        let id = SessionRef {
            session_id: self.named.then(|| Name::new(&format!("sess_{number}"))),
            user_id: user_name(user),
            started_at: self.dated.then_some(at),
        };
        self.sessions.push(Session { id, variant: None, alive: true });
        self.current = Some(number);
        number
    }

    /// A session ends; another takes its place as the current one, if there is one and the provider does so.
    pub fn end(&mut self, number: usize, replaced: bool) {
        self.sessions[number].alive = false;
        if self.current == Some(number) {
            self.current = self.sessions.iter().position(|session| session.alive && replaced);
        }
    }

    /// The living session that is meant by `id`; an older name of it will do.
    pub fn find(&self, id: SessionRef) -> Option<usize> {
        self.sessions.iter().position(|session| session.alive && session.id.is(id))
    }

    /// What the source says now.
    pub fn view(&self) -> View {
        if self.bare {
            return View::default();
        }
        let seen = |number: usize| {
            let Session { id, variant, .. } = self.sessions[number];
            Seen { session: id, variant }
        };
        let all = || (0..self.sessions.len()).filter(|number| self.sessions[*number].alive);
        View {
            current: match (self.says, self.current) {
                (Says::Loading, _) => Current::Unknown,
                (Says::Truth, Some(number)) => Current::Session(seen(number)),
                _ => Current::Nobody,
            },
            sessions: self.lists.then(|| all().map(seen).collect()),
            ambient: match self.cookie {
                None => Ambient::Unknown,
                Some(None) => Ambient::Nobody,
                Some(Some(number)) => Ambient::Session(self.sessions[number].id.session_id),
            },
        }
    }
}

/// `sub` of the user of this number.
pub fn user_name(user: usize) -> Name {
    Name::new(&format!("user_{user}"))
}
