//! One instance: the machine, the drain loop, and everything that the loop carries out.

use super::free::{read, verdict};
use super::host::Host;
use super::numbers::{ambient, config, input, style, time};
use super::to_js;
use crate::core::claims;
use crate::core::clock::Now;
use crate::core::error::Code;
use crate::core::input::{Answer, Input};
use crate::core::machine::Machine;
use crate::core::name::Name;
use crate::core::output::{Outcome, Output, Task};
use crate::core::session::SessionRef;
use crate::core::token::TokenFacts;
use crate::core::write::json;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// For so long, ms, a reading of the monotonic clock is carried on by the wall clock: in Chromium it takes longer than
/// all the rest of a hit. A wall clock that steps back or far ahead is noticed, and the monotonic one is read again.
const CARRIED: i64 = 100;
/// The order that tells of the tab's account, and the one that starts the timer or (0) stops it.
const ACCOUNT: u8 = 11;
const TIMER: u8 = 15;
/// The longest delay that a browser's timer can hold; past it the timer would fire at once.
const LONGEST_TIMER: u64 = i32::MAX as u64;

/// One instance's machine, in a browser.
#[wasm_bindgen]
pub struct Tab {
    machine: RefCell<Machine>,
    host: Host,
    draining: Cell<bool>,
    /// When both clocks were last read.
    read: Cell<Now>,
}

#[wasm_bindgen]
impl Tab {
    /// Inert until it is told of its first use. `options`: see `config`.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host, options: &[f64]) -> Tab {
        let machine = Machine::new(config(options));
        host.order(ACCOUNT, 0, 0, &json((machine.account_key(), None::<SessionRef>)));
        Tab { machine: RefCell::new(machine), host, draining: Cell::default(), read: Cell::default() }
    }

    /// Hands in what happened, see `input`, and carries out what follows.
    pub fn tell(&self, kind: u8, id: u32, numbers: &[f64]) {
        if let Some(input) = input(kind, id, numbers) {
            self.take(input);
        }
    }

    /// A token: the answer to a flight, or, with 0, rendered by the server. `id` stands for its text.
    pub fn token(&self, flight: u32, id: u32, text: String) {
        let facts = read(text, |text| {
            let claims = claims::read(text).map_err(|reason| reason.reason())?;
            if claims::is_compact_jws(text) {
                Ok(TokenFacts::new(id, &claims))
            } else {
                Err("it is not three base64url parts")
            }
        });
        self.take(match flight {
            0 => Input::Seed(facts),
            _ => Input::Minted(flight, facts.map_or_else(Answer::Malformed, Answer::Token)),
        });
    }

    /// The hot path: the id of a token that may be served as it is, else 0. `wall`: the time, ms since the epoch.
    /// `style`: see `style`, and 5: a token that is live, if only just.
    pub fn hit(&self, wall: f64, account: u32, template: u32, style: u8) -> u32 {
        let now = self.carried(time(wall));
        let template = Name::numbered(template);
        let mut machine = self.machine.borrow_mut();
        let found = match style {
            5 => machine.at_hand(now, account, template),
            _ => machine.hit(now, account, template, self::style(style.into())),
        };
        found.unwrap_or(0)
    }

    /// What a request carries without a token, see `verdict`.
    pub fn missing(&self, reason: Option<String>, account: u32, kind: f64, cookie: f64) -> JsValue {
        let machine = self.machine.borrow();
        let reason = reason.and_then(|name| Code::named(&name)).unwrap_or_else(|| machine.absence(account));
        verdict(machine.without_token(&ambient(kind, cookie), reason))
    }

    /// The counters.
    pub fn stats(&self) -> JsValue {
        to_js(self.machine.borrow().stats())
    }

    /// The time by both clocks, of which the monotonic one is not read each time.
    fn carried(&self, wall: i64) -> Now {
        let Now { mono, wall: before, roll } = self.read.get();
        if before <= wall && wall < before + CARRIED {
            return Now { mono: mono + (wall - before) as u64, wall, roll };
        }
        let now = Now { mono: performance_now() as u64, wall, roll };
        self.read.set(now);
        now
    }

    /// Hands an input in, and carries out everything that follows.
    fn take(&self, input: Input) {
        let roll = (js_sys::Math::random() * 65_536.0) as u16;
        let now = Now { mono: performance_now() as u64, wall: js_sys::Date::now() as i64, roll };
        self.machine.borrow_mut().handle(now, input);
        // Whatever is carried out may call back in; its outputs join the queue that is being drained.
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.machine.borrow_mut().poll_output();
            let Some(output) = output else { break };
            self.carry_out(output);
        }
        self.draining.set(false);
        let due = self.machine.borrow().deadline();
        let wait = |due: u64| due.saturating_sub(performance_now() as u64).min(LONGEST_TIMER) as u32;
        self.host.order(TIMER, u32::from(due.is_some()), due.map_or(0, wait), "");
    }

    /// See [`Output`]; the numbers are those of `orders` in `src/js/client.ts`.
    fn carry_out(&self, output: Output) {
        let none = String::new();
        let (kind, id, number, value) = match output {
            Output::Mint { flight, session, template, skip_cache } => {
                (0, flight, skip_cache.into(), json((session, template)))
            }
            Output::Abort(flight) => (1, flight, 0, none),
            Output::Settle(waiter, outcome) => match outcome {
                Outcome::Token(id) => (2, waiter, id, none),
                Outcome::Null => (3, waiter, 0, none),
                Outcome::Done => (4, waiter, 0, none),
                Outcome::Reject(error) => (5, waiter, 0, json(error)),
            },
            Output::Judge(waiter, token) => {
                let satisfied = self.host.order(6, waiter, token, "");
                return self.take(Input::Judged(waiter, satisfied));
            }
            Output::Errand(id, task, session) => {
                let task = match task {
                    Task::Select => 0,
                    Task::SignOut => 1,
                    Task::Reload => 2,
                };
                (7, id, task, json(session))
            }
            Output::Look => (8, 0, 0, none),
            Output::Store(stored) => (9, 0, 0, json(stored)),
            Output::Ended(account) => (10, account, 0, none),
            Output::Account(account) => {
                let key = self.machine.borrow().account_key();
                (ACCOUNT, account.id, 0, json((key, account.session)))
            }
            Output::Keep(tokens) => (12, 0, 0, json(tokens.as_slice())),
            Output::Snapshot => (13, 0, 0, json(self.machine.borrow().snapshot())),
            Output::Event(event) => (14, 0, 0, json(event)),
            Output::Say(_) | Output::Lock(..) | Output::Unlock(_) => return,
        };
        self.host.order(kind, id, number, &value);
    }
}
