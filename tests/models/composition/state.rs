//! The tab's, the connector's and Convex's parts of one step, in the order in which promises run them.

use super::*;

impl State {
    pub(super) fn run(&mut self, job: Job, tale: &Composition, scribe: &mut Scribe<'_>) {
        let mut jobs = Jobs { now: vec![job], then: Vec::new() };
        loop {
            let queue = if jobs.now.is_empty() { &mut jobs.then } else { &mut jobs.now };
            if queue.is_empty() {
                break;
            }
            match queue.remove(0) {
                Job::Resume(call) => self.client.resumed(call),
                Job::Tell(input) => self.tell(input, &mut jobs, tale, scribe),
                Job::Connect(input) => self.connect(input, &mut jobs, tale, scribe),
                Job::Fetch(fetch) => self.fetch(fetch, &mut jobs, scribe),
                Job::Deliver(call, token) => {
                    scribe.note(|| format!("Convex is given {token:?} for call {call}"));
                    self.calls.retain(|asked| asked.call != call || asked.waits);
                    jobs.now.extend(self.client.answered(call, token).map(Job::Fetch));
                    jobs.then.push(Job::Resume(call));
                }
            }
        }
    }

    pub(super) fn tell(&mut self, input: Input, jobs: &mut Jobs, tale: &Composition, scribe: &mut Scribe<'_>) {
        scribe.note(|| format!("tab → {input:?}"));
        for output in self.tab.put(input) {
            scribe.note(|| format!("tab ← {output:?}"));
            match output {
                Output::Mint { flight, session, .. } => self.mints.push((flight, 0, session.map(index_of))),
                Output::Abort(flight) => self.mints.retain(|mint| mint.0 != flight),
                Output::Settle(call, outcome) => {
                    let Some(asked) = self.calls.iter_mut().find(|asked| asked.call == call) else { continue };
                    asked.waits = false;
                    if asked.over {
                        continue;
                    }
                    let token = match outcome {
                        Outcome::Token(id) => self.known.iter().find(|text| text.0 == id),
                        _ => None,
                    };
                    asked.token = token.map(|(id, of, _)| Token { of: *of, id: *id });
                    let answer = match asked.token {
                        None => connector::Answer::Null,
                        token if token == self.given => connector::Answer::Same,
                        _ => connector::Answer::Token,
                    };
                    jobs.then.push(Job::Connect(connector::Input::Answered { call, answer }));
                }
                Output::Look => jobs.now.push(Job::Tell(Input::View(self.view()))),
                Output::Account(account) => {
                    let filled = account.id == self.account;
                    self.account = account.id;
                    jobs.now.push(Job::Connect(connector::Input::Inflight(self.client.mutations.len() as u32)));
                    jobs.now.push(Job::Connect(connector::Input::Account(account.id)));
                    if let Some(session) = account.session.filter(|_| filled) {
                        // A visitor's account is filled in by who signs in, and goes on.
                        let visitors = self.client.mutations.iter_mut().filter(|mutation| mutation.by.is_none());
                        visitors.for_each(|mutation| mutation.by = Some(index_of(session)));
                    }
                    if filled {
                        jobs.now.push(Job::Connect(connector::Input::Recovered));
                    }
                }
                Output::Keep(kept) => self.known.retain(|text| kept.contains(&text.0)),
                Output::Event(Event::Recovered) => {
                    tale.sights.note(SIGHTS, "recovered");
                    self.gave_up = false;
                    jobs.now.push(Job::Connect(connector::Input::Recovered));
                }
                Output::Event(Event::GaveUp { .. }) => {
                    tale.sights.note(SIGHTS, "gave up");
                    self.gave_up = true;
                }
                _ => {}
            }
        }
    }

    pub(super) fn connect(
        &mut self,
        input: connector::Input,
        jobs: &mut Jobs,
        tale: &Composition,
        scribe: &mut Scribe<'_>,
    ) {
        scribe.note(|| format!("connector → {input:?}"));
        let deliberate = matches!(input, connector::Input::Asked { forced: false, .. });
        self.connector.handle(input);
        let mut orders: Vec<_> = std::iter::from_fn(|| self.connector.poll_output()).collect();
        while !orders.is_empty() {
            let order = orders.remove(0);
            scribe.note(|| format!("connector ← {order:?}"));
            match order {
                connector::Output::SetAuth(arm) => {
                    let who = self.tab.machine.snapshot().session.filter(|_| self.is_signed_in()).map(index_of);
                    (self.arm, self.armed) = (arm, (self.account, who));
                    self.calls.iter_mut().for_each(|asked| asked.over = !asked.answered);
                    jobs.now.push(Job::Fetch(self.client.set_auth(arm)));
                }
                connector::Output::Fetch(call, forced) => {
                    let asked = self.calls.iter_mut().find(|asked| asked.call == call).expect("a call of Convex's");
                    asked.waits = true;
                    let account = asked.account;
                    let hit = (!forced).then(|| self.tab.hit(account, Style::Fetch)).flatten();
                    let (waiter, replaces, timeout) = (call, None, None);
                    if let Some(id) = hit {
                        let of = self.known.iter().find(|text| text.0 == id).expect("a known text").1;
                        asked.token = Some(Token { of, id });
                        asked.waits = false;
                        let same = asked.token == self.given;
                        let answer = if same { connector::Answer::Same } else { connector::Answer::Token };
                        jobs.then.push(Job::Connect(connector::Input::Answered { call, answer }));
                    } else {
                        let style = Style::Fetch;
                        let ask = Ask { waiter, account, template: None, style, forced, replaces, timeout };
                        jobs.now.push(Job::Tell(Input::Ask(ask)));
                    }
                }
                connector::Output::Answer(call, token) => {
                    let asked = self.calls.iter_mut().find(|asked| asked.call == call).expect("a call of Convex's");
                    let (token, account) = (asked.token.filter(|_| token), asked.account);
                    asked.answered = true;
                    self.given = token.or(self.given);
                    let counts = self.client.fetch.is_some_and(|(current, _)| current == call);
                    if token.is_none() && counts && !deliberate {
                        self.is_null_right(account);
                    }
                    jobs.then.push(Job::Deliver(call, token));
                }
                connector::Output::Clear => {
                    tale.sights.note(SIGHTS, "cleared");
                    self.client.clear_auth();
                }
                connector::Output::Timer(timer) => self.timer = timer,
                connector::Output::GaveUp(_) => self.limited = true,
            }
        }
    }

    pub(super) fn fetch(&mut self, fetch: Fetch, jobs: &mut Jobs, scribe: &mut Scribe<'_>) {
        scribe.note(|| format!("Convex calls fetcher {} (forced: {})", fetch.arm, fetch.forced));
        let call = unused(|call| self.calls.iter().all(|asked| asked.call != call));
        let account = if fetch.arm == self.arm { self.armed.0 } else { 0 };
        self.calls.push(Asked { call, account, waits: false, over: false, answered: false, token: None });
        self.client.calls(call, fetch.then);
        self.client.resumes.retain(|call| self.calls.iter().any(|asked| asked.call == *call && !asked.over));
        jobs.now.push(Job::Connect(connector::Input::Asked { call, arm: fetch.arm, forced: fetch.forced }));
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.tab.machine.snapshot().status == Status::SignedIn
    }

    /// Convex is told null, by the callback that counts.
    pub(super) fn is_null_right(&mut self, account: u32) {
        let ours = account == self.account && self.is_signed_in();
        let now = self.tab.now();
        let lives =
            self.tab.machine.at_hand(now, account, None).is_some_and(|id| self.given.map(|given| given.id) != Some(id));
        if ours && lives {
            self.broken = self.broken.or(Some(NULL));
        }
    }

    pub(super) fn view(&self) -> View {
        let seen = |index| Seen { session: person(index), variant: None };
        let sessions = self.current.map_or(Vec::new(), |_| vec![seen(0), seen(1)]);
        let current = self.current.map_or(Current::Nobody, |index| Current::Session(seen(index)));
        View { current, sessions: Some(sessions), ambient: Ambient::Unknown }
    }

    pub(super) fn check(&mut self) {
        let Client { auth, socket, .. } = self.client;
        let fetching = self.client.closing || self.client.fetch.is_some() || !self.client.resumes.is_empty();
        let held = matches!(
            socket,
            Socket::Stopped | Socket::Paused | Socket::Uninitialized | Socket::Connecting { paused: true }
        );
        let mut rule = None;
        if held && !fetching {
            rule = Some(STOPPED);
        }
        let counts = self.client.fetch.map(|(call, _)| call);
        let withheld = self.calls.iter().any(|asked| !asked.waits && counts == Some(asked.call));
        let lost = self.client.fetch.is_some_and(|(call, _)| self.calls.iter().all(|asked| asked.call != call));
        if withheld && !self.timer || lost {
            rule = Some(HUNG);
        }
        // Where an old token was given for want of a new one, the client is armed once nothing is in flight.
        let spent = matches!(auth, Auth::Nobody | Auth::NotRefetching) && self.client.mutations.is_empty();
        let idle = spent && !fetching && !self.timer;
        let now = self.tab.now();
        let at_hand = self.tab.machine.at_hand(now, self.account, None).is_some();
        if idle && self.is_signed_in() && at_hand && !self.gave_up {
            rule = Some(LEFT);
        }
        self.broken = self.broken.or(rule);
    }

    pub(super) fn close(mut self) -> Self {
        self.check();
        self.calls.retain(|asked| asked.waits || !asked.over);
        let renamed = self.tab.tell_from_now(GRID);
        let account = |id: &mut u32| *id = u32::from(*id == renamed.account);
        self.connector.renumber(renamed.account);
        self.calls.iter_mut().for_each(|asked| account(&mut asked.account));
        account(&mut self.armed.0);
        self.client.arm = u32::from(self.client.arm == self.arm);
        self.arm = 1;
        self.account = 1;
        self.mints.retain_mut(|mint| renamed.call(mint.0).map(|flight| mint.0 = flight).is_some());
        self.mints.retain(|mint| mint.1 < GRID.past);
        for token in [&mut self.given, &mut self.client.local].into_iter().flatten() {
            token.id =
                renamed.token(token.id).filter(|_| self.known.iter().any(|text| text.0 == token.id)).unwrap_or(0);
        }
        for asked in &mut self.calls {
            asked.token.iter_mut().for_each(|token| token.id = renamed.token(token.id).unwrap_or(0));
        }
        self.known.retain_mut(|text| renamed.token(text.0).map(|id| text.0 = id).is_some());
        for text in &mut self.known {
            text.2 -= renamed.wall;
            text.2 = if text.2 + LIFE <= WALL { WALL - GRID.past as i64 } else { text.2 };
        }
        self.known.sort_unstable();
        self
    }

    pub(super) fn token(&mut self, of: usize) -> TokenFacts {
        let wall = self.tab.now().wall;
        let known = self.known.iter().find(|text| (text.1, text.2) == (of, wall)).map(|text| text.0);
        let id = known.unwrap_or_else(|| {
            let id = unused(|id| self.known.iter().all(|text| text.0 != id));
            self.known.push((id, of, wall));
            id
        });
        let SessionRef { session_id, user_id, .. } = person(of);
        TokenFacts { id, sub: Some(user_id), sid: session_id, iss: None, iat: Some(wall), exp: Some(wall + LIFE) }
    }
}
