//! What JavaScript hands in as numbers. A name's number is 0 where there is no name.

use crate::core::clock::NEVER;
use crate::core::config::{Abilities, Config, OnMissing};
use crate::core::input::{Answer, Ask, Failure, Input, Style};
use crate::core::mint::is_plain;
use crate::core::name::Name;
use crate::core::peers::{Heard, Peer};
use crate::core::pin::{Move, Stored};
use crate::core::session::{Ambient, Current, Seen, SessionRef, View};
use wasm_bindgen::prelude::*;

const NO_STRING: &str = "it is not a string";

/// The number of this name.
#[wasm_bindgen(js_name = nameOf)]
pub fn name_of(text: &str) -> u32 {
    Name::new(text).number()
}

/// The number of a provider's error code; 0 for what may be more than a code.
#[wasm_bindgen(js_name = codeOf)]
pub fn code_of(text: &str) -> u32 {
    if is_plain(text) { name_of(text) } else { 0 }
}

/// The number of a name that another tab sent; 0 for what is not let in, see [`Name::foreign`].
#[wasm_bindgen(js_name = foreignName)]
pub fn foreign_name(text: &str) -> u32 {
    Name::foreign(text).map_or(0, Name::number)
}

/// A wall-clock time, ms: none is beyond [`NEVER`], so that no sum in the core overflows.
#[inline(never)]
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
    let mut names = Vec::new();
    for number in numbers {
        names.extend_from_slice(name(*number).as_slice());
    }
    names
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

/// What happened, by its number; `id` is a waiter's, a flight's or an errand's. `None` for what makes no sense.
///
/// | | | numbers |
/// |---|---|---|
/// | 0, 1, 2 | a flight was answered null, undefined, something that is no string (with 0: the server's token) | |
/// | 3 | a flight or an errand was rejected | status, the code's name, `Retry-After` (s), the network's fault |
/// | 4 | an errand is done | |
/// | 5 | a waiter's signal was aborted | |
/// | 6 | somebody asks | account, template, `style`, forced, the token to be replaced, timeout (< 0: none) |
/// | 7 | sign out | |
/// | 8 | pin | a session |
/// | 9 | unpin | |
/// | 10 | first use | online, storage can be read; from storage, if there: a session, when it was seen |
/// | 11 | what the source says | see `view` |
/// | 12 | a consumer schedules for itself | template, leeway (< 0: no longer) |
/// | 13 | `online` or `offline` | online |
/// | 14 | the page may have slept | |
/// | 15 | the timer fired | |
/// | 16 | the end | |
/// | 17 | there is a channel to the other tabs | this tab's name |
/// | 18 | the page goes away | |
/// | 19 | another tab said hello (`id` 0), here (1), bye (2), want (3), nonsense | its name, key, moment, session if any |
/// | 20 | the lock of this number is had | |
/// | 21 | another instance in this document moved the pin: to a session, or (`id` 1) signed out, (2) unpinned | the session |
/// | 22 | there is no lock to be had for this number | |
/// | 23 | hidden, or shown | hidden |
/// | 24 | nothing runs from now on | |
/// | 25 | back from the back/forward cache | storage can be relied on; from storage, as with 10 |
/// | 26 | prerendered | |
/// | 27 | a waiter has judged a token's claims | satisfied |
#[inline(never)]
pub fn input(kind: u8, id: u32, numbers: &[f64]) -> Option<Input> {
    match (kind, numbers) {
        (0, _) => Some(Input::Minted(id, Answer::Null)),
        (1, _) => Some(Input::Minted(id, Answer::Undefined)),
        (2, _) => match id {
            0 => Some(Input::Seed(Err(NO_STRING))),
            _ => Some(Input::Minted(id, Answer::Malformed(NO_STRING))),
        },
        (3, &[status, code, retry_after, network]) => Some(Input::Failed(
            id,
            Failure {
                status: (status > 0.0).then_some(status as u16),
                code: name(code),
                retry_after: (retry_after > 0.0).then(|| duration(retry_after * 1000.0)),
                network: network > 0.0,
            },
        )),
        (4, _) => Some(Input::Done(id, Ok(()))),
        (5, _) => Some(Input::Cancel(id)),
        (6, &[account, template, number, forced, replaces, timeout]) => Some(Input::Ask(Ask {
            waiter: id,
            account: account as u32,
            template: name(template),
            style: style(number),
            forced: forced > 0.0,
            replaces: (replaces > 0.0).then_some(replaces as u32),
            timeout: (timeout >= 0.0).then(|| duration(timeout)),
        })),
        (7, _) => Some(Input::SignOut(id)),
        (8, &[session_id, user_id, started_at]) => Some(Input::Pin(id, session(session_id, user_id, started_at)?)),
        (9, _) => Some(Input::Unpin),
        (10, &[online, readable, ref kept @ ..]) => {
            Some(Input::Start { stored: stored(readable, kept), online: online > 0.0 })
        }
        (11, _) => Some(Input::View(view(numbers))),
        (12, &[template, leeway]) => Some(Input::Consumer(name(template), (leeway >= 0.0).then(|| duration(leeway)))),
        (13, &[online]) => Some(Input::Online(online > 0.0)),
        (14, _) => Some(Input::Wake),
        (15, _) => Some(Input::Timer),
        (16, _) => Some(Input::Dispose),
        (17, &[tab]) => Some(Input::Join(tab as u32)),
        (18, _) => Some(Input::Part),
        (19, _) => Some(Input::Heard(heard(id, numbers))),
        (20, _) => Some(Input::Locked(id)),
        (21, &[session_id, user_id, started_at]) => {
            Some(Input::Sibling(Move::Pinned(session(session_id, user_id, started_at)?)))
        }
        (21, _) => Some(Input::Sibling(if id == 1 { Move::SignedOut } else { Move::Unpinned })),
        (22, _) => Some(Input::NoLock(id)),
        (23, &[hidden]) => Some(Input::Hidden(hidden > 0.0)),
        (24, _) => Some(Input::Freeze),
        (25, &[readable, ref kept @ ..]) => Some(Input::Restored(stored(readable, kept))),
        (26, _) => Some(Input::Prerendered),
        (27, &[satisfied]) => Some(Input::Judged(id, satisfied > 0.0)),
        _ => None,
    }
}

/// What session storage holds: a session, and when it was seen.
fn stored(readable: f64, kept: &[f64]) -> Result<Option<Stored>, ()> {
    let stored = match *kept {
        [session_id, user_id, started_at, seen] => {
            session(session_id, user_id, started_at).map(|session| Stored { session, seen: time(seen) })
        }
        _ => None,
    };
    if readable > 0.0 { Ok(stored) } else { Err(()) }
}

/// What another tab said. A name that this tab does not know is nobody's key.
#[inline(never)]
fn heard(kind: u32, numbers: &[f64]) -> Heard {
    let &[tab, key, moment, ref who @ ..] = numbers else { return Heard::Noise };
    let session = match *who {
        [session_id, user_id, started_at] => session(session_id, user_id, started_at),
        _ => None,
    };
    let peer = Peer { tab: tab as u32, key: name(key), session };
    match (kind, peer.key) {
        (_, _) if peer.tab == 0 => Heard::Noise,
        (0, _) => Heard::Hello(peer),
        (1, _) => Heard::Here(peer),
        (2, _) => Heard::Bye(peer.tab),
        (3, Some(key)) => Heard::Want(key, time(moment)),
        _ => Heard::Noise,
    }
}

/// The options: template, `onMissingToken`, `autoRefresh`, three durations, what the source can do (1 `current`,
/// 2 `perTab`, 4 `select`, 8 `signOut`, 16 `reload`; 32: tokens are shared), and the issuers.
pub fn config(numbers: &[f64]) -> Config {
    let &[template, on_missing, auto_refresh, leeway, timeout, give_up_after, abilities, ref issuers @ ..] = numbers
    else {
        return Config::default();
    };
    let can = |bit: u32| abilities as u32 & bit != 0;
    Config {
        template: name(template),
        issuers: names(issuers),
        on_missing: policy(on_missing as u32),
        auto_refresh: auto_refresh > 0.0,
        share: can(32),
        leeway: duration(leeway),
        timeout: duration(timeout),
        give_up_after: duration(give_up_after),
        source: Abilities { current: can(1), per_tab: can(2), select: can(4), sign_out: can(8), reload: can(16) },
    }
}

/// Who asks: 0 token, 1 access, 2 fetch, 3 ready, 4 claims.
pub fn style(number: f64) -> Style {
    match number as u32 {
        1 => Style::Access,
        2 => Style::Fetch,
        3 => Style::Ready,
        4 => Style::Claims,
        _ => Style::Token,
    }
}

/// Everything that the source says: `current` (0 unknown, 1 nobody, 2 the first session that follows), whether the
/// (other) sessions that follow are everybody, whom the cookie stands for, and four numbers for each session: what
/// [`session`] takes, and the variant's name.
#[inline(never)]
fn view(numbers: &[f64]) -> View {
    let Some((&[current, listed, kind, cookie], sessions)) = numbers.split_first_chunk() else {
        return View::default();
    };
    let mut all = Vec::new();
    for &[session_id, user_id, started_at, variant] in sessions.as_chunks().0 {
        if let Some(session) = session(session_id, user_id, started_at) {
            all.push(Seen { session, variant: name(variant) });
        }
    }
    let current = match current as u32 {
        1 => Current::Nobody,
        2 if !all.is_empty() => Current::Session(all.remove(0)),
        _ => Current::Unknown,
    };
    View { current, sessions: (listed > 0.0).then_some(all), ambient: ambient(kind, cookie) }
}

/// What to do without a token: 0 `auto`, 1 `closed`, 2 `omit`, 3 `throw`.
pub fn policy(number: u32) -> OnMissing {
    match number {
        1 => OnMissing::Closed,
        2 => OnMissing::Omit,
        3 => OnMissing::Throw,
        _ => OnMissing::Auto,
    }
}
