//! What a request carries: a token, the fail-closed pair, or nothing.

use super::claims::is_compact_jws;
use super::config::OnMissing;
use super::error::{Code, Error};
use super::fault::planted;
use super::input::AccountId;
use super::machine::Machine;
use super::pin::Status;
use super::session::Ambient;

/// The marker header; its value is the reason's code, and servers test its presence.
pub const MARKER_HEADER: &str = "x-tabpin-required";
/// Beside the marker: no JWT, so that a server that does not know the marker refuses it and consults no cookie.
pub const FAIL_CLOSED: &str = "Bearer tabpin.unavailable";

/// What to send without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missing {
    /// No header: a visitor, or an account whose cookie cannot be anybody else's.
    Nothing,
    /// The fail-closed pair, with this reason.
    FailClosed(Code),
    /// Send nothing at all: reject.
    Reject(Error),
}

/// The value of the header for a token: `Bearer` and a compact JWS in RFC 6750's charset, or nothing.
pub fn bearer(token: &str) -> Option<String> {
    let allowed = is_compact_jws(token.as_bytes()) || planted!(BearAnyTail) && token.starts_with("eyJ");
    allowed.then(|| String::from("Bearer ") + token)
}

/// The policy where nobody can be asked: for `authHeaders`.
pub fn without_token(policy: OnMissing, multi_session: Option<bool>, reason: Code) -> Missing {
    match policy {
        OnMissing::Omit => Missing::Nothing,
        OnMissing::Auto if multi_session == Some(false) => Missing::Nothing,
        OnMissing::Auto | OnMissing::Closed => Missing::FailClosed(reason),
        OnMissing::Throw => Missing::Reject(Error::plain(reason, "There is no token for this request.")),
    }
}

/// A caller's own `authorization` wins, unless it is a `Bearer` without a token (RFC 6750, section 2.1).
pub fn check_authorization(value: &str) -> Result<(), Error> {
    let value = value.as_bytes().trim_ascii();
    let (scheme, token) = value.split_at(value.len().min(6));
    let is_bearer = scheme.eq_ignore_ascii_case(b"bearer") && token.first().is_none_or(u8::is_ascii_whitespace);
    let token = token.trim_ascii();
    // Two headers under two spellings arrive joined by a comma, which is outside of the charset too.
    let is_token = token.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte));
    if is_bearer && (!is_token || NO_TOKENS.contains(&token)) {
        let message = "The `authorization` handed in is a Bearer without a token, or with more than one.";
        return Err(Error::plain(Code::TokenMalformed, message));
    }
    Ok(())
}

/// What becomes of a missing token when it is pasted into text.
const NO_TOKENS: [&[u8]; 5] = [b"", b"null", b"undefined", b"false", b"NaN"];

impl Machine {
    /// Why an account has no token at hand.
    pub fn absence(&self, account: AccountId) -> Code {
        match self.pin.status {
            _ if self.disposed => Code::Disposed,
            _ if account != self.account.id => Code::AccountChanged,
            Status::SignedOut => Code::SignedOut,
            Status::Lost => Code::SessionLost,
            Status::Unknown => Code::SourceNotReady,
            Status::SignedIn => Code::TokenMissing,
        }
    }

    /// What a request carries when this tab has no token, by what the request would then run as.
    pub fn without_token(&self, ambient: &Ambient, reason: Code) -> Missing {
        if matches!(reason, Code::AccountChanged | Code::Aborted | Code::Disposed) {
            // Whatever was started as an account that has ended is not sent at all.
            return Missing::Reject(Error::plain(reason, "The request was not sent."));
        }
        if self.config.on_missing != OnMissing::Auto {
            return without_token(self.config.on_missing, None, reason);
        }
        let pin = self.pin.session.and_then(|session| session.session_id);
        let harmless = match self.pin.status {
            Status::SignedOut => !matches!(ambient, Ambient::Session(_)),
            Status::SignedIn => {
                let sole = self.multi_session() == Some(false);
                sole && matches!(ambient, Ambient::Session(Some(sid)) if Some(*sid) == pin)
            }
            Status::Lost | Status::Unknown => false,
        };
        if harmless { Missing::Nothing } else { Missing::FailClosed(reason) }
    }
}
