//! Plays a trace, and keeps what happened for the invariants to be held against.

use super::trace::{Op, Replaces, Setup, Storage, StoredPin, Trace};
use crate::support::provider::{Mode, Plan, Provider, Reply, Request};
use crate::support::sim::{Errands, Sim};
use crate::support::tab::{Step, TEMPLATES, Tab};
use crate::support::time::Time;
use crate::support::tokens::Tokens;
use crate::support::world::{Says, World, user_name};
use tabpin::core::config::Config;
use tabpin::core::error::Code;
use tabpin::core::header::{self, Missing};
use tabpin::core::input::{AccountId, Answer, Ask, Input, Style, WaiterId};
use tabpin::core::name::Name;
use tabpin::core::output::Output;
use tabpin::core::pin::Stored;
use tabpin::core::session::{Ambient, SessionRef};
use tabpin::core::token::{TokenFacts, TokenId};

/// A request's header, as the shell would write it, after the step of this number.
#[derive(Clone, Debug)]
pub struct Sent {
    pub after: usize,
    pub ambient: Ambient,
    pub token: Option<TokenId>,
    pub header: Result<String, Missing>,
}

/// A token served without asking, after the step of this number.
#[derive(Clone, Debug)]
pub struct Hit {
    pub after: usize,
    pub account: AccountId,
    pub template: usize,
    pub style: Style,
    pub token: TokenId,
}

/// Everything that happened.
#[derive(Clone, Debug)]
pub struct Run {
    pub config: Config,
    pub steps: Vec<Step>,
    pub tokens: Tokens,
    pub sent: Vec<Sent>,
    pub hits: Vec<Hit>,
    pub spun: bool,
    /// Nobody can still be waiting: time was given, or the instance disposed.
    pub complete: bool,
}

/// Plays the trace to its end.
pub fn play(trace: &Trace) -> Run {
    let mut player = Player::start(&trace.setup, trace.dice);
    for (number, op) in trace.ops.iter().enumerate() {
        if trace.setup.prerendered == Some(number) {
            player.activate();
        }
        player.play(*op);
    }
    player.activate();
    player.finish(trace);
    let Player { sim, sent, hits, .. } = player;
    let config = trace.setup.config.clone();
    Run { config, steps: sim.tab.steps, tokens: sim.tokens, sent, hits, spun: sim.spun, complete: true }
}

struct Player {
    sim: Sim,
    config: Config,
    sent: Vec<Sent>,
    hits: Vec<Hit>,
    waiters: WaiterId,
    /// What a prerendered page is told when it is shown.
    start: Option<Input>,
}

impl Player {
    fn start(setup: &Setup, dice: u64) -> Self {
        let mut time = Time::new(setup.skew, dice);
        time.mono = setup.uptime;
        let bare = !setup.config.source.current;
        let (named, dated, lists) = (setup.named, setup.dated, setup.lists);
        let mut world = World { bare, named, dated, lists, ..World::default() };
        if setup.loading {
            world.says = Says::Loading;
        }
        let seen = time.real + setup.skew;
        let pinned = match setup.stored {
            StoredPin::Alive => setup.users.first().copied(),
            StoredPin::Gone(user) => Some(user),
            _ => None,
        };
        let mut stored = None;
        for user in setup.users.iter().copied().chain([9]) {
            time.pass(1_000);
            if pinned == Some(user) && stored.is_none() && matches!(setup.stored, StoredPin::Alive) {
                let number = world.sign_in(user, time.real);
                stored = Some(world.sessions[number].id);
            } else if user != 9 {
                world.sign_in(user, time.real);
            }
        }
        if let StoredPin::Gone(user) = setup.stored {
            let session_id = named.then(|| "sess_old".into());
            stored = Some(SessionRef { session_id, user_id: user_name(user), started_at: None });
        }
        let mut tab = Tab::new(setup.config.clone(), time);
        let provider = Provider::new(setup.life, setup.caches);
        tab.time.pass(1_000);
        let mut sim = Sim::new(tab, world, provider);
        sim.forgets = setup.forgets;
        sim.tokens.unique = setup.unique;
        let stored = if setup.stored == StoredPin::Unreadable {
            Err(())
        } else {
            Ok(stored.map(|session| Stored { session, seen }))
        };
        let start = Input::Start { stored, online: setup.online };
        let (sent, hits) = (Vec::new(), Vec::new());
        let mut player = Self { sim, config: setup.config.clone(), sent, hits, waiters: 0, start: Some(start) };
        match setup.prerendered {
            Some(_) => player.sim.put(Input::Prerendered),
            None => player.activate(),
        }
        player
    }

    /// The page is shown for the first time.
    fn activate(&mut self) {
        if let Some(start) = self.start.take() {
            self.sim.put(start);
        }
    }

    /// Nothing runs for so long.
    fn freeze(&mut self, ms: u64, mono_runs: bool) {
        self.sim.put(Input::Freeze);
        self.sim.tab.freeze(ms, mono_runs);
    }

    /// What session storage holds when the page is back.
    fn storage(&self, storage: Storage) -> Result<Option<Stored>, ()> {
        let written = self.sim.tab.steps.iter().flat_map(|step| &step.outputs).rev().find_map(|output| match output {
            Output::Store(stored) => Some(*stored),
            _ => None,
        });
        match storage {
            Storage::Same => Ok(written.unwrap_or_default()),
            Storage::Empty => Ok(None),
            Storage::Unreliable => Err(()),
            Storage::Moved(number) => {
                let session = self.session(number).map(|number| self.sim.world.sessions[number].id);
                Ok(session.map(|session| Stored { session, seen: self.sim.tab.time.real }))
            }
        }
    }

    fn template(&self, number: usize) -> Option<Name> {
        if number == 0 { self.config.template } else { TEMPLATES[1].map(Name::new) }
    }

    fn waiter(&mut self) -> WaiterId {
        self.waiters += 1;
        self.waiters
    }

    fn session(&self, number: usize) -> Option<usize> {
        let count = self.sim.world.sessions.len();
        (count > 0).then(|| number % count)
    }

    fn told(&mut self, told: bool) {
        if told {
            self.sim.notify();
        }
    }

    fn play(&mut self, op: Op) {
        match op {
            Op::Wait { ms, late } => self.sim.wait(ms, late),
            Op::Ask { style, template, forced, replaces, timeout, stale } => {
                let template = self.template(template);
                self.ask(
                    Ask { waiter: 0, account: 0, template, style, forced, replaces: None, timeout },
                    replaces,
                    stale,
                );
            }
            Op::Hit { style, template } => self.hit(style, template),
            Op::Request { template } => self.request(template),
            Op::Plan { mode, count, latency, late_signed } => {
                self.sim.provider.plan = Plan { mode, count, latency, late_signed };
            }
            Op::SignIn { user, told } => {
                if self.sim.world.sessions.len() < 12 {
                    self.sim.world.sign_in(user, self.sim.tab.time.real);
                }
                self.told(told);
            }
            Op::End { session, replaced, told } => {
                if let Some(number) = self.session(session) {
                    self.sim.world.end(number, replaced);
                }
                self.told(told);
            }
            Op::Switch { session, told } => {
                let alive = |number: &usize| self.sim.world.sessions[*number].alive;
                if let Some(number) = self.session(session).filter(alive) {
                    self.sim.world.current = Some(number);
                }
                self.told(told);
            }
            Op::Says { says, told } => {
                self.sim.world.says = says;
                self.told(told);
            }
            Op::Variant { session, variant, told } => {
                if let Some(number) = self.session(session) {
                    self.sim.world.sessions[number].variant =
                        (variant > 0).then(|| Name::new(&format!("org_{variant}")));
                }
                self.told(told);
            }
            Op::Lists { lists } => {
                self.sim.world.lists = lists;
                self.sim.notify();
            }
            Op::Cookie { whose } => {
                self.sim.world.cookie = match whose {
                    0 => None,
                    1 => Some(None),
                    other => self.session(other.into()).map(Some),
                };
                self.sim.notify();
            }
            Op::Notify => self.sim.notify(),
            Op::Errands { succeed, latency } => self.sim.errands = Errands { succeed, latency },
            Op::Satisfied { yes } => self.sim.satisfied = yes,
            Op::Seed { session, mode } => self.seed(session, mode),
            Op::Cancel { waiter } => {
                let waiter = self.waiters.saturating_sub(waiter.into());
                self.sim.put(Input::Cancel(waiter));
            }
            Op::Pin { session } => {
                if let Some(number) = self.session(session) {
                    let session = self.sim.world.sessions[number].id;
                    let waiter = self.waiter();
                    self.sim.put(Input::Pin(waiter, session));
                }
            }
            // In a page that nobody sees nobody leaves.
            Op::Unpin | Op::SignOut if self.start.is_some() => {}
            Op::Unpin => self.sim.put(Input::Unpin),
            Op::SignOut => {
                let waiter = self.waiter();
                self.sim.put(Input::SignOut(waiter));
            }
            Op::Consumer { template, leeway } => {
                let template = self.template(template);
                self.sim.put(Input::Consumer(template, leeway));
            }
            Op::Online { online } => self.sim.put(Input::Online(online)),
            Op::Wake => self.sim.put(Input::Wake),
            Op::Jump { ms } => self.sim.tab.time.skew += ms,
            Op::Sleep { ms, mono_runs, wake } => {
                self.sim.tab.sleep(ms, mono_runs);
                if wake {
                    self.sim.put(Input::Wake);
                }
            }
            Op::Hidden { hidden } => self.sim.put(Input::Hidden(hidden)),
            Op::Freeze { ms, mono_runs, wake } => {
                self.freeze(ms, mono_runs);
                // Browsers that do not say that a page goes on fire the timers that are due.
                self.sim.put(if wake { Input::Wake } else { Input::Timer });
            }
            Op::Restored { ms, storage } => {
                let stored = self.storage(storage);
                self.freeze(ms, true);
                self.sim.put(Input::Restored(stored));
            }
            Op::Blip { ms } => {
                self.sim.put(Input::Online(false));
                self.sim.wait(ms, 0);
                self.sim.put(Input::Online(true));
            }
            Op::Dispose => self.sim.put(Input::Dispose),
        }
    }

    fn ask(&mut self, ask: Ask, replaces: Replaces, stale: bool) {
        let (tab, waiter) = (&mut self.sim.tab, self.waiters + 1);
        let now = tab.time.now();
        let current = tab.machine.account_id();
        let account = if stale { current.saturating_sub(1) } else { current };
        let at_hand = tab.machine.at_hand(now, account, ask.template);
        let replaces = match replaces {
            _ if !ask.forced => None,
            Replaces::Unnamed => None,
            Replaces::AtHand => at_hand,
            Replaces::Older => at_hand.and_then(|id| id.checked_sub(1)).filter(|id| self.sim.tokens.knows(*id)),
        };
        self.waiters = waiter;
        self.sim.put(Input::Ask(Ask { waiter, account, replaces, ..ask }));
    }

    fn hit(&mut self, style: Style, template: usize) {
        let name = self.template(template);
        let tab = &mut self.sim.tab;
        let (now, account) = (tab.time.now(), tab.machine.account_id());
        let after = tab.steps.len();
        if let Some(token) = tab.machine.hit(now, account, name, style) {
            self.hits.push(Hit { after, account, template, style, token });
        }
    }

    fn request(&mut self, template: usize) {
        let template = self.template(template);
        let ambient = self.sim.world.view().ambient;
        let tab = &mut self.sim.tab;
        let (now, account, after) = (tab.time.now(), tab.machine.account_id(), tab.steps.len());
        let token = tab.machine.at_hand(now, account, template);
        let header = token.and_then(|token| header::bearer(&self.sim.tokens.get(token).text));
        let header = header.ok_or_else(|| tab.machine.without_token(&ambient, Code::SourceTimeout));
        self.sent.push(Sent { after, ambient, token, header });
    }

    fn seed(&mut self, session: usize, mode: Mode) {
        let Some(number) = self.session(session) else { return };
        let Sim { world, tokens, provider, tab, .. } = &mut self.sim;
        let template = self.config.template;
        let plan = std::mem::replace(&mut provider.plan, Plan { mode, count: 1, latency: 0, late_signed: false });
        let request = Request { session: Some(world.sessions[number].id), template, skip_cache: false };
        let asked = World { bare: false, ..world.clone() };
        let reply = provider.mint(&asked, tokens, &tab.time, request).0;
        provider.plan = plan;
        let seed: Result<TokenFacts, _> = match reply {
            Reply::Text(text) => Ok(tokens.read(text)),
            Reply::Other(Answer::Malformed(reason)) => Err(reason),
            _ => return,
        };
        self.sim.put(Input::Seed(seed));
    }

    /// Gives everybody the time that they have left at most, or disposes. No run is short.
    fn finish(&mut self, trace: &Trace) {
        while trace.padded && self.sim.tab.steps.len() < super::EVENTS {
            self.play(Op::Ask {
                style: Style::Fetch,
                template: 0,
                forced: false,
                replaces: Replaces::Unnamed,
                timeout: None,
                stale: false,
            });
        }
        if trace.setup.ends_by_dispose {
            self.sim.put(Input::Dispose);
            return;
        }
        self.sim.put(Input::Online(true));
        self.sim.wait(31_000, 0);
    }
}
