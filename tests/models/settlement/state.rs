//! What the tab orders, carried out; who waits, watched.

use super::*;

impl State {
    pub(super) fn view(&self) -> View {
        let seen = Seen { session: ada(), variant: None };
        let current = match self.there {
            None => Current::Unknown,
            Some(false) => Current::Nobody,
            Some(true) => Current::Session(seen),
        };
        let sessions = self.there.map(|there| if there { vec![seen] } else { Vec::new() });
        View { current, sessions, ambient: Ambient::Unknown }
    }

    pub(super) fn put(&mut self, input: Input, tale: &Settlement, scribe: &mut Scribe<'_>) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            scribe.note(|| format!("→ {input:?}"));
            let now = self.tab.now();
            for output in self.tab.put(input) {
                scribe.note(|| format!("← {output:?}"));
                match output {
                    Output::Mint { flight, .. } => self.mints.push(Mint { flight, age: 0 }),
                    Output::Abort(flight) => self.mints.retain(|mint| mint.flight != flight),
                    Output::Settle(waiter, outcome) => self.settle(waiter, outcome, now.wall, tale),
                    Output::Judge(waiter, _) => inputs.push(Input::Judged(waiter, self.pleased)),
                    Output::Errand(id, task, _) => self.errands.push((id, task)),
                    Output::Look if !tale.bare => inputs.push(Input::View(self.view())),
                    Output::Account(account) => self.account = account.id,
                    Output::Keep(kept) => self.known.retain(|facts| kept.contains(&facts.id)),
                    _ => {}
                }
            }
        }
    }

    pub(super) fn settle(&mut self, waiter: u32, outcome: Outcome, wall: i64, tale: &Settlement) {
        let index = waiter as usize % 2;
        let kind = if index == 0 { self.kinds.0 } else { self.kinds.1 };
        if self.waits[index].take().is_none_or(|wait| wait.id != waiter) {
            self.broken = Some(ONCE);
        }
        let sight = match outcome {
            Outcome::Token(_) => "a token",
            Outcome::Null => "null",
            Outcome::Done => "done",
            Outcome::Reject(_) => "a rejection",
        };
        tale.sights.note(SIGHTS, sight);
        if let Outcome::Token(id) = outcome {
            let facts = self.known.iter().find(|facts| facts.id == id);
            let dead = facts.is_none_or(|facts| facts.exp.is_none_or(|exp| exp <= wall));
            if dead
                || !matches!(
                    kind,
                    Kind::Token | Kind::Forced | Kind::Access | Kind::Fetch | Kind::FetchForced | Kind::Claims
                )
            {
                self.broken = Some(FRESH);
            }
        }
    }

    pub(super) fn answer(&mut self, reply: Reply) -> Answer {
        let now = self.tab.now();
        match reply {
            Reply::Fresh => {
                let same = self.known.iter().find(|facts| facts.iat == Some(now.wall)).copied();
                let facts = same.unwrap_or_else(|| {
                    let id = unused(|id| self.known.iter().all(|facts| facts.id != id));
                    let (iat, exp) = (Some(now.wall), Some(now.wall + LIFE));
                    let sid = ada().session_id;
                    let facts = TokenFacts { id, sub: Some(ada().user_id), sid, iss: None, iat, exp };
                    self.known.push(facts);
                    facts
                });
                Answer::Token(facts)
            }
            Reply::Same => self.known.first().copied().map_or(Answer::Null, Answer::Token),
            Reply::Null => Answer::Null,
            Reply::Undefined => Answer::Undefined,
            Reply::Malformed => Answer::Malformed("it is not three base64url parts"),
            Reply::Rejected => Answer::Failed(Failure { status: Some(500), ..Failure::default() }),
            Reply::Busy => {
                Answer::Failed(Failure { status: Some(429), retry_after: Some(3_000), ..Failure::default() })
            }
        }
    }

    /// The clocks start again from now.
    pub(super) fn close(mut self) -> Self {
        if self.disposed {
            let waits = self.waits.iter().any(Option::is_some);
            if waits || self.tab.machine.deadline().is_some() || !self.mints.is_empty() {
                self.broken = self.broken.or(Some(STILL));
            }
            // Nothing more can come of it.
            self.tab.lag = 0;
        }
        if self.mints.iter().filter(|mint| mint.age < ABANDON).count() > 1 {
            self.broken = self.broken.or(Some(SINGLE));
        }
        if self.waits.iter().any(Option::is_some) && self.tab.machine.deadline().is_none() {
            self.broken = self.broken.or(Some(ARMED));
        }
        let renamed = self.tab.tell_from_now(Grid { step: TICK, past: PATIENCE, many: 4, ahead: 0 });
        self.mints.retain_mut(|mint| renamed.call(mint.flight).map(|flight| mint.flight = flight).is_some());
        self.errands.retain_mut(|(id, _)| renamed.call(*id).map(|after| *id = after).is_some());
        self.known.retain_mut(|facts| renamed.token(facts.id).map(|id| facts.id = id).is_some());
        for facts in &mut self.known {
            let iat = facts.iat.unwrap_or(0) - renamed.wall;
            let iat = if iat + LIFE <= WALL { WALL - PATIENCE as i64 } else { iat };
            (facts.iat, facts.exp) = (Some(iat), Some(iat + LIFE));
        }
        self.known.sort_by_key(|facts| facts.id);
        self.account = PRESENT;
        self
    }
}
