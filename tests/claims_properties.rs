//! The claims reader on generated input, next to `serde_json` and the standard library's number parser.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};
use tabpin::core::claims::{Claims, Flaw, Malformed, is_compact_jws, payload, read};

#[path = "support/draws.rs"]
mod draws;
mod tokens;
use tokens::{base64url, token, token_with_header};

const NAMES: [&str; 12] = ["sub", "sid", "iss", "azp", "aud", "iat", "nbf", "exp", "o", "org_id", "act", "id"];

/// JSON's grammar alone: no limit on numbers or surrogates.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// What a payload of any bytes must come to, claims aside.
fn flaw(bytes: &[u8]) -> Option<Flaw> {
    let Ok(text) = str::from_utf8(bytes) else { return Some(Flaw::Utf8) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match is_json(text) {
        false => Some(Flaw::Json),
        true => (!text.trim_start().starts_with('{')).then_some(Flaw::NotObject),
    }
}

fn seen(bytes: &[u8]) -> Option<Flaw> {
    let token = [base64url(b"{}"), base64url(bytes), "c2ln".into()].join(".");
    match (read(token.as_bytes()), payload(token.as_bytes())) {
        (Err(Malformed::Payload(flaw)), Err(Malformed::Payload(same))) if flaw == same => Some(flaw),
        (Ok(_) | Err(Malformed::Claim(_)), Ok(_)) => None,
        (Err(Malformed::NotThreeParts), Err(Malformed::NotThreeParts)) if bytes.is_empty() => Some(Flaw::Json),
        other => panic!("read and payload disagree: {other:?}"),
    }
}

fn text(value: Option<&Value>, name: &'static str, wrong: &mut Vec<&'static str>) -> Option<String> {
    if !matches!(value, None | Some(Value::Null | Value::String(_))) {
        wrong.push(name);
    }
    value.and_then(Value::as_str).map(String::from)
}

fn time(value: Option<&Value>, name: &'static str, wrong: &mut Vec<&'static str>) -> Option<i64> {
    if !matches!(value, None | Some(Value::Number(_))) {
        wrong.push(name);
    }
    value.and_then(Value::as_f64).map(|seconds| (seconds * 1000.0) as i64)
}

/// The claims by way of `serde_json`, or the names of those of a wrong type.
fn expected(payload: &Map<String, Value>) -> Result<Claims, Vec<&'static str>> {
    let mut wrong = Vec::new();
    let get = |name| payload.get(name);
    let aud = match get("aud") {
        Some(Value::Array(items)) => {
            let texts: Vec<_> = items.iter().filter_map(Value::as_str).map(String::from).collect();
            if texts.len() < items.len() {
                wrong.push("aud");
            }
            texts
        }
        other => text(other, "aud", &mut wrong).into_iter().collect(),
    };
    let claims = Claims {
        aud,
        sub: text(get("sub"), "sub", &mut wrong),
        sid: text(get("sid"), "sid", &mut wrong),
        iss: text(get("iss"), "iss", &mut wrong),
        azp: text(get("azp"), "azp", &mut wrong),
        iat: time(get("iat"), "iat", &mut wrong),
        nbf: time(get("nbf"), "nbf", &mut wrong),
        exp: time(get("exp"), "exp", &mut wrong),
        org: payload
            .get("o")
            .and_then(|o| o.get("id"))
            .and_then(Value::as_str)
            .or(get("org_id").and_then(Value::as_str))
            .map(String::from),
        act: get("act").is_some_and(Value::is_object),
        ..Claims::default()
    };
    if wrong.is_empty() { Ok(claims) } else { Err(wrong) }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(String::from), 1 => ".{0,6}"]
}

fn number() -> impl Strategy<Value = Value> {
    let float = prop_oneof![any::<f64>(), -1e12..1e12, 1.6e9..1.9e9];
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        (1_600_000_000..1_900_000_000_i64).prop_map(Value::from),
        float.prop_map(|float| Number::from_f64(float).map_or(Value::from(0), Value::Number)),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => number(),
        3 => any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((name(), inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Mostly of the right type, so that whole sets of claims come through.
fn claim() -> impl Strategy<Value = (String, Value)> {
    let texts = prop::sample::select(&NAMES[..5]).prop_map(String::from);
    let times = prop::sample::select(&NAMES[5..8]).prop_map(String::from);
    prop_oneof![
        8 => (texts, any::<String>().prop_map(Value::String)),
        8 => (times, number()),
        4 => (Just("aud".into()), vec(any::<String>(), 0..4).prop_map(Value::from)),
        4 => (prop::sample::select(&NAMES[8..]).prop_map(String::from), value()),
        1 => (name(), value()),
    ]
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    vec(claim(), 0..10).prop_map(|members| members.into_iter().collect())
}

const MARKS: &[u8] = b"{}[]\",:\\u0eE.-+tfn \n";

/// One change to a text: a byte set, some bytes cut, or bytes that JSON cares about put in.
fn mutate(bytes: &mut Vec<u8>, (at, kind, byte, bit): (prop::sample::Index, u8, u8, u8)) {
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    match kind % 4 {
        0 => bytes[at] = byte,
        1 => bytes[at] ^= 1 << (bit % 8),
        2 => bytes.truncate(at),
        _ => bytes.insert(at, MARKS[usize::from(byte) % MARKS.len()]),
    }
}

proptest! {
    #![proptest_config(draws::config(draws::cases(4_000)))]

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        let parts: Vec<_> = bytes.split(|byte| *byte == b'.').collect();
        let digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        let compact = parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.iter().all(digit));
        prop_assert_eq!(is_compact_jws(&bytes), compact);
        prop_assert!(read(&bytes).is_err() || payload(&bytes).is_ok());
    }

    #[test]
    fn a_token_with_changed_bytes_is_answered(
        claims in claims(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = token(&Value::Object(claims).to_string());
        changes.into_iter().for_each(|change| mutate(&mut bytes, change));
        prop_assert!(read(&bytes).is_err() || payload(&bytes).is_ok_and(|text| is_json(&text)));
    }

    #[test]
    fn a_payload_of_any_bytes_is_read_exactly_if_it_is_a_json_object(bytes in vec(any::<u8>(), 0..60)) {
        prop_assert_eq!(seen(&bytes), flaw(&bytes));
    }

    #[test]
    fn a_payload_with_changed_bytes_is_read_exactly_if_it_is_still_a_json_object(
        value in value(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>(), any::<u8>()), 0..3),
    ) {
        let mut bytes = value.to_string().into_bytes();
        changes.into_iter().for_each(|change| mutate(&mut bytes, change));
        prop_assert_eq!(seen(&bytes), flaw(&bytes));
    }

    #[test]
    fn claims_are_what_serde_json_makes_of_them(claims in claims(), pretty: bool) {
        let value = Value::Object(claims.clone());
        let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        match (read(&token(&text)), expected(&claims)) {
            (Err(Malformed::Claim(name)), Err(wrong)) => prop_assert!(wrong.contains(&name), "{name} is right"),
            (read, expected) => prop_assert_eq!(read.ok(), expected.ok()),
        }
    }

    #[test]
    fn the_header_is_read_as_serde_json_reads_it(kid in value(), oiat in value()) {
        let header = serde_json::json!({ "kid": kid, "oiat": oiat, "sub": "not a header claim" });
        let claims = read(&token_with_header(&header.to_string(), "{}")).unwrap();
        prop_assert_eq!(claims.kid.as_deref(), kid.as_str());
        prop_assert_eq!(claims.oiat, oiat.as_f64().map(|seconds| (seconds * 1000.0) as i64));
        prop_assert_eq!(claims.sub, None);
    }

    #[test]
    fn a_number_of_any_spelling_is_its_nearest_double(number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,60})?([eE][-+]?[0-9]{1,2})?") {
        let double: f64 = number.parse().unwrap();
        let claims = read(&token(&["{\"exp\":", &number, "}"].concat())).unwrap();
        prop_assert_eq!(claims.exp, Some((double * 1000.0) as i64));
    }

    /// Between the double nearest to a whole millisecond and the one below it, where the last digit decides.
    #[test]
    fn a_number_halfway_between_two_doubles_goes_to_the_even_one(millis in prop_oneof![1_u64 << 28..1 << 31, 1_u64 << 28..1 << 52], tail in "|0{1,60}|0{0,60}1") {
        let below = f64::from_bits((millis as f64 / 1000.0).to_bits() - 1).to_bits();
        let halfway = ((below & ((1 << 52) - 1) | 1 << 52) * 2) as u128 + 1;
        let power = 1076 - (below >> 52);
        let fraction = (halfway & ((1 << power) - 1)) * 5_u128.pow(power as u32);
        let number = format!("{}.{:0width$}{tail}", halfway >> power, fraction, width = power as usize);
        let double: f64 = number.parse().unwrap();
        let claims = read(&token(&["{\"exp\":", &number, "}"].concat())).unwrap();
        prop_assert_eq!(claims.exp, Some((double * 1000.0) as i64), "{}", number);
    }
}

#[test]
fn nesting_may_be_as_deep_as_a_token_is_long() {
    let depth = 380_000;
    let with = |nested: String| read(&token(&["{\"x\":", &nested, ",\"sub\":\"a\"}"].concat()));
    let sub = with(["[".repeat(depth), "]".repeat(depth)].concat()).map(|claims| claims.sub);
    assert_eq!(sub, Ok(Some("a".into())));
    let sub = with(["{\"\":".repeat(depth / 4), "0".into(), "}".repeat(depth / 4)].concat()).map(|claims| claims.sub);
    assert_eq!(sub, Ok(Some("a".into())));
    for unbalanced in ["[".repeat(depth), "]".repeat(depth), "{\"\":".repeat(depth / 4), "[{".repeat(depth / 2)] {
        assert_eq!(with(unbalanced), Err(Malformed::Payload(Flaw::Json)));
    }
}

#[test]
fn a_number_may_be_as_long_as_a_token() {
    let zeros = "0".repeat(300_000);
    let exp = |number: String| read(&token(&["{\"exp\":", &number, "}"].concat())).map(|claims| claims.exp);
    assert_eq!(exp(["1", &zeros].concat()), Ok(Some(i64::MAX)));
    assert_eq!(exp(["0.", &zeros, "17e300002"].concat()), Ok(Some(17_000)));
    assert_eq!(exp(["17", &zeros, "e-300000"].concat()), Ok(Some(17_000)));
    assert_eq!(exp(["1.5", &zeros, "1"].concat()), Ok(Some(1_500)));
}
