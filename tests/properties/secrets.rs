//! Invariants 9 and 10: what is written into a request, and what is written anywhere else.

use super::oracle::{Oracle, ensure, every_step};
use super::play::{Run, Sent};
use crate::support::tokens::{HEAD, SIGNATURE};
use tabpin::core::config::OnMissing;
use tabpin::core::header::{FAIL_CLOSED, MARKER_HEADER, Missing};
use tabpin::core::output::{Outcome, Output};
use tabpin::core::pin::Status;
use tabpin::core::session::Ambient;
use tabpin::core::value::Value;

/// What we write into a request is exactly `Bearer <token>`, or the fail-closed pair, or nothing, as the policy says.
pub fn a_request_carries_a_token_the_closed_pair_or_nothing(run: &Run) -> Result<(), String> {
    let pair = (FAIL_CLOSED, MARKER_HEADER);
    ensure(pair == ("Bearer tabpin.unavailable", "x-tabpin-required"), || format!("{pair:?}"))?;
    let mut sent = run.sent.iter().peekable();
    let mut number = 0;
    every_step(run, |oracle, _| {
        // Requests sent after this step see the state that it left.
        number += 1;
        while let Some(request) = sent.next_if(|sent| sent.after <= number) {
            one(oracle, request)?;
        }
        Ok(())
    })
}

fn one(oracle: &Oracle<'_>, sent: &Sent) -> Result<(), String> {
    match &sent.header {
        Ok(value) => {
            let token = sent.token.ok_or("a header without a token")?;
            let text = &oracle.run.tokens.get(token).text;
            ensure(*value == format!("Bearer {text}"), || "another form".to_owned())?;
            let digits = |part: &str| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            };
            ensure(text.split('.').count() == 3 && text.split('.').all(digits), || "no JWT".to_owned())
        }
        Err(_) if oracle.disposed => Ok(()),
        Err(missing) => {
            let wanted = policy(oracle, &sent.ambient);
            let got = match missing {
                Missing::Nothing => "nothing",
                Missing::FailClosed(_) => "closed",
                Missing::Reject(_) => "reject",
            };
            ensure(got == wanted, || format!("{got} where the policy says {wanted}, {:?}", oracle.status))
        }
    }
}

/// The design's table, row by row.
fn policy(oracle: &Oracle<'_>, ambient: &Ambient) -> &'static str {
    match oracle.run.config.on_missing {
        OnMissing::Closed => return "closed",
        OnMissing::Omit => return "nothing",
        OnMissing::Throw => return "reject",
        OnMissing::Auto => {}
    }
    let pin = oracle.pin.and_then(|pin| pin.session_id);
    let sole = oracle.view.sessions.as_ref().is_some_and(|all| all.len() < 2);
    match (oracle.status, ambient) {
        (Status::SignedOut, Ambient::Nobody | Ambient::Unknown) => "nothing",
        (Status::SignedIn, Ambient::Session(sid)) if sid.is_some() && *sid == pin && sole => "nothing",
        _ => "closed",
    }
}

/// No event, error, log line or storage entry contains a token.
pub fn nothing_but_a_request_contains_a_token(run: &Run) -> Result<(), String> {
    every_step(run, |_, step| {
        for output in &step.outputs {
            let texts = match output {
                Output::Event(event) => [format!("{event:?}"), json(event.clone())],
                Output::Snapshot => [format!("{:?}", step.snapshot), json(step.snapshot.clone())],
                Output::Settle(_, Outcome::Reject(error)) => [format!("{error:?}"), json(*error)],
                Output::Store(stored) => [format!("{stored:?}"), json(*stored)],
                _ => continue,
            };
            let leaks = texts.iter().any(|text| text.contains(HEAD) || text.contains(SIGNATURE));
            ensure(!leaks, || "an output contains a token".to_owned())?;
        }
        Ok(())
    })
}

/// As it goes out.
fn json(value: impl Into<Value>) -> String {
    serde_json::to_string(&value.into()).expect("plain data")
}
