//! What a bystander knows who reads the record: who was asked for, who is pinned, what the source said.

use super::play::Run;
use crate::support::tab::Step;
use crate::support::time::Span;
use crate::support::tokens::TextNo;
use std::collections::{BTreeMap, BTreeSet};
use tabpin::core::input::{AccountId, Answer, FlightId, Input, Style, WaiterId};
use tabpin::core::name::Name;
use tabpin::core::output::{Account, Event, Outcome, Output};
use tabpin::core::pin::{Status, Stored};
use tabpin::core::session::{SessionRef, View};

/// A template by its text, which is in order.
pub type Template = Option<&'static str>;

/// Somebody who waits.
#[derive(Clone, Debug)]
pub struct Wait {
    /// `None`: for `pin` or `signOut`.
    pub style: Option<Style>,
    pub account: AccountId,
    pub template: Template,
    /// The text that was at hand.
    pub at_hand: Option<TextNo>,
    /// The text that a forced ask wants replaced.
    pub wanted: Option<TextNo>,
    pub timeout: u64,
    pub awake: Span,
    pub online: Span,
    pub settled: bool,
}

/// A mint that has neither been answered nor called off.
#[derive(Clone, Debug)]
pub struct Flight {
    pub account: AccountId,
    pub template: Template,
    pub awake: Span,
    /// The network or the page has been away since: it need not be waited for.
    pub given_up: bool,
}

/// A text that came in for a template.
#[derive(Clone, Debug)]
pub struct Came {
    pub mono: u64,
    pub seeded: bool,
    pub account: AccountId,
}

/// The bystander.
#[derive(Clone, Debug)]
pub struct Oracle<'a> {
    pub run: &'a Run,
    pub status: Status,
    /// The status before the step.
    pub was: Status,
    pub account: Account,
    pub accounts: BTreeMap<AccountId, Account>,
    pub ended: BTreeSet<AccountId>,
    /// Accounts that began in the very step in which another of the same session ended.
    in_place: BTreeSet<AccountId>,
    pub stored: Option<Stored>,
    pub view: View,
    /// The view before the step.
    pub seen: View,
    pub pin: Option<SessionRef>,
    /// The pin before the step.
    pub had: Option<SessionRef>,
    pub waiters: BTreeMap<WaiterId, Wait>,
    pub flights: BTreeMap<FlightId, Flight>,
    pub came: BTreeMap<(TextNo, Template), Came>,
    /// What `fetchToken` was given last.
    pub handed: BTreeMap<(AccountId, Template), TextNo>,
    /// Nulls in a row, by template.
    pub nulls: BTreeMap<Template, u32>,
    pub disposed: bool,
    /// Prerendered, and not shown yet.
    pub dormant: bool,
    frozen: bool,
    pub hidden: bool,
    /// As the application sees it.
    pub online: bool,
    /// When the wall clock last jumped, monotonic ms.
    pub jumped: Option<u64>,
    offset: Option<i64>,
    /// wall − mono when the clocks last agreed.
    agreed: i64,
    /// What a prerendered page was told, and takes in with this step.
    deferred: Vec<Input>,
}

/// Holds a check against every step of a run. The check sees the state after the step, its waiters still unsettled.
pub fn every_step(run: &Run, mut check: impl FnMut(&Oracle<'_>, &Step) -> Result<(), String>) -> Result<(), String> {
    let mut oracle = Oracle::new(run);
    let mut hits = run.hits.iter().peekable();
    for (number, step) in run.steps.iter().enumerate() {
        while let Some(hit) = hits.next_if(|hit| hit.after <= number) {
            if hit.style == Style::Fetch {
                let template = oracle.template(hit.template);
                oracle.handed.insert((hit.account, template), run.tokens.number(hit.token));
            }
        }
        oracle.take(step);
        check(&oracle, step).map_err(|broken| format!("step {number} at {} ms: {broken}", step.at.mono))?;
        oracle.close(step);
    }
    Ok(())
}

impl<'a> Oracle<'a> {
    fn new(run: &'a Run) -> Self {
        let first = Account::default();
        Self {
            run,
            status: Status::Unknown,
            was: Status::Unknown,
            account: first,
            accounts: BTreeMap::from([(first.id, first)]),
            ended: BTreeSet::new(),
            in_place: BTreeSet::new(),
            stored: None,
            view: View::default(),
            seen: View::default(),
            pin: None,
            had: None,
            waiters: BTreeMap::new(),
            flights: BTreeMap::new(),
            came: BTreeMap::new(),
            handed: BTreeMap::new(),
            nulls: BTreeMap::new(),
            disposed: false,
            dormant: false,
            frozen: false,
            hidden: false,
            online: true,
            jumped: None,
            offset: None,
            agreed: 0,
            deferred: Vec::new(),
        }
    }

    /// Which template is meant by a number in the trace.
    pub fn template(&self, number: usize) -> Template {
        if number == 0 { self.run.config.template.map(Name::as_str) } else { Some("convex") }
    }

    /// Did this account take the place of another variant of the same session?
    pub fn was_in_place(&self, account: AccountId) -> bool {
        self.in_place.contains(&account)
    }

    /// What the machine takes in with the step.
    pub fn inputs<'b>(&'b self, step: &'b Step) -> impl Iterator<Item = &'b Input> {
        std::iter::once(&step.input).chain(&self.deferred)
    }

    /// Had the account ended by the time that the step came to this output?
    pub fn had_ended(&self, step: &Step, account: AccountId, is_it: impl Fn(&Output) -> bool) -> bool {
        let ends = step.outputs.iter().position(|output| *output == Output::Ended(account));
        let before = step.outputs.iter().position(is_it).zip(ends).is_some_and(|(it, ends)| it < ends);
        self.ended.contains(&account) && !before
    }

    /// A source that only mints.
    pub fn learns(&self) -> bool {
        !self.run.config.source.current
    }

    fn take(&mut self, step: &Step) {
        let offset = step.at.wall - step.at.mono as i64;
        self.agreed = if self.offset.is_none() { offset } else { self.agreed };
        let parted = (self.agreed - offset).abs() > 5_000;
        let jumps = self.offset.is_some_and(|known| (known - offset).abs() > 1_000) || parted;
        if jumps {
            self.jumped = Some(step.at.mono);
        }
        self.agreed = if parted { offset } else { self.agreed };
        self.offset = Some(offset);
        let thaws = std::mem::replace(&mut self.frozen, step.input == Input::Freeze) && !self.frozen;
        if thaws || jumps || step.input == Input::Online(true) && !self.online {
            self.flights.values_mut().for_each(|flight| flight.given_up = true);
        }
        (self.was, self.had, self.seen) = (self.status, self.pin, self.view.clone());
        let came = self.take_in(step);
        for output in &step.outputs {
            match output {
                Output::Ended(account) => _ = self.ended.insert(*account),
                Output::Account(account) => {
                    let ended = step.outputs.iter().any(|output| matches!(output, Output::Ended(_)));
                    let same = self.account.session.zip(account.session).is_some_and(|(a, b)| a.is(b));
                    if ended && same {
                        self.in_place.insert(account.id);
                    }
                    self.account = *account;
                    self.accounts.insert(account.id, *account);
                }
                Output::Snapshot => {
                    let snapshot = step.snapshot.as_ref().expect("there is one when one is told of");
                    self.status = snapshot.status;
                    self.online = snapshot.online;
                    self.pin = snapshot.session;
                }
                Output::Mint { flight, template, .. } => {
                    let (account, template, awake) = (step.account, template.map(Name::as_str), step.at.awake);
                    self.flights.insert(*flight, Flight { account, template, awake, given_up: false });
                }
                Output::Abort(flight) => _ = self.flights.remove(flight),
                _ => {}
            }
        }
        // One that is refused is forgotten at once.
        let accepted = step.outputs.iter().any(|output| matches!(output, Output::Event(Event::Token { .. })));
        for (key, mut came) in came.into_iter().filter(|_| accepted) {
            if self.ended.contains(&came.account) {
                came.account = step.account;
            }
            let seeded = came.seeded;
            self.came.entry(key).or_insert(came).seeded |= seeded;
        }
    }

    /// What a prerendered page is told waits for its start.
    fn take_in(&mut self, step: &Step) -> Vec<((TextNo, Template), Came)> {
        match step.input {
            Input::Prerendered => self.dormant = true,
            Input::Start { .. } | Input::Dispose => self.dormant = false,
            Input::View(_) | Input::Online(_) | Input::Restored(_) if self.dormant => return Vec::new(),
            _ if self.dormant => {
                self.deferred.push(step.input.clone());
                return Vec::new();
            }
            _ => {}
        }
        let inputs: Vec<_> = self.inputs(step).cloned().collect();
        inputs.iter().filter_map(|input| self.input(step, input)).collect()
    }

    /// The text that comes in with the step, if one does.
    fn input(&mut self, step: &Step, input: &Input) -> Option<((TextNo, Template), Came)> {
        let (awake, online) = (step.at.awake, step.at.online);
        let errand = Wait {
            style: None,
            account: self.account.id,
            template: None,
            at_hand: None,
            wanted: None,
            timeout: self.run.config.timeout.max(4_000),
            awake,
            online,
            settled: false,
        };
        match input {
            Input::Start { stored, .. } => self.stored = stored.ok().flatten(),
            Input::Restored(Ok(stored)) if self.status == Status::Unknown => self.stored = *stored,
            Input::View(view) => self.view = view.clone(),
            Input::Hidden(hidden) => self.hidden = *hidden,
            Input::Dispose => self.disposed = true,
            Input::Unpin => self.stored = None,
            Input::Pin(waiter, _) | Input::SignOut(waiter) => _ = self.waiters.insert(*waiter, errand),
            Input::Ask(ask) => {
                let template = ask.template.map(Name::as_str);
                let slot = crate::support::tab::TEMPLATES.iter().position(|name| *name == template);
                let at_hand = slot.and_then(|slot| step.before[slot]).filter(|_| ask.account == self.account.id);
                let wanted = match ask.style {
                    _ if !ask.forced => None,
                    Style::Fetch => self.handed.get(&(ask.account, template)).copied(),
                    _ => ask.replaces.or(at_hand).map(|id| self.run.tokens.number(id)),
                };
                let wait = Wait {
                    style: Some(ask.style),
                    account: ask.account,
                    template,
                    at_hand: at_hand.map(|id| self.run.tokens.number(id)),
                    wanted,
                    timeout: ask.timeout.unwrap_or(self.run.config.timeout),
                    ..errand
                };
                self.waiters.insert(ask.waiter, wait);
            }
            Input::Seed(Ok(facts)) => {
                let key = (self.run.tokens.number(facts.id), self.run.config.template.map(Name::as_str));
                return Some((key, Came { mono: step.at.mono, seeded: true, account: step.account }));
            }
            Input::Minted(flight, answer) => {
                let Flight { account, template, awake: launched, given_up } = self.flights.remove(flight)?;
                // What an abandoned mint says later is not listened to, unless it is a token that will do.
                let accepted = step.outputs.iter().any(|output| matches!(output, Output::Event(Event::Token { .. })));
                let heard = (awake.most - launched.most < 4_000 && !given_up) || accepted;
                let nulls = self.nulls.entry(template).or_default();
                match answer {
                    Answer::Null => *nulls += 1,
                    _ if heard => *nulls = 0,
                    _ => {}
                }
                if let Answer::Token(facts) = answer {
                    return Some((
                        (self.run.tokens.number(facts.id), template),
                        Came { mono: step.at.mono, seeded: false, account },
                    ));
                }
            }
            _ => {}
        }
        None
    }

    fn close(&mut self, step: &Step) {
        if !self.dormant {
            self.deferred.clear();
        }
        for output in &step.outputs {
            let Output::Settle(waiter, outcome) = output else { continue };
            let Some(wait) = self.waiters.get_mut(waiter) else { continue };
            wait.settled = true;
            if let (Some(Style::Fetch), Outcome::Token(token)) = (wait.style, outcome) {
                let key = (wait.account, wait.template);
                self.handed.insert(key, self.run.tokens.number(*token));
            }
        }
    }
}

/// Those who were answered in the step, with what.
pub fn settled<'a>(oracle: &'a Oracle<'_>, step: &'a Step) -> impl Iterator<Item = (WaiterId, &'a Wait, &'a Outcome)> {
    step.outputs.iter().filter_map(|output| match output {
        Output::Settle(waiter, outcome) => Some((*waiter, oracle.waiters.get(waiter)?, outcome)),
        _ => None,
    })
}

/// Is this the answer to the waiter?
pub fn settles(waiter: WaiterId) -> impl Fn(&Output) -> bool {
    move |output| matches!(output, Output::Settle(id, _) if *id == waiter)
}

/// `Err` with the words unless it holds.
pub fn ensure(holds: bool, words: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(words()) }
}
