//! The Convex connector in a browser.

use super::convert::thrown;
use super::host::ConnectorHost;
use crate::core::config::OUTER_LIMIT;
use crate::core::connector::{Answer, Connector as Machine, Input, Output};
use crate::core::error::{Code, Detail, Error};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

/// One connection of a Convex client.
#[wasm_bindgen]
pub struct Connector {
    machine: RefCell<Machine>,
    host: ConnectorHost,
    draining: Cell<bool>,
}

#[wasm_bindgen]
impl Connector {
    /// Connects to an account; `start` carries out the first orders.
    #[wasm_bindgen(constructor)]
    pub fn new(account: u32, stopped: bool, bound: bool, host: ConnectorHost) -> Connector {
        Connector { machine: RefCell::new(Machine::new(account, stopped, bound)), host, draining: Cell::new(false) }
    }

    /// Carries out what is due.
    pub fn start(&self) {
        self.drain();
    }

    /// The tab has this account, and somebody is signed in as it, or nobody.
    pub fn account(&self, account: u32, inhabited: bool) {
        self.take(Input::Account(account, inhabited));
    }

    /// A token can be had again.
    pub fn recovered(&self) {
        self.take(Input::Recovered);
    }

    /// So many are in flight.
    pub fn inflight(&self, count: u32) {
        self.take(Input::Inflight(count));
    }

    /// Convex calls a callback.
    pub fn asked(&self, call: u32, arm: u32, forced: bool) {
        self.take(Input::Asked { call, arm, forced });
    }

    /// A call has been fetched for: 0 null, 1 a token, 2 the token that was to be replaced.
    pub fn answered(&self, call: u32, kind: u8) {
        let answer = match kind {
            0 => Answer::Null,
            1 => Answer::Token,
            _ => Answer::Same,
        };
        self.take(Input::Answered { call, answer });
    }

    /// The limit's timer fired.
    pub fn limit(&self) {
        self.take(Input::Limit);
    }

    /// Nobody wants the connection any more.
    pub fn detach(&self) {
        self.take(Input::Detach);
    }

    fn take(&self, input: Input) {
        self.machine.borrow_mut().handle(input);
        self.drain();
    }

    fn drain(&self) {
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.machine.borrow_mut().poll_output();
            match output {
                Some(Output::SetAuth(arm)) => self.host.set_auth(arm),
                Some(Output::Fetch(call, forced)) => self.host.fetch(call, forced),
                Some(Output::Answer(call, token)) => self.host.answer(call, token),
                Some(Output::Clear) => self.host.clear(),
                Some(Output::Timer(on)) => self.host.timer(if on { OUTER_LIMIT as u32 } else { 0 }),
                Some(Output::GaveUp(count)) => {
                    let before = "No token could be had for 10 minutes; in flight as nobody: ";
                    let detail = Detail::Count(before, count.into(), ".");
                    self.host.gave_up(thrown(&Error { code: Code::GaveUp, detail }));
                }
                None => break,
            }
        }
        self.draining.set(false);
    }
}
