//! The source's `getToken`, by script: what each call answers, and when.

use super::time::Time;
use super::tokens::{Text, TextNo, Tokens};
use super::world::{Says, Session, World};
use tabpin::core::clock::NEVER;
use tabpin::core::input::{Answer, Failure};
use tabpin::core::name::Name;
use tabpin::core::session::SessionRef;
use tabpin::core::token::TokenFacts;

/// The issuer of every token but those that lie.
pub const ISSUER: &str = "https://issuer.test";

/// How a call of `getToken` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As asked.
    Honest,
    /// `null`.
    Null,
    /// `undefined`.
    Undefined,
    /// Somebody else's token.
    Foreign,
    /// The text that it answered with last.
    Same,
    /// A token whose life is over.
    Expired,
    /// No JWT.
    Malformed,
    /// A rejection with this HTTP status, and `Retry-After` in seconds.
    Reject(u16, Option<u8>),
    /// The network is gone.
    Network,
    /// A rejection whose code quotes the token.
    Quoting,
    /// It never settles.
    Hang,
    /// A token without `iat`.
    NoIat,
    /// A token without `exp`.
    NoExp,
    /// A token that lives for two seconds.
    Short,
    /// A token of another issuer.
    Issuer,
    /// A token without `sub`.
    NoSub,
    /// A token whose text no header may carry.
    Unclean,
}

/// What the next calls do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How.
    pub mode: Mode,
    /// How often.
    pub count: u8,
    /// Ms until the answer.
    pub latency: u64,
    /// Signed when the answer leaves, not when the request comes.
    pub late_signed: bool,
}

/// The token endpoint.
#[derive(Clone, Debug)]
pub struct Provider {
    /// A token's life, ms.
    pub life: i64,
    /// Without `skipCache` it answers with the last token while that lives.
    pub caches: bool,
    /// Its tokens say that they were issued so long ago, ms.
    pub backdated: i64,
    /// The plan in force; honest and quick when it is used up.
    pub plan: Plan,
    last: Option<TextNo>,
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This text.
    Text(TextNo),
    /// Anything else.
    Other(Answer),
    /// Nothing, ever.
    Never,
}

impl Provider {
    /// One that is honest and quick.
    pub fn new(life: i64, caches: bool) -> Self {
        Self {
            life,
            caches,
            backdated: 0,
            plan: Plan { mode: Mode::Honest, count: 0, latency: 5, late_signed: false },
            last: None,
        }
    }

    /// Takes a request; the reply, and after how long.
    pub fn mint(&mut self, world: &World, tokens: &mut Tokens, time: &Time, request: Request) -> (Reply, u64) {
        let plan = self.plan;
        let (mode, latency) =
            if plan.count > 0 { (plan.mode, plan.latency) } else { (Mode::Honest, plan.latency.min(80)) };
        self.plan.count = plan.count.saturating_sub(1);
        if mode == Mode::Hang {
            return (Reply::Never, 0);
        }
        if let Some(answer) = self.refusal(mode, tokens) {
            return (Reply::Other(answer), latency);
        }
        if world.bare && world.says == Says::Loading {
            return (Reply::Other(Answer::Undefined), latency);
        }
        let asked = if world.bare { world.current } else { request.session.and_then(|session| world.find(session)) };
        let others = || (0..world.sessions.len()).filter(|other| Some(*other) != asked);
        let whose = if mode == Mode::Foreign { others().nth(time.mono as usize % 3).or(asked) } else { asked };
        let Some(whose) = whose else {
            return (Reply::Other(Answer::Null), latency);
        };
        let at = time.real + if plan.late_signed { latency as i64 } else { 0 };
        let again = match mode {
            // What leaves late may not have been signed yet.
            Mode::Same => self.last.filter(|last| tokens.texts[*last].facts.iat <= Some(time.real)),
            Mode::Honest if self.caches && !request.skip_cache => cached(tokens, &world.sessions[whose], request, at),
            _ => None,
        };
        let text = again.unwrap_or_else(|| self.sign(tokens, &world.sessions[whose], request, mode, at));
        self.last = Some(text);
        (Reply::Text(text), latency)
    }

    fn refusal(&self, mode: Mode, tokens: &Tokens) -> Option<Answer> {
        let failure = match mode {
            Mode::Null => return Some(Answer::Null),
            Mode::Undefined => return Some(Answer::Undefined),
            Mode::Malformed => return Some(Answer::Malformed("it is empty")),
            Mode::Reject(status, after) => {
                let retry_after = after.map(|seconds| u64::from(seconds) * 1_000);
                Failure { status: Some(status), retry_after, ..Failure::default() }
            }
            Mode::Network => Failure { network: true, ..Failure::default() },
            Mode::Quoting => {
                let quoting = |last: TextNo| format!("token_rejected {}", tokens.texts[last].text);
                let code = self.last.map(|last| Name::new(&quoting(last)));
                Failure { status: Some(401), code, ..Failure::default() }
            }
            _ => return None,
        };
        Some(Answer::Failed(failure))
    }

    fn sign(&self, tokens: &mut Tokens, whose: &Session, request: Request, mode: Mode, at: i64) -> TextNo {
        let life = if mode == Mode::Short { 2_000 } else { self.life };
        let iat =
            (at - self.backdated).div_euclid(1_000) * 1_000 - if mode == Mode::Expired { life + 5_000 } else { 0 };
        let facts = TokenFacts {
            id: 0,
            sub: (mode != Mode::NoSub).then_some(whose.id.user_id),
            sid: whose.id.session_id,
            iss: Some(if mode == Mode::Issuer { "https://other.test" } else { ISSUER }.into()),
            iat: (mode != Mode::NoIat).then_some(iat),
            // As the core reads it.
            exp: (mode != Mode::NoExp).then_some((iat + life).min(NEVER)),
        };
        tokens.sign(facts, (request.template, whose.variant), mode != Mode::Unclean)
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Whose token.
    pub session: Option<SessionRef>,
    /// By which template.
    pub template: Option<Name>,
    /// Past every cache.
    pub skip_cache: bool,
}

fn cached(tokens: &Tokens, whose: &Session, request: Request, at: i64) -> Option<TextNo> {
    tokens.texts.iter().rposition(|Text { facts, made_for, .. }| {
        made_for.0 == request.template
            && made_for.1 == whose.variant
            && facts.sub == Some(whose.id.user_id)
            && facts.sid == whose.id.session_id
            && facts.iat <= Some(at)
            && facts.exp.is_some_and(|exp| exp > at)
    })
}
