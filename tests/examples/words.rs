//! Short words for sessions, sources, views and failures.

use tabpin::core::config::Abilities;
use tabpin::core::input::{Answer, Failure};
use tabpin::core::name::Name;
use tabpin::core::session::{Ambient, Current, Seen, SessionRef, View};

/// A source that tells everything, whose current session is each tab's own.
pub const FULL: Abilities = Abilities { current: true, per_tab: true, select: true, sign_out: true, reload: true };
/// A source whose current session is the whole browser's, and that can do nothing but tell and mint.
pub const SHARED: Abilities =
    Abilities { current: true, per_tab: false, select: false, sign_out: false, reload: false };
/// A bare function.
pub const BARE: Abilities = Abilities { current: false, per_tab: false, select: false, sign_out: false, reload: false };

/// The session of this number: `sess_11` is user 1's first.
pub fn session(number: u32) -> SessionRef {
    SessionRef {
        session_id: Some(Name::new(&format!("sess_{number}"))),
        user_id: Name::new(&format!("user_{}", number / 10)),
        started_at: Some(i64::from(number)),
    }
}

/// What a source says that has `current` as its current session, and lists these.
pub fn view(current: Option<u32>, all: &[u32]) -> View {
    let seen = |number: u32| Seen { session: session(number), variant: None };
    View {
        current: current.map_or(Current::Nobody, |number| Current::Session(seen(number))),
        sessions: Some(all.iter().map(|number| seen(*number)).collect()),
        ambient: Ambient::Unknown,
    }
}

/// The same view, with this told of every session: of the current one as of those in the list.
pub fn telling(mut view: View, tell: impl Fn(&mut Seen)) -> View {
    view.sessions.iter_mut().flatten().for_each(&tell);
    if let Current::Session(current) = &mut view.current {
        tell(current);
    }
    view
}

/// What a source says whose sessions all began at this moment, wall-clock ms.
pub fn view_since(began: i64, current: Option<u32>, all: &[u32]) -> View {
    telling(view(current, all), |seen| seen.session.started_at = Some(began))
}

/// A rejection with this status.
pub fn rejection(status: u16) -> Answer {
    Answer::Failed(Failure { status: Some(status), ..Failure::default() })
}

/// A network error.
pub fn network() -> Answer {
    Answer::Failed(Failure { network: true, ..Failure::default() })
}
