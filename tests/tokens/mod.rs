//! Tokens made for tests; nothing here is signed.

/// Unpadded base64url (RFC 7515 §2), written apart from the reader that it tests.
pub fn base64url(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |group: u32, at: u32| char::from(digits[(group >> (18 - 6 * at) & 63) as usize]);
    let encode = |chunk: &[u8]| {
        let group = (0..3).fold(0, |group, at| group << 8 | u32::from(*chunk.get(at).unwrap_or(&0)));
        (0..=chunk.len() as u32).map(|at| digit(group, at)).collect::<String>()
    };
    bytes.chunks(3).map(encode).collect()
}

/// A token with this payload.
pub fn token(payload: &str) -> Vec<u8> {
    token_with_header(r#"{"alg":"none"}"#, payload)
}

/// A token of these two texts.
pub fn token_with_header(header: &str, payload: &str) -> Vec<u8> {
    [base64url(header.as_bytes()), base64url(payload.as_bytes()), "c2lnbmF0dXJl".into()].join(".").into_bytes()
}
