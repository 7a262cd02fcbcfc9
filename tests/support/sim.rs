//! The shell and the source around a tab: carries out what the machine orders, and brings back what comes of it.

use super::provider::{Provider, Reply, Request};
use super::tab::Tab;
use super::tokens::Tokens;
use super::world::World;
use tabpin::core::input::{Answer, ErrandId, Failure, FlightId, Input};
use tabpin::core::output::{Output, Task};
use tabpin::core::session::SessionRef;

/// More timers than this without any time passing are a loop.
const SPIN: u32 = 60;

/// How the next errands go.
#[derive(Clone, Copy, Debug)]
pub struct Errands {
    /// They succeed.
    pub succeed: bool,
    /// Ms until they are done; `None` = never.
    pub latency: Option<u64>,
}

#[derive(Clone, Debug)]
enum Coming {
    Reply(FlightId, Reply),
    Done(ErrandId, Task, SessionRef, bool),
}

/// A tab with everything around it.
#[derive(Clone, Debug)]
pub struct Sim {
    /// The machine and its record.
    pub tab: Tab,
    /// Who is signed in.
    pub world: World,
    /// The token endpoint.
    pub provider: Provider,
    /// Every text.
    pub tokens: Tokens,
    /// How the next errands go.
    pub errands: Errands,
    /// The shell forgets texts as soon as it may.
    pub forgets: bool,
    /// What `waitForClaims` thinks of the next claims.
    pub satisfied: bool,
    /// The machine asked for its timer over and over without time passing.
    pub spun: bool,
    coming: Vec<(u64, Coming)>,
}

impl Sim {
    /// Puts the parts together.
    pub fn new(tab: Tab, world: World, provider: Provider) -> Self {
        Self {
            tab,
            world,
            provider,
            tokens: Tokens::default(),
            errands: Errands { succeed: true, latency: Some(5) },
            forgets: true,
            satisfied: true,
            spun: false,
            coming: Vec::new(),
        }
    }

    /// Hands in an input, and carries out every order, and those that follow from it.
    pub fn put(&mut self, input: Input) {
        let outputs = self.tab.put(input).outputs.clone();
        let mut next = Vec::new();
        for output in outputs {
            next.extend(self.carry_out(output));
        }
        for input in next {
            self.put(input);
        }
    }

    /// The source calls back: its answers may have changed.
    pub fn notify(&mut self) {
        let view = self.world.view();
        self.put(Input::View(view));
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        let now = self.tab.time.mono;
        match output {
            Output::Mint { flight, session, template, skip_cache } => {
                let request = Request { session, template, skip_cache };
                let (reply, latency) = self.provider.mint(&self.world, &mut self.tokens, &self.tab.time, request);
                self.coming.push((now + latency, Coming::Reply(flight, reply)));
            }
            Output::Errand(errand, task, session) => {
                if let Some(latency) = self.errands.latency {
                    let done = Coming::Done(errand, task, session, self.errands.succeed);
                    self.coming.push((now + latency, done));
                }
            }
            Output::Judge(waiter, _) => return Some(Input::Judged(waiter, self.satisfied)),
            Output::Look => return Some(Input::View(self.world.view())),
            Output::Keep(kept) if self.forgets => self.tokens.keep(&kept),
            _ => {}
        }
        None
    }

    /// Time goes by while awake: timers fire and answers come, each when it is due. `late`: timers come last, and late.
    pub fn wait(&mut self, ms: u64, late: u64) {
        let end = self.tab.time.mono + ms;
        let mut fired = (0, 0);
        loop {
            let due =
                self.tab.machine.deadline().map(|due| due.max(self.tab.time.mono) + late).filter(|due| *due <= end);
            let first = (0..self.coming.len()).min_by_key(|index| self.coming[*index].0);
            let first = first.filter(|index| self.coming[*index].0 <= end);
            match (due, first) {
                (Some(due), first)
                    if first.is_none_or(|index| {
                        self.coming[index].0 > due || (late == 0 && self.coming[index].0 == due)
                    }) =>
                {
                    self.tab.pass(due.saturating_sub(self.tab.time.mono));
                    fired = if fired.0 == due { (due, fired.1 + 1) } else { (due, 0) };
                    if fired.1 > SPIN {
                        self.spun = true;
                        return;
                    }
                    self.put(Input::Timer);
                }
                (_, Some(index)) => {
                    let (at, coming) = self.coming.remove(index);
                    self.tab.pass(at.saturating_sub(self.tab.time.mono));
                    self.arrive(coming);
                }
                (_, None) => break,
            }
        }
        self.tab.pass(end.saturating_sub(self.tab.time.mono));
    }

    fn arrive(&mut self, coming: Coming) {
        match coming {
            Coming::Reply(_, Reply::Never) => {}
            Coming::Reply(flight, Reply::Other(answer)) => self.put(Input::Minted(flight, answer)),
            Coming::Reply(flight, Reply::Text(text)) => {
                let facts = self.tokens.read(text);
                self.put(Input::Minted(flight, Answer::Token(facts)));
            }
            Coming::Done(errand, task, session, succeed) => {
                let found = self.world.find(session).filter(|_| succeed);
                match (task, found) {
                    (Task::Select, Some(number)) => self.world.current = Some(number),
                    (Task::SignOut, Some(number)) => self.world.end(number, true),
                    _ => {}
                }
                if found.is_some() && task != Task::Reload {
                    self.notify();
                }
                let failed = Failure { status: Some(500), ..Failure::default() };
                self.put(Input::Done(errand, if found.is_some() { Ok(()) } else { Err(failed) }));
            }
        }
    }
}
