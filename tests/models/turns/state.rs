//! What the tabs order, carried out; what they say, passed on; who waits, watched.

use super::*;

/// The longest rest between two attempts, with the dice at their least: to the next full second, and a little.
pub(super) const REST: u64 = 1_500;

impl Page {
    pub(super) fn gone() -> Self {
        let tab = Tab::new(Machine::new(Config::default()));
        Self { tab, wait: None, mint: None, known: Vec::new(), inbox: Vec::new(), hasty: false, gone: true }
    }

    /// The token that was issued at this moment of this tab's: the same text for all who ask at once.
    pub(super) fn intern(&mut self, iat: i64) -> TokenFacts {
        if let Some(facts) = self.known.iter().find(|facts| facts.iat == Some(iat)) {
            return *facts;
        }
        let id = unused(|id| self.known.iter().all(|facts| facts.id != id));
        let SessionRef { session_id: sid, user_id, .. } = ada();
        let facts = TokenFacts { id, sub: Some(user_id), sid, iss: None, iat: Some(iat), exp: Some(iat + LIFE) };
        self.known.push(facts);
        facts
    }

    /// What was said, with times told from now, as this tab hears it.
    pub(super) fn take_in(&mut self, heard: Heard) -> Heard {
        let now = self.tab.now().wall;
        match heard {
            Heard::Want(key, than) if than != 0 => Heard::Want(key, than + now),
            Heard::Token(key, Ok(facts), until) => {
                let facts = self.intern(facts.iat.unwrap_or(0) + now);
                Heard::Token(key, Ok(facts), until + now)
            }
            other => other,
        }
    }

    /// What this tab says, with times told from now.
    fn give_out(&self, say: Say) -> Heard {
        let now = self.tab.now().wall;
        match say {
            Say::Hello(peer) => Heard::Hello(peer),
            Say::Here(peer) => Heard::Here(peer),
            Say::Bye(tab) => Heard::Bye(tab),
            Say::Want(key, than) => Heard::Want(key, if than == 0 { 0 } else { than - now }),
            Say::Token(key, id, until) => {
                let facts = self.known.iter().find(|facts| facts.id == id).expect("a known text");
                let iat = facts.iat.map(|iat| iat - now);
                Heard::Token(key, Ok(TokenFacts { id: 0, iat, exp: None, ..*facts }), until - now)
            }
        }
    }

    fn has_usable(&self) -> bool {
        let now = self.tab.now();
        let id = self.tab.machine.clone().hit(now, self.tab.machine.account_id(), template(), Style::Token);
        !self.gone && id.is_some()
    }
}

impl State {
    pub(super) fn put(&mut self, index: usize, input: Input, tale: &Turns, scribe: &mut Scribe<'_>) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let input = inputs.remove(0);
            scribe.note(|| format!("tab {index} → {input:?}"));
            for output in self.pages[index].tab.put(input) {
                scribe.note(|| format!("tab {index} ← {output:?}"));
                match output {
                    Output::Mint { flight, .. } => self.mint(index, flight, tale),
                    Output::Abort(flight) => {
                        let page = &mut self.pages[index];
                        page.mint = page.mint.take().filter(|mint| mint.flight != flight);
                    }
                    Output::Event(Event::Token { origin: Origin::Adopted, .. }) => self.pages[index].hasty = false,
                    Output::Settle(_, outcome) => self.settle(index, outcome, tale),
                    Output::Say(say) => {
                        let heard = self.pages[index].give_out(say);
                        let others =
                            self.pages.iter_mut().enumerate().filter(|(other, page)| *other != index && !page.gone);
                        others.for_each(|(_, page)| page.inbox.push(heard.clone()));
                    }
                    Output::Lock(turn, _) if tale.locks == Locks::Missing => inputs.push(Input::NoLock(turn)),
                    Output::Lock(turn, _) => self.queue.push(Place { page: index, turn, told: false }),
                    Output::Unlock(turn) => self.queue.retain(|place| (place.page, place.turn) != (index, turn)),
                    Output::Look => inputs.push(Input::View(view())),
                    Output::Keep(kept) => self.pages[index].known.retain(|facts| kept.contains(&facts.id)),
                    _ => {}
                }
            }
        }
    }

    /// Who has waited for as long as patience lasts minds neither the lock nor the others.
    fn mint(&mut self, index: usize, flight: FlightId, tale: &Turns) {
        let others = || self.pages.iter().enumerate().filter(|(other, _)| *other != index);
        let wait = self.pages[index].wait.as_ref();
        let patient = tale.is_calm() && !self.pages[index].hasty && wait.is_none_or(|wait| wait.age < PATIENCE);
        let first = self.queue.first().is_some_and(|place| place.page == index);
        let forced = wait.is_some_and(|wait| wait.forced);
        let minted = others().any(|(_, page)| page.mint.is_some());
        let alone = others().all(|(_, page)| page.gone);
        if minted {
            tale.sights.note(SIGHTS, "two who mint at once");
        }
        if patient && (minted && !first || !forced && others().any(|(_, page)| page.has_usable())) {
            self.broken = self.broken.or(Some(SINGLE));
        }
        let page = &mut self.pages[index];
        page.mint = Some(Mint { flight, age: 0 });
        page.hasty |= !first && !alone;
        if let Some(wait) = &mut page.wait {
            // Who waits is held up but once.
            (wait.idle, wait.most) = (0, REST);
        }
    }

    fn settle(&mut self, index: usize, outcome: Outcome, tale: &Turns) {
        let page = &mut self.pages[index];
        let now = page.tab.now().wall;
        let Some(wait) = page.wait.take() else { return };
        match outcome {
            Outcome::Token(id) => {
                let own = wait.most == REST;
                tale.sights.note(SIGHTS, if own { "a token of one's own" } else { "a token of another tab's" });
                let lives = page.known.iter().any(|facts| facts.id == id && facts.exp.is_some_and(|exp| exp > now));
                self.broken = self.broken.or((!lives).then_some(FRESH));
            }
            _ => self.broken = self.broken.or((!(tale.slow || tale.fails)).then_some(SERVED)),
        }
    }

    pub(super) fn tick(&mut self) {
        for page in self.pages.iter_mut().filter(|page| !page.gone) {
            page.tab.lag += STEP;
            if let Some(mint) = &mut page.mint {
                mint.age += STEP;
            } else if let Some(wait) = &mut page.wait {
                wait.idle += STEP;
                if wait.idle > wait.most {
                    self.broken = self.broken.or(Some(HELD_UP));
                }
            }
            if let Some(wait) = &mut page.wait {
                wait.age += STEP;
                if wait.age > TIMEOUT {
                    self.broken = self.broken.or(Some(SERVED));
                }
            }
            if page.mint.as_ref().is_some_and(|mint| mint.age >= ABANDON) {
                // No answer comes later than that.
                page.mint = None;
                page.wait.iter_mut().for_each(|wait| wait.failed = true);
            }
        }
    }

    pub(super) fn come(&mut self, index: usize, tale: &Turns, scribe: &mut Scribe<'_>) {
        let source = Abilities { current: true, ..Abilities::default() };
        let config = Config { auto_refresh: false, timeout: TIMEOUT, source, ..Config::default() };
        let tab = Tab::new(Machine::new(config));
        self.pages[index] = Page { tab, gone: false, ..Page::gone() };
        self.put(index, Input::Start { stored: Ok(None), online: true }, tale, scribe);
        self.put(index, Input::View(view()), tale, scribe);
        self.put(index, Input::Join(index as u32 + 1), tale, scribe);
    }

    /// The page is gone; `crashed`: the browser frees its locks.
    pub(super) fn leave(&mut self, index: usize, crashed: bool) {
        self.pages[index] = Page::gone();
        let places = self.queue.len();
        self.queue.retain(|place| place.page != index);
        if !crashed && self.queue.len() < places {
            self.broken = self.broken.or(Some(KEPT));
        }
    }

    pub(super) fn close(mut self) -> Self {
        for (index, page) in self.pages.iter_mut().enumerate().filter(|(_, page)| !page.gone) {
            let renamed = page.tab.tell_from_now(GRID);
            page.mint = page.mint.take().and_then(|mint| Some(Mint { flight: renamed.call(mint.flight)?, ..mint }));
            for place in self.queue.iter_mut().filter(|place| place.page == index) {
                match renamed.call(place.turn) {
                    Some(turn) => place.turn = turn,
                    None => self.broken = self.broken.or(Some(KEPT)),
                }
            }
            page.known.retain_mut(|facts| renamed.token(facts.id).map(|id| facts.id = id).is_some());
            let now = page.tab.now();
            for facts in &mut page.known {
                let iat = facts.iat.unwrap_or(0) - renamed.wall;
                let dead = iat + LIFE <= now.wall - page.tab.lag as i64;
                let iat = if dead { WALL - GRID.past as i64 } else { iat };
                (facts.iat, facts.exp) = (Some(iat), Some(iat + LIFE));
            }
            page.known.sort_by_key(|facts| facts.id);
        }
        self
    }
}

fn view() -> View {
    let seen = Seen { session: ada(), variant: None };
    View { current: Current::Session(seen), sessions: Some(vec![seen]), ambient: Ambient::Unknown }
}
