//! The Convex connector in a browser.

use super::host::Host;
use super::to_js;
use crate::core::config::OUTER_LIMIT;
use crate::core::connector::{Answer, Connector as Machine, Input, Output};
use crate::core::error::{Code, Detail, Error};
use crate::core::value::Value;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use wasm_bindgen::prelude::*;

/// One connection of a Convex client. It is never let go of, as with `Tab`.
#[wasm_bindgen]
pub struct Connector {
    machine: ManuallyDrop<RefCell<Machine>>,
    host: Host,
    draining: Cell<bool>,
}

#[wasm_bindgen]
impl Connector {
    /// Connects to an account; the first [`take`](Self::take) carries out the first orders. Those of `host`, with the
    /// numbers `id` and `number`: 0 `client.setAuth` with the callback `id`; 1 ask the account's `fetchToken` on behalf
    /// of the call `id`, forced if 1; 2 answer that call, with what was fetched for it if 1, else with null;
    /// 3 `client.clearAuth`, once Convex has digested its answers; 4 start a timer of `id` ms, or with 0 stop it; 5 null
    /// is answered although something is in flight: the error tells how much.
    #[wasm_bindgen(constructor)]
    pub fn new(account: u32, stopped: bool, bound: bool, host: Host) -> Connector {
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
            let mut error = Value::Null;
            let (kind, number, flag) = match output {
                Output::SetAuth(arm) => (0, arm, false),
                Output::Fetch(call, forced) => (1, call, forced),
                Output::Answer(call, token) => (2, call, token),
                Output::Clear => (3, 0, false),
                Output::Timer(on) => (4, if on { OUTER_LIMIT as u32 } else { 0 }, on),
                Output::GaveUp(count) => {
                    let sentence = &["No token could be had for 10 minutes; in flight as nobody: ", "."];
                    error = Error { code: Code::GaveUp, detail: Detail::Count(sentence, count) }.into();
                    (5, 0, false)
                }
            };
            self.host.order(kind, number, flag.into(), "", to_js(error));
        }
        self.draining.set(false);
    }
}
