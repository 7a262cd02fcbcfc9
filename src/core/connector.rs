//! When a Convex client is given which callback, and when it is told null: one client, one tab, many accounts in turn.
//!
//! Convex never checks whose token it gets, stops its socket while it re-authenticates, and takes null for a
//! sign-out, after which whatever is in flight runs as nobody. So a move to another account waits until nothing is in
//! flight; null is withheld meanwhile; and the first unforced call after every re-arm gets null, the only way by which
//! Convex restarts a socket that it stopped.

use super::input::AccountId;

/// The shell's name for one call of a callback.
pub type CallId = u32;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// The tab has this account now, and somebody is signed in as it, or nobody.
    Account(AccountId, bool),
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
    /// Once Convex has digested its answers: `clearAuth`. It does not tell the server of a null by itself.
    Clear,
    /// Start the limit's timer, or stop it.
    Timer(bool),
    /// Null is answered although so many are in flight.
    GaveUp(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Call {
    id: CallId,
    arm: u32,
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
    /// Somebody is signed in.
    inhabited: bool,
    null_first: bool,
    /// Convex has been given something that ends its refreshing.
    spent: bool,
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
        let mut connector = Self { account, wanted: account, inhabited: true, bound, ..Self::default() };
        connector.rearm();
        connector.null_first = stopped;
        connector
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        (!self.outputs.is_empty()).then(|| self.outputs.remove(0))
    }

    /// Takes in what happened; drain [`poll_output`](Self::poll_output) after it.
    pub fn handle(&mut self, input: Input) {
        match input {
            Input::Account(account, inhabited) => (self.wanted, self.inhabited) = (account, inhabited),
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

    fn asked(&mut self, id: CallId, arm: u32, forced: bool) {
        if arm != self.arm {
            // An old account's callback answers null for ever: Convex's timer must not resurrect its login.
            return self.outputs.push(Output::Answer(id, false));
        }
        if self.null_first && !forced {
            self.null_first = false;
            return self.outputs.push(Output::Answer(id, false));
        }
        self.null_first = false;
        self.calls.push(Call { id, arm, forced, withheld: None });
        self.outputs.push(Output::Fetch(id, forced));
    }

    fn answered(&mut self, id: CallId, answer: Answer) {
        let Some(index) = self.calls.iter().position(|call| call.id == id) else { return };
        if answer == Answer::Token && self.calls[index].arm == self.arm && !self.is_moving() {
            self.calls.remove(index);
            self.spent = false;
            self.outputs.push(Output::Answer(id, true));
        } else {
            self.calls[index].withheld = Some(answer);
        }
    }

    fn recover(&mut self) {
        if self.is_moving() || self.detached {
            return;
        }
        for call in &mut self.calls {
            if call.withheld.take().is_some() {
                self.outputs.push(Output::Fetch(call.id, call.forced));
            }
        }
        if self.spent {
            self.rearm();
        }
    }

    fn limit(&mut self) {
        self.timing = false;
        self.past_limit = true;
        if self.inflight > 0 {
            self.outputs.push(Output::GaveUp(self.inflight));
        }
    }

    fn is_moving(&self) -> bool {
        self.wanted != self.account && !self.detached
    }

    fn rearm(&mut self) {
        self.arm += 1;
        self.account = self.wanted;
        self.null_first = true;
        self.spent = false;
        self.outputs.push(Output::SetAuth(self.arm));
    }

    /// Whatever may happen now that nothing is in flight, or that waiting is over.
    fn settle(&mut self) {
        if self.is_moving() && self.inflight == 0 && !self.bound {
            // The new callback first: Convex drops what the old one answers after that.
            self.rearm();
        }
        let free = self.inflight == 0 || self.past_limit || self.detached;
        let arm = self.arm;
        let mut kept = Vec::new();
        for call in std::mem::take(&mut self.calls) {
            let current = call.arm == arm;
            match call.withheld {
                Some(answer) if free || !current => {
                    self.spent |= current;
                    let same = answer == Answer::Same && current && !self.is_moving();
                    self.outputs.push(Output::Answer(call.id, same));
                    if current && call.forced && !self.inhabited {
                        self.outputs.push(Output::Clear);
                    }
                }
                _ => kept.push(call),
            }
        }
        self.calls = kept;
        let waiting = self.inflight > 0 && !self.past_limit && !self.detached;
        let timing = waiting && (self.is_moving() || self.calls.iter().any(|call| call.withheld.is_some()));
        if timing != self.timing {
            self.timing = timing;
            self.outputs.push(Output::Timer(timing));
        }
    }
}
