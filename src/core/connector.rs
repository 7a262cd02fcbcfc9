//! When a Convex client is given which callback, and when it is told null: one client, one tab, many accounts in turn.
//!
//! Convex never checks whose token it gets, stops its socket while it re-authenticates, and takes null for a
//! sign-out, after which whatever is in flight runs as nobody. So a move to another account waits until nothing is in
//! flight; null is withheld meanwhile; and the first unforced call after every re-arm gets null, the only way by which
//! Convex restarts a socket that it stopped.

use super::fault::planted;
use super::input::AccountId;

/// The shell's name for one call of a callback.
pub type CallId = u32;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The tab has this account now.
    Account(AccountId),
    /// A token can be had again after giving up.
    Recovered,
    /// So many mutations and actions are in flight.
    Inflight(u32),
    /// Convex calls the callback of the arm.
    Asked {
        /// This call.
        call: CallId,
        /// Which callback: the number it was installed under.
        arm: u32,
        /// `forceRefreshToken`.
        forced: bool,
    },
    /// The account's `fetchToken` answered a call.
    Answered {
        /// Which call.
        call: CallId,
        /// With what.
        answer: Answer,
    },
    /// Null has been withheld for as long as may be.
    Limit,
    /// Nobody wants the connection any more; the callback installed last goes on answering for its account.
    Detach,
}

/// What `fetchToken` answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Null.
    Null,
    /// A token that Convex has not had.
    Token,
    /// The token that was to be replaced, for want of a better one. Convex never schedules by it, and while it
    /// re-authenticates takes it for a failure.
    Same,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// Install a callback under this number, bound to the tab's account.
    SetAuth(u32),
    /// Ask the account's `fetchToken` on behalf of the call.
    Fetch(CallId, bool),
    /// Answer the call: with the token that was fetched for it, or with null.
    Answer(CallId, bool),
    /// `clearAuth`: the server is told at once.
    Clear,
    /// Start the limit's timer, or stop it.
    Timer(bool),
    /// Null is answered although so many are in flight.
    GaveUp(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Call {
    id: CallId,
    forced: bool,
    /// What it was answered, if Convex has not been told.
    withheld: Option<Answer>,
}

/// The machine behind `connectConvex`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Connector {
    arm: u32,
    /// Whom the arm's callback answers for.
    account: AccountId,
    /// Whom the tab has now.
    wanted: AccountId,
    null_first: bool,
    /// The only call whose answer Convex still heeds.
    newest: CallId,
    /// What Convex has been given that ends its refreshing.
    spent: Option<Answer>,
    /// A token can be had again, for a client that still has an old one: it is armed once nothing is in flight.
    revived: bool,
    inflight: u32,
    past_limit: bool,
    timing: bool,
    detached: bool,
    /// The client is this account's only: it does not move to another.
    bound: bool,
    calls: Vec<Call>,
    outputs: Vec<Output>,
}

impl Connector {
    /// Connects a client to the tab's account. `stopped`: its socket has been connected and is not any more.
    /// `bound`: the client is this account's only, and does not move to another.
    pub fn new(account: AccountId, stopped: bool, bound: bool) -> Self {
        let mut connector = Self { account, wanted: account, bound, ..Self::default() };
        connector.rearm();
        connector.null_first = stopped;
        connector
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        (!self.outputs.is_empty()).then(|| self.outputs.remove(0))
    }

    #[inline(never)]
    fn put(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Takes in what happened; drain [`poll_output`](Self::poll_output) after it.
    pub fn handle(&mut self, input: Input) {
        match input {
            Input::Account(account) => self.wanted = account,
            Input::Recovered => self.recover(),
            Input::Inflight(count) => {
                self.inflight = count;
                self.past_limit &= count > 0;
            }
            Input::Asked { call, arm, forced } => self.asked(call, arm, forced),
            Input::Answered { call, answer } => self.answered(call, answer),
            Input::Limit => self.limit(),
            Input::Detach => self.detached = true,
        }
        self.settle();
    }

    /// The newest arm and this account are number 1 from now on, all others 0: ids only ever count up, and are compared
    /// with the newest.
    #[cfg(feature = "models")]
    pub fn renumber(&mut self, present: AccountId) {
        if self.calls.iter().all(|call| call.id != self.newest) {
            self.newest = 0;
        }
        self.arm = self.arm.min(1);
        (self.account, self.wanted) = (u32::from(self.account == present), u32::from(self.wanted == present));
    }

    fn asked(&mut self, id: CallId, arm: u32, forced: bool) {
        if arm != self.arm {
            // An old account's callback answers null for ever: Convex's timer must not resurrect its login.
            return self.put(Output::Answer(id, false));
        }
        if self.null_first && !forced {
            self.null_first = false;
            return self.put(Output::Answer(id, false));
        }
        self.null_first = false;
        self.newest = id;
        (self.spent, self.revived) = (None, false);
        self.calls.push(Call { id, forced, withheld: None });
        self.put(Output::Fetch(id, forced));
    }

    fn answered(&mut self, id: CallId, answer: Answer) {
        let Some(index) = self.calls.iter().position(|call| call.id == id) else { return };
        if answer == Answer::Token && !self.is_moving() && id == self.newest {
            self.calls.remove(index);
            (self.spent, self.revived) = (None, false);
            self.put(Output::Answer(id, true));
        } else {
            self.calls[index].withheld = Some(answer);
        }
    }

    fn recover(&mut self) {
        if self.is_moving() || self.detached {
            return;
        }
        match self.spent {
            Some(Answer::Same) if !self.past_limit => self.revived = true,
            Some(_) => return self.rearm(),
            None => {}
        }
        let newest = self.newest;
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == newest)
            && call.withheld.take().is_some()
        {
            let again = Output::Fetch(call.id, call.forced);
            self.put(again);
        }
    }

    fn limit(&mut self) {
        self.timing = false;
        self.past_limit = true;
        if self.inflight > 0 {
            self.put(Output::GaveUp(self.inflight));
        }
    }

    fn is_moving(&self) -> bool {
        self.wanted != self.account && !self.detached
    }

    /// Calls of the old callback are never answered: Convex drops what they say, but may resume its socket on it, and
    /// then send what is meant for the new account as the old one.
    fn rearm(&mut self) {
        self.calls.clear();
        self.arm += 1;
        if self.arm > 1 && !planted!(KeepServer) {
            // Told while its socket is paused, Convex's server would not hear of it, and take what is meant for the new
            // account for the old one's.
            self.put(Output::Clear);
        }
        self.account = self.wanted;
        self.null_first = !planted!(TokenFirst);
        (self.spent, self.revived) = (None, false);
        self.put(Output::SetAuth(self.arm));
    }

    /// Whatever may happen now that nothing is in flight, or that waiting is over.
    fn settle(&mut self) {
        let goes = if self.is_moving() { !self.bound } else { self.revived };
        if goes && self.inflight == 0 {
            self.rearm();
        }
        let free = self.inflight == 0 || self.past_limit || self.detached;
        let newest = self.calls.iter().position(|call| call.id == self.newest);
        let mut pending = newest.is_some();
        if let Some(index) = newest
            && let Some(answer) = self.calls[index].withheld.filter(|_| free)
        {
            let same = answer == Answer::Same && !self.is_moving();
            self.spent = Some(if same { Answer::Same } else { Answer::Null });
            self.put(Output::Answer(self.newest, same));
            self.calls.remove(index);
            pending = false;
        }
        // Convex does not heed the others, but may resume its socket on their answers: not before it has a token.
        while let Some(index) = self.calls.iter().position(|call| call.withheld.is_some()).filter(|_| !pending) {
            let call = self.calls.remove(index);
            self.put(Output::Answer(call.id, false));
        }
        let waiting = self.inflight > 0 && !self.past_limit && !self.detached;
        let withholds = self.calls.iter().any(|call| call.id == self.newest && call.withheld.is_some());
        let timing = waiting && (self.is_moving() || withholds);
        if timing != self.timing {
            self.timing = timing;
            self.put(Output::Timer(timing));
        }
    }
}
