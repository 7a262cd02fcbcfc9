//! One tab of several: its machine, and the shell's small memory.

use super::provider::Reply;
use super::tab::Tab;
use super::tokens::TextNo;
use super::wire::Message;
use std::collections::BTreeMap;
use tabpin::core::input::{FlightId, Style, WaiterId};
use tabpin::core::name::Name;
use tabpin::core::output::{Outcome, Output};
use tabpin::core::peers::TabId;
use tabpin::core::token::TokenId;

/// What is on its way to a tab.
#[derive(Clone, Debug)]
pub enum Coming {
    /// The source's answer.
    Reply(FlightId, Reply),
    /// Another tab's message.
    Said(Message),
    /// A lock.
    Granted(u32),
    /// The source calls back.
    Told,
}

/// What a page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Awake,
    /// Nothing of it runs, but it may go on later.
    Frozen,
    /// It is gone for good.
    Gone,
}

/// An ask and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// `None`: served without asking.
    pub waiter: Option<WaiterId>,
    /// How.
    pub style: Style,
    /// Another token than the one at hand was wanted.
    pub forced: bool,
    /// By which template.
    pub template: Option<Name>,
    /// When, awake ms of the tab.
    pub awake: u64,
    /// Before the tab's step of this number.
    pub step: usize,
    /// The tab was frozen, or the device slept, while somebody waited.
    pub disturbed: bool,
    /// The answer, and when, awake ms of the tab.
    pub settled: Option<(u64, Outcome)>,
}

/// A tab with its shell.
#[derive(Clone, Debug)]
pub struct Page {
    /// The machine and its record.
    pub tab: Tab,
    /// Its namespace: those of different ones share neither channel nor locks.
    pub place: usize,
    /// The session that is current in it.
    pub current: Option<usize>,
    /// The source is ready from then on, browser's ms.
    pub ready: u64,
    /// Runs, or not.
    pub state: State,
    /// Its name among tabs, while it has a channel.
    pub joined: Option<TabId>,
    /// Timers fire so much later than they should, ms.
    pub lag: u64,
    /// Every ask.
    pub asks: Vec<Asked>,
    /// What waits for it to go on.
    pub backlog: Vec<Coming>,
    /// Until when its clocks have been moved, browser's ms.
    pub seen: u64,
    /// When its timer fires, browser's ms.
    timer: Option<u64>,
    texts: Vec<TextNo>,
    ids: BTreeMap<TextNo, TokenId>,
}

impl Page {
    /// A page that has not started.
    pub fn new(tab: Tab, place: usize, current: Option<usize>, now: u64) -> Self {
        Self {
            tab,
            place,
            current,
            ready: now,
            state: State::Awake,
            joined: None,
            lag: 0,
            asks: Vec::new(),
            backlog: Vec::new(),
            seen: now,
            timer: None,
            texts: Vec::new(),
            ids: BTreeMap::new(),
        }
    }

    /// The shell's id for a text; forgotten ones get another.
    pub fn name(&mut self, text: TextNo) -> TokenId {
        let next = self.texts.len() as TokenId;
        let id = *self.ids.entry(text).or_insert(next);
        if id == next {
            self.texts.push(text);
        }
        id
    }

    /// Which text the id stands, or stood, for.
    pub fn text(&self, id: TokenId) -> TextNo {
        self.texts[id as usize]
    }

    /// What the shell itself does with an order.
    pub fn note(&mut self, output: &Output) {
        match output {
            Output::Keep(kept) => self.ids.retain(|_, id| kept.contains(id)),
            Output::Settle(waiter, outcome) => {
                let awake = self.awake();
                if let Some(asked) = self.asks.iter_mut().find(|asked| asked.waiter == Some(*waiter)) {
                    asked.settled = Some((awake, *outcome));
                }
            }
            _ => {}
        }
    }

    /// Ms for which it has certainly been awake.
    pub fn awake(&self) -> u64 {
        self.tab.awake()
    }

    /// When its timer fires next, browser's ms.
    pub fn due(&self) -> Option<u64> {
        self.timer.filter(|_| self.state == State::Awake)
    }

    /// Sets the timer anew, after every input. One that is overdue already is no later for it.
    pub fn arm(&mut self, fired: bool) {
        let overdue = self.timer.filter(|_| !fired);
        let left = self.tab.machine.deadline().map(|due| due.saturating_sub(self.tab.time.mono));
        self.timer = left.map(|left| {
            let due = self.seen + left + self.lag;
            overdue.filter(|_| left == 0).map_or(due, |overdue| overdue.min(due))
        });
    }
}
