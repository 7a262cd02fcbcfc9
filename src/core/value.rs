//! What goes out, as one plain tree: it takes one serializer, where a type of its own for each event takes dozens.

use serde::ser::{Serialize, Serializer};

/// A value as JavaScript has them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// A boolean.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Text that lasts.
    Text(&'static str),
    /// Text made for the occasion.
    Words(String),
    /// An array.
    List(Vec<Value>),
    /// An object.
    Object(Object),
}

/// An object's members, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(&'static str, Value)>);

impl Object {
    /// Adds a member. Not inlined: it is called so often that its calls count more than it does.
    #[inline(never)]
    pub fn put<T: Into<Value>>(&mut self, name: &'static str, value: T) {
        self.push(name, value.into());
    }

    #[inline(never)]
    fn push(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }

    /// Adds a member where there is a value.
    pub fn put_some<T: Into<Value>>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Words(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(Object(members)) => serializer.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
}

impl<T: Into<Value> + Copy> From<&[T]> for Value {
    fn from(items: &[T]) -> Self {
        let mut list = Vec::new();
        for item in items {
            list.push((*item).into());
        }
        Self::List(list)
    }
}
