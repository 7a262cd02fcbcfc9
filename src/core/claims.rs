//! A token's claims, read without checking its signature (RFC 7515 §3, RFC 7519 §4.1).
//!
//! Whatever `jose.decodeJwt` reads is read alike, but that white space and padding inside a part, which
//! RFC 7515 §2 forbids, are refused, and so is a registered claim of another type than its RFC's.

use super::base64::{self, Wiped};
use super::json::{self, Members};

/// Longer than any header that a server takes.
const MAX_LENGTH: usize = 1 << 20;

/// Why text is not a readable JWT. Carries no part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// There is no text.
    Empty,
    /// More than 1 MiB.
    TooLong,
    /// Not `header.payload.signature` with something in the first two.
    NotThreeParts,
    /// The first part.
    Header(Flaw),
    /// The second part.
    Payload(Flaw),
    /// The registered claim of this name is of the wrong type.
    Claim(&'static str),
}

/// What is wrong with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Not unpadded base64url.
    Base64,
    /// Its bytes are not UTF-8.
    Utf8,
    /// Its text is not JSON.
    Json,
    /// JSON, but no object.
    NotObject,
}

impl Malformed {
    /// In words that follow "this is no token: ".
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is longer than 1 MiB",
            Self::NotThreeParts => "it is not three parts joined by dots",
            Self::Header(Flaw::Base64) => "its header is not base64url",
            Self::Header(Flaw::Utf8) => "its header is not UTF-8",
            Self::Header(Flaw::Json) => "its header is not JSON",
            Self::Header(Flaw::NotObject) => "its header is not a JSON object",
            Self::Payload(Flaw::Base64) => "its payload is not base64url",
            Self::Payload(Flaw::Utf8) => "its payload is not UTF-8",
            Self::Payload(Flaw::Json) => "its payload is not JSON",
            Self::Payload(Flaw::NotObject) => "its payload is not a JSON object",
            Self::Claim("sub") => "its `sub` is not a string",
            Self::Claim("sid") => "its `sid` is not a string",
            Self::Claim("iss") => "its `iss` is not a string",
            Self::Claim("azp") => "its `azp` is not a string",
            Self::Claim("aud") => "its `aud` is neither a string nor an array of strings",
            Self::Claim("iat") => "its `iat` is not a number",
            Self::Claim("nbf") => "its `nbf` is not a number",
            Self::Claim("exp") => "its `exp` is not a number",
            Self::Claim(_) => "one of its claims is of the wrong type",
        }
    }
}

/// The registered claims that a tab looks at, and four of Clerk's, which no decision depends on. Times are milliseconds since the epoch, saturating.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Claims {
    /// The user (RFC 7519 §4.1.2).
    pub sub: Option<String>,
    /// The session.
    pub sid: Option<String>,
    /// The issuer (§4.1.1).
    pub iss: Option<String>,
    /// The authorized party.
    pub azp: Option<String>,
    /// The audience (§4.1.3); empty if there is none.
    pub aud: Vec<String>,
    /// When it was issued (§4.1.6).
    pub iat: Option<i64>,
    /// When it becomes valid (§4.1.5).
    pub nbf: Option<i64>,
    /// When it ends (§4.1.4).
    pub exp: Option<i64>,
    /// The organization: `o.id`, else `org_id`.
    pub org: Option<String>,
    /// Whether somebody acts as the user: an `act` that is an object (RFC 8693 §4.1).
    pub act: bool,
    /// The header's `oiat`: when the session's claims were last read from the provider's database.
    pub oiat: Option<i64>,
    /// The header's key id (RFC 7515 §4.1.4).
    pub kid: Option<String>,
}

/// Reads header and payload. Linear in the token's length; whatever the bytes, it returns.
/// Of a claim that is there twice the last one counts, as with `JSON.parse`.
pub fn read(token: &[u8]) -> Result<Claims, Malformed> {
    let [header, payload] = parts(token)?;
    let (_, header) = object(header.bytes()).map_err(Malformed::Header)?;
    let (_, payload) = object(payload.bytes()).map_err(Malformed::Payload)?;
    Ok(Claims {
        org: id(payload.get("o")).or_else(|| json::string(payload.get("org_id"))),
        act: payload.get("act").starts_with('{'),
        oiat: json::millis(header.get("oiat")),
        kid: json::string(header.get("kid")),
        ..registered(&payload)?
    })
}

/// The same without those four, as the shell reads it.
pub fn read_registered(token: &[u8]) -> Result<Claims, Malformed> {
    let [header, payload] = parts(token)?;
    object(header.bytes()).map_err(Malformed::Header)?;
    let (_, payload) = object(payload.bytes()).map_err(Malformed::Payload)?;
    registered(&payload)
}

fn registered(payload: &Members<'_>) -> Result<Claims, Malformed> {
    let mut wrong = None;
    let claims = Claims {
        sub: text(payload, "sub", &mut wrong),
        sid: text(payload, "sid", &mut wrong),
        iss: text(payload, "iss", &mut wrong),
        azp: text(payload, "azp", &mut wrong),
        aud: audience(payload, &mut wrong),
        iat: time(payload, "iat", &mut wrong),
        nbf: time(payload, "nbf", &mut wrong),
        exp: time(payload, "exp", &mut wrong),
        ..Claims::default()
    };
    match wrong {
        Some(name) => Err(Malformed::Claim(name)),
        None => Ok(claims),
    }
}

/// The payload's JSON text, checked to be an object, for a full `JSON.parse` outside.
pub fn payload(token: &[u8]) -> Result<String, Malformed> {
    let [_, payload] = parts(token)?;
    let (text, _) = object(payload.bytes()).map_err(Malformed::Payload)?;
    Ok(String::from(text))
}

/// Has this the form of a compact JWS (RFC 7515 §7.1), which is also RFC 6750's b64token: three parts
/// of base64url digits, none empty? Nothing is decoded.
pub fn is_compact_jws(token: &[u8]) -> bool {
    let mut dots = 0;
    let mut before = b'.';
    for &byte in token {
        if byte == b'.' && before != b'.' {
            dots += 1;
        } else if !base64::is_digit(byte) {
            return false;
        }
        before = byte;
    }
    dots == 2 && before != b'.'
}

/// Header and payload, decoded. The signature is not looked at.
/// The payload is not searched for dots: no dot is base64url.
fn parts(token: &[u8]) -> Result<[Wiped; 2], Malformed> {
    let dot = |byte: &u8| *byte == b'.';
    let first = token.iter().position(dot).unwrap_or(0);
    let last = token.iter().rposition(dot).unwrap_or(0);
    let header = token.get(..first).unwrap_or_default();
    let payload = token.get(first + 1..last).unwrap_or_default();
    if token.is_empty() {
        Err(Malformed::Empty)
    } else if token.len() > MAX_LENGTH {
        Err(Malformed::TooLong)
    } else if header.is_empty() || payload.is_empty() {
        Err(Malformed::NotThreeParts)
    } else {
        match (base64::decode(header), base64::decode(payload)) {
            (_, None) if payload.iter().any(dot) => Err(Malformed::NotThreeParts),
            (None, _) => Err(Malformed::Header(Flaw::Base64)),
            (_, None) => Err(Malformed::Payload(Flaw::Base64)),
            (Some(header), Some(payload)) => Ok([header, payload]),
        }
    }
}

/// The text of a part, which must be a JSON object, and its members.
fn object(bytes: &[u8]) -> Result<(&str, Members<'_>), Flaw> {
    // RFC 8259 §8.1 lets a reader ignore a byte order mark; TextDecoder does.
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let text = str::from_utf8(bytes).map_err(|_| Flaw::Utf8)?;
    match json::members(text) {
        Some(members) if members.bracket == b'{' => Ok((text, members)),
        Some(_) => Err(Flaw::NotObject),
        None => Err(Flaw::Json),
    }
}

/// `null` counts as absent.
fn text(payload: &Members<'_>, name: &'static str, wrong: &mut Option<&'static str>) -> Option<String> {
    let raw = payload.get(name);
    let text = json::string(raw);
    if text.is_none() && !matches!(raw, "" | "null") {
        *wrong = Some(name);
    }
    text
}

/// `null` is no number: a token must not look endless because its `exp` is empty.
fn time(payload: &Members<'_>, name: &'static str, wrong: &mut Option<&'static str>) -> Option<i64> {
    let raw = payload.get(name);
    let time = json::millis(raw);
    if time.is_none() && !raw.is_empty() {
        *wrong = Some(name);
    }
    time
}

fn audience(payload: &Members<'_>, wrong: &mut Option<&'static str>) -> Vec<String> {
    let raw = payload.get("aud");
    let mut audience = Vec::new();
    match json::members(raw).filter(|items| items.bracket == b'[') {
        Some(items) => {
            for item in items.values() {
                match json::string(item) {
                    Some(item) => audience.push(item),
                    None => *wrong = Some("aud"),
                }
            }
        }
        None => {
            if let Some(only) = text(payload, "aud", wrong) {
                audience.push(only);
            }
        }
    }
    audience
}

/// The `id` of an object.
fn id(raw: &str) -> Option<String> {
    let object = json::members(raw).filter(|object| object.bracket == b'{')?;
    json::string(object.get("id"))
}
