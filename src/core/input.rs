//! Everything that can happen to the machine.

use super::name::Name;
use super::peers::{Heard, TabId};
use super::pin::{Move, Stored};
use super::session::{SessionRef, View};
use super::token::{TokenFacts, TokenId};

/// The shell's name for somebody who waits for an answer.
pub type WaiterId = u32;
/// The machine's name for one call of the source's `getToken`.
pub type FlightId = u32;
/// The machine's name for one call of the source's `select`, `signOut` or `reload`.
pub type ErrandId = u32;
/// One generation of the pin.
pub type AccountId = u32;

/// Who asks, which decides what "no token" means to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `getToken`, `headers`, `fetch`: a token or an error.
    Token,
    /// `accessToken`: a token, null when nobody is signed in, or an error.
    Access,
    /// `fetchToken`: a token that the consumer can schedule by, or null.
    Fetch,
    /// `ready`: no token, only a status that is known.
    Ready,
    /// `waitForClaims`: a token whose claims somebody has yet to judge.
    Claims,
}

/// Somebody asks for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// Where the answer goes.
    pub waiter: WaiterId,
    /// The account asked as.
    pub account: AccountId,
    /// Whose template; `None` = the provider's default token.
    pub template: Option<Name>,
    /// Who asks.
    pub style: Style,
    /// The token at hand will not do.
    pub forced: bool,
    /// The token to be replaced, where the caller knows it. `fetchToken` is remembered by what it was given last.
    pub replaces: Option<TokenId>,
    /// Instead of the configured timeout, ms.
    pub timeout: Option<u64>,
}

/// How a call of the source's `getToken` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A readable JWT.
    Token(TokenFacts),
    /// Text that is no readable JWT, or no text at all; the reason, without any of the text.
    Malformed(&'static str),
    /// `null`.
    Null,
    /// `undefined`: not known yet.
    Undefined,
    /// It threw or rejected.
    Failed(Failure),
}

/// What a rejection says of itself. Its message is not read: it may quote a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Failure {
    /// HTTP status (RFC 9110, section 15).
    pub status: Option<u16>,
    /// The provider's error code.
    pub code: Option<Name>,
    /// `Retry-After`, ms (RFC 9110, section 10.2.3).
    pub retry_after: Option<u64>,
    /// The network was to blame.
    pub network: bool,
}

/// An event, in the order in which the shell learned of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// First use, or the first time that a prerendered page is shown. `stored` is `Err` where storage cannot be read.
    Start {
        /// The pin from before the reload.
        stored: Result<Option<Stored>, ()>,
        /// `navigator.onLine`.
        online: bool,
    },
    /// What the source says now.
    View(View),
    /// Somebody asks for a token.
    Ask(Ask),
    /// The waiter's signal was aborted.
    Cancel(WaiterId),
    /// A mint came back.
    Minted(FlightId, Answer),
    /// A server-rendered token.
    Seed(Result<TokenFacts, &'static str>),
    /// Pin this session on the user's behalf.
    Pin(WaiterId, SessionRef),
    /// Forget the pin.
    Unpin,
    /// Sign this tab's session out.
    SignOut(WaiterId),
    /// A mint or an errand was rejected: an id is either's, never both's.
    Failed(u32, Failure),
    /// An errand at the source came back.
    Done(ErrandId, Result<(), Failure>),
    /// `waitForClaims` looked at the claims.
    Judged(WaiterId, bool),
    /// A consumer schedules for itself by this template, with this leeway (ms); `None`: no longer.
    Consumer(Option<Name>, Option<u64>),
    /// `online` and `offline` events.
    Online(bool),
    /// Focus, a page resumed: look at everything afresh.
    Wake,
    /// The page is hidden from now on, or shown.
    Hidden(bool),
    /// `freeze`, or `pagehide` into the back/forward cache: nothing runs from now on.
    Freeze,
    /// The page is back from the back/forward cache. `Err` where storage cannot be relied on.
    Restored(Result<Option<Stored>, ()>),
    /// The page is prerendered: whatever else is told waits for [`Input::Start`], when the page is shown.
    Prerendered,
    /// There is a channel to the other tabs, under this name.
    Join(TabId),
    /// The page goes away: no channel and no lock outlives it.
    Part,
    /// Another tab said something.
    Heard(Heard),
    /// The lock of this number is had.
    Locked(u32),
    /// Another instance in this document did this to the pin that they share.
    Sibling(Move),
    /// There is no lock to be had for this number: the browser has none, or refuses.
    NoLock(u32),
    /// The timer fired.
    Timer,
    /// The end.
    Dispose,
}
