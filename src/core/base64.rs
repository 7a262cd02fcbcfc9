//! Unpadded base64url (RFC 4648 §5 as RFC 7515 §2 uses it), into bytes that do not outlive their use.

/// What a byte stands for; 64 and above for one that is no digit.
static VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [0xFF; 256];
    let mut i = 0;
    while i < digits.len() {
        values[digits[i] as usize] = i as u8;
        i += 1;
    }
    values
}

fn value(byte: u8) -> u8 {
    VALUES[usize::from(byte)]
}

/// Is this byte one of the 64 digits?
pub(super) fn is_digit(byte: u8) -> bool {
    value(byte) < 64
}

/// A token's decoded bytes, overwritten with zeros when they are done with.
pub(super) struct Wiped(Vec<u8>);

impl Wiped {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&mut self.0);
    }
}

/// Decodes; `None` for padding, white space, the other alphabet, or a length that no bytes have.
/// Left-over bits in the last digit are ignored, as `atob` does and with it `jose` and `jwt-decode`.
pub(super) fn decode(text: &[u8]) -> Option<Wiped> {
    let (quads, rest) = text.as_chunks::<4>();
    // Room for everything at once: growing would leave a copy behind that nobody wipes.
    let mut out = Vec::with_capacity(quads.len() * 3 + 2);
    out.resize(quads.len() * 3, 0);
    let mut seen = 0;
    for (bytes, quad) in out.as_chunks_mut::<3>().0.iter_mut().zip(quads) {
        let [a, b, c, d] = quad.map(value);
        seen |= a | b | c | d;
        *bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    match *rest {
        [] => {}
        [a, b] => {
            let [a, b] = [a, b].map(value);
            seen |= a | b;
            out.push(a << 2 | b >> 4);
        }
        [a, b, c] => {
            let [a, b, c] = [a, b, c].map(value);
            seen |= a | b | c;
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2]);
        }
        _ => seen = 64,
    }
    let out = Wiped(out);
    (seen < 64).then_some(out)
}
