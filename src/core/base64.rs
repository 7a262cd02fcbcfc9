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
    // Filled up with zeros to four digits.
    let mut last = [b'A'; 4];
    last.iter_mut().zip(rest).for_each(|(digit, given)| *digit = *given);
    // Room for everything at once: growing would leave a copy behind that nobody wipes.
    let mut out = vec![0; quads.len() * 3 + 3];
    let mut seen = 0;
    let mut quads = quads.iter();
    for bytes in out.as_chunks_mut::<3>().0 {
        let [a, b, c, d] = quads.next().unwrap_or(&last).map(value);
        seen |= a | b | c | d;
        *bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    // What is cut off here is left-over bits.
    out.truncate(text.len() * 3 / 4);
    let out = Wiped(out);
    (seen < 64 && rest.len() != 1).then_some(out)
}
