//! Several tabs of one browser: each a real machine, one provider for all, and everything that is between them.

use super::locks::{Holder, Locks};
use super::page::{Asked, Coming, Page, State};
use super::provider::{Provider, Reply, Request};
use super::tab::Tab;
use super::time::Time;
use super::tokens::Tokens;
use super::wire::{Message, Wire};
use super::world::{Says, World};
use tabpin::core::config::Config;
use tabpin::core::input::{Answer, Ask, Input, Style};
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output};
use tabpin::core::peers::{Heard, Say};
use tabpin::core::pin::Stored;
use tabpin::core::session::View;
use tabpin::core::token::TokenFacts;

/// More timers of one tab than this without any time passing are a loop.
const SPIN: u32 = 60;

/// What happened, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// This page's step of this number.
    Step(usize, usize),
    /// This page goes on, is frozen, or is gone.
    Now(usize, State),
}

/// The browser.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Every tab there ever was.
    pub pages: Vec<Page>,
    /// Who is signed in; each page has a current session of its own.
    pub world: World,
    /// The token endpoint.
    pub provider: Provider,
    /// Every text.
    pub tokens: Tokens,
    /// The channel.
    pub wire: Wire,
    /// The lock manager.
    pub locks: Locks,
    /// There is no channel: no tab ever joins.
    pub mute: bool,
    /// Ms since the start.
    pub clock: u64,
    /// The provider's plan is never used up.
    pub steady: bool,
    /// Everything that happened.
    pub log: Vec<Entry>,
    /// Every call of the source: when, and by whom.
    pub mints: Vec<(u64, usize)>,
    /// A tab asked for its timer over and over without time passing.
    pub spun: bool,
    start: i64,
    skew: i64,
    dice: Time,
    coming: Vec<(u64, usize, Coming)>,
}

impl Browser {
    /// A browser without tabs. `skew`: the device's wall clock minus the provider's, ms.
    pub fn new(provider: Provider, skew: i64, seed: u64) -> Self {
        let dice = Time::new(skew, seed);
        let mut browser = Self {
            pages: Vec::new(),
            world: World { lists: true, named: true, ..World::default() },
            provider,
            tokens: Tokens::default(),
            wire: Wire::new(),
            locks: Locks::default(),
            mute: false,
            steady: false,
            clock: 0,
            log: Vec::new(),
            mints: Vec::new(),
            spun: false,
            start: dice.real,
            skew,
            dice,
            coming: Vec::new(),
        };
        browser.tokens.unique = true;
        browser
    }

    /// The provider's clock.
    pub fn real(&self) -> i64 {
        self.start + self.clock as i64
    }

    /// Opens a tab in which this session is current; `duplicated`: with the pin that session storage was copied with.
    /// The source is ready after `loading` ms. Its number.
    pub fn open(&mut self, config: Config, place: usize, session: usize, duplicated: bool, loading: u64) -> usize {
        let number = self.pages.len();
        // Each document has an origin of time, and dice, of its own.
        let mut time = Time::new(self.skew, self.dice.roll());
        time.mono += 7_919 * number as u64;
        time.real = self.real();
        self.pages.push(Page::new(Tab::new(config, time), place, Some(session), self.clock));
        self.pages[number].ready = self.clock + loading;
        let pinned = Stored { session: self.world.sessions[session].id, seen: self.real() };
        self.put(number, Input::Start { stored: Ok(duplicated.then_some(pinned)), online: true });
        self.join(number);
        self.coming.push((self.clock + loading, number, Coming::Told));
        number
    }

    /// Runs, and is not gone.
    pub fn runs(&self, number: usize) -> bool {
        self.pages[number].state == State::Awake
    }

    fn join(&mut self, number: usize) {
        if !self.mute {
            let name = (self.dice.roll() >> 32) as u32 | 1;
            self.pages[number].joined = Some(name);
            self.put(number, Input::Join(name));
        }
    }

    /// What the source says in this tab.
    pub fn view(&self, number: usize) -> View {
        let page = &self.pages[number];
        let says = if page.ready > self.clock { Says::Loading } else { self.world.says };
        World { current: page.current, says, ..self.world.clone() }.view()
    }

    /// Moves a tab's clocks to now.
    pub fn touch(&mut self, number: usize) {
        let page = &mut self.pages[number];
        let passed = self.clock - page.seen;
        page.seen = self.clock;
        match page.state {
            State::Awake => page.tab.pass(passed),
            _ => page.tab.sleep(passed, true),
        }
    }

    /// Hands an input to a tab, and carries out every order.
    pub fn put(&mut self, number: usize, input: Input) {
        self.touch(number);
        let page = &mut self.pages[number];
        let fired = input == Input::Timer;
        let outputs = page.tab.put(input).outputs.clone();
        page.arm(fired);
        self.log.push(Entry::Step(number, page.tab.steps.len() - 1));
        outputs.iter().for_each(|output| self.pages[number].note(output));
        for output in outputs {
            self.carry_out(number, output);
        }
    }

    fn carry_out(&mut self, number: usize, output: Output) {
        match output {
            Output::Mint { flight, session, template, skip_cache } => {
                self.mints.push((self.clock, number));
                let request = Request { session, template, skip_cache };
                if self.steady {
                    self.provider.plan.count = 1;
                }
                let time = &self.pages[number].tab.time;
                let (reply, latency) = self.provider.mint(&self.world, &mut self.tokens, time, request);
                self.coming.push((self.clock + latency, number, Coming::Reply(flight, reply)));
            }
            Output::Look => {
                let view = self.view(number);
                self.put(number, Input::View(view));
            }
            Output::Say(say) => self.say(number, say),
            Output::Lock(id, _) if self.locks.absent => self.put(number, Input::NoLock(id)),
            Output::Lock(id, key) => {
                let had = self.locks.request(self.pages[number].place, key, number, id);
                self.coming.extend(had.then_some((self.clock, number, Coming::Granted(id))));
            }
            Output::Unlock(id) => {
                let granted = self.locks.leave(|holder| holder == Holder::Tab(number, id));
                self.grant(granted);
            }
            _ => {}
        }
    }

    fn grant(&mut self, granted: Vec<(usize, u32)>) {
        for (tab, id) in granted {
            self.coming.push((self.clock + (self.dice.roll() >> 32) % 2, tab, Coming::Granted(id)));
        }
    }

    fn say(&mut self, from: usize, say: Say) {
        let message = match say {
            Say::Hello(peer) => Message::Hello(peer),
            Say::Here(peer) => Message::Here(peer),
            Say::Bye(tab) => Message::Bye(tab),
            Say::Want(key, than) => Message::Want(key, than),
            Say::Token(key, id, until) => Message::Token(key, self.pages[from].text(id), until),
        };
        for to in 0..self.pages.len() {
            let page = &self.pages[to];
            if to != from && page.place == self.pages[from].place && page.joined.is_some() {
                for at in self.wire.send(self.clock, from, to, &mut self.dice) {
                    self.coming.push((at, to, Coming::Said(message)));
                }
            }
        }
    }

    /// Somebody asks in a tab, as the shell lets them: a token at hand is served without asking.
    pub fn ask(&mut self, number: usize, template: Option<Name>, style: Style, forced: bool) {
        self.touch(number);
        let page = &mut self.pages[number];
        let now = page.tab.time.now();
        let account = page.tab.machine.account_id();
        let awake = page.awake();
        let hit = (!forced).then(|| page.tab.machine.hit(now, account, template, style)).flatten();
        let waiter = page.asks.len() as u32 + 1;
        let settled = hit.map(|token| (awake, Outcome::Token(token)));
        let step = page.tab.steps.len();
        page.asks.push(Asked {
            waiter: settled.is_none().then_some(waiter),
            style,
            forced,
            template,
            awake,
            step,
            disturbed: false,
            settled,
        });
        if settled.is_none() {
            let ask = Ask { waiter, account, template, style, forced, replaces: None, timeout: None };
            self.put(number, Input::Ask(ask));
        }
    }

    /// The source calls back in a tab, now or later.
    pub fn tell(&mut self, number: usize, after: u64) {
        self.coming.push((self.clock + after, number, Coming::Told));
    }

    /// A message comes in from nobody.
    pub fn hear(&mut self, number: usize, message: Message) {
        self.coming.push((self.clock, number, Coming::Said(message)));
    }

    /// The page is put away, to go on later: its channel and locks are closed first. `cached`: as by pagehide.
    pub fn freeze(&mut self, number: usize, cached: bool) {
        if cached {
            self.put(number, Input::Part);
            self.pages[number].joined = None;
        }
        self.touch(number);
        self.set(number, State::Frozen);
    }

    fn set(&mut self, number: usize, state: State) {
        let page = &mut self.pages[number];
        page.state = state;
        page.asks.iter_mut().filter(|asked| asked.settled.is_none()).for_each(|asked| asked.disturbed = true);
        self.log.push(Entry::Now(number, state));
    }

    /// The page goes on. `told`: the browser says so.
    pub fn thaw(&mut self, number: usize, told: bool) {
        self.touch(number);
        self.set(number, State::Awake);
        if self.pages[number].joined.is_none() {
            self.join(number);
        }
        if told && self.runs(number) {
            self.put(number, Input::Wake);
        }
        for coming in std::mem::take(&mut self.pages[number].backlog) {
            self.coming.push((self.clock, number, coming));
        }
    }

    /// The tab goes away for good; `crashed`: without a word.
    pub fn close(&mut self, number: usize, crashed: bool) {
        if !crashed && self.runs(number) {
            self.put(number, Input::Part);
        }
        self.pages[number].joined = None;
        self.touch(number);
        self.set(number, State::Gone);
        let granted = self.locks.leave(|holder| matches!(holder, Holder::Tab(tab, _) if tab == number));
        self.grant(granted);
    }

    /// A foreign script takes every lock, or lets go of all.
    pub fn hog(&mut self, hogged: bool) {
        let granted = self.locks.hog(hogged);
        self.grant(granted);
    }

    /// The device sleeps; nothing of it runs. `told`: the tabs hear of it after.
    pub fn sleep(&mut self, ms: u64, told: bool) {
        let awake: Vec<_> = (0..self.pages.len()).filter(|number| self.runs(*number)).collect();
        for number in &awake {
            self.touch(*number);
            self.set(*number, State::Frozen);
        }
        self.clock += ms;
        for number in awake {
            self.thaw(number, told);
        }
    }

    /// Somebody sets the device's clock.
    pub fn jump(&mut self, ms: i64) {
        self.skew += ms;
        self.pages.iter_mut().for_each(|page| page.tab.time.skew += ms);
    }

    /// Time goes by: timers fire, and what is on its way arrives, each when it is due.
    pub fn wait(&mut self, ms: u64) {
        let end = self.clock + ms;
        let mut fired = (0, 0);
        while !self.spun {
            let timer = (0..self.pages.len()).filter_map(|number| Some((self.pages[number].due()?, number))).min();
            let timer = timer.map(|(due, number)| (due.max(self.clock), number)).filter(|(due, _)| *due <= end);
            let next = (0..self.coming.len()).min_by_key(|index| self.coming[*index].0);
            let next = next.filter(|index| self.coming[*index].0 <= end);
            match (timer, next) {
                (Some((due, number)), next) if next.is_none_or(|index| self.coming[index].0 > due) => {
                    fired = if fired.0 == due { (due, fired.1 + 1) } else { (due, 0) };
                    self.spun = fired.1 > SPIN * self.pages.len() as u32;
                    self.clock = due;
                    self.put(number, Input::Timer);
                }
                (_, Some(index)) => {
                    let (at, number, coming) = self.coming.remove(index);
                    self.clock = at.max(self.clock);
                    self.arrive(number, coming);
                }
                (_, None) => break,
            }
        }
        self.clock = end;
    }

    fn arrive(&mut self, number: usize, coming: Coming) {
        match self.pages[number].state {
            State::Awake => {}
            State::Frozen if matches!(coming, Coming::Said(_)) && self.pages[number].joined.is_none() => return,
            State::Frozen => return self.pages[number].backlog.push(coming),
            State::Gone => return,
        }
        match coming {
            Coming::Reply(_, Reply::Never) => {}
            Coming::Reply(flight, Reply::Other(answer)) => self.put(number, Input::Minted(flight, answer)),
            Coming::Reply(flight, Reply::Text(text)) => {
                let facts = self.read(number, text);
                self.put(number, Input::Minted(flight, Answer::Token(facts)));
            }
            Coming::Told => {
                let view = self.view(number);
                self.put(number, Input::View(view));
            }
            // The shell drops a lock that it has let go of in the meantime; not every shell need be so careful.
            Coming::Granted(id) if !self.locks.holds(number, id) && self.dice.roll() & 1 == 0 => {}
            Coming::Granted(id) => self.put(number, Input::Locked(id)),
            Coming::Said(_) if self.pages[number].joined.is_none() => {}
            Coming::Said(message) => {
                let heard = match message {
                    Message::Hello(peer) => Heard::Hello(peer),
                    Message::Here(peer) => Heard::Here(peer),
                    Message::Bye(tab) => Heard::Bye(tab),
                    Message::Want(key, than) => Heard::Want(key, than),
                    Message::Malformed(key) => Heard::Token(key, Err("it is empty"), 0),
                    Message::Noise => Heard::Noise,
                    Message::Token(key, text, until) => Heard::Token(key, Ok(self.read(number, text)), until),
                };
                self.put(number, Input::Heard(heard));
            }
        }
    }

    fn read(&mut self, number: usize, text: usize) -> TokenFacts {
        TokenFacts { id: self.pages[number].name(text), ..self.tokens.texts[text].facts }
    }
}
