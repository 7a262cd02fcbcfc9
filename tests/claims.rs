//! The claims reader by example. `claims_properties.rs` has it on generated input, `claims-jose.test.mjs` next to `jose`.

use tabpin::core::claims::{Claims, Flaw, Malformed, is_compact_jws, payload, read};

mod tokens;
use tokens::{base64url, token, token_with_header};

fn claims(payload: &str) -> Claims {
    read(&token(payload)).unwrap_or_else(|malformed| panic!("{}", malformed.reason()))
}

fn refusal(payload: &str) -> Malformed {
    read(&token(payload)).expect_err("the payload should be refused")
}

fn exp(number: &str) -> Option<i64> {
    claims(&["{\"exp\":", number, "}"].concat()).exp
}

#[test]
fn every_claim_of_a_session_token_is_read() {
    let token = token_with_header(
        r#"{"alg":"RS256","typ":"JWT","kid":"ins_1","oiat":1700000000}"#,
        r#"{"sub":"user_ada","sid":"sess_ada","iss":"https://id.example","azp":"https://app.example","aud":"convex",
            "iat":1700000001,"nbf":1699999991,"exp":1700000061,"o":{"id":"org_1","rol":"admin"},"act":{"sub":"user_eve"}}"#,
    );
    let expected = Claims {
        sub: Some("user_ada".into()),
        sid: Some("sess_ada".into()),
        iss: Some("https://id.example".into()),
        azp: Some("https://app.example".into()),
        aud: vec!["convex".into()],
        iat: Some(1_700_000_001_000),
        nbf: Some(1_699_999_991_000),
        exp: Some(1_700_000_061_000),
        org: Some("org_1".into()),
        act: true,
        oiat: Some(1_700_000_000_000),
        kid: Some("ins_1".into()),
    };
    assert_eq!(read(&token), Ok(expected));
}

#[test]
fn an_empty_object_has_no_claims() {
    assert_eq!(claims("{}"), Claims::default());
    assert_eq!(claims(" \t\r\n{ \n} "), Claims::default());
}

#[test]
fn an_audience_is_a_string_or_an_array_of_strings() {
    assert_eq!(claims(r#"{"aud":"a"}"#).aud, ["a"]);
    assert_eq!(claims(r#"{"aud":[ "a" , "b\n" ]}"#).aud, ["a", "b\n"]);
    assert!(claims(r#"{"aud":[]}"#).aud.is_empty());
    assert!(claims(r#"{"aud":null}"#).aud.is_empty());
    for wrong in [r#"["a",1]"#, r#"[["a"]]"#, "[null]", "{}", "1"] {
        assert_eq!(refusal(&["{\"aud\":", wrong, "}"].concat()), Malformed::Claim("aud"), "{wrong}");
    }
}

#[test]
fn the_organization_is_clerks_own_claim_or_else_org_id() {
    let org = |payload| claims(payload).org;
    assert_eq!(org(r#"{"o":{"rol":"admin","id":"org_1"},"org_id":"org_2"}"#).as_deref(), Some("org_1"));
    assert_eq!(org(r#"{"o":{"nested":{"id":"org_1"}},"org_id":"org_2"}"#).as_deref(), Some("org_2"));
    assert_eq!(org(r#"{"org_id":"org_2"}"#).as_deref(), Some("org_2"));
    assert_eq!(org(r#"{"o":["id","org_1"],"org_id":null}"#), None);
    assert_eq!(org(r#"{"o":{"id":7}}"#), None);
}

#[test]
fn only_an_object_is_an_actor() {
    assert!(claims(r#"{"act":{}}"#).act);
    assert!(claims(r#"{"act":{"sub":"user_eve"}}"#).act);
    for no in ["null", "true", "\"{}\"", "[{}]", "1"] {
        assert!(!claims(&["{\"act\":", no, "}"].concat()).act, "{no}");
    }
}

#[test]
fn a_text_claim_of_another_type_is_named_and_null_counts_as_absent() {
    for name in ["sub", "sid", "iss", "azp"] {
        let with = |value: &str| ["{\"", name, "\":", value, "}"].concat();
        assert_eq!(claims(&with("null")), Claims::default());
        for wrong in ["1", "true", "[]", "{}"] {
            assert_eq!(refusal(&with(wrong)), Malformed::Claim(name));
        }
    }
}

#[test]
fn a_time_that_is_no_number_is_named_even_if_it_is_null() {
    for name in ["iat", "nbf", "exp"] {
        for wrong in ["null", "\"1700000000\"", "true", "[1]", "{}"] {
            let payload = ["{\"", name, "\":", wrong, "}"].concat();
            assert_eq!(refusal(&payload), Malformed::Claim(name));
            assert!(refusal(&payload).reason().contains(name));
        }
    }
}

#[test]
fn the_last_of_two_claims_of_one_name_counts() {
    assert_eq!(claims(r#"{"sub":"a","sub":"b"}"#).sub.as_deref(), Some("b"));
    assert_eq!(claims(r#"{"sub":1,"sub":"b"}"#).sub.as_deref(), Some("b"));
    assert_eq!(claims(r#"{"sub":"a","sub":null}"#).sub, None);
    assert_eq!(claims(r#"{"o":{"id":"org_1"},"o":{}}"#).org, None);
    assert_eq!(claims(r#"{"sub":"a","\u0073u\u0062":"b"}"#).sub.as_deref(), Some("b"));
}

#[test]
fn names_inside_nested_values_are_not_claims() {
    let read = claims(r#"{"x":{"sub":"no","y":[{"sub":"no"}]},"sub":"yes","z":[["sub"],{"exp":[]}]}"#);
    assert_eq!(read, Claims { sub: Some("yes".into()), ..Claims::default() });
}

#[test]
fn escapes_are_undone_and_a_lone_surrogate_becomes_the_replacement_character() {
    let sub = |text: &str| claims(&["{\"sub\":\"", text, "\"}"].concat()).sub.unwrap_or_default();
    assert_eq!(sub(r#"\"\\\/\b\f\n\r\t"#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(sub(r"\u00e9\u20AC\u0000é€🦀"), "é€\0é€🦀");
    assert_eq!(sub(r"\ud83e\udd80\uD83E\uDD80"), "🦀🦀");
    assert_eq!(sub(r"\ud83e"), "\u{FFFD}");
    assert_eq!(sub(r"\udd80\ud83e"), "\u{FFFD}\u{FFFD}");
    assert_eq!(sub(r"\ud83e\ud83e\udd80"), "\u{FFFD}🦀");
    assert_eq!(sub(r"\ud83ex\udd80"), "\u{FFFD}x\u{FFFD}");
    assert_eq!(sub(r"\ud83e\n"), "\u{FFFD}\n");
    assert_eq!(sub(r"\ud83e\u0041\udd80"), "\u{FFFD}A\u{FFFD}");
}

#[test]
fn times_are_milliseconds_whatever_form_the_number_has() {
    for (number, millis) in [
        ("0", 0),
        ("-0", 0),
        ("-0.0e5", 0),
        ("1700000000", 1_700_000_000_000),
        ("-1.5", -1_500),
        ("1700000000.5", 1_700_000_000_500),
        ("1e3", 1_000_000),
        ("1E+3", 1_000_000),
        ("1.5E+3", 1_500_000),
        ("15000e-1", 1_500_000),
        ("0.0009999", 0),
        ("0.0010000", 1),
        ("1e-400", 0),
        ("0.000000000000000000000000000000000000000000017e53", 1_700_000_000_000),
        ("170000000000000000000000000000000000000000000000000000e-44", 1_700_000_000_000),
        // 2^53 + 1, which no double is: to even.
        ("9007199254740993", 9_007_199_254_740_992_000),
        // No double either; the one nearest is a hair below, times 1000 is a hair above again.
        ("1700000000.1239999999999999", 1_700_000_000_124),
    ] {
        assert_eq!(exp(number), Some(millis), "{number}");
    }
}

#[test]
fn times_beyond_64_bits_saturate() {
    for number in ["1e16", "1e400", "1e99999999999999999999", "99999999999999999999999999999999"] {
        assert_eq!(exp(number), Some(i64::MAX), "{number}");
        assert_eq!(exp(&["-", number].concat()), Some(i64::MIN), "-{number}");
    }
}

#[test]
fn what_json_forbids_is_refused() {
    for payload in [
        " ", "{", "}", "{}}", "{},", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "{'a':1}",
        "{\"a\":1 \"b\":2}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1}", "{\"a\":[1}}", "{\"a\":{\"b\":1]}",
        "{\"a\":{]}", "{\"a\":[1 2]}", "{\"a\":{\"b\"}}", "{\"a\":01}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":.5}",
        "{\"a\":1.}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":0x1}", "{\"a\":1.e1}", "{\"a\":NaN}", "{\"a\":Infinity}",
        "{\"a\":tru}", "{\"a\":nul}", "{\"a\":falsey}", "{\"a\":\"}", "{\"a\":\"\\\"}", "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\u123\"}", "{\"a\":\"\n\"}", "{\"a\":\"\0\"}", "{\"a\":\"\u{1f}\"}",
        "{\"a\":1}\0", "{\"\t\":1}", "{\"a\":1}/**/", "{\u{a0}}", "\u{feff}\u{feff}{}",
    ] {
        assert_eq!(refusal(payload), Malformed::Payload(Flaw::Json), "{payload:?}");
    }
}

#[test]
fn json_that_is_no_object_is_refused_as_such() {
    for payload in ["null", "1", "\"x\"", "[]", "[{\"sub\":\"a\"}]", "true"] {
        assert_eq!(refusal(payload), Malformed::Payload(Flaw::NotObject), "{payload}");
        assert_eq!(read(&token_with_header(payload, "{}")), Err(Malformed::Header(Flaw::NotObject)), "{payload}");
    }
}

#[test]
fn a_byte_order_mark_is_ignored() {
    assert_eq!(claims("\u{feff}{\"sub\":\"a\"}").sub.as_deref(), Some("a"));
    assert_eq!(payload(&token("\u{feff}{}")).as_deref(), Ok("{}"));
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    for bytes in
        [&b"{\"a\":\"\xff\"}"[..], b"{\"a\":\"\xc0\x80\"}", b"{\"a\":\"\xed\xa0\x80\"}", b"{\"a\":\"\xe2\x82\"}"]
    {
        let text = [base64url(b"{}"), base64url(bytes), "sig".into()].join(".");
        assert_eq!(read(text.as_bytes()), Err(Malformed::Payload(Flaw::Utf8)));
        let text = [base64url(bytes), base64url(b"{}"), "sig".into()].join(".");
        assert_eq!(read(text.as_bytes()), Err(Malformed::Header(Flaw::Utf8)));
    }
}

#[test]
fn text_that_is_not_three_parts_is_refused() {
    assert_eq!(read(b""), Err(Malformed::Empty));
    for text in [
        "null", "undefined", "tabpin.unavailable", " ", "\n", "a.b", "..", "a..c", ".b.c", "e30.e30", "a.b.c.d",
        "a.b.c.d.e",
    ] {
        assert_eq!(read(text.as_bytes()), Err(Malformed::NotThreeParts), "{text:?}");
        assert_eq!(payload(text.as_bytes()), Err(Malformed::NotThreeParts), "{text:?}");
    }
}

#[test]
fn a_part_that_is_not_unpadded_base64url_is_refused() {
    for bad in ["e30=", "e+0", "e/0", " e30", "e30\n", "e", "e30e3", "é30", "e\u{0}0"] {
        let header = [bad, ".e30.sig"].concat();
        assert_eq!(read(header.as_bytes()), Err(Malformed::Header(Flaw::Base64)), "{bad:?}");
        let payload = ["e30.", bad, ".sig"].concat();
        assert_eq!(read(payload.as_bytes()), Err(Malformed::Payload(Flaw::Base64)), "{bad:?}");
    }
    for part in ["e30", "eyJhIjoxfQ", "eyJhIjoxMX0", "eyJhIjoxMTF9"] {
        for at in 0..part.len() {
            let payload = ["e30.", &part[..at], "*", &part[at + 1..], ".sig"].concat();
            assert_eq!(read(payload.as_bytes()), Err(Malformed::Payload(Flaw::Base64)), "{part} at {at}");
        }
    }
}

#[test]
fn left_over_bits_and_the_signature_are_not_looked_at() {
    for text in ["e30.e30.", "e30.e31.sig", "e30.e30.not base64", "e30.e32.\u{e9}"] {
        assert_eq!(read(text.as_bytes()), Ok(Claims::default()), "{text}");
    }
}

#[test]
fn a_header_that_is_not_json_is_refused() {
    assert_eq!(read(&token_with_header("{", "{}")), Err(Malformed::Header(Flaw::Json)));
    assert_eq!(read(&token_with_header("{\"kid\":7,\"oiat\":\"x\"}", "{}")), Ok(Claims::default()));
}

#[test]
fn a_token_of_more_than_a_mebibyte_is_too_long() {
    let mut text = b"e30.e30.".to_vec();
    text.resize(1 << 20, b'x');
    assert_eq!(read(&text), Ok(Claims::default()));
    text.push(b'x');
    assert_eq!(read(&text), Err(Malformed::TooLong));
}

#[test]
fn the_payload_is_handed_out_as_it_is_spelled() {
    let spelled = " {\"a\" : 1e2, \"é\":\"\\ud800\"}\n";
    assert_eq!(payload(&token(spelled)).as_deref(), Ok(spelled));
    assert_eq!(payload(&token("[1")), Err(Malformed::Payload(Flaw::Json)));
    assert_eq!(payload(&token_with_header("not json", "{}")).as_deref(), Ok("{}"));
}

#[test]
fn a_compact_jws_is_three_parts_of_base64url_and_nothing_else() {
    for yes in ["a.b.c", "e30.e30.-_09", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"] {
        assert!(is_compact_jws(yes.as_bytes()), "{yes}");
    }
    for no in [
        "", ".", "..", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.", ".a.b.c", "a.b.c.d", "null", "undefined",
        "tabpin.unavailable", "a.b.c=", "a.b.c\n", " a.b.c", "a.b c.d", "a.b+.c", "a.b/.c", "a.b~.c", "a.é.c",
        "Bearer a.b.c",
    ] {
        assert!(!is_compact_jws(no.as_bytes()), "{no:?}");
    }
}

#[test]
fn every_refusal_has_words_of_its_own() {
    let mut all = vec![Malformed::Empty, Malformed::TooLong, Malformed::NotThreeParts];
    for flaw in [Flaw::Base64, Flaw::Utf8, Flaw::Json, Flaw::NotObject] {
        all.extend([Malformed::Header(flaw), Malformed::Payload(flaw)]);
    }
    all.extend(["sub", "sid", "iss", "azp", "aud", "iat", "nbf", "exp", "another"].map(Malformed::Claim));
    let mut words: Vec<_> = all.iter().map(Malformed::reason).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all.len());
}
