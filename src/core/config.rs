//! The options, as the core needs them, and the fixed figures.

use super::name::Name;

/// What a request carries when this tab has no token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnMissing {
    /// By what the request would then run as.
    #[default]
    Auto,
    /// Always fail closed.
    Closed,
    /// Nothing.
    Omit,
    /// Reject.
    Throw,
}

/// What the source can do: which of its optional members are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Abilities {
    /// It has `current`; without it the session is learned from the tokens.
    pub current: bool,
    /// `current` is this tab's own choice.
    pub per_tab: bool,
    /// It has `select`.
    pub select: bool,
    /// It has `signOut`.
    pub sign_out: bool,
    /// It has `reload`.
    pub reload: bool,
}

/// The options of one instance. Durations in ms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// The default token template.
    pub template: Option<Name>,
    /// Issuers that are accepted; empty = any.
    pub issuers: Vec<Name>,
    /// The header without a token.
    pub on_missing: OnMissing,
    /// Refresh ahead of expiry.
    pub auto_refresh: bool,
    /// Share minted tokens with other tabs.
    pub share: bool,
    /// Before `exp`, when a token no longer counts as usable.
    pub leeway: u64,
    /// Of `getToken`, `headers`, `fetch`: awake time.
    pub timeout: u64,
    /// Of `fetchToken`: awake, online time.
    pub give_up_after: u64,
    /// The source's abilities.
    pub source: Abilities,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            template: None,
            issuers: Vec::new(),
            on_missing: OnMissing::Auto,
            auto_refresh: true,
            share: true,
            leeway: 10_000,
            timeout: 10_000,
            give_up_after: 30_000,
            source: Abilities::default(),
        }
    }
}

/// A mint that takes longer is abandoned and tried again past every cache: a hung request must not hang the tab.
pub const ABANDON_AFTER: u64 = 4_000;
/// The outer limit of `fetchToken` while offline, awake time. Models have no use for so many equal steps.
pub const OUTER_LIMIT: u64 = if cfg!(feature = "models") { 6_000 } else { 600_000 };
/// A bare function's first null is asked again after this long: providers answer null while they load.
pub const PROBE_AFTER: u64 = 250;
/// Abandoned mints of one key whose late answers are still welcome.
pub const LATE_ANSWERS: usize = 3;
/// Convex's default `authRefreshTokenLeewaySeconds`.
pub const CONSUMER_LEEWAY: u64 = 10_000;
/// The shortest life that Convex schedules a refresh for is just above this.
pub const UNSCHEDULABLE_LIFE: i64 = 2_000;
