//! The Convex connector in a browser.

use super::host::ConnectorHost;
use super::to_js;
use crate::core::config::OUTER_LIMIT;
use crate::core::connector::{Answer, Connector as Machine, Input, Output};
use crate::core::error::{Code, Detail, Error};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use wasm_bindgen::prelude::*;

/// One connection of a Convex client. It is never let go of, as with `Tab`.
#[wasm_bindgen]
pub struct Connector {
    machine: ManuallyDrop<RefCell<Machine>>,
    host: ConnectorHost,
    draining: Cell<bool>,
}

#[wasm_bindgen]
impl Connector {
    /// Connects to an account; the first [`take`](Self::take) carries out the first orders.
    #[wasm_bindgen(constructor)]
    pub fn new(account: u32, stopped: bool, bound: bool, host: ConnectorHost) -> Connector {
        let machine = ManuallyDrop::new(RefCell::new(Machine::new(account, stopped, bound)));
        Connector { machine, host, draining: Cell::new(false) }
    }

    /// What happened, and carries out what follows. 0: the tab has the account `number`; 1: a token can be had again;
    /// 2: `number` are in flight; 3: Convex makes the call `number` of the callback `arm`, forced if `flag`; 4: the call
    /// `number` was answered null, 5: a new token, 6: the one it had before; 7: the timer fired; 8: nobody wants the
    /// connection any more.
    pub fn take(&self, kind: u8, number: u32, flag: bool, arm: u32) {
        let answered = |answer| Input::Answered { call: number, answer };
        self.machine.borrow_mut().handle(match kind {
            0 => Input::Account(number),
            1 => Input::Recovered,
            2 => Input::Inflight(number),
            3 => Input::Asked { call: number, arm, forced: flag },
            4 => answered(Answer::Null),
            5 => answered(Answer::Token),
            6 => answered(Answer::Same),
            7 => Input::Limit,
            _ => Input::Detach,
        });
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.machine.borrow_mut().poll_output();
            let Some(output) = output else { break };
            let (kind, number, flag) = match output {
                Output::SetAuth(arm) => (0, arm, false),
                Output::Fetch(call, forced) => (1, call, forced),
                Output::Answer(call, token) => (2, call, token),
                Output::Clear => (3, 0, false),
                Output::Timer(on) => (4, if on { OUTER_LIMIT as u32 } else { 0 }, on),
                Output::GaveUp(count) => {
                    let sentence = &["No token could be had for 10 minutes; in flight as nobody: ", "."];
                    self.host.gave_up(to_js(Error { code: Code::GaveUp, detail: Detail::Count(sentence, count) }));
                    continue;
                }
            };
            self.host.order(kind, number, flag);
        }
        self.draining.set(false);
    }
}
