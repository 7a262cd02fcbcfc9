//! Why a server would refuse a token, and whether another token would help.

use super::kit::{examples, session};
use tabpin::core::challenge;
use tabpin::core::error::{Code, Detail, Error};
use tabpin::core::explain::{Expected, explain};
use tabpin::core::name::Name;
use tabpin::core::value::Value;

/// Noon of some day, ms.
const NOW: i64 = 1_700_000_000_000;

/// A JWT with these claims, unsigned.
fn token(claims: &serde_json::Value) -> String {
    format!("eyJhbGciOiJub25lIn0.{}.c2ln", encode(claims.to_string().as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let groups = bytes.chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        (0..=chunk.len()).map(move |digit| DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] as char)
    });
    groups.collect()
}

fn findings(claims: serde_json::Value, expected: &Expected) -> Vec<Error> {
    explain(Some(token(&claims).as_bytes()), expected, NOW)
}

/// What was expected, and what was found.
fn details(found: &Error) -> (Option<&'static str>, Option<&'static str>) {
    let Detail::Differs(actual, expected) = found.detail else { return (None, None) };
    (expected.map(Name::as_str), actual.map(Name::as_str))
}

fn codes(found: &[Error]) -> Vec<Code> {
    found.iter().map(|finding| finding.code).collect()
}

/// On a 401 with this challenge.
fn asks_for_another_token(challenge: Option<&str>) -> bool {
    challenge::asks_for_another_token(401, challenge)
}

examples! {
    fn a_token_that_is_as_expected_has_no_findings() {
        let expected = Expected {
            issuers: vec!["https://issuer.test".into()],
            audience: Some("convex".into()),
            parties: vec!["https://app.test".into()],
            session: Some(session(11)),
        };
        let claims = serde_json::json!({
            "sub": "user_1", "sid": "sess_11", "iss": "https://issuer.test", "aud": ["other", "convex"],
            "azp": "https://app.test", "iat": NOW / 1000, "nbf": NOW / 1000, "exp": NOW / 1000 + 60,
        });
        assert_eq!(findings(claims, &expected), []);
    }

    fn no_token_and_no_jwt_are_the_only_finding() {
        assert_eq!(codes(&explain(None, &Expected::default(), NOW)), [Code::TokenMissing]);
        assert_eq!(codes(&explain(Some(b""), &Expected::default(), NOW)), [Code::TokenMissing]);
        let found = explain(Some(b"null"), &Expected::default(), NOW);
        assert_eq!(codes(&found), [Code::TokenMalformed]);
        assert_eq!(found[0].message(), "The token cannot be used: it is not three parts joined by dots.");
    }

    fn every_reason_is_found_worst_first_with_what_was_expected_and_what_is() {
        let expected = Expected {
            issuers: vec!["https://a.test".into(), "https://b.test".into()],
            audience: Some("convex".into()),
            parties: vec!["https://app.test".into()],
            session: Some(session(11)),
        };
        let claims = serde_json::json!({
            "sub": "user_1", "sid": "sess_12", "iss": "https://c.test", "azp": "https://evil.test",
            "iat": NOW / 1000 + 100, "nbf": NOW / 1000 + 50, "exp": NOW / 1000 - 90,
        });
        let found = findings(claims, &expected);
        let wanted = [
            Code::WrongAccount,
            Code::IssuerMismatch,
            Code::AudienceMismatch,
            Code::PartyMismatch,
            Code::TokenExpired,
            Code::TokenNotYetValid,
            Code::IssuedInFuture,
        ];
        assert_eq!(codes(&found), wanted);
        let details = |at: usize| details(&found[at]);
        assert_eq!(details(0), (Some("sess_11"), Some("sess_12")));
        assert_eq!(details(1), (Some("https://a.test or https://b.test"), Some("https://c.test")));
        assert_eq!(details(2), (Some("convex"), None));
        assert_eq!(found[0].message(), "The token's account is sess_12, expected is sess_11.");
        let message = "The token's issuer is https://c.test, expected is https://a.test or https://b.test.";
        assert_eq!(found[1].message(), message);
        assert_eq!(found[2].message(), "The token's audience is none, expected is convex.");
        assert_eq!(found[4].message(), "The token expired 90 s ago.");
        assert_eq!(found[5].message(), "The token is valid in 50 s.");
        assert_eq!(found[6].message(), "The token was issued 100 s in the future.");
    }

    fn a_few_seconds_of_clock_difference_are_forgiven() {
        let soon = NOW / 1000 + 5;
        assert_eq!(
            findings(serde_json::json!({ "sub": "user_1", "iat": soon, "nbf": soon }), &Expected::default()),
            []
        );
    }

    fn a_token_without_azp_is_of_no_authorized_party_and_one_of_nobody_belongs_to_nobody() {
        let expected = Expected { parties: vec!["https://app.test".into()], ..Expected::default() };
        let found = findings(serde_json::json!({ "sub": "user_1" }), &expected);
        assert_eq!((codes(&found), details(&found[0]).1), (vec![Code::PartyMismatch], None));
        let expected = Expected { session: Some(session(11)), ..Expected::default() };
        let found = findings(serde_json::json!({}), &expected);
        assert_eq!((codes(&found), details(&found[0]).1), (vec![Code::WrongAccount], None));
        assert_eq!(found[0].message(), "The token's account is none, expected is sess_11.");
    }

    fn findings_are_written_as_the_contract_says() {
        let expected = Expected { audience: Some("convex".into()), ..Expected::default() };
        let found = findings(serde_json::json!({ "sub": "user_1", "aud": "other" }), &expected);
        let written = serde_json::to_value(Value::from(found[0])).expect("plain data");
        let keys: Vec<_> = written.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["actual", "code", "expected", "message", "retryable", "suggestion"]);
        assert_eq!(written["code"], "audience_mismatch");
        let plain = explain(None, &Expected::default(), NOW);
        assert!(serde_json::to_value(Value::from(plain[0])).expect("plain data").get("expected").is_none());
    }

    fn only_a_401_asks_for_another_token() {
        let error = Some("Bearer error=\"invalid_token\"");
        assert!(challenge::asks_for_another_token(401, error));
        for status in [0, 200, 302, 400, 403, 407, 500] {
            assert!(!challenge::asks_for_another_token(status, error), "{status}");
        }
    }

    fn a_challenge_without_an_error_asks_for_another_token() {
        for challenge in
            [None, Some(""), Some("Bearer"), Some("Bearer realm=\"x\""), Some("Bearer error=\"invalid_token\"")]
        {
            assert!(asks_for_another_token(challenge));
        }
    }

    fn a_scope_or_a_request_that_is_wrong_is_not_mended_by_another_token() {
        for challenge in [
            "Bearer error=\"insufficient_scope\"",
            "Bearer error=insufficient_scope, scope=admin",
            "bearer realm=\"a, b=\\\"c\\\"\", ERROR = \"invalid_request\"".replace(" = ", "=").as_str(),
            "Basic realm=\"error=\\\"invalid_token\\\"\", Bearer error=\"insufficient_scope\"",
            "Bearer scope=\"read, write\",\terror= \"insufficient_scope\"",
        ] {
            assert!(!asks_for_another_token(Some(challenge)), "{challenge}");
        }
    }

    fn what_stands_inside_a_quoted_string_is_no_parameter() {
        assert!(asks_for_another_token(Some("Bearer realm=\"error=insufficient_scope\"")));
        assert!(asks_for_another_token(Some("Bearer realm=\"x, error=\\\"insufficient_scope\\\"\"")));
        assert!(asks_for_another_token(Some("Bearer \"error=insufficient_scope\"")));
        assert!(
            asks_for_another_token(Some("Bearer error=\"insufficient_scope"))
                == asks_for_another_token(Some("Bearer error=insufficient_scope"))
        );
        assert!(asks_for_another_token(Some(
            "Bearer error_description=\"insufficient_scope\", error=\"invalid_token\""
        )));
    }

    fn white_space_around_the_equals_sign_is_allowed() {
        assert!(!asks_for_another_token(Some("Bearer error = \"insufficient_scope\"")));
    }
}
