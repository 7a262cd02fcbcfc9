//! Why a server would refuse a token: one finding per reason, worst first.

use super::claims::{self, Claims};
use super::error::{Code, Detail, Error, seconds};
use super::name::Name;
use super::session::SessionRef;
use super::token::{TokenFacts, bounded};
use super::value::Value;

/// Servers commonly forgive this much, ms.
const TOLERANCE: i64 = 5_000;

/// What the server expects; absent = anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Expected {
    /// Any of these issuers.
    pub issuers: Vec<Name>,
    /// In `aud`.
    pub audience: Option<Name>,
    /// `azp` is one of these. A token without `azp` is refused, as at Clerk (`@clerk/backend` 3.20.1).
    pub parties: Vec<Name>,
    /// Whose token.
    pub session: Option<SessionRef>,
}

/// One reason for a refusal. Serialised as the contract's `Finding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The cause, in code and words.
    pub error: Error,
    /// What the server wants.
    pub expected: Option<Name>,
    /// What the token says.
    pub actual: Option<Name>,
}

impl From<Finding> for Value {
    fn from(finding: Finding) -> Self {
        let mut members = finding.error.members();
        for (key, name) in [("expected", finding.expected), ("actual", finding.actual)] {
            if let Some(name) = name {
                members.push((key, name.into()));
            }
        }
        Self::Object(members)
    }
}

/// Every reason, in the order in which a server would find them. `wall` is the server's time, ms.
pub fn explain(token: Option<&[u8]>, expected: &Expected, wall: i64) -> Vec<Finding> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return vec![found(Error::plain(Code::TokenMissing, "There is no token."))];
    };
    match claims::read(token) {
        Err(flaw) => vec![found(super::mint::malformed(flaw.reason()))],
        Ok(claims) => compare(&claims, expected, wall),
    }
}

fn compare(claims: &Claims, expected: &Expected, wall: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    let TokenFacts { sub, sid, iss: issuer, iat, exp, .. } = TokenFacts::new(0, claims);
    if let Some(session) = expected.session.filter(|session| !session.belongs(sub, sid)) {
        found.push(differs(Code::WrongAccount, "account", Some(session.name()), sid.or(sub)));
    }
    if !expected.issuers.is_empty() && !issuer.is_some_and(|issuer| expected.issuers.contains(&issuer)) {
        found.push(differs(Code::IssuerMismatch, "issuer", Name::joined(&expected.issuers, " or "), issuer));
    }
    let audiences: Vec<Name> = claims.aud.iter().map(|text| Name::new(text)).collect();
    if expected.audience.is_some_and(|audience| !audiences.contains(&audience)) {
        found.push(differs(Code::AudienceMismatch, "audience", expected.audience, Name::joined(&audiences, ", ")));
    }
    let party = claims.azp.as_deref().map(Name::new);
    if !expected.parties.is_empty() && !party.is_some_and(|party| expected.parties.contains(&party)) {
        found.push(differs(Code::PartyMismatch, "authorized party", Name::joined(&expected.parties, " or "), party));
    }
    if let Some(exp) = exp.filter(|exp| *exp <= wall) {
        found.push(off(Code::TokenExpired, "The token expired ", wall, exp, " s ago."));
    }
    if let Some(nbf) = bounded(claims.nbf).filter(|nbf| *nbf > wall + TOLERANCE) {
        found.push(off(Code::TokenNotYetValid, "The token is valid in ", nbf, wall, " s."));
    }
    if let Some(iat) = iat.filter(|iat| *iat > wall + TOLERANCE) {
        found.push(off(Code::IssuedInFuture, "The token was issued ", iat, wall, " s in the future."));
    }
    found
}

fn off(code: Code, before: &'static str, later: i64, earlier: i64, after: &'static str) -> Finding {
    found(Error { code, detail: Detail::Count(before, seconds(later - earlier), after) })
}

fn found(error: Error) -> Finding {
    Finding { error, expected: None, actual: None }
}

fn differs(code: Code, what: &'static str, expected: Option<Name>, actual: Option<Name>) -> Finding {
    Finding { error: Error { code, detail: Detail::Differs(what, actual, expected) }, expected, actual }
}
