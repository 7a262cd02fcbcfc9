//! `WWW-Authenticate` on a 401: would another token help? (RFC 9110, section 11.6.1; RFC 6750, section 3.1)

/// False where the server says that the token is not the problem.
pub fn asks_for_another_token(challenge: Option<&str>) -> bool {
    let error = challenge.and_then(bearer_error);
    !matches!(error.as_deref(), Some("insufficient_scope" | "invalid_request"))
}

/// The `error` parameter. Quoted strings may hold commas, equals signs and escapes, so they are read, not searched.
fn bearer_error(challenge: &str) -> Option<String> {
    let mut rest = challenge.chars().peekable();
    let mut name = String::new();
    while let Some(c) = rest.next() {
        match c {
            '=' => {
                let value = read_value(&mut rest);
                if name.eq_ignore_ascii_case("error") {
                    return Some(value);
                }
                name.clear();
            }
            // White space may stand before the equals sign.
            ' ' | '\t' if rest.peek().is_some_and(|next| matches!(next, '=' | ' ' | '\t')) => {}
            ' ' | ',' | '\t' => name.clear(),
            '"' => {
                skip_quoted(&mut rest);
            }
            c => name.push(c),
        }
    }
    None
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn read_value(rest: &mut Rest<'_>) -> String {
    while rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
    if rest.next_if_eq(&'"').is_some() {
        return skip_quoted(rest);
    }
    let mut value = String::new();
    while let Some(c) = rest.next_if(|c| !matches!(c, ',' | ' ' | '\t')) {
        value.push(c);
    }
    value
}

fn skip_quoted(rest: &mut Rest<'_>) -> String {
    let mut value = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => value.extend(rest.next()),
            c => value.push(c),
        }
    }
    value
}
