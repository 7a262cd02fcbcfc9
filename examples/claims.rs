//! Reads tokens, one a line, from standard input, and prints what the claims reader sees in each as one line of JSON.
//! Never the token. Times are strings of decimal milliseconds, because a JavaScript number holds only 53 bits.
//!
//! `cargo run --quiet --example claims < tokens.txt`

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use tabpin::core::claims::{is_compact_jws, payload, read};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        writeln!(out, "{}", describe(&line?))?;
    }
    out.flush()
}

fn describe(token: &[u8]) -> Value {
    let time = |time: Option<i64>| time.map(|millis| millis.to_string());
    match read(token) {
        Err(malformed) => json!({ "malformed": malformed.reason(), "compact": is_compact_jws(token) }),
        Ok(claims) => json!({
            "sub": claims.sub,
            "sid": claims.sid,
            "iss": claims.iss,
            "azp": claims.azp,
            "aud": claims.aud,
            "iat": time(claims.iat),
            "nbf": time(claims.nbf),
            "exp": time(claims.exp),
            "org": claims.org,
            "act": claims.act,
            "oiat": time(claims.oiat),
            "kid": claims.kid,
            "compact": is_compact_jws(token),
            "payload": payload(token).ok(),
        }),
    }
}
