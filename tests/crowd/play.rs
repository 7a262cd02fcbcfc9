//! Plays a trace, and keeps what happened for the invariants to be held against.

use super::trace::{Garbage, Kind, Op, Trace};
use crate::support::browser::Browser;
use crate::support::page::State;
use crate::support::provider::{ISSUER, Mode, Plan, Provider};
use crate::support::tab::TEMPLATES;
use crate::support::wire::Message;
use tabpin::core::config::{Abilities, Config};
use tabpin::core::name::Name;
use tabpin::core::output::Output;
use tabpin::core::peers::Peer;
use tabpin::core::token::TokenFacts;

/// Most tabs that a trace opens.
const MOST_TABS: usize = 8;

/// Everything that happened.
pub struct Run<'a> {
    pub trace: &'a Trace,
    pub browser: Browser,
}

/// Plays the trace to its end: then everybody goes on, and has the time that they have at most.
pub fn play(trace: &Trace) -> Run<'_> {
    let setup = &trace.setup;
    let mut provider = Provider::new(setup.life, false);
    provider.plan = Plan { mode: Mode::Honest, count: 1, latency: setup.latency, late_signed: false };
    let mut browser = Browser::new(provider, setup.skew, trace.dice);
    browser.steady = setup.kind != Kind::Wild;
    browser.world.lists = setup.lists;
    browser.locks.absent = setup.lockless;
    browser.mute = setup.mute;
    browser.wire.weather = setup.weather();
    for user in [0, 1, 0] {
        browser.world.sign_in(user, browser.real());
    }
    let mut player = Player { trace, browser };
    for (session, place) in &setup.tabs {
        player.open(*session, *place, false, setup.loading);
    }
    trace.ops.iter().for_each(|op| player.play(*op));
    player.finish();
    Run { trace, browser: player.browser }
}

struct Player<'a> {
    trace: &'a Trace,
    browser: Browser,
}

impl Player<'_> {
    fn open(&mut self, session: usize, place: usize, duplicated: bool, loading: u64) {
        let setup = &self.trace.setup;
        let number = self.browser.pages.len();
        let config = Config {
            issuers: setup.issuer.then(|| ISSUER.into()).into_iter().collect(),
            share: setup.private != Some(number),
            source: Abilities { current: true, per_tab: true, ..Abilities::default() },
            ..Config::default()
        };
        self.browser.open(config, place, session, duplicated, loading);
        self.browser.pages[number].lag = setup.busy;
        if let Some((_, lag)) = setup.lag.filter(|(tab, _)| *tab == number) {
            self.browser.pages[number].lag += lag;
        }
    }

    /// The tab that is meant, among those in this state.
    fn find(&self, tab: usize, state: State) -> Option<usize> {
        let pages = &self.browser.pages;
        let those: Vec<_> = (0..pages.len()).filter(|number| pages[*number].state == state).collect();
        (!those.is_empty()).then(|| those[tab % those.len()])
    }

    fn play(&mut self, op: Op) {
        match op {
            Op::Wait { ms } => self.browser.wait(ms),
            Op::Ask { tab, template, style, forced } => {
                if let Some(tab) = self.find(tab, State::Awake) {
                    self.browser.ask(tab, TEMPLATES[template].map(Name::new), style, forced);
                }
            }
            Op::AskAll { template, style, forced } => {
                for tab in 0..self.browser.pages.len() {
                    if self.browser.runs(tab) {
                        self.browser.ask(tab, TEMPLATES[template].map(Name::new), style, forced);
                    }
                }
            }
            Op::Open { session, place, duplicated, loading } => {
                if self.browser.pages.len() < MOST_TABS {
                    self.open(session, place, duplicated, loading);
                }
            }
            Op::Close { tab, crashed } => {
                if let Some(tab) = self.find(tab, State::Awake) {
                    self.browser.close(tab, crashed);
                }
            }
            Op::Freeze { tab, cached } => {
                if let Some(tab) = self.find(tab, State::Awake) {
                    self.browser.freeze(tab, cached);
                }
            }
            Op::Thaw { tab, told } => {
                if let Some(tab) = self.find(tab, State::Frozen) {
                    self.browser.thaw(tab, told);
                }
            }
            Op::Weather(weather) => self.browser.wire.weather = weather,
            Op::Hog { hogged } => self.browser.hog(hogged),
            Op::Plan { mode, count, latency } => {
                self.browser.provider.plan = Plan { mode, count, latency, late_signed: false };
            }
            Op::Variant { session, variant, slow } => {
                self.browser.world.sessions[session].variant =
                    (variant > 0).then(|| Name::new(&format!("org_{variant}")));
                for tab in 0..self.browser.pages.len() {
                    self.browser.tell(tab, slow * tab as u64);
                }
            }
            Op::Jump { ms } => self.browser.jump(ms),
            Op::Sleep { ms, told } => self.browser.sleep(ms, told),
            Op::Garbage { tab, what } => {
                if let Some(tab) = self.find(tab, State::Awake) {
                    self.garbage(tab, what);
                }
            }
            Op::Wake { tab } => {
                if let Some(tab) = self.find(tab, State::Awake) {
                    self.browser.put(tab, tabpin::core::input::Input::Wake);
                }
            }
        }
    }

    /// A message that no tab of ours sends.
    fn garbage(&mut self, tab: usize, what: Garbage) {
        let browser = &mut self.browser;
        let own = browser.pages[tab].tab.machine.account_key();
        // The key of a slot is the account's and the template's, as every lock and message has it.
        let key =
            browser.pages[tab].tab.steps.iter().rev().flat_map(|step| &step.outputs).find_map(|output| match output {
                Output::Lock(_, key) => Some(*key),
                _ => None,
            });
        let key = key.unwrap_or(own);
        let session = browser.pages[tab].tab.machine.snapshot().session;
        let Some(session) = session else { return };
        let now = browser.real();
        let other = &browser.world.sessions[1].id;
        let facts = TokenFacts {
            id: 0,
            sub: Some(session.user_id),
            sid: session.session_id,
            iss: Some(ISSUER.into()),
            iat: Some(now / 1_000 * 1_000),
            exp: Some(now / 1_000 * 1_000 + self.trace.setup.life),
        };
        let far = now + 10_000_000;
        let mut token = |facts: TokenFacts| {
            let text = browser.tokens.sign(facts, (Some("garbage".into()), None), true);
            Message::Token(key, text, far)
        };
        let message = match what {
            Garbage::Noise => Message::Noise,
            Garbage::Malformed => Message::Malformed(key),
            Garbage::Foreign if session.is(*other) => return,
            Garbage::Foreign => token(TokenFacts { sub: Some(other.user_id), sid: other.session_id, ..facts }),
            Garbage::Issuer if !self.trace.setup.issuer => return,
            Garbage::Issuer => token(TokenFacts { iss: Some("https://other.test".into()), ..facts }),
            // On a slow clock that has not been learned nobody can tell; its sender would.
            Garbage::Expired if self.trace.setup.skew != 0 || self.trace.setup.kind == Kind::Wild => return,
            Garbage::Expired => token(TokenFacts { exp: Some(now - 5_000), iat: Some(now - 65_000), ..facts }),
            Garbage::Template => {
                let text = browser.tokens.sign(facts, (Some("garbage".into()), None), true);
                Message::Token("1:x1:y".into(), text, far)
            }
            Garbage::Key => Message::Malformed("1:x1:y".into()),
            Garbage::Ghost => {
                Message::Here(Peer { tab: 7, key: Some(key), session: Some(browser.world.sessions[1].id) })
            }
            Garbage::Want => Message::Want("1:x1:y".into(), 0),
            Garbage::Bye => Message::Bye(8),
        };
        browser.hear(tab, message);
        browser.wait(0);
    }

    fn finish(&mut self) {
        if self.find(0, State::Awake).is_none() {
            self.open(0, 0, false, 0);
        }
        while self.browser.log.len() < super::EVENTS {
            self.play(Op::Wake { tab: 0 });
        }
        let browser = &mut self.browser;
        browser.wire.weather = self.trace.setup.weather();
        browser.provider.plan =
            Plan { mode: Mode::Honest, count: 1, latency: self.trace.setup.latency, late_signed: false };
        for tab in 0..browser.pages.len() {
            if browser.pages[tab].state == State::Frozen {
                browser.thaw(tab, true);
            }
        }
        // What was sent in bad weather arrives; then every tab looks around.
        browser.wait(4_100);
        for tab in 0..browser.pages.len() {
            if browser.runs(tab) {
                browser.put(tab, tabpin::core::input::Input::Wake);
            }
        }
        browser.wait(40_000);
    }
}
