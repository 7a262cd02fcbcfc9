//! The names that Rust and TypeScript must agree on, against `tests/golden/errors.json`.
//!
//! `TABPIN_WRITE_GOLDEN=1 cargo test --test errors` writes the file anew.

use serde_json::{Value, json};
use tabpin::core::error::{Code, Error};
use tabpin::core::output::{Event, Where};
use tabpin::core::pin::{Cause, Status};
use tabpin::core::session::SessionRef;
use tabpin::core::token::Origin;
use tabpin::core::value::Value as Plain;

/// One event of every type. The match below does not compile once there is another.
fn events() -> Vec<Event> {
    let session = SessionRef { session_id: None, user_id: "user".into(), started_at: None };
    let error = Error::plain(Code::GaveUp, "Words.");
    let origin = Origin::Minted;
    let all = vec![
        Event::Pinned { session, previous: None, cause: Cause::First },
        Event::SignedOut { session },
        Event::Lost { session, error },
        Event::MultiSession { multi_session: None, sessions: vec![session] },
        Event::Drift { pinned: session, seen: None, place: Where::Source },
        Event::Token { origin, expires_at: 1 },
        Event::Refused { origin, error },
        Event::Retry { attempt: 1, delay_ms: 1, error },
        Event::GaveUp { error },
        Event::Recovered,
        Event::Expiring { expires_at: 1 },
        Event::Online { online: true },
    ];
    let named = |event: &Event| match event {
        Event::Pinned { .. } | Event::SignedOut { .. } | Event::Lost { .. } | Event::MultiSession { .. } => true,
        Event::Drift { .. } | Event::Token { .. } | Event::Refused { .. } | Event::Retry { .. } => true,
        Event::GaveUp { .. } | Event::Recovered | Event::Expiring { .. } | Event::Online { .. } => true,
    };
    assert!(all.iter().all(named));
    all
}

fn written(value: impl Into<Plain>) -> Value {
    serde_json::to_value(value.into()).expect("plain data")
}

fn names() -> Value {
    let codes: Vec<_> = Code::ALL
        .iter()
        .map(|code| json!({ "code": code.as_str(), "retryable": code.retryable(), "suggestion": code.suggestion() }))
        .collect();
    let events: Vec<_> = events()
        .into_iter()
        .map(written)
        .map(|event| {
            let fields: Vec<_> = event.as_object().expect("an object").keys().filter(|key| *key != "type").collect();
            json!({ "type": event["type"], "fields": fields })
        })
        .collect();
    json!({
        "codes": codes,
        "events": events,
        "statuses": ([Status::Unknown, Status::SignedIn, Status::SignedOut, Status::Lost].map(Status::as_str)),
        "causes": ([Cause::First, Cause::Restored, Cause::Renewed, Cause::Adopted, Cause::Switched, Cause::Asked].map(Cause::as_str)),
        "origins": ([Origin::Initial, Origin::Minted, Origin::Adopted, Origin::Request].map(Origin::as_str)),
        "places": ([Where::Source, Where::Cookie].map(Where::as_str)),
    })
}

#[test]
fn the_names_are_those_of_the_golden_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/errors.json");
    let text = format!("{:#}\n", names());
    if std::env::var_os("TABPIN_WRITE_GOLDEN").is_some() {
        std::fs::write(path, &text).expect("the golden file can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden file");
    assert_eq!(golden, text, "TypeScript relies on these names: change both, then write the file anew");
}

#[test]
fn every_code_says_in_one_sentence_what_to_do() {
    for code in Code::ALL {
        let words = code.suggestion();
        assert!(words.ends_with('.') && !words.contains(". ") && words.len() < 120, "{}: {words}", code.as_str());
        assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    }
}

#[test]
fn an_error_is_written_as_the_contract_says() {
    let written = written(Error::plain(Code::SignedOut, "Nobody is signed in."));
    let wanted = json!({
        "code": "signed_out",
        "message": "Nobody is signed in.",
        "suggestion": "Ask the user to sign in.",
        "retryable": false,
    });
    assert_eq!(written, wanted);
}
