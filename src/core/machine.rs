//! The machine: what it remembers, and how an input finds its place.

use super::clock::{Clock, LATE, Now};
use super::config::Config;
use super::fault::planted;
use super::input::{AccountId, Answer, ErrandId, FlightId, Input, Style, WaiterId};
use super::name::{Name, same};
use super::output::{Account, Event, Outcome, Output, Snapshot, Stats, Task};
use super::page::Page;
use super::peers::{Company, Heard};
use super::pin::{Move, Pin, Status};
use super::session::View;
use super::slot::{Errand, Flight, Slot, Waiter};
use super::token::{Held, TokenId};

/// The sans-IO state machine of one tab.
///
/// After every [`handle`](Self::handle), drain [`poll_output`](Self::poll_output) until it is empty, then arm the one
/// timer at [`deadline`](Self::deadline).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Machine {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) pin: Pin,
    pub(super) view: View,
    pub(super) account: Account,
    pub(super) slots: Vec<Slot>,
    pub(super) flights: Vec<Flight>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) errands: Vec<Errand>,
    /// Templates that a consumer schedules for itself, with its leeway.
    pub(super) consumers: Vec<(Option<Name>, u64)>,
    /// The server-rendered token, until it has been served.
    pub(super) seed: Option<Held>,
    /// Tokens from before the session's variant changed: a source that still answers with one is not believed.
    pub(super) outdated: Vec<TokenId>,
    /// What the browser says, unless a mint has succeeded since.
    pub(super) online: bool,
    /// The network stopped the last mint.
    pub(super) unreached: bool,
    pub(super) page: Page,
    /// When to look at a source that was not ready, monotonic ms, and how often that was done.
    pub(super) look: Option<(u64, u32)>,
    pub(super) disposed: bool,
    pub(super) landing: u64,
    pub(super) stats: Stats,
    pub(super) told: Told,
    pub(super) company: Company,
    next_id: u32,
    outputs: Vec<Output>,
    events: Vec<Output>,
}

/// What the shell has been told, so that only changes are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Told {
    pub(super) account: Account,
    pub(super) snapshot: Snapshot,
    pub(super) kept: Vec<TokenId>,
    pub(super) drift: Option<(super::output::Where, Option<Name>)>,
}

impl Machine {
    /// A machine that knows nothing yet; the first input is [`Input::Start`].
    pub fn new(config: Config) -> Self {
        let mut machine = Self { config, online: true, ..Self::default() };
        machine.told.snapshot = machine.snapshot();
        machine
    }

    /// Takes in what happened, at the time it is taken in.
    pub fn handle(&mut self, now: Now, input: Input) {
        let due = self.next_due();
        let armed = due.map(|due| due.max(self.clock.now.mono));
        // Leaving the other tabs is part of going.
        let thawed = !matches!(input, Input::Part) && self.thaws();
        if thawed && !(planted!(FrozenTimeCounts) && self.waiters.len() > 3) {
            self.clock.sleep(now);
        }
        let jumped = self.clock.advance(now, due, self.online);
        let Some(input) = self.admit(input) else { return };
        if jumped {
            for slot in &mut self.slots {
                suspect(&mut slot.token);
            }
            suspect(&mut self.seed);
            self.flights.iter_mut().for_each(|flight| flight.suspect = true);
        }
        if matches!(input, Input::Freeze) {
            return self.freeze();
        }
        if thawed || jumped {
            self.give_up_flights();
        }
        // The device may have slept, and not every browser says so.
        if thawed || jumped || armed.is_some_and(|due| due.saturating_add(LATE) < now.mono) {
            self.wake();
        }
        self.apply(input);
        while let Some(input) = self.deferred() {
            self.apply(input);
        }
        self.pump();
    }

    /// The next order to carry out. Events come last, so that whoever hears of one finds the account and the snapshot
    /// that it is about.
    #[inline(never)]
    pub fn poll_output(&mut self) -> Option<Output> {
        let queue = if self.outputs.is_empty() { &mut self.events } else { &mut self.outputs };
        (!queue.is_empty()).then(|| queue.remove(0))
    }

    fn apply(&mut self, input: Input) {
        if self.disposed {
            return match input {
                Input::Ask(ask) => self.settle_disposed(ask.waiter, ask.style),
                Input::Pin(waiter, _) | Input::SignOut(waiter) => self.settle(waiter, Outcome::Reject(disposed())),
                _ => {}
            };
        }
        if let Input::Minted(_, Answer::Token(facts))
        | Input::Seed(Ok(facts))
        | Input::Heard(Heard::Token(_, Ok(facts), _)) = &input
        {
            // The shell has its text now; unless it is wanted, the shell is told to forget it.
            self.told.kept.push(facts.id);
        }
        match input {
            Input::Start { stored, online } => {
                self.pin.forgetful = stored.is_err();
                self.pin.stored = stored.unwrap_or_default();
                self.online = online;
                if self.config.source.current {
                    self.look = Some((self.clock.now.mono, 0));
                }
            }
            Input::View(view) => self.see(view),
            Input::Ask(ask) => self.ask(ask),
            Input::Cancel(waiter) => self.cancel(waiter),
            Input::Minted(flight, answer) => self.minted(flight, answer),
            Input::Seed(seed) => self.sow(seed),
            Input::Pin(waiter, session) => self.pin_asked(waiter, session),
            Input::Unpin => {
                self.put(Output::Share(Move::Unpinned));
                self.unpin();
            }
            Input::Sibling(moved) => self.follow(moved),
            Input::SignOut(waiter) => self.sign_out(waiter),
            Input::Failed(id, failure) => {
                self.minted(id, Answer::Failed(failure));
                self.done(id, Err(failure));
            }
            Input::Done(errand, result) => self.done(errand, result),
            Input::Judged(waiter, satisfied) => self.judged(waiter, satisfied),
            Input::Consumer(template, leeway) => {
                if let Some(index) = self.consumers.iter().position(|(key, _)| same(*key, template)) {
                    self.consumers.swap_remove(index);
                }
                if let Some(leeway) = leeway {
                    self.consumers.push((template, leeway));
                }
            }
            Input::Online(online) => {
                if online && !self.is_online() {
                    self.give_up_flights();
                }
                self.set_online(online, false);
                if online {
                    self.wake();
                }
            }
            Input::Wake => self.wake(),
            Input::Hidden(hidden) => self.hide(hidden),
            Input::Restored(stored) => self.restored(stored),
            Input::Freeze | Input::Prerendered => {}
            Input::Timer => self.has_heard(),
            Input::Join(tab) => self.join(tab),
            Input::Part => self.part(),
            Input::Heard(heard) => self.hear(heard),
            Input::Locked(turn) => self.granted(turn),
            Input::NoLock(turn) => self.denied(turn),
            Input::Dispose => self.dispose(),
        }
    }

    /// Takes note of what the browser says, and of whether the network stopped the last mint: an application is told
    /// that it is offline by either.
    pub(super) fn set_online(&mut self, online: bool, unreached: bool) {
        let before = self.is_online();
        self.online = online;
        self.unreached = unreached;
        if self.is_online() != before {
            self.tell(Event::Online { online: !before });
        }
    }

    pub(super) fn is_online(&self) -> bool {
        self.online && !self.unreached
    }

    /// What was asked of a network that has gone since will hardly be answered: it is not waited for.
    fn give_up_flights(&mut self) {
        let awake = self.clock.awake;
        for flight in &mut self.flights {
            if !(planted!(AwaitGoneNetwork) && flight.forced) {
                flight.until = flight.until.min(awake);
            }
        }
    }

    /// Whatever was put off is tried now, but for what the provider wants put off.
    pub(super) fn wake(&mut self) {
        self.call_roll();
        // What was under way before a sleep is over, and its retry is due now as well.
        self.abandon();
        for slot in &mut self.slots {
            let rudely = planted!(WakeRudely) && self.page.hidden.is_some();
            slot.retry_at = if rudely { 0 } else { slot.not_before };
        }
        if self.config.source.current {
            self.look = Some((self.clock.now.mono, 0));
        } else if matches!(self.pin.status, Status::SignedOut | Status::Lost) {
            let template = self.config.template;
            self.slot(template).probe = true;
        }
    }

    fn dispose(&mut self) {
        self.disposed = true;
        for waiter in &std::mem::take(&mut self.waiters) {
            self.settle_disposed(waiter.id, waiter.style);
        }
        for errand in &std::mem::take(&mut self.errands) {
            // Who waits for a reload is one of the waiters.
            if let Some(waiter) = errand.waiter.filter(|_| errand.task != Task::Reload) {
                self.put(Output::Settle(waiter, Outcome::Reject(disposed())));
            }
        }
        for flight in &std::mem::take(&mut self.flights) {
            if !(planted!(OutliveDispose) && flight.abandoned) {
                self.put(Output::Abort(flight.id));
            }
        }
        self.put(Output::Ended(self.account.id));
        self.part();
        self.slots.clear();
        self.seed = None;
        self.outdated.clear();
        self.look = None;
        self.keep_tokens();
    }

    fn settle_disposed(&mut self, waiter: WaiterId, style: Style) {
        let outcome = if style == Style::Fetch { Outcome::Null } else { Outcome::Reject(disposed()) };
        self.settle(waiter, outcome);
    }

    /// The token to serve at once, if there is one: the hot path, which changes nothing but counters.
    pub fn hit(&mut self, now: Now, account: AccountId, template: Option<Name>, style: Style) -> Option<TokenId> {
        if account != self.account.id || self.pin.status != Status::SignedIn || self.disposed {
            return None;
        }
        let leeway = self.config.leeway;
        let slot = self.slots.iter_mut().find(|slot| same(slot.template, template))?;
        let held = slot.token.as_ref().filter(|held| held.is_usable(now, leeway))?;
        let id = held.facts.id;
        if style == Style::Fetch {
            if !super::ask::is_schedulable(&held.facts) {
                return None;
            }
            slot.handed = Some(id);
        }
        self.stats.asked += 1;
        Some(id)
    }

    /// A token that is live, if only just: for callers that cannot wait.
    pub fn at_hand(&self, now: Now, account: AccountId, template: Option<Name>) -> Option<TokenId> {
        let slot = self.find_slot(template)?;
        let live = slot.token.as_ref().filter(|held| held.is_live(now) && !held.suspect)?;
        (account == self.account.id && self.pin.status == Status::SignedIn).then_some(live.facts.id)
    }

    pub(super) fn find_slot(&self, template: Option<Name>) -> Option<&Slot> {
        self.slots.iter().find(|slot| same(slot.template, template))
    }

    pub(super) fn slot(&mut self, template: Option<Name>) -> &mut Slot {
        let index = self.slots.iter().position(|slot| same(slot.template, template)).unwrap_or_else(|| {
            self.slots.push(Slot { template, ..Slot::default() });
            self.slots.len() - 1
        });
        &mut self.slots[index]
    }

    /// Is a mint for this template under way?
    pub(super) fn is_under_way(&self, template: Option<Name>) -> bool {
        self.flights.iter().any(|flight| same(flight.template, template) && !flight.abandoned)
    }

    /// Does the source only mint, so that its tokens tell whose session it is?
    pub(super) fn learns(&self) -> bool {
        !self.config.source.current
    }

    #[cfg(feature = "models")]
    pub(super) fn set_next_id(&mut self, id: u32) {
        self.next_id = id;
    }

    pub(super) fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    #[inline(never)]
    pub(super) fn put(&mut self, output: Output) {
        self.outputs.push(output);
    }

    #[inline(never)]
    pub(super) fn tell(&mut self, event: Event) {
        self.events.push(Output::Event(event));
    }

    #[inline(never)]
    pub(super) fn settle(&mut self, waiter: WaiterId, outcome: Outcome) {
        self.put(Output::Settle(waiter, outcome));
    }

    pub(super) fn abort(&mut self, flight: FlightId) {
        if let Some(index) = self.flights.iter().position(|other| other.id == flight) {
            self.flights.remove(index);
        }
        self.put(Output::Abort(flight));
    }

    pub(super) fn take_errand(&mut self, id: ErrandId) -> Option<Errand> {
        let index = self.errands.iter().position(|errand| errand.id == id)?;
        Some(self.errands.remove(index))
    }

    /// Now, plus the time to a moment on the awake clock.
    pub(super) fn due(&self, awake: u64) -> u64 {
        self.clock.now.mono + awake.saturating_sub(self.clock.awake)
    }
}

fn suspect(held: &mut Option<Held>) {
    if let Some(held) = held {
        held.suspect = true;
    }
}

fn disposed() -> super::error::Error {
    super::error::Error::plain(super::error::Code::Disposed, "The instance was disposed.")
}
