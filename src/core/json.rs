//! JSON (RFC 8259) read in place: checked whole, nothing kept but what is asked for, no recursion.
//! The standard library's number parser is not used: it brings a table of 10 KB.

use std::str::Chars;

/// The members of an object, as they stand in the text: name and value. An array's items have no name.
pub(super) struct Members<'a> {
    all: Vec<(&'a str, &'a str)>,
    /// The bracket that they are in; something else where the text is neither an object nor an array.
    pub(super) bracket: u8,
}

impl<'a> Members<'a> {
    /// The value of this name, empty where there is none. Of several the last one counts, as with `JSON.parse`.
    pub(super) fn get(&self, name: &str) -> &'a str {
        let named = |key: &str| key == name || has_escape(key) && unescape(key) == name;
        self.all.iter().rev().find(|(key, _)| named(key)).map_or("", |(_, value)| value)
    }

    /// The values.
    pub(super) fn values(&self) -> impl Iterator<Item = &'a str> {
        self.all.iter().map(|(_, value)| *value)
    }
}

/// Checks one JSON text, and gives what is in its outermost object or array. `None` if it is not JSON.
pub(super) fn members(text: &str) -> Option<Members<'_>> {
    let mut cursor = Cursor { text, at: 0 };
    let mut all = Vec::new();
    let mut open: Vec<u8> = Vec::new();
    let (mut key, mut start) = ("", 0);
    cursor.space();
    let bracket = cursor.peek();
    loop {
        cursor.space();
        if open.len() == 1 {
            start = cursor.at;
        }
        match cursor.peek() {
            opener @ (b'{' | b'[') => {
                cursor.at += 1;
                cursor.space();
                if !cursor.eat(opener + 2) {
                    open.push(opener);
                    if opener == b'{' && !cursor.key(open.len() == 1, &mut key) {
                        return None;
                    }
                    continue;
                }
            }
            first => {
                if !cursor.scalar(first) {
                    return None;
                }
            }
        }
        loop {
            if open.len() == 1 {
                all.push((key, text.get(start..cursor.at).unwrap_or_default()));
            }
            cursor.space();
            let Some(&opener) = open.last() else {
                return (cursor.at == text.len()).then_some(Members { all, bracket });
            };
            if cursor.eat(b',') {
                if opener == b'{' && !cursor.key(open.len() == 1, &mut key) {
                    return None;
                }
                break;
            }
            if !cursor.eat(opener + 2) {
                return None;
            }
            open.pop();
        }
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The byte at hand; NUL, which JSON allows nowhere, stands for the end.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek();
        self.at += 1;
        byte
    }

    #[inline(never)]
    fn eat(&mut self, byte: u8) -> bool {
        let here = self.peek() == byte;
        self.at += usize::from(here);
        here
    }

    #[inline(never)]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn key(&mut self, keep: bool, key: &mut &'a str) -> bool {
        self.space();
        let start = self.at + 1;
        if !self.eat(b'"') || !self.string() {
            return false;
        }
        if keep {
            *key = self.text.get(start..self.at - 1).unwrap_or_default();
        }
        self.space();
        self.eat(b':')
    }

    fn scalar(&mut self, first: u8) -> bool {
        match first {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> bool {
        word.bytes().all(|byte| self.eat(byte))
    }

    /// The rest of a string, behind its opening quote.
    fn string(&mut self) -> bool {
        loop {
            match self.next() {
                b'"' => return true,
                b'\\' => match self.next() {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' if (0..4).all(|_| self.next().is_ascii_hexdigit()) => {}
                    _ => return false,
                },
                0..=0x1F => return false,
                _ => {}
            }
        }
    }

    fn number(&mut self) -> bool {
        self.eat(b'-');
        if !self.eat(b'0') && !self.digits() || self.eat(b'.') && !self.digits() {
            return false;
        }
        if self.peek() | 0x20 != b'e' {
            return true;
        }
        self.at += 1;
        if !self.eat(b'+') {
            self.eat(b'-');
        }
        self.digits()
    }

    #[inline(never)]
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }
}

/// The text of a checked raw value that is a string.
pub(super) fn string(raw: &str) -> Option<String> {
    Some(unescape(raw.strip_prefix('"')?.strip_suffix('"')?))
}

/// Checked text without its escapes. A lone surrogate, which is no character, becomes U+FFFD.
fn unescape(text: &str) -> String {
    if !has_escape(text) {
        return String::from(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(plain) = rest.next() {
        let escape = if plain == '\\' { rest.next() } else { None };
        out.push(match escape {
            None => plain,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let mut code = unit(&mut rest);
                let mut ahead = rest.clone();
                if code >> 10 == 0x36 && ahead.next() == Some('\\') && ahead.next() == Some('u') {
                    let low = unit(&mut ahead);
                    if low >> 10 == 0x37 {
                        code = 0x10000 + ((code & 0x3FF) << 10 | low & 0x3FF);
                        rest = ahead;
                    }
                }
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            Some(itself) => itself,
        });
    }
    out
}

fn has_escape(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'\\')
}

/// The UTF-16 unit that the next four hexadecimal digits spell.
#[inline(never)]
fn unit(digits: &mut Chars) -> u32 {
    digits.take(4).fold(0, |unit, digit| unit << 4 | digit.to_digit(16).unwrap_or(0))
}

/// How many decimals of a fraction are counted: all that double in 128 bits.
const DECIMALS: i64 = 37;

/// A checked raw value that is a number of seconds, in milliseconds: `Math.trunc(seconds * 1000)` of its
/// nearest double (ties to even), saturating. Of the decimals behind the 37th it only counts whether one
/// is not zero, which settles every rounding from a day after the epoch on.
pub(super) fn millis(raw: &str) -> Option<i64> {
    let number = raw.strip_prefix('-').unwrap_or(raw);
    if !number.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let end = number.bytes().position(|byte| byte | 0x20 == b'e').unwrap_or(number.len());
    let (mantissa, power) = (number.get(..end)?, number.get(end..)?);
    let point = mantissa.bytes().position(|byte| byte == b'.').unwrap_or(end);
    // How many digits are still to come before the decimal point; negative behind it.
    let mut place = point as i64 + exponent(power);
    let (mut whole, mut fraction, mut more) = (0_u64, 0_u128, false);
    for byte in mantissa.bytes().filter(|&byte| byte != b'.') {
        let digit = byte & 15;
        if place > 0 {
            whole = whole.saturating_mul(10).saturating_add(digit.into());
        } else if place > -DECIMALS {
            fraction = fraction * 10 + u128::from(digit);
        } else {
            more |= digit > 0;
        }
        place -= 1;
    }
    while place > 0 && whole > 0 && whole < u64::MAX {
        whole = whole.saturating_mul(10);
        place -= 1;
    }
    while place > -DECIMALS && fraction > 0 {
        fraction *= 10;
        place -= 1;
    }
    // Bit by bit to more than a double holds, with what is left in the last one.
    let (mut bits, mut scale) = (whole, 1.0);
    while bits < 1 << 62 && scale > 1e-24 && (more || fraction > 0) {
        fraction *= 2;
        bits *= 2;
        scale /= 2.0;
        if let Some(rest) = fraction.checked_sub(10_u128.pow(DECIMALS as u32)) {
            fraction = rest;
            bits += 1;
        }
    }
    bits |= u64::from(more || fraction > 0);
    let seconds = bits as f64 * scale;
    let signed = if number.len() < raw.len() { -seconds } else { seconds };
    Some((signed * 1000.0) as i64)
}

/// The power of ten in `e-3`; 0 for nothing. Bounded, far beyond what makes a difference.
fn exponent(text: &str) -> i64 {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let size = digits.fold(0, |size: i64, digit| (size * 10 + i64::from(digit & 15)).min(1 << 40));
    if text.bytes().any(|byte| byte == b'-') { -size } else { size }
}
