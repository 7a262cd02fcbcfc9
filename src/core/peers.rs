//! The other tabs of this origin: who is there, what they say, and what of it is believed.

use super::error::{Code, Error};
use super::fault::planted;
use super::hearing::Hearing;
use super::machine::Machine;
use super::name::{Name, same};
use super::output::{Event, Output};
use super::pin::Status;
use super::session::SessionRef;
use super::token::{Expiry, Held, Origin, TokenFacts, TokenId};

/// A tab's name among tabs: a random number, new with every load and never stored. 0 is nobody's.
pub type TabId = u32;

/// So many tabs are remembered; more are not needed to know that there are several.
const MOST_PEERS: usize = 64;
/// How long a tab that has just come, or come to another account, waits for word of those who are there, ms.
const GREETING: u64 = 50;
/// How long those who were there have to answer, ms: a hidden tab is not in a hurry.
const ROLL_CALL: u64 = 1_000;
/// Of refusals that others cause, one in so many ms is told.
const REFUSALS: u64 = 1_000;

/// A tab, as it tells of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Its name.
    pub tab: TabId,
    /// The key of its account; `None` while it has none.
    pub key: Option<Name>,
    /// The session that it keeps to.
    pub session: Option<SessionRef>,
}

/// What another tab said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Heard {
    /// It has come, and wants to know who else is there.
    Hello(Peer),
    /// It is there, or has another account now.
    Here(Peer),
    /// It is gone.
    Bye(TabId),
    /// It has no token for this key that was issued after this moment (ms; 0: none at all).
    Want(Name, i64),
    /// A token for this key, and when it expires on the wall clock that all tabs share, as far as its sender knows.
    Token(Name, Result<TokenFacts, &'static str>, i64),
    /// Something that makes no sense.
    Noise,
}

/// What this tab says to the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Say {
    /// See [`Heard::Hello`].
    Hello(Peer),
    /// See [`Heard::Here`].
    Here(Peer),
    /// See [`Heard::Bye`].
    Bye(TabId),
    /// See [`Heard::Want`].
    Want(Name, i64),
    /// See [`Heard::Token`].
    Token(Name, TokenId, i64),
}

/// What this tab knows of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Company {
    /// As this tab was last introduced; its `tab` is 0 while there is no channel.
    pub(super) me: Peer,
    /// Who is there, and whether heard of since the last roll call.
    peers: Vec<(Peer, bool)>,
    /// Others may still be answering.
    pub(super) greeting: Option<Hearing>,
    /// When the roll call ends, monotonic ms.
    pub(super) roll_call: Option<u64>,
    /// Before this moment no other refusal is told, monotonic ms.
    quiet: u64,
    /// A lock was not to be had in time; since then there has been none, and no token from another tab.
    pub(super) stuck: bool,
    /// There are no locks.
    pub(super) lockless: bool,
    /// The page has gone away, and not come back yet: nothing is refreshed ahead.
    pub(super) away: bool,
}

#[cfg(feature = "models")]
impl Company {
    /// Every moment in here, monotonic ms.
    pub(super) fn moments(&mut self) -> Vec<&mut u64> {
        let mut moments = vec![&mut self.quiet];
        moments.extend(self.greeting.as_mut().map(|greeting| &mut greeting.until));
        moments.extend(self.roll_call.as_mut());
        moments
    }
}

impl Machine {
    /// There is a channel to other tabs, under this name.
    pub(super) fn join(&mut self, tab: TabId) {
        self.company = Company { greeting: self.greeting(), ..Company::default() };
        self.company.me = self.introduction(tab);
        self.present(true);
    }

    /// Tells the others who this tab is, and asks for the same if it comes with a `hello`.
    fn present(&mut self, hello: bool) {
        let me = self.company.me;
        self.put(Output::Say(if hello { Say::Hello(me) } else { Say::Here(me) }));
    }

    fn greeting(&self) -> Option<Hearing> {
        self.config.share.then(|| Hearing::new(self.clock.now.mono, GREETING))
    }

    /// The page goes away, for now or for good.
    pub(super) fn part(&mut self) {
        for index in 0..self.slots.len() {
            if !(planted!(KeepLock) && self.slots[index].template.is_some()) {
                self.release(index);
            }
        }
        if self.company.me.tab != 0 {
            self.put(Output::Say(Say::Bye(self.company.me.tab)));
        }
        self.company = Company { away: true, ..Company::default() };
    }

    fn introduction(&self, tab: TabId) -> Peer {
        let session = self.pin.session.filter(|_| self.pin.status == Status::SignedIn);
        Peer { tab, key: session.map(|_| self.account_key()), session }
    }

    /// Tells the others when this tab's account has changed; forgets who did not answer.
    pub(super) fn introduce(&mut self) {
        if self.company.me.tab == 0 {
            return;
        }
        let me = self.introduction(self.company.me.tab);
        if me != self.company.me {
            self.company.me = me;
            self.present(false);
            if !self.company.peers.is_empty() {
                // They may come to the same account in this moment: sources often get ready together.
                self.company.greeting = self.greeting();
            }
        }
        if self.company.roll_call.is_some_and(|due| due <= self.clock.now.mono) {
            self.company.roll_call = None;
            let all = planted!(RememberAll) && self.company.peers.len() > 2;
            self.company.peers.retain(|(_, heard)| *heard || all);
        }
    }

    /// Asks who is still there: a tab that crashed could not say that it is gone.
    pub(super) fn call_roll(&mut self) {
        self.company.away = false;
        if self.company.me.tab != 0 {
            self.company.roll_call = Some(self.clock.now.mono + ROLL_CALL);
            self.company.peers.iter_mut().for_each(|(_, heard)| *heard = false);
            self.present(true);
        }
    }

    /// Has this tab anything to share with others, were they there?
    pub(super) fn shares(&self) -> bool {
        self.config.share && self.company.me.tab != 0 && self.company.me.key.is_some()
    }

    /// Is there, or may there be, another tab with this account?
    pub(super) fn is_in_company(&self) -> bool {
        let Company { me, peers, greeting, .. } = &self.company;
        greeting.is_some() || peers.iter().any(|(peer, _)| same(peer.key, me.key))
    }

    /// How many other tabs are known.
    pub(super) fn tabs(&self) -> u32 {
        self.company.peers.len() as u32
    }

    /// The session of a tab that keeps to another one than this tab.
    pub(super) fn elsewhere(&self) -> Option<SessionRef> {
        let pin = self.pin.session?;
        self.company.peers.iter().filter_map(|(peer, _)| peer.session).find(|session| !session.is(pin))
    }

    /// Another tab said something.
    pub(super) fn hear(&mut self, heard: Heard) {
        if self.company.me.tab == 0 {
            return;
        }
        match heard {
            Heard::Hello(peer) => {
                self.meet(peer);
                self.present(false);
            }
            Heard::Here(peer) => self.meet(peer),
            Heard::Bye(tab)
                if planted!(LeaveWithOthers) && self.company.peers.iter().all(|(peer, _)| peer.tab != tab) =>
            {
                self.leave();
            }
            Heard::Bye(tab) => self.company.peers.retain(|(peer, _)| peer.tab != tab),
            Heard::Want(key, than) => self.lend(key, than),
            Heard::Token(key, token, until) => {
                if let Some(template) = self.template_of(key)
                    && let Err(error) =
                        token.map_err(super::mint::malformed).and_then(|facts| self.borrow(template, facts, until))
                {
                    self.complain(error);
                }
            }
            Heard::Noise => self.complain(super::mint::malformed("it came with no key of this version")),
        }
    }

    fn meet(&mut self, peer: Peer) {
        let peers = &mut self.company.peers;
        peers.retain(|(known, _)| known.tab != peer.tab);
        if peer.tab != self.company.me.tab && peers.len() < MOST_PEERS {
            peers.push((peer, true));
        }
    }

    /// Everybody who has it answers: nobody knows who else has it, and is not frozen.
    fn lend(&mut self, key: Name, than: i64) {
        let Some(template) = self.template_of(key).filter(|_| self.config.share) else { return };
        let (now, leeway) = (self.clock.now, self.config.leeway);
        let held = self.find_slot(template).and_then(|slot| slot.token);
        let newer = |held: &Held| held.facts.iat.unwrap_or(i64::MAX) > than && held.is_usable(now, leeway);
        if let Some(held) = held.filter(newer) {
            self.put(Output::Say(Say::Token(key, held.facts.id, held.expires.wall)));
        }
    }

    /// Hands a token that was minted here to the others.
    pub(super) fn publish(&mut self, template: Option<Name>, held: &Held) {
        if self.config.share && self.company.me.tab != 0 && self.pin.status == Status::SignedIn {
            let key = self.token_key(template);
            self.put(Output::Say(Say::Token(key, held.facts.id, held.expires.wall)));
        }
    }

    /// A token of another tab is checked like any other; what is no newer than the one at hand is passed over.
    ///
    /// `until`: this tab may know less of the skew than the sender, and so take a used token for a new one.
    fn borrow(&mut self, template: Option<Name>, facts: TokenFacts, until: i64) -> Result<(), Error> {
        let now = self.clock.now;
        let pin = self.pin.session.filter(|_| self.pin.status == Status::SignedIn);
        let Some(pin) = pin.filter(|_| self.config.share) else { return Ok(()) };
        self.check_issuer(&facts)?;
        self.check_variant(&facts)?;
        if !(pin.belongs(facts.sub, facts.sid) || planted!(BorrowAnybodys) && template.is_some()) {
            return Err(self.wrong_account(&facts));
        }
        let mut slot = *self.slot(template);
        let newer = |held: Held| held.facts.id != facts.id && held.facts.iat < facts.iat;
        if !slot.token.is_none_or(newer) {
            return Ok(());
        }
        let (_, signed) = slot.advance(facts.iat, now.mono);
        let expires = Expiry::at(now, self.clock.local_expiry(&facts, signed).min(until));
        let gone = facts.life().map_or(0, |life| life - expires.left(now));
        let aged = self.clock.age(&facts).max(gone);
        let held = Held { landing: self.landing + 1, ..Held::given(facts, expires, now, aged) };
        if !held.is_usable(now, self.config.leeway) {
            return Err(Error::plain(Code::TokenExpired, "A token from another tab has hardly any life left."));
        }
        if let Some(iat) = facts.iat {
            self.clock.learn(iat, None);
        }
        self.slot(template).newest = slot.newest;
        self.company.stuck = false;
        self.landing += 1;
        self.accept(template, held, Origin::Adopted);
        Ok(())
    }

    /// A refusal that others cause. They may cause many: not each is told.
    fn complain(&mut self, error: Error) {
        self.stats.refused += 1;
        let now = self.clock.now.mono;
        if self.company.quiet <= now || planted!(TellEvery) && error.code == Code::TokenExpired {
            self.company.quiet = now + REFUSALS;
            self.tell(Event::Refused { origin: Origin::Adopted, error });
        }
    }

    /// What tokens, locks and messages of this account and template are filed under.
    pub(super) fn token_key(&self, template: Option<Name>) -> Name {
        if planted!(MixVariants) && template.is_some() {
            return super::output::prefixed(&[self.pin.session.map(SessionRef::name), template]);
        }
        super::output::prefixed(&[Some(self.account_key()), template])
    }

    /// The template of this tab's account that the key is for, if any.
    fn template_of(&self, key: Name) -> Option<Option<Name>> {
        let ours = self.pin.status == Status::SignedIn;
        self.slots.iter().map(|slot| slot.template).find(|template| ours && self.token_key(*template) == key)
    }
}
