//! What JavaScript hands in as numbers. A name's number is 0 where there is no name.

use crate::core::clock::NEVER;
use crate::core::config::OnMissing;
use crate::core::name::Name;
use crate::core::session::{Ambient, Current, Seen, SessionRef, View};
use wasm_bindgen::prelude::*;

/// The number of this name.
#[wasm_bindgen(js_name = nameOf)]
pub fn name_of(text: &str) -> u32 {
    Name::new(text).number()
}

/// A wall-clock time, ms: none is beyond [`NEVER`], so that no sum in the core overflows.
pub fn time(ms: f64) -> i64 {
    (ms as i64).clamp(-NEVER, NEVER)
}

/// A duration, ms, infinity included.
pub fn duration(ms: f64) -> u64 {
    time(ms).max(0) as u64
}

/// A name.
pub fn name(number: f64) -> Option<Name> {
    Name::numbered(number as u32)
}

/// Several names.
pub fn names(numbers: &[f64]) -> Vec<Name> {
    numbers.iter().filter_map(|number| name(*number)).collect()
}

/// A session: the names of its `sessionId` and `userId`, and `startedAt` or NaN.
pub fn session(session_id: f64, user_id: f64, started_at: f64) -> Option<SessionRef> {
    let started_at = (!started_at.is_nan()).then(|| time(started_at));
    Some(SessionRef { session_id: name(session_id), user_id: name(user_id)?, started_at })
}

/// Whom the cookie stands for: 0 cannot be told, 1 nobody, 2 the session of this name.
pub fn ambient(kind: f64, session_id: f64) -> Ambient {
    match kind as u32 {
        1 => Ambient::Nobody,
        2 => Ambient::Session(name(session_id)),
        _ => Ambient::Unknown,
    }
}

/// Everything that the source says: `current` (0 unknown, 1 nobody, 2 the first session that follows), whether the
/// (other) sessions that follow are everybody, whom the cookie stands for, and four numbers for each session: what
/// [`session`] takes, and the variant's name.
pub fn view(numbers: &[f64]) -> View {
    let Some((&[current, listed, kind, cookie], sessions)) = numbers.split_first_chunk() else {
        return View::default();
    };
    let seen = |&[session_id, user_id, started_at, variant]: &[f64; 4]| {
        Some(Seen { session: session(session_id, user_id, started_at)?, variant: name(variant) })
    };
    let mut sessions = sessions.as_chunks().0.iter().filter_map(seen);
    let current = match current as u32 {
        1 => Current::Nobody,
        2 => sessions.next().map_or(Current::Unknown, Current::Session),
        _ => Current::Unknown,
    };
    View { current, sessions: (listed > 0.0).then(|| sessions.collect()), ambient: ambient(kind, cookie) }
}

/// What to do without a token: 0 `auto`, 1 `closed`, 2 `omit`, 3 `throw`.
pub fn policy(number: u8) -> OnMissing {
    match number {
        1 => OnMissing::Closed,
        2 => OnMissing::Omit,
        3 => OnMissing::Throw,
        _ => OnMissing::Auto,
    }
}
