//! What the core knows of a token: facts, never text.

use super::claims::{self, Claims};
use super::clock::{NEVER, Now};
use super::name::Name;

/// The shell's name for a token; the same text has the same id.
pub type TokenId = u32;

/// The claims that decide, under the id of the text that carries them. Times in ms since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokenFacts {
    /// Which token.
    pub id: TokenId,
    /// `sub`.
    pub sub: Option<Name>,
    /// `sid`.
    pub sid: Option<Name>,
    /// `iss`.
    pub iss: Option<Name>,
    /// `iat`.
    pub iat: Option<i64>,
    /// `exp`.
    pub exp: Option<i64>,
}

/// Longer than any cookie or header can carry, bytes.
const LONGEST: usize = 16_384;

impl TokenFacts {
    /// What the text of the token `id` tells of it, if it is one.
    pub fn read(id: TokenId, text: &[u8]) -> Result<Self, &'static str> {
        let claims = claims::read_registered(text).map_err(|reason| reason.reason())?;
        if claims::is_compact_jws(text) { Ok(Self::new(id, &claims)) } else { Err("it is not three base64url parts") }
    }

    /// The same of a text that anybody may have sent.
    pub fn read_foreign(id: TokenId, text: &[u8]) -> Result<Self, &'static str> {
        if text.len() > LONGEST { Err("it is too long") } else { Self::read(id, text) }
    }

    /// The facts of the token `id` whose claims have been read.
    pub fn new(id: TokenId, claims: &Claims) -> Self {
        let name = |text: &Option<String>| text.as_deref().map(Name::new);
        let (sub, sid, iss) = (name(&claims.sub), name(&claims.sid), name(&claims.iss));
        Self { id, sub, sid, iss, iat: bounded(claims.iat), exp: bounded(claims.exp) }
    }

    /// How long it lives in all, ms.
    pub fn life(&self) -> Option<i64> {
        Some(self.exp? - self.iat?)
    }
}

/// A claim's time, no farther away than a date can hold: beyond that it says no more, and sums would overflow.
pub(super) fn bounded(claim: Option<i64>) -> Option<i64> {
    claim.map(|ms| ms.clamp(-NEVER, NEVER))
}

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Rendered into the page by the server.
    Initial,
    /// From the source.
    Minted,
    /// From another tab.
    Adopted,
    /// Handed in by the caller of a request.
    Request,
}

impl Origin {
    /// As it is written in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Minted => "minted",
            Self::Adopted => "adopted",
            Self::Request => "request",
        }
    }
}

/// A token at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// Its claims.
    pub facts: TokenFacts,
    /// When it expires, on both of this device's clocks: a jump of one must not lengthen its life.
    pub expires: Expiry,
    /// When it came, monotonic ms.
    pub came: u64,
    /// How old it was when it came, ms, by what was known of the clocks before it came.
    pub aged: i64,
    /// Certainly new when it came: the source was told to bypass its caches.
    pub forced: bool,
    /// Minted by this tab.
    pub minted: bool,
    /// The landing that brought it; counts up over the machine's life.
    pub landing: u64,
    /// The clocks have parted since it came: it no longer answers at once.
    pub suspect: bool,
}

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expiry {
    /// Monotonic ms.
    pub mono: u64,
    /// Wall-clock ms.
    pub wall: i64,
}

impl Expiry {
    /// The moment at which the wall clock, as it runs now, will show `wall`.
    pub fn at(now: Now, wall: i64) -> Self {
        Self { mono: now.mono + (wall - now.wall).max(0) as u64, wall }
    }

    /// Ms left, by whichever clock says less.
    #[inline(never)]
    pub fn left(&self, now: Now) -> i64 {
        (self.wall - now.wall).min(self.mono as i64 - now.mono as i64)
    }
}

impl Held {
    /// One that this tab was given, and has not minted: `aged` is how old it was when it came, ms.
    pub fn given(facts: TokenFacts, expires: Expiry, now: Now, aged: i64) -> Self {
        let came = now.mono;
        Self { facts, expires, came, aged, forced: false, minted: false, landing: 0, suspect: false }
    }

    /// Not expired.
    pub fn is_live(&self, now: Now) -> bool {
        self.expires.left(now) > 0
    }

    /// Good enough to be served without a thought: live for longer than the leeway, and the clocks agree.
    pub fn is_usable(&self, now: Now, leeway: u64) -> bool {
        !self.suspect && self.until_ending(now, leeway) > 0
    }

    /// How long until it is about to expire, ms: less than the leeway is left then.
    pub fn until_ending(&self, now: Now, leeway: u64) -> i64 {
        self.expires.left(now) - self.leeway(leeway)
    }

    /// The configured leeway, at most a quarter of the token's life.
    pub fn leeway(&self, configured: u64) -> i64 {
        self.facts.life().map_or(configured as i64, |life| (life / 4).clamp(0, configured as i64))
    }

    /// How much of its life is gone, ms.
    pub fn age(&self, now: Now) -> i64 {
        self.aged + now.mono.saturating_sub(self.came) as i64
    }

    /// The monotonic moment at which `lead` ms more than the leeway are left. But no source is asked in a loop: not before
    /// half of what the token came with is gone. Of one that this tab has not minted, half of what could be used is
    /// enough, and a second at the least: waiting for half of it all would let it go.
    pub fn rests_until(&self, lead: i64, leeway: u64) -> u64 {
        let leeway = self.leeway(leeway);
        let left = self.expires.mono.saturating_sub(self.came);
        let unusable = if self.minted { 0 } else { leeway as u64 };
        let rest = left.saturating_sub(unusable).max(left.min(2_000)) / 2;
        self.expires.mono.saturating_sub((leeway + lead).max(0) as u64).max(self.came + rest)
    }
}
