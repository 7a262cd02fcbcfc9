//! What goes out, as JSON (RFC 8259): `JSON.parse` makes objects of it at a fraction of what a serializer takes.

use super::error::decimal;

/// JSON in the making.
#[derive(Debug, Default)]
pub struct Json(String);

/// What can be written as JSON.
pub trait Write {
    /// Adds itself.
    fn write(&self, out: &mut Json);
}

/// A value as JSON.
pub fn json(value: impl Write) -> String {
    let mut out = Json::default();
    value.write(&mut out);
    out.0
}

impl Json {
    /// An object begins; see [`member`](Self::member), and end it.
    #[inline(never)]
    pub(super) fn open(&mut self) {
        self.0.push('{');
    }

    /// The object ends.
    #[inline(never)]
    pub(super) fn close(&mut self) {
        self.0.push('}');
    }

    /// A member of the object that is open.
    #[inline]
    pub(super) fn member(&mut self, name: &str, value: impl Write) {
        self.name(name);
        value.write(self);
    }

    #[inline(never)]
    fn name(&mut self, name: &str) {
        self.comma();
        self.text(name);
        self.0.push(':');
    }

    fn comma(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }

    #[inline(never)]
    fn text(&mut self, text: &str) {
        self.0.push('"');
        for char in text.chars() {
            match char {
                '\0'..=' ' | '"' | '\\' => {
                    self.0.push_str("\\u00");
                    let digit = |value: u32| char::from_digit(value, 16).unwrap_or_default();
                    self.0.push(digit(char as u32 >> 4));
                    self.0.push(digit(char as u32 & 15));
                }
                plain => self.0.push(plain),
            }
        }
        self.0.push('"');
    }
}

impl Write for bool {
    fn write(&self, out: &mut Json) {
        out.0.push_str(if *self { "true" } else { "false" });
    }
}

impl Write for i64 {
    #[inline(never)]
    fn write(&self, out: &mut Json) {
        if *self < 0 {
            out.0.push('-');
        }
        out.0.push_str(&decimal(self.unsigned_abs()));
    }
}

impl Write for u32 {
    fn write(&self, out: &mut Json) {
        i64::from(*self).write(out);
    }
}

impl Write for &str {
    fn write(&self, out: &mut Json) {
        out.text(self);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Json) {
        match self {
            Some(value) => value.write(out),
            None => out.0.push_str("null"),
        }
    }
}

/// Two values, as an array.
impl<A: Write, B: Write> Write for (A, B) {
    fn write(&self, out: &mut Json) {
        out.0.push('[');
        self.0.write(out);
        out.0.push(',');
        self.1.write(out);
        out.0.push(']');
    }
}

impl<T: Write> Write for &[T] {
    fn write(&self, out: &mut Json) {
        out.0.push('[');
        for item in *self {
            out.comma();
            item.write(out);
        }
        out.0.push(']');
    }
}
