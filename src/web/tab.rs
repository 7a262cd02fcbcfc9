//! One instance: the machine, the drain loop, and everything that the loop carries out.

use super::free::{read, verdict};
use super::host::Host;
use super::numbers::{ambient, duration, name, names, policy, session, time, view};
use super::to_js;
use crate::core::claims;
use crate::core::clock::Now;
use crate::core::config::{Abilities, Config};
use crate::core::error::Code;
use crate::core::input::{Answer, Ask, Failure, Input, Style};
use crate::core::machine::Machine;
use crate::core::mint::is_plain;
use crate::core::name::Name;
use crate::core::output::{Outcome, Output, Task};
use crate::core::pin::Stored;
use crate::core::token::TokenFacts;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The longest delay that a browser's timer can hold; past it the timer would fire at once.
const LONGEST_TIMER: u64 = i32::MAX as u64;

/// One instance's machine, in a browser.
#[wasm_bindgen]
pub struct Tab {
    machine: RefCell<Machine>,
    host: Host,
    timer: RefCell<Option<Timeout>>,
    draining: Cell<bool>,
}

#[wasm_bindgen]
impl Tab {
    /// Inert until [`start`](Self::start). `abilities`: 1 `current`, 2 `perTab`, 4 `select`, 8 `signOut`, 16 `reload`.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::too_many_arguments, reason = "the options, one by one")]
    pub fn new(
        host: Host,
        template: f64,
        issuers: &[f64],
        on_missing: u8,
        auto_refresh: bool,
        leeway: f64,
        timeout: f64,
        give_up_after: f64,
        abilities: u8,
    ) -> Tab {
        let can = |bit: u8| abilities & bit != 0;
        let machine = Machine::new(Config {
            template: name(template),
            issuers: names(issuers),
            on_missing: policy(on_missing),
            auto_refresh,
            leeway: duration(leeway),
            timeout: duration(timeout),
            give_up_after: duration(give_up_after),
            source: Abilities {
                current: can(1),
                per_tab: can(2),
                select: can(4),
                sign_out: can(8),
                reload: can(16),
            },
        });
        Tab { machine: RefCell::new(machine), host, timer: RefCell::default(), draining: Cell::new(false) }
    }

    /// First use. `stored`: the pin from before the reload as four numbers, a session and when it was last seen; no
    /// numbers, where there is none. `readable`: storage can be read.
    pub fn start(&self, stored: &[f64], readable: bool, online: bool) {
        let stored = match *stored {
            [session_id, user_id, started_at, seen] => {
                session(session_id, user_id, started_at).map(|session| Stored { session, seen: time(seen) })
            }
            _ => None,
        };
        self.host.account(0, self.machine.borrow().account_key().as_str(), JsValue::NULL);
        self.take(Input::Start { stored: if readable { Ok(stored) } else { Err(()) }, online });
    }

    /// What the source says now.
    pub fn view(&self, numbers: &[f64]) {
        self.take(Input::View(view(numbers)));
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

    /// A flight was answered with a rejection, or an errand was. `status` and `retry_after` (s) 0: none.
    pub fn failed(&self, id: u32, status: u16, code: Option<String>, retry_after: f64, network: bool) {
        let failure = Failure {
            status: (status > 0).then_some(status),
            code: code.filter(|code| is_plain(code)).map(|code| Name::new(&code)),
            retry_after: (retry_after > 0.0).then(|| duration(retry_after * 1000.0)),
            network,
        };
        // An id is a flight's or an errand's, never both.
        self.take(Input::Minted(id, Answer::Failed(failure)));
        self.take(Input::Done(id, Err(failure)));
    }

    /// Something without particulars. A flight was answered 0 null, 1 undefined, 2 no string; 3 an errand is done;
    /// 4 a waiter's signal was aborted; 5 sign out; 6 unpin; 7 offline; 8 online; 9 the page may have slept;
    /// 10 the timer fired; 11 the end.
    pub fn signal(&self, kind: u8, id: u32) {
        self.take(match kind {
            0 => Input::Minted(id, Answer::Null),
            1 => Input::Minted(id, Answer::Undefined),
            2 => Input::Minted(id, Answer::Malformed("it is not a string")),
            3 => Input::Done(id, Ok(())),
            4 => Input::Cancel(id),
            5 => Input::SignOut(id),
            6 => Input::Unpin,
            7 => Input::Online(false),
            8 => Input::Online(true),
            9 => Input::Wake,
            10 => Input::Timer,
            _ => Input::Dispose,
        });
    }

    /// The hot path: the id of a token that may be served as it is, else 0. `style`: as for [`ask`](Self::ask), and 5:
    /// a token that is live, if only just.
    pub fn hit(&self, mono: f64, wall: f64, account: u32, template: u32, style: u8) -> u32 {
        let now = Now { mono: mono as u64, wall: wall as i64, roll: 0 };
        let template = Name::numbered(template);
        let mut machine = self.machine.borrow_mut();
        let found = match style {
            5 => machine.at_hand(now, account, template),
            _ => machine.hit(now, account, template, self::style(style)),
        };
        found.unwrap_or(0)
    }

    /// Somebody asks: 0 token, 1 access, 2 fetch, 3 ready, 4 claims. `replaces` 0 and `timeout` < 0 mean none.
    pub fn ask(&self, waiter: u32, account: u32, template: u32, style: u8, forced: bool, replaces: u32, timeout: f64) {
        self.take(Input::Ask(Ask {
            waiter,
            account,
            template: Name::numbered(template),
            style: self::style(style),
            forced,
            replaces: Some(replaces).filter(|id| *id != 0),
            timeout: (timeout >= 0.0).then(|| duration(timeout)),
        }));
    }

    /// `pin`.
    pub fn pin(&self, waiter: u32, session_id: f64, user_id: f64, started_at: f64) {
        if let Some(session) = session(session_id, user_id, started_at) {
            self.take(Input::Pin(waiter, session));
        }
    }

    /// A consumer schedules for itself by this template; a negative leeway ends that.
    pub fn consumer(&self, template: u32, leeway: f64) {
        self.take(Input::Consumer(Name::numbered(template), (leeway >= 0.0).then(|| duration(leeway))));
    }

    /// What a request carries without a token, see [`verdict`].
    pub fn missing(&self, reason: Option<String>, account: u32, kind: f64, cookie: f64) -> JsValue {
        let machine = self.machine.borrow();
        let reason = reason.and_then(|name| Code::named(&name)).unwrap_or_else(|| machine.absence(account));
        verdict(machine.without_token(&ambient(kind, cookie), reason))
    }

    /// The counters.
    pub fn stats(&self) -> JsValue {
        to_js(self.machine.borrow().stats())
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
        let timer = due.map(|due| {
            let host = self.host.clone();
            let wait = due.saturating_sub(performance_now() as u64).min(LONGEST_TIMER) as u32;
            Timeout::new(wait, move || host.timer())
        });
        self.timer.replace(timer);
    }

    fn carry_out(&self, output: Output) {
        let host = &self.host;
        match output {
            Output::Mint { flight, session, template, skip_cache } => {
                host.mint(flight, to_js(session), to_js(template), skip_cache);
            }
            Output::Abort(flight) => host.abort(flight),
            Output::Settle(waiter, outcome) => match outcome {
                Outcome::Token(id) => host.settle(waiter, 0, id),
                Outcome::Null => host.settle(waiter, 1, 0),
                Outcome::Done => host.settle(waiter, 2, 0),
                Outcome::Reject(error) => host.reject(waiter, to_js(error)),
            },
            Output::Judge(waiter, token) => {
                let satisfied = host.judge(waiter, token);
                self.take(Input::Judged(waiter, satisfied));
            }
            Output::Errand(id, task, session) => {
                let task = match task {
                    Task::Select => 0,
                    Task::SignOut => 1,
                    Task::Reload => 2,
                };
                host.errand(id, task, to_js(session));
            }
            Output::Look => host.look(),
            Output::Store(stored) => host.store(to_js(stored)),
            Output::Ended(account) => host.ended(account),
            Output::Account(account) => {
                let key = self.machine.borrow().account_key();
                host.account(account.id, key.as_str(), to_js(account.session));
            }
            Output::Keep(tokens) => host.keep(&tokens),
            Output::Snapshot => host.snapshot(to_js(self.machine.borrow().snapshot())),
            Output::Event(event) => host.event(to_js(event)),
        }
    }
}

fn style(number: u8) -> Style {
    match number {
        1 => Style::Access,
        2 => Style::Fetch,
        3 => Style::Ready,
        4 => Style::Claims,
        _ => Style::Token,
    }
}
