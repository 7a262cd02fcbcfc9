//! Why a server would refuse a token: one finding per reason, worst first.

use super::claims::{self, Claims};
use super::error::{Code, Error};
use super::session::SessionRef;
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Servers commonly forgive this much, ms.
const TOLERANCE: i64 = 5_000;

/// What the server expects; absent = anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Expected {
    /// Any of these issuers.
    pub issuers: Vec<String>,
    /// In `aud`.
    pub audience: Option<String>,
    /// `azp` is one of these; a token without `azp` passes, as at Clerk.
    pub parties: Vec<String>,
    /// Whose token.
    pub session: Option<SessionRef>,
}

/// One reason for a refusal. Serialised as the contract's `Finding`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The cause, in code and words.
    pub error: Error,
    /// What the server wants.
    pub expected: Option<String>,
    /// What the token says.
    pub actual: Option<String>,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Finding", 6)?;
        self.error.fields(&mut out)?;
        for (name, value) in [("expected", &self.expected), ("actual", &self.actual)] {
            if let Some(value) = value {
                out.serialize_field(name, value)?;
            }
        }
        out.end()
    }
}

/// Every reason, in the order in which a server would find them. `wall` is the server's time, ms.
pub fn explain(token: Option<&[u8]>, expected: &Expected, wall: i64) -> Vec<Finding> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return vec![plain(Code::TokenMissing, &["There is no token."])];
    };
    match claims::read(token) {
        Err(reason) => vec![plain(Code::TokenMalformed, &["The token cannot be read: ", reason.reason(), "."])],
        Ok(claims) => compare(&claims, expected, wall),
    }
}

fn compare(claims: &Claims, expected: &Expected, wall: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(session) = &expected.session
        && !session.belongs(claims.sub.as_deref(), claims.sid.as_deref())
    {
        let actual = claims.sid.as_deref().or(claims.sub.as_deref()).unwrap_or("nobody");
        found.push(differs(Code::WrongAccount, "account", session.name(), actual));
    }
    let issuer = claims.iss.as_deref().unwrap_or("none");
    if !expected.issuers.is_empty() && !expected.issuers.iter().any(|wanted| wanted == issuer) {
        found.push(differs(Code::IssuerMismatch, "issuer", &expected.issuers.join(" or "), issuer));
    }
    if let Some(audience) = &expected.audience
        && !claims.aud.contains(audience)
    {
        let actual = if claims.aud.is_empty() { "none".to_owned() } else { claims.aud.join(", ") };
        found.push(differs(Code::AudienceMismatch, "audience", audience, &actual));
    }
    if let Some(party) = &claims.azp
        && !expected.parties.is_empty()
        && !expected.parties.contains(party)
    {
        found.push(differs(Code::PartyMismatch, "authorized party", &expected.parties.join(" or "), party));
    }
    if let Some(exp) = claims.exp.filter(|exp| *exp <= wall) {
        found.push(plain(Code::TokenExpired, &["The token expired ", &seconds(wall, exp), " s ago."]));
    }
    if let Some(nbf) = claims.nbf.filter(|nbf| *nbf > wall.saturating_add(TOLERANCE)) {
        found.push(plain(Code::TokenNotYetValid, &["The token is valid in ", &seconds(nbf, wall), " s."]));
    }
    if let Some(iat) = claims.iat.filter(|iat| *iat > wall.saturating_add(TOLERANCE)) {
        found.push(plain(Code::IssuedInFuture, &["The token was issued ", &seconds(iat, wall), " s in the future."]));
    }
    found
}

fn seconds(later: i64, earlier: i64) -> String {
    (later.saturating_sub(earlier) / 1000).to_string()
}

fn plain(code: Code, message: &[&str]) -> Finding {
    Finding { error: Error::new(code, message), expected: None, actual: None }
}

fn differs(code: Code, what: &str, expected: &str, actual: &str) -> Finding {
    let error = Error::new(code, &["The token's ", what, " is ", actual, ", expected is ", expected, "."]);
    Finding { error, expected: Some(expected.to_owned()), actual: Some(actual.to_owned()) }
}
