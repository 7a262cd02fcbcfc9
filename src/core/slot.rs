//! What is known and under way for one key: one template of the account that this tab has now.

use super::error::Error;
use super::input::{AccountId, ErrandId, FlightId, Style, WaiterId};
use super::name::Name;
use super::output::Task;
use super::token::{Held, TokenId};
use super::turns::Turn;

/// One template of the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slot {
    /// `None` = the provider's default token.
    pub template: Option<Name>,
    /// The newest token accepted.
    pub token: Option<Held>,
    /// What `fetchToken` was given last: its next forced call wants that replaced.
    pub handed: Option<TokenId>,
    /// The newest `iat` ever seen, refused tokens included, and when it came, monotonic ms: a forced mint must
    /// advance it, and whatever does not was signed by then, and earlier by as much as its `iat` is.
    pub newest: Option<(i64, u64)>,
    /// Attempts since the last token accepted.
    pub attempts: u32,
    /// Not before this, monotonic ms.
    pub retry_at: u64,
    /// Not before this even after waking up: the provider's `Retry-After`, monotonic ms.
    pub not_before: u64,
    /// Why the last attempt brought no token.
    pub error: Option<Error>,
    /// The answer that brought no token, counted as [`Held::landing`].
    pub failed: u64,
    /// Nulls in a row, and since when (awake ms).
    pub nulls: Option<(u32, u64)>,
    /// The source's cache has misled us: bypass it.
    pub distrust: bool,
    /// `fetchToken` has answered without a fresh token: go on until one can be had.
    pub gave_up: bool,
    /// Ask once although nobody waits.
    pub probe: bool,
    /// `expiring` has been told of this token.
    pub warned: Option<TokenId>,
    /// A place in the queue of tabs that would mint.
    pub turn: Option<Turn>,
    /// When those who wait have been held up by other tabs for long enough, monotonic ms.
    pub patience: Option<u64>,
}

impl Slot {
    /// Takes note of an `iat` that came at this monotonic moment. True when it is newer than one seen before; and the
    /// latest moment at which its token can have been signed.
    pub fn advance(&mut self, iat: Option<i64>, mono: u64) -> (bool, u64) {
        let Some(iat) = iat else { return (false, mono) };
        match self.newest {
            Some((newest, came)) if iat <= newest => (false, came.saturating_sub((newest - iat) as u64)),
            before => {
                self.newest = Some((iat, mono));
                (before.is_some(), mono)
            }
        }
    }
}

/// A call of the source's `getToken` that has not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    /// Its name.
    pub id: FlightId,
    /// The account it is for.
    pub account: AccountId,
    /// The template it is for.
    pub template: Option<Name>,
    /// When it was asked for, wall-clock ms.
    pub asked: i64,
    /// When to abandon it, awake ms.
    pub until: u64,
    /// Past every cache.
    pub forced: bool,
    /// The clocks have parted since: nobody knows how old its answer is.
    pub suspect: bool,
    /// It no longer counts as in flight; a late answer is still judged.
    pub abandoned: bool,
}

/// Where `waitForClaims` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A token is wanted.
    Wanting,
    /// The source re-reads the session.
    Reloading,
    /// The shell looks at this token's claims.
    Judging(TokenId),
    /// Until the next attempt, monotonic ms.
    Resting(u64),
}

/// Somebody who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiter {
    /// Where the answer goes.
    pub id: WaiterId,
    /// The account asked as.
    pub account: AccountId,
    /// The template asked for.
    pub template: Option<Name>,
    /// Who asks.
    pub style: Style,
    /// The token at hand will not do.
    pub forced: bool,
    /// This token in particular will not do.
    pub replaces: Option<TokenId>,
    /// A token at hand whose age is no more than this will do although the ask is forced, ms; `None`: none will.
    pub max_age: Option<i64>,
    /// The last landing before the ask.
    pub since: u64,
    /// Deadline, awake ms.
    pub until: u64,
    /// A second deadline, awake and online ms.
    pub online_until: Option<u64>,
    /// It waits for no less than the configured timeout: what it waited for in vain is believed.
    pub patient: bool,
    /// Of `waitForClaims`.
    pub phase: Phase,
    /// Rounds of `waitForClaims`.
    pub rounds: u32,
}

/// Something asked of the source that has not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errand {
    /// Its name.
    pub id: ErrandId,
    /// What.
    pub task: Task,
    /// Who waits for it.
    pub waiter: Option<WaiterId>,
    /// Deadline, awake ms.
    pub until: u64,
}
