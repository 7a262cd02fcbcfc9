//! Everything that the machine asks the shell to do.

use super::error::{Error, decimal};
use super::input::{AccountId, ErrandId, FlightId, WaiterId};
use super::name::Name;
pub use super::peers::Say;
use super::pin::{Cause, Move, Status, Stored};
use super::session::SessionRef;
use super::token::{Origin, TokenId};
use super::value::{Object, Value};

/// The answer that a waiter gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// This token.
    Token(TokenId),
    /// null: nobody is signed in, or (`fetchToken`) trying is over.
    Null,
    /// What was asked for has been done.
    Done,
    /// No.
    Reject(Error),
}

/// What the source can be asked to do for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// `select`.
    Select,
    /// `signOut`.
    SignOut,
    /// `reload`.
    Reload,
}

/// An order to the shell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Call the source's `getToken`.
    Mint {
        /// Under which the answer comes back.
        flight: FlightId,
        /// The session to mint for; `None` until the source's first token has told.
        session: Option<SessionRef>,
        /// The template.
        template: Option<Name>,
        /// Bypass every cache.
        skip_cache: bool,
    },
    /// Nobody waits for this mint any more.
    Abort(FlightId),
    /// Answer a waiter.
    Settle(WaiterId, Outcome),
    /// Let `waitForClaims` look at this token's claims.
    Judge(WaiterId, TokenId),
    /// Have something done at the source.
    Errand(ErrandId, Task, SessionRef),
    /// Read what the source says, and hand it in.
    Look,
    /// Write the pin to session storage, or remove it.
    Store(Option<Stored>),
    /// This account has ended: abort its signal, and never answer for it again.
    Ended(AccountId),
    /// The tab has this account now, or the account has been filled in.
    Account(Account),
    /// Tokens other than these may be forgotten.
    Keep(Vec<TokenId>),
    /// Tell the other tabs.
    Say(Say),
    /// Tell the other instances in this document, which share the pin.
    Share(Move),
    /// Queue for the lock of this key, under this number.
    Lock(u32, Name),
    /// Leave the lock of this number, or the queue for it.
    Unlock(u32),
    /// What an application sees has changed.
    Snapshot,
    /// Something worth telling.
    Event(Event),
}

/// One generation of the pin with its variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// Counts up.
    pub id: AccountId,
    /// Whose; `None` before the first pin, and when nobody is signed in.
    pub session: Option<SessionRef>,
    /// Organization, role, impersonation.
    pub variant: Option<Name>,
}

impl Account {
    /// Text for cache keys. Parts are length-prefixed, so that no two accounts can spell the same key.
    pub fn key(&self, issuer: Option<Name>) -> Name {
        let session = self.session.as_ref();
        prefixed(&[
            session.map(|session| session.user_id),
            session.and_then(|session| session.session_id),
            self.variant,
            issuer,
        ])
    }
}

/// One name for several, each with its length.
pub(super) fn prefixed(parts: &[Option<Name>]) -> Name {
    let mut key = String::new();
    for part in parts {
        let part = part.map_or("", Name::as_str);
        key.push_str(&decimal(part.len() as u32));
        key.push(':');
        key.push_str(part);
    }
    Name::new(&key)
}

/// What an application sees. Its [`Value`] is the contract's `Snapshot`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// Whether this tab has an account.
    pub status: Status,
    /// The pinned session, or the lost one.
    pub session: Option<SessionRef>,
    /// Everybody signed in to this browser.
    pub sessions: Option<Vec<SessionRef>>,
    /// More than one.
    pub multi_session: Option<bool>,
    /// Somebody else's idea of the current session differs from the pin.
    pub drifted: bool,
    /// The network is there, as far as is known.
    pub online: bool,
    /// The account's key; `None` before the first pin.
    pub account_key: Option<Name>,
    /// What is wrong at the moment.
    pub error: Option<Error>,
}

impl From<Snapshot> for Value {
    fn from(snapshot: Snapshot) -> Self {
        let mut object = Object::default();
        object.put("status", snapshot.status.as_str());
        object.put("session", snapshot.session);
        object.put("sessions", snapshot.sessions.as_deref());
        object.put("multiSession", snapshot.multi_session);
        object.put("drifted", snapshot.drifted);
        object.put("online", snapshot.online);
        object.put("accountKey", snapshot.account_key);
        object.put("error", snapshot.error);
        object.into()
    }
}

/// Counters. Its [`Value`] is the contract's `Stats`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    /// Answers wanted.
    pub asked: u32,
    /// Of these, how many shared a mint that was under way.
    pub coalesced: u32,
    /// Tokens that came from the source and were accepted.
    pub minted: u32,
    /// Tokens taken from other tabs.
    pub adopted: u32,
    /// Tokens refused.
    pub refused: u32,
    /// Attempts that brought no token.
    pub failed: u32,
    /// Wall clock minus the provider's, ms.
    pub skew_ms: i64,
    /// A mint is under way.
    pub refreshing: bool,
    /// Wall-clock ms at which the token at hand expires.
    pub expires_at: Option<i64>,
    /// Other tabs that are known.
    pub tabs: u32,
}

impl From<Stats> for Value {
    fn from(stats: Stats) -> Self {
        let mut object = Object::default();
        object.put("asked", stats.asked);
        object.put("coalesced", stats.coalesced);
        object.put("minted", stats.minted);
        object.put("adopted", stats.adopted);
        object.put("refused", stats.refused);
        object.put("failed", stats.failed);
        object.put("skewMs", stats.skew_ms);
        object.put("refreshing", stats.refreshing);
        object.put("expiresAt", stats.expires_at);
        object.put("tabs", stats.tabs);
        object.into()
    }
}

/// Where a drift was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Where {
    /// The source's current session.
    Source,
    /// The shared cookie.
    Cookie,
    /// Another tab.
    Tab,
}

impl Where {
    /// As it is written in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Cookie => "cookie",
            Self::Tab => "tab",
        }
    }
}

/// Something worth telling. Its [`Value`] is the contract's `TabAuthEvent`; never carries a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are the contract's, documented there")]
pub enum Event {
    /// This tab keeps to a session from now on.
    Pinned { session: SessionRef, previous: Option<SessionRef>, cause: Cause },
    /// This tab has no account any more.
    SignedOut { session: SessionRef },
    /// The pinned session is gone while others remain.
    Lost { session: SessionRef, error: Error },
    /// The number of sessions went from one to several, or back.
    MultiSession { multi_session: Option<bool>, sessions: Vec<SessionRef> },
    /// The pin and the current session have parted.
    Drift { pinned: SessionRef, seen: Option<Name>, place: Where },
    /// A token was accepted.
    Token { origin: Origin, expires_at: i64 },
    /// A token was refused.
    Refused { origin: Origin, error: Error },
    /// An attempt failed; the next one is planned.
    Retry { attempt: u32, delay_ms: u64, error: Error },
    /// `fetchToken` had to answer without a fresh token.
    GaveUp { error: Error },
    /// A token can be had again after giving up.
    Recovered,
    /// The token at hand is about to expire, and no new one could be had so far.
    Expiring { expires_at: i64 },
    /// Connectivity changed.
    Online { online: bool },
}

impl From<Event> for Value {
    fn from(event: Event) -> Self {
        let mut object = Object::default();
        object.put("type", event.name());
        match event {
            Event::Pinned { session, previous, cause } => {
                object.put("session", session);
                object.put("previous", previous);
                object.put("cause", cause.as_str());
            }
            Event::SignedOut { session } => object.put("session", session),
            Event::Lost { session, error } => {
                object.put("session", session);
                object.put("error", error);
            }
            Event::MultiSession { multi_session, sessions } => {
                object.put("multiSession", multi_session);
                object.put("sessions", sessions.as_slice());
            }
            Event::Drift { pinned, seen, place } => {
                object.put("pinned", pinned);
                object.put("seen", seen);
                object.put("where", place.as_str());
            }
            Event::Token { origin, expires_at } => {
                object.put("origin", origin.as_str());
                object.put("expiresAt", expires_at);
            }
            Event::Refused { origin, error } => {
                object.put("origin", origin.as_str());
                object.put("error", error);
            }
            Event::Retry { attempt, delay_ms, error } => {
                object.put("attempt", attempt);
                object.put("delayMs", delay_ms as i64);
                object.put("error", error);
            }
            Event::GaveUp { error } => object.put("error", error),
            Event::Recovered => {}
            Event::Expiring { expires_at } => object.put("expiresAt", expires_at),
            Event::Online { online } => object.put("online", online),
        }
        object.into()
    }
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Pinned { .. } => "pinned",
            Self::SignedOut { .. } => "signed_out",
            Self::Lost { .. } => "lost",
            Self::MultiSession { .. } => "multi_session",
            Self::Drift { .. } => "drift",
            Self::Token { .. } => "token",
            Self::Refused { .. } => "refused",
            Self::Retry { .. } => "retry",
            Self::GaveUp { .. } => "gave_up",
            Self::Recovered => "recovered",
            Self::Expiring { .. } => "expiring",
            Self::Online { .. } => "online",
        }
    }
}
