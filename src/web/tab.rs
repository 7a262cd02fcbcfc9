//! One instance: the machine, the drain loop, and everything that the loop carries out.

use super::free::{read, verdict};
use super::host::{Host, Order};
use super::numbers::{ambient, config, duration, input, style, time};
use super::to_js;
use crate::core::clock::Now;
use crate::core::error::Code;
use crate::core::input::{Answer, Input};
use crate::core::machine::Machine;
use crate::core::name::Name;
use crate::core::output::{Outcome, Output, Task};
use crate::core::peers::{Heard, Say};
use crate::core::pin::Move;
use crate::core::token::TokenFacts;
use crate::core::value::Value;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The longest delay that a browser's timer can hold; past it the timer would fire at once.
const LONGEST_TIMER: u64 = i32::MAX as u64;

/// One instance's machine, in a browser. It is never let go of, so there is no code that would take it apart.
#[wasm_bindgen]
pub struct Tab {
    machine: ManuallyDrop<RefCell<Machine>>,
    host: Host,
    timer: RefCell<Option<Timeout>>,
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
        host.order(Order::Account as u8, 0, 0.0, machine.account_key().as_str(), JsValue::NULL);
        let machine = ManuallyDrop::new(RefCell::new(machine));
        Tab { machine, host, timer: RefCell::default(), draining: Cell::default(), read: Cell::default() }
    }

    /// Hands in what happened, see `input`, and carries out what follows.
    pub fn tell(&self, kind: u8, id: u32, numbers: &[f64]) {
        if let Some(input) = input(kind, id, numbers) {
            self.take(input);
        }
    }

    /// A token: the answer to a flight, or, with 0, rendered by the server. `id` stands for its text.
    /// False: the text is of no use.
    pub fn token(&self, flight: u32, id: u32, text: String) -> bool {
        let facts = read(text, |text| TokenFacts::read(id, text));
        let readable = facts.is_ok();
        self.take(match flight {
            0 => Input::Seed(facts),
            _ => Input::Minted(flight, facts.map_or_else(Answer::Malformed, Answer::Token)),
        });
        readable
    }

    /// Another tab's token for this key, until when it lives by that tab's reckoning; `id` stands for its text.
    /// False: the text is of no use.
    pub fn borrow(&self, key: u32, id: u32, until: f64, text: String) -> bool {
        let Some(key) = Name::numbered(key) else { return false };
        let facts = read(text, |text| TokenFacts::read_foreign(id, text));
        let readable = facts.is_ok();
        self.take(Input::Heard(Heard::Token(key, facts, time(until))));
        readable
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

    /// What a request carries without a token, see `verdict`. `reason`: a code, or empty.
    pub fn missing(&self, reason: &str, account: u32, kind: f64, cookie: f64) -> JsValue {
        let machine = self.machine.borrow();
        let reason = Code::named(reason).unwrap_or_else(|| machine.absence(account));
        verdict(machine.without_token(&ambient(kind, cookie), reason))
    }

    /// The counters.
    pub fn stats(&self) -> JsValue {
        to_js(self.machine.borrow().stats())
    }

    /// The time by both clocks, of which the monotonic one is not read each time.
    fn carried(&self, wall: i64) -> Now {
        let before = self.read.get();
        before.carried(wall).unwrap_or_else(|| {
            let now = Now { mono: duration(performance_now()), wall, ..before };
            self.read.set(now);
            now
        })
    }

    /// Hands an input in, and carries out everything that follows.
    fn take(&self, input: Input) {
        let roll = (js_sys::Math::random() * 65_536.0) as u16;
        let now = Now { mono: duration(performance_now()), wall: time(js_sys::Date::now()), roll };
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
        let timer = due.map(|due| {
            let host = self.host.clone();
            let wait = due.saturating_sub(performance_now() as u64).min(LONGEST_TIMER) as u32;
            Timeout::new(wait, move || host.order(Order::Timer as u8, 0, 0.0, "", JsValue::NULL))
        });
        self.timer.replace(timer);
    }

    #[inline(never)]
    fn carry_out(&self, output: Output) {
        let mut value = Value::Null;
        let (order, id, number, text) = match output {
            Output::Mint { flight, session, template, skip_cache } => {
                value = session.into();
                (Order::Mint, flight, f64::from(skip_cache), template)
            }
            Output::Abort(flight) => (Order::Abort, flight, 0.0, None),
            Output::Settle(waiter, outcome) => match outcome {
                Outcome::Token(id) => (Order::Token, waiter, f64::from(id), None),
                Outcome::Null => (Order::Null, waiter, 0.0, None),
                Outcome::Done => (Order::Done, waiter, 0.0, None),
                Outcome::Reject(error) => {
                    value = error.into();
                    (Order::Reject, waiter, 0.0, None)
                }
            },
            Output::Judge(waiter, token) => (Order::Judge, waiter, f64::from(token), None),
            Output::Errand(id, task, session) => {
                value = session.into();
                let task = match task {
                    Task::Select => 0.0,
                    Task::SignOut => 1.0,
                    Task::Reload => 2.0,
                };
                (Order::Errand, id, task, None)
            }
            Output::Look => (Order::Look, 0, 0.0, None),
            Output::Store(stored) => {
                value = stored.into();
                (Order::Store, 0, 0.0, None)
            }
            Output::Ended(account) => (Order::Ended, account, 0.0, None),
            Output::Account(account) => {
                value = account.session.into();
                (Order::Account, account.id, 0.0, Some(self.machine.borrow().account_key()))
            }
            Output::Keep(tokens) => {
                value = tokens.as_slice().into();
                (Order::Keep, 0, 0.0, None)
            }
            Output::Snapshot => {
                value = self.machine.borrow().snapshot().into();
                (Order::Snapshot, 0, 0.0, None)
            }
            Output::Event(event) => {
                value = event.into();
                (Order::Event, 0, 0.0, None)
            }
            Output::Say(say) => match say {
                Say::Hello(me) => {
                    value = me.session.into();
                    (Order::Hello, 0, 0.0, me.key)
                }
                Say::Here(me) => {
                    value = me.session.into();
                    (Order::Here, 0, 0.0, me.key)
                }
                Say::Bye(_) => (Order::Bye, 0, 0.0, None),
                Say::Want(key, than) => (Order::Want, 0, than as f64, Some(key)),
                Say::Token(key, id, until) => (Order::Lend, id, until as f64, Some(key)),
            },
            Output::Share(moved) => {
                let kind = match moved {
                    Move::Pinned(session) => {
                        value = session.into();
                        0.0
                    }
                    Move::SignedOut => 1.0,
                    Move::Unpinned => 2.0,
                };
                (Order::Share, 0, kind, None)
            }
            Output::Lock(id, key) => (Order::Lock, id, 0.0, Some(key)),
            Output::Unlock(id) => (Order::Unlock, id, 0.0, None),
        };
        self.host.order(order as u8, id, number, text.map_or("", Name::as_str), to_js(value));
    }
}
