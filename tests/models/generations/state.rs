//! What the tab orders, carried out; what must never be, looked for.

use super::*;

impl State {
    pub(super) fn seen(&self, index: usize) -> Seen {
        Seen { session: person(index), variant: organization(self.variant && index == 0) }
    }

    pub(super) fn view(&self) -> View {
        let list = || (0..PEOPLE.len()).filter(|index| self.alive[*index]).map(|index| self.seen(index)).collect();
        let (current, sessions) = match (self.says, self.current) {
            (Says::Loading, _) => (Current::Unknown, None),
            (Says::Truth, Some(index)) => (Current::Session(self.seen(index)), Some(list())),
            _ => (Current::Nobody, Some(list())),
        };
        View { current, sessions, ambient: Ambient::Unknown }
    }

    pub(super) fn put(&mut self, input: Input, tale: &Generations, action: Option<Action>, scribe: &mut Scribe<'_>) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            let was = self.tab.machine.snapshot();
            let selecting = self.is_selecting();
            scribe.note(|| format!("→ {input:?}"));
            let is_view = matches!(input, Input::View(_));
            for output in self.tab.put(input) {
                scribe.note(|| format!("← {output:?}"));
                self.carry_out(output, &mut inputs, tale);
            }
            if is_view && self.says != Says::Loading {
                let present: Vec<usize> = (0..PEOPLE.len()).filter(|index| self.alive[*index]).collect();
                if let Some((barred, _)) = &mut self.barred {
                    barred.retain(|index| present.contains(index));
                }
            }
            let now = self.tab.machine.snapshot();
            let before = Before {
                status: was.status,
                pin: was.session.map(index_of),
                stored: self.stored.filter(|_| was.status == Status::Unknown),
                looked: self.looked,
                barred: self.barred.clone(),
                selecting,
                per_tab: tale.per_tab,
            };
            let view = is_view.then(|| self.view());
            let after = (now.status, now.session.map(index_of));
            if !tale.bare && !is_allowed(&before, after, action, view.as_ref()) {
                scribe.note(|| format!("{before:?} → {after:?}"));
                self.broken = self.broken.or(Some(TABLE));
            }
            if is_view && self.says != Says::Loading {
                self.looked = self.current.filter(|_| self.says == Says::Truth);
            }
            if now.status == Status::SignedIn {
                self.barred = None;
            }
            let sight = match now.status {
                Status::Lost => Some("lost"),
                Status::SignedOut => Some("signed out"),
                _ => None,
            };
            sight.into_iter().for_each(|sight| tale.sights.note(SIGHTS, sight));
        }
        let now = self.tab.machine.snapshot();
        let stored = match now.status {
            Status::SignedIn => self.stored == now.session.map(index_of),
            Status::SignedOut => self.stored.is_none(),
            _ => true,
        };
        if !stored {
            self.broken = self.broken.or(Some(STORED));
        }
    }

    pub(super) fn carry_out(&mut self, output: Output, inputs: &mut Vec<Input>, tale: &Generations) {
        match output {
            Output::Mint { flight, session, .. } => {
                let of = session.map(index_of);
                self.mints.push(Mint { flight, age: 0, of });
                let now = self.tab.machine.snapshot();
                let selecting = self.is_selecting();
                let fits = tale.bare || now.status == Status::SignedIn && of == now.session.map(index_of) && !selecting;
                if !fits {
                    self.broken = self.broken.or(Some(ASKED_FOR));
                }
            }
            Output::Abort(flight) => self.mints.retain(|mint| mint.flight != flight),
            Output::Settle(0, outcome) => self.settle(outcome, tale),
            Output::Errand(id, task, session) => self.errands.push(Errand { id, task, of: index_of(session), age: 0 }),
            Output::Look if !tale.bare => inputs.push(Input::View(self.view())),
            Output::Store(stored) => self.stored = stored.map(|stored| index_of(stored.session)),
            Output::Account(account) => self.account = account,
            Output::Ended(account) => {
                tale.sights.note(SIGHTS, "an account's end");
                if self.wait.is_some_and(|wait| wait.account == account) {
                    // Who waits must be told in this very step, and not with a token.
                    self.wait = self.wait.map(|wait| Wait { account: 0, ..wait });
                }
            }
            Output::Keep(kept) => self.known.retain(|text| kept.contains(&text.id)),
            _ => {}
        }
    }

    pub(super) fn settle(&mut self, outcome: Outcome, tale: &Generations) {
        let Some(wait) = self.wait.take() else {
            self.broken = self.broken.or(Some(ENDED));
            return;
        };
        let Outcome::Token(id) = outcome else { return };
        tale.sights.note(SIGHTS, "a token");
        let snapshot = self.tab.machine.snapshot();
        let text = self.known.iter().find(|text| text.id == id);
        let fits = text.is_some_and(|text| {
            let account = wait.account == self.tab.machine.account_id();
            let pinned = snapshot.session.is_some_and(|pin| pin.is(person(text.of)));
            // A bare function's tokens do not tell their variant.
            account && pinned && wait.of.is_none_or(|of| of.0 == text.of)
        });
        if !fits || snapshot.status != Status::SignedIn {
            self.broken = self.broken.or(Some(OWN));
        }
    }

    pub(super) fn close(mut self) -> Self {
        if self.wait.is_some_and(|wait| wait.account == 0) {
            self.broken = self.broken.or(Some(ENDED));
        }
        if self.mints.iter().filter(|mint| mint.age < ABANDON).count() > 1 {
            self.broken = self.broken.or(Some(SINGLE));
        }
        let renamed = self.tab.tell_from_now(GRID);
        self.mints.retain_mut(|mint| renamed.call(mint.flight).map(|flight| mint.flight = flight).is_some());
        self.mints.retain(|mint| mint.age < GRID.past);
        self.errands.retain_mut(|errand| renamed.call(errand.id).map(|id| errand.id = id).is_some());
        self.known.retain_mut(|text| renamed.token(text.id).map(|id| text.id = id).is_some());
        self.known.sort_by_key(|text| text.id);
        self.account.id = 1;
        if let Some(wait) = &mut self.wait {
            wait.account = u32::from(wait.account == renamed.account);
        }
        self
    }

    pub(super) fn is_selecting(&self) -> bool {
        self.errands.iter().any(|errand| errand.task == Task::Select && errand.age < ABANDON)
    }

    pub(super) fn token(&mut self, of: usize) -> TokenFacts {
        let variant = self.variant && of == 0;
        let known = self.known.iter().find(|text| text.of == of && text.variant == variant).map(|text| text.id);
        let id = known.unwrap_or_else(|| {
            let id = unused(|id| self.known.iter().all(|text| text.id != id));
            self.known.push(Text { id, of, variant });
            id
        });
        let SessionRef { session_id, user_id, .. } = person(of);
        TokenFacts { id, sub: Some(user_id), sid: session_id, ..TokenFacts::default() }
    }

    pub(super) fn start(&mut self, tale: &Generations, scribe: &mut Scribe<'_>) {
        let source = Abilities {
            current: !tale.bare,
            per_tab: tale.per_tab,
            select: tale.select,
            sign_out: true,
            reload: false,
        };
        let config = Config { timeout: 3 * TICK, give_up_after: TICK, source, ..Config::default() };
        self.tab = Tab::new(Machine::new(config));
        self.account = Account::default();
        let stored = self.stored.map(|index| Stored { session: person(index), seen: WALL });
        self.put(Input::Start { stored: Ok(stored), online: true }, tale, None, scribe);
    }
}

impl State {
    pub(super) fn look(&mut self, tale: &Generations, action: Option<Action>, scribe: &mut Scribe<'_>) {
        if !tale.bare {
            let view = self.view();
            self.put(Input::View(view), tale, action, scribe);
        }
    }

    /// A sign-out or an unpin by hand.
    pub(super) fn bar(&mut self, unpinned: bool) {
        let pin = self.tab.machine.snapshot().session.map(index_of);
        let listed = self.says != Says::Loading;
        let mut barred: Vec<usize> = (0..PEOPLE.len()).filter(|index| listed && self.alive[*index]).collect();
        barred.extend(pin.filter(|pin| !barred.contains(pin)));
        let current = self.current.filter(|_| self.says == Says::Truth).or(pin);
        self.barred = Some((barred, current.filter(|_| unpinned)));
    }
}
