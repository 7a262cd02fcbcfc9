//! Why a server would refuse a token: one finding per reason, worst first.

use super::claims::{self, Claims};
use super::error::{Around, Code, Detail, Error, seconds};
use super::name::Name;
use super::session::SessionRef;
use super::token::{TokenFacts, bounded};

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

/// Every reason, in the order in which a server would find them. `wall` is the server's time, ms.
pub fn explain(token: Option<&[u8]>, expected: &Expected, wall: i64) -> Vec<Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return vec![Error::plain(Code::TokenMissing, "There is no token.")];
    };
    match claims::read_registered(token) {
        Err(flaw) => vec![super::mint::malformed(flaw.reason())],
        Ok(claims) => compare(&claims, expected, wall),
    }
}

fn compare(claims: &Claims, expected: &Expected, wall: i64) -> Vec<Error> {
    let mut found = Vec::new();
    let TokenFacts { sub, sid, iss: issuer, iat, exp, .. } = TokenFacts::new(0, claims);
    if let Some(session) = expected.session.filter(|session| !session.belongs(sub, sid)) {
        differs(&mut found, Code::WrongAccount, Some(session.name()), sid.or(sub));
    }
    if !Name::is_among(issuer, &expected.issuers) {
        differs(&mut found, Code::IssuerMismatch, Name::joined(&expected.issuers, " or "), issuer);
    }
    let mut audiences = Vec::new();
    for text in &claims.aud {
        audiences.push(Name::new(text));
    }
    if expected.audience.is_some() && (audiences.is_empty() || !Name::is_among(expected.audience, &audiences)) {
        differs(&mut found, Code::AudienceMismatch, expected.audience, Name::joined(&audiences, ", "));
    }
    let party = claims.azp.as_deref().map(Name::new);
    if !Name::is_among(party, &expected.parties) {
        differs(&mut found, Code::PartyMismatch, Name::joined(&expected.parties, " or "), party);
    }
    if let Some(exp) = exp.filter(|exp| *exp <= wall) {
        off(&mut found, Code::TokenExpired, &["The token expired ", " s ago."], wall, exp);
    }
    if let Some(nbf) = bounded(claims.nbf).filter(|nbf| *nbf > wall + TOLERANCE) {
        off(&mut found, Code::TokenNotYetValid, &["The token is valid in ", " s."], nbf, wall);
    }
    if let Some(iat) = iat.filter(|iat| *iat > wall + TOLERANCE) {
        off(&mut found, Code::IssuedInFuture, &["The token was issued ", " s in the future."], iat, wall);
    }
    found
}

#[inline(never)]
fn off(found: &mut Vec<Error>, code: Code, sentence: Around, later: i64, earlier: i64) {
    found.push(Error { code, detail: Detail::Count(sentence, seconds(later - earlier)) });
}

#[inline(never)]
fn differs(found: &mut Vec<Error>, code: Code, expected: Option<Name>, actual: Option<Name>) {
    found.push(Error { code, detail: Detail::Differs(actual, expected) });
}
