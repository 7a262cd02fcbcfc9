//! Why there is no token: a closed union of codes, each with its cure.

use super::name::Name;
use super::value::{Object, Value};

macro_rules! codes {
    ($($variant:ident $name:literal $retryable:literal $suggestion:literal)*) => {
        /// The cause, by name. The same union as `TabAuthErrorCode` in TypeScript; a test keeps them equal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $suggestion] $variant),* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code as it is written in JavaScript and in the marker header.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// The code of this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }

            /// What to do about it, in one sentence.
            pub const fn suggestion(self) -> &'static str {
                const ALL: &[&str] = &[$($suggestion),*];
                ALL[self as usize]
            }

            /// May the same call succeed later without anybody changing anything?
            pub const fn retryable(self) -> bool {
                match self { $(Code::$variant => $retryable),* }
            }
        }
    };
}

codes! {
    SourceNotReady "source_not_ready" true "Check that the provider's SDK loads on this page; tabpin goes on by itself once it answers."
    SourceTimeout "source_timeout" true "Check the provider's token endpoint; the request was abandoned and tried again."
    SourceRejected "source_rejected" true "Look at the provider's status and quota, and that the token template exists."
    Offline "offline" true "Wait for the network; the next token is fetched as soon as it is back."
    TokenMissing "token_missing" true "Check that the source returns a token for this session: null while the session is listed is a disagreement."
    TokenMalformed "token_malformed" true "Return the provider's JWT as it is, unquoted and unwrapped."
    TokenExpired "token_expired" true "Make the source honour `skipCache`, and check the clocks of the provider and of this device."
    TokenNotYetValid "token_not_yet_valid" true "Check the clocks of the provider and of the server."
    IssuedInFuture "issued_in_future" true "Check the clocks of the provider and of the server."
    TokenNotNewer "token_not_newer" true "Make the source honour `skipCache`: it answers with the token that was to be replaced."
    WrongAccount "wrong_account" true "Make the source mint for `request.session`, not for whichever session is current."
    IssuerMismatch "issuer_mismatch" false "Set the same issuer on client and server as the provider writes into its tokens."
    AudienceMismatch "audience_mismatch" false "Use the token template whose `aud` the server expects."
    PartyMismatch "party_mismatch" false "Add this origin to the server's authorized parties."
    OriginNotAllowed "origin_not_allowed" false "Add the origin to `allowedOrigins` if it may have the token."
    SessionLost "session_lost" false "Let the user choose an account, and call `pin`."
    SignedOut "signed_out" false "Ask the user to sign in."
    AccountChanged "account_changed" false "Start again as the account that this tab has now."
    GaveUp "gave_up" true "Nothing to do in the page: tabpin goes on trying and announces `recovered`."
    ClaimsTimeout "claims_timeout" true "Check that the change reached the provider and that the token carries the claim."
    Aborted "aborted" false "Nothing: the caller's signal was aborted."
    Disposed "disposed" false "Create a new instance; this one has been disposed."
    ServerSide "server_side" false "Ask for tokens in the browser, or say `runtime: 'client'` where there is no document."
    WasmUnavailable "wasm_unavailable" false "Allow `'wasm-unsafe-eval'` in the page's script-src."
    InvalidOption "invalid_option" false "Correct the option."
}

/// A sentence, before and after what is put into it.
pub type Around = &'static [&'static str; 2];

/// What happened, as data: it becomes words only where somebody reads it. No larger than two numbers, for errors are
/// copied a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// A whole sentence.
    Plain(&'static str),
    /// Why a token's text cannot be used.
    Unusable(&'static str),
    /// A sentence around one name.
    About(Around, Name),
    /// A sentence around one number.
    Count(Around, u32),
    /// What a token is in the respect that the code names, and what was expected.
    Differs(Option<Name>, Option<Name>),
    /// A rejection: HTTP status and code.
    Rejected(Option<u16>, Option<Name>),
}

/// A code, and what happened: issuers, sessions and seconds, never a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    /// The cause.
    pub code: Code,
    /// What happened.
    pub detail: Detail,
}

impl Error {
    /// An error that one sentence describes.
    #[inline(never)]
    pub fn plain(code: Code, sentence: &'static str) -> Self {
        Self { code, detail: Detail::Plain(sentence) }
    }

    /// What happened, in words.
    pub fn message(&self) -> String {
        let none = |name: Option<Name>| name.map_or("none", Name::as_str);
        match self.detail {
            Detail::Plain(sentence) => String::from(sentence),
            Detail::Unusable(reason) => joined(&["The token cannot be used: ", reason, "."]),
            Detail::About([before, after], name) => joined(&[before, name.as_str(), after]),
            Detail::Count([before, after], count) => joined(&[before, &decimal(count), after]),
            Detail::Differs(actual, expected) => {
                let what = match self.code {
                    Code::IssuerMismatch => "issuer",
                    Code::AudienceMismatch => "audience",
                    Code::PartyMismatch => "authorized party",
                    _ => "account",
                };
                joined(&["The token's ", what, " is ", none(actual), ", expected is ", none(expected), "."])
            }
            Detail::Rejected(status, code) => {
                let status = status.map_or(String::new(), |status| joined(&[": HTTP ", &decimal(status.into())]));
                let code = code.map_or(String::new(), |code| joined(&[", code ", code.as_str()]));
                joined(&["The source rejected", &status, &code, "."])
            }
        }
    }
}

/// The standard library's formatting would bring several KB for this one use.
pub(super) fn decimal(number: u32) -> String {
    let mut text = if number > 9 { decimal(number / 10) } else { String::new() };
    text.push(char::from(b'0' + (number % 10) as u8));
    text
}

/// The parts, one after the other. Smaller than `concat`, which first adds up how long they are.
pub(super) fn joined(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// Full seconds.
pub(super) fn seconds(ms: i64) -> u32 {
    u32::try_from(ms / 1000).unwrap_or(u32::MAX)
}

/// The contract's `Finding`.
impl From<Error> for Value {
    fn from(error: Error) -> Self {
        let mut object = Object::default();
        object.put("code", error.code.as_str());
        object.put("message", Self::Words(error.message()));
        object.put("suggestion", error.code.suggestion());
        object.put("retryable", error.code.retryable());
        if let Detail::Differs(actual, expected) = error.detail {
            object.put_some("expected", expected);
            object.put_some("actual", actual);
        }
        object.into()
    }
}
