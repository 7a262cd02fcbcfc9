//! A desk for one tab: says what happens in a word. What came of it: `seen`.

use crate::support::tab::Tab;
use crate::support::time::Time;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::{Answer, Ask, Failure, FlightId, Input, Style, WaiterId};
use tabpin::core::output::Outcome;
use tabpin::core::pin::Stored;
use tabpin::core::session::{SessionRef, View};
use tabpin::core::token::{TokenFacts, TokenId};

pub use super::words::*;

/// A test function that can be run by name, and again by [`TABLES`](crate::TABLES).
macro_rules! examples {
    ($(fn $name:ident() $body:block)*) => {
        $(#[test] pub fn $name() $body)*
        /// Every example of this file.
        pub const TABLE: &[(&str, fn())] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use examples;

/// The tab, and what the test wants to know of it.
pub struct Desk {
    /// The machine in virtual time.
    pub tab: Tab,
    /// A token's life, ms.
    pub life: i64,
    waiters: WaiterId,
    tokens: TokenId,
}

impl Desk {
    /// A tab with these abilities of its source, which has not started.
    pub fn with(source: Abilities) -> Self {
        Self::of(Config { source, ..Config::default() })
    }

    /// A tab with this configuration, which has not started.
    pub fn of(config: Config) -> Self {
        let tab = Tab::new(config, Time::new(0, 1));
        Self { tab, life: 60_000, waiters: 0, tokens: 0 }
    }

    /// A tab of a full source that has pinned its only session.
    pub fn signed_in() -> Self {
        let mut desk = Self::with(FULL).started();
        desk.view(view(Some(11), &[11]));
        desk
    }

    /// A tab of a bare function that has had a token.
    pub fn taught() -> (Self, TokenId) {
        let mut desk = Self::with(BARE).started();
        let waiter = desk.ask(Style::Token);
        let token = desk.mints(11);
        assert_eq!(desk.outcome(waiter), Some(Outcome::Token(token)));
        (desk, token)
    }

    /// Starts it, as on a first visit.
    pub fn started(mut self) -> Self {
        self.tab.put(Input::Start { stored: Ok(None), online: true });
        self
    }

    /// Starts it, as after a reload with this session pinned, last seen a minute ago.
    pub fn reloaded(mut self, number: u32) -> Self {
        let seen = self.wall() - 60_000;
        self.tab.put(Input::Start { stored: Ok(Some(Stored { session: session(number), seen })), online: true });
        self
    }

    /// The source's view comes in.
    pub fn view(&mut self, view: View) {
        self.tab.put(Input::View(view));
    }

    /// Somebody asks, unforced, for the default template.
    pub fn ask(&mut self, style: Style) -> WaiterId {
        self.ask_as(style, false, None)
    }

    /// Somebody asks for another token than the one at hand.
    pub fn force(&mut self, style: Style) -> WaiterId {
        self.ask_as(style, true, None)
    }

    /// Somebody asks, with everything that can be said.
    pub fn ask_as(&mut self, style: Style, forced: bool, timeout: Option<u64>) -> WaiterId {
        let account = self.tab.machine.account_id();
        let waiter = self.waiter();
        self.tab.put(Input::Ask(Ask { waiter, account, template: None, style, forced, replaces: None, timeout }));
        waiter
    }

    /// A waiter's number that is free.
    pub fn waiter(&mut self) -> WaiterId {
        self.waiters += 1;
        self.waiters
    }

    /// The mint that is under way; the newest, if abandoned ones still are.
    pub fn flight(&self) -> FlightId {
        *self.tab.open.last().expect("a mint is under way")
    }

    /// The mint under way brings this.
    pub fn answer(&mut self, answer: Answer) {
        let flight = self.flight();
        self.tab.put(Input::Minted(flight, answer));
    }

    /// The mint under way brings a new token of this session.
    pub fn mints(&mut self, number: u32) -> TokenId {
        self.lands(self.flight(), number)
    }

    /// This mint, which may be an abandoned one, brings a new token of this session.
    pub fn lands(&mut self, flight: FlightId, number: u32) -> TokenId {
        let facts = self.token(number);
        let id = facts.id;
        self.tab.put(Input::Minted(flight, Answer::Token(facts)));
        id
    }

    /// A new token of this session, signed now.
    pub fn token(&mut self, number: u32) -> TokenFacts {
        self.tokens += 1;
        let SessionRef { session_id, user_id, .. } = session(number);
        let iat = self.tab.time.real / 1_000 * 1_000;
        let iss = Some("https://issuer.test".into());
        TokenFacts {
            id: self.tokens,
            sub: Some(user_id),
            sid: session_id,
            iss,
            iat: Some(iat),
            exp: Some(iat + self.life),
        }
    }

    /// The last errand comes back.
    pub fn done(&mut self, result: Result<(), Failure>) {
        let (errand, _) = self.errands().pop_last().expect("an errand was ordered");
        self.tab.put(Input::Done(errand, result));
    }

    /// Somebody calls `pin`.
    pub fn pin(&mut self, number: u32) -> WaiterId {
        let waiter = self.waiter();
        self.tab.put(Input::Pin(waiter, session(number)));
        waiter
    }

    /// Somebody calls `signOut`.
    pub fn sign_out(&mut self) -> WaiterId {
        let waiter = self.waiter();
        self.tab.put(Input::SignOut(waiter));
        waiter
    }

    /// Time goes by while awake.
    pub fn wait(&mut self, ms: u64) {
        self.tab.wait(ms);
    }

    /// The device's wall clock.
    pub fn wall(&self) -> i64 {
        self.tab.time.real + self.tab.time.skew
    }

    /// The next mint comes only after the provider's next full second, and brings a new token.
    pub fn mints_after_the_full_second(&mut self) -> TokenId {
        let until = 1_000 - self.wall().rem_euclid(1_000) as u64;
        self.wait(until);
        assert!(self.tab.open.is_empty(), "a mint within the same second");
        self.wait(1_000);
        self.mints(11)
    }
}
