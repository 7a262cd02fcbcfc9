//! One instance: the machine, the drain loop, and everything that the loop carries out.

use super::convert::{code, failure, session, thrown, to_js};
use super::host::Host;
use super::lifecycle::{self, Listener, Moment};
use super::source::{Minting, Source};
use super::storage::{Memory, is_online};
use crate::core::claims;
use crate::core::clock::Now;
use crate::core::config::{Config, OnMissing};
use crate::core::error::{Code, Detail, Error};
use crate::core::header::Missing;
use crate::core::input::{Answer, Ask, FlightId, Input, Style};
use crate::core::machine::Machine;
use crate::core::name::Name;
use crate::core::output::{Event, Outcome, Output};
use crate::core::token::{Origin, TokenFacts, TokenId};
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

#[wasm_bindgen]
extern "C" {
    /// The options, checked and completed by JavaScript.
    pub type Options;

    #[wasm_bindgen(method, structural, getter)]
    fn template(this: &Options) -> Option<String>;
    #[wasm_bindgen(method, structural, getter)]
    fn namespace(this: &Options) -> String;
    #[wasm_bindgen(method, structural, getter)]
    fn issuers(this: &Options) -> Vec<String>;
    #[wasm_bindgen(method, structural, getter, js_name = onMissingToken)]
    fn on_missing(this: &Options) -> String;
    #[wasm_bindgen(method, structural, getter, js_name = autoRefresh)]
    fn auto_refresh(this: &Options) -> bool;
    #[wasm_bindgen(method, structural, getter, js_name = leewayMs)]
    fn leeway(this: &Options) -> f64;
    #[wasm_bindgen(method, structural, getter, js_name = timeoutMs)]
    fn timeout(this: &Options) -> f64;
    #[wasm_bindgen(method, structural, getter, js_name = giveUpAfterMs)]
    fn give_up_after(this: &Options) -> f64;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// What to do without a token, by its name in the options.
pub fn policy(name: &str) -> OnMissing {
    match name {
        "closed" => OnMissing::Closed,
        "omit" => OnMissing::Omit,
        "throw" => OnMissing::Throw,
        _ => OnMissing::Auto,
    }
}

fn now(mono: f64, wall: f64) -> Now {
    Now { mono: mono as u64, wall: wall as i64, roll: (js_sys::Math::random() * 65_536.0) as u16 }
}

/// The longest delay that a browser's timer can hold; past it the timer would fire at once.
const LONGEST_TIMER: u64 = i32::MAX as u64;

struct Inner {
    machine: RefCell<Machine>,
    host: Host,
    source: Source,
    memory: Memory,
    templates: RefCell<Vec<Option<Name>>>,
    mints: RefCell<Vec<Minting>>,
    timer: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<Listener>>,
    changed: RefCell<Option<(Closure<dyn Fn()>, Option<js_sys::Function>)>>,
    draining: Cell<bool>,
    me: Weak<Inner>,
}

/// One instance's machine, in a browser.
#[wasm_bindgen]
pub struct Tab(Rc<Inner>);

#[wasm_bindgen]
impl Tab {
    /// Inert until [`start`](Self::start).
    #[wasm_bindgen(constructor)]
    pub fn new(options: &Options, source: Source, host: Host) -> Tab {
        let config = Config {
            template: options.template().map(Name::from),
            issuers: options.issuers().into_iter().map(Name::from).collect(),
            on_missing: policy(&options.on_missing()),
            auto_refresh: options.auto_refresh(),
            leeway: options.leeway() as u64,
            timeout: options.timeout() as u64,
            give_up_after: options.give_up_after() as u64,
            source: source.abilities(),
        };
        Tab(Rc::new_cyclic(|me| Inner {
            templates: RefCell::new(vec![config.template]),
            machine: RefCell::new(Machine::new(config)),
            host,
            source,
            memory: Memory::new(&options.namespace()),
            mints: RefCell::default(),
            timer: RefCell::default(),
            listeners: RefCell::default(),
            changed: RefCell::default(),
            draining: Cell::new(false),
            me: me.clone(),
        }))
    }

    /// Reads storage, attaches the listeners, and asks the source who is there.
    pub fn start(&self) {
        let inner = &self.0;
        let me = inner.me.clone();
        *inner.listeners.borrow_mut() = lifecycle::listen(move |moment| {
            if let Some(inner) = me.upgrade() {
                inner.take(match moment {
                    Moment::Network => Input::Online(is_online()),
                    Moment::Wake => Input::Wake,
                });
            }
        });
        let me = inner.me.clone();
        let changed = Closure::<dyn Fn()>::new(move || {
            if let Some(inner) = me.upgrade() {
                inner.look();
            }
        });
        let stop = inner.source.listen(changed.as_ref());
        *inner.changed.borrow_mut() = Some((changed, stop));
        inner.take(Input::Start { stored: inner.memory.read(), online: is_online() });
    }

    /// A server-rendered token.
    pub fn seed(&self, text: &JsValue) {
        self.0.take(Input::Seed(self.0.facts(text)));
    }

    /// The index under which a template is asked for from now on; 0 is the configured one.
    pub fn template(&self, name: Option<String>) -> u32 {
        let name = name.map(Name::from);
        let mut templates = self.0.templates.borrow_mut();
        let index = templates.iter().position(|other| *other == name).unwrap_or_else(|| {
            templates.push(name);
            templates.len() - 1
        });
        index as u32
    }

    /// The hot path: the id of a token that may be served as it is, else 0.
    pub fn hit(&self, mono: f64, wall: f64, account: u32, template: u32, fetch: bool) -> u32 {
        let now = Now { mono: mono as u64, wall: wall as i64, roll: 0 };
        let style = if fetch { Style::Fetch } else { Style::Token };
        let template = self.0.named(template);
        self.0.machine.borrow_mut().hit(now, account, template, style).unwrap_or(0)
    }

    /// The id of a token that is live, if only just, else 0.
    #[wasm_bindgen(js_name = atHand)]
    pub fn at_hand(&self, mono: f64, wall: f64, account: u32, template: u32) -> u32 {
        let template = self.0.named(template);
        self.0.machine.borrow().at_hand(now(mono, wall), account, template).unwrap_or(0)
    }

    /// Somebody asks: 0 token, 1 access, 2 fetch, 3 ready, 4 claims. `replaces` 0 and `timeout` < 0 mean none.
    pub fn ask(&self, waiter: u32, account: u32, template: u32, style: u8, forced: bool, replaces: u32, timeout: f64) {
        let template = self.0.named(template);
        let style = match style {
            1 => Style::Access,
            2 => Style::Fetch,
            3 => Style::Ready,
            4 => Style::Claims,
            _ => Style::Token,
        };
        let replaces = Some(replaces).filter(|id| *id != 0);
        let timeout = (timeout >= 0.0).then_some(timeout as u64);
        self.0.take(Input::Ask(Ask { waiter, account, template, style, forced, replaces, timeout }));
    }

    /// The waiter's signal was aborted.
    pub fn cancel(&self, waiter: u32) {
        self.0.take(Input::Cancel(waiter));
    }

    /// `pin`.
    pub fn pin(&self, waiter: u32, wanted: &JsValue) -> bool {
        let wanted = session(wanted);
        wanted.map(|session| self.0.take(Input::Pin(waiter, session))).is_some()
    }

    /// `unpin`.
    pub fn unpin(&self) {
        self.0.take(Input::Unpin);
    }

    /// `signOut`.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, waiter: u32) {
        self.0.take(Input::SignOut(waiter));
    }

    /// A promise that the host follows was fulfilled.
    pub fn fulfilled(&self, id: u32, value: &JsValue) {
        let inner = &self.0;
        if inner.forget_mint(id) {
            inner.look();
            inner.take(Input::Minted(id, inner.answer(value)));
        } else {
            inner.look();
            inner.take(Input::Done(id, Ok(())));
        }
    }

    /// A promise that the host follows was rejected.
    pub fn rejected(&self, id: u32, error: &JsValue) {
        let inner = &self.0;
        let failure = failure(error);
        inner.look();
        if inner.forget_mint(id) {
            inner.take(Input::Minted(id, Answer::Failed(failure)));
        } else {
            inner.take(Input::Done(id, Err(failure)));
        }
    }

    /// A consumer schedules for itself by this template; a negative leeway ends that.
    pub fn consumer(&self, template: u32, leeway: f64) {
        let template = self.0.named(template);
        self.0.take(Input::Consumer(template, (leeway >= 0.0).then_some(leeway as u64)));
    }

    /// What a request carries without a token: undefined = nothing, a code = fail closed, false = reject.
    pub fn missing(&self, reason: Option<String>, account: u32) -> JsValue {
        let machine = self.0.machine.borrow();
        let reason = reason.map_or_else(|| machine.absence(account), |name| code(&name));
        drop(machine);
        let ambient = self.0.source.ambient_now();
        match self.0.machine.borrow().without_token(&ambient, reason) {
            Missing::Nothing => JsValue::UNDEFINED,
            Missing::FailClosed(code) => code.as_str().into(),
            Missing::Reject(error) => thrown(&error),
        }
    }

    /// A request is refused the token: the event.
    pub fn refused(&self, origin: String) -> JsValue {
        let detail = Detail::About("The token is not for ", origin.into(), ".");
        let error = Error { code: Code::OriginNotAllowed, detail };
        to_js(&Event::Refused { origin: Origin::Request, error })
    }

    /// The counters.
    pub fn stats(&self) -> JsValue {
        to_js(&self.0.machine.borrow().stats())
    }

    /// The snapshot.
    pub fn snapshot(&self) -> JsValue {
        to_js(&self.0.machine.borrow().snapshot())
    }

    /// The end: nothing is left behind.
    pub fn dispose(&self) {
        self.0.take(Input::Dispose);
        self.0.listeners.borrow_mut().clear();
        if let Some((_, Some(stop))) = self.0.changed.borrow_mut().take() {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Inner {
    fn named(&self, template: u32) -> Option<Name> {
        self.templates.borrow().get(template as usize).copied().flatten()
    }

    fn now(&self) -> Now {
        now(performance_now(), js_sys::Date::now())
    }

    /// Hands an input in, and carries out everything that follows.
    fn take(&self, input: Input) {
        let now = self.now();
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
        self.arm();
    }

    fn arm(&self) {
        let due = self.machine.borrow().deadline();
        let me = self.me.clone();
        *self.timer.borrow_mut() = due.map(|due| {
            let wait = due.saturating_sub(performance_now() as u64).min(LONGEST_TIMER) as u32;
            Timeout::new(wait, move || {
                if let Some(inner) = me.upgrade() {
                    inner.take(Input::Timer);
                }
            })
        });
    }

    fn look(&self) {
        self.take(Input::View(self.source.view()));
    }

    fn carry_out(&self, output: Output) {
        let host = &self.host;
        match output {
            Output::Mint { flight, session, template, skip_cache } => {
                let Ok(abort) = AbortController::new() else { return };
                let called = self.source.mint(session, template, skip_cache, &abort);
                self.mints.borrow_mut().push(Minting { flight, abort });
                match called {
                    Ok(promise) => host.follow(flight, promise),
                    Err(failure) => {
                        self.forget_mint(flight);
                        self.take(Input::Minted(flight, Answer::Failed(failure)));
                    }
                }
            }
            Output::Abort(flight) => {
                let mints = self.mints.borrow();
                let abort = mints.iter().find(|mint| mint.flight == flight).map(|mint| mint.abort.clone());
                drop(mints);
                if let Some(abort) = abort {
                    self.forget_mint(flight);
                    abort.abort();
                }
            }
            Output::Settle(waiter, outcome) => match outcome {
                Outcome::Token(id) => host.settle(waiter, 0, id.into()),
                Outcome::Null => host.settle(waiter, 1, JsValue::NULL),
                Outcome::Done => host.settle(waiter, 2, JsValue::UNDEFINED),
                Outcome::Reject(error) => host.settle(waiter, 3, thrown(&error)),
            },
            Output::Judge(waiter, token) => {
                let satisfied = host.judge(waiter, token);
                self.take(Input::Judged(waiter, satisfied));
            }
            Output::Errand(id, task, session) => match self.source.run(task, session) {
                Ok(promise) => host.follow(id, promise),
                Err(failure) => self.take(Input::Done(id, Err(failure))),
            },
            Output::Look => self.look(),
            Output::Store(stored) => self.memory.write(stored),
            Output::Ended(account) => host.ended(account),
            Output::Account(account) => {
                let key = self.machine.borrow().account_key();
                host.account(account.id, key.as_str(), to_js(&account.session));
            }
            Output::Keep(tokens) => host.keep(tokens),
            Output::Snapshot(snapshot) => host.snapshot(to_js(&snapshot)),
            Output::Event(event) => host.event(to_js(&event)),
        }
    }

    fn forget_mint(&self, id: FlightId) -> bool {
        let mut mints = self.mints.borrow_mut();
        let before = mints.len();
        mints.retain(|mint| mint.flight != id);
        mints.len() < before
    }

    fn answer(&self, value: &JsValue) -> Answer {
        if value.is_null() {
            Answer::Null
        } else if value.is_undefined() {
            Answer::Undefined
        } else {
            self.facts(value).map_or_else(Answer::Malformed, Answer::Token)
        }
    }

    /// Reads a token's claims; its text goes under an id, and the copy made for reading is zeroed.
    fn facts(&self, value: &JsValue) -> Result<TokenFacts, &'static str> {
        let Some(text) = value.as_string() else { return Err("it is not a string") };
        let mut bytes = text.into_bytes();
        let usable = claims::is_compact_jws(&bytes);
        let claims = claims::read(&bytes).map_err(|reason| reason.reason());
        bytes.fill(0);
        std::hint::black_box(&bytes);
        let claims = claims?;
        if !usable {
            return Err("it is not three base64url parts");
        }
        let id: TokenId = self.host.intern(value);
        Ok(TokenFacts::new(id, &claims))
    }
}
