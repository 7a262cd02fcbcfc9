//! `WWW-Authenticate`: would another token help? (RFC 9110, section 11.6.1; RFC 6750, section 3.1)

/// What a server says where the token is not the problem.
const OTHER_PROBLEMS: [&[u8]; 2] = [b"insufficient_scope", b"invalid_request"];

/// Only on a 401, and not where the server says that the token is not the problem.
pub fn asks_for_another_token(status: u16, challenge: Option<&str>) -> bool {
    let error = challenge.and_then(|challenge| bearer_error(challenge.as_bytes()));
    status == 401 && !error.is_some_and(|error| OTHER_PROBLEMS.contains(&error))
}

/// The `error` parameter. Quoted strings may hold commas, equals signs and escapes, so they are read, not searched.
fn bearer_error(mut rest: &[u8]) -> Option<&[u8]> {
    while !rest.is_empty() {
        let name;
        (name, rest) = split(rest, |byte| matches!(byte, b'=' | b' ' | b',' | b'\t' | b'"'));
        // White space may stand before the equals sign, and behind it.
        rest = rest.trim_ascii_start();
        match rest.split_first() {
            Some((b'=', after)) => {
                let value;
                (value, rest) = read_value(after.trim_ascii_start());
                if name.eq_ignore_ascii_case(b"error") {
                    return Some(value);
                }
            }
            Some((b'"', after)) => rest = quoted(after).1,
            Some((b',', after)) => rest = after,
            _ => {}
        }
    }
    None
}

fn read_value(text: &[u8]) -> (&[u8], &[u8]) {
    match text.split_first() {
        Some((b'"', after)) => quoted(after),
        _ => split(text, |byte| matches!(byte, b',' | b' ' | b'\t')),
    }
}

/// A quoted string's content as it stands, and what follows it.
fn quoted(text: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = text.iter().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => *byte == b'"',
    });
    let (content, rest) = text.split_at(end.unwrap_or(text.len()));
    (content, rest.get(1..).unwrap_or_default())
}

fn split(text: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|byte| ends(*byte)).unwrap_or(text.len()))
}
