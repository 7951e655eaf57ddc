//! How SQLite compares the values of a key: as the type of its column, and by a known collation.

use std::borrow::Cow;

use unicase::UniCase;

use super::{Value, ValueRef};

/// How SQLite compares the values of one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyRule {
    pub(crate) affinity: Affinity,
    pub(crate) collation: Collation,
}

/// What a column converts values to before it compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    Any,
    Text,
    Real,
    /// Integers and numbers: text that looks like a number becomes one, and 1.0 becomes 1.
    Number,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collation {
    /// By bytes; also stands for a collation that only the application has.
    Binary,
    /// Ignores the case of ASCII letters.
    NoCase,
    /// Ignores spaces at the end.
    RTrim,
    /// Ignores case as Unicode defines it.
    UniCase,
}

impl KeyRule {
    /// Calls `then` with a value that is the same for all that SQLite considers equal.
    pub(crate) fn fold<T>(
        self,
        value_ref: ValueRef<'_>,
        then: impl FnOnce(ValueRef<'_>) -> T,
    ) -> T {
        match (self.affinity, value_ref) {
            (Affinity::Text, ValueRef::Integer(number)) => {
                then(ValueRef::Text(number.to_string().as_bytes()))
            }
            (Affinity::Text, ValueRef::Real(number)) => {
                then(ValueRef::Text(format!("{number:?}").as_bytes()))
            }
            (Affinity::Real | Affinity::Number, ValueRef::Text(text)) => match number(text) {
                Some(number) => self.fold(number, then),
                None => then(ValueRef::Text(&self.collation.fold(text))),
            },
            #[expect(clippy::cast_precision_loss, reason = "the column stores doubles")]
            (Affinity::Real, ValueRef::Integer(number)) => then(ValueRef::Real(number as f64)),
            (Affinity::Number, ValueRef::Real(real)) => {
                then(integer(real).map_or(value_ref, ValueRef::Integer))
            }
            (_, ValueRef::Text(text)) => then(ValueRef::Text(&self.collation.fold(text))),
            (_, value_ref) => then(value_ref),
        }
    }

    /// Returns a value that is the same for all that SQLite considers equal.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is not general enough"
    )]
    pub(crate) fn folded(self, value: &Value) -> Value {
        self.fold(value.value_ref(), |value_ref| value_ref.to_value())
    }

    /// Returns whether SQLite considers two values equal.
    pub(crate) fn equals(self, one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
        self.fold(one, |one| self.fold(other, |other| one.same(other)))
    }
}

impl Collation {
    /// Returns a collation by its name.
    pub(crate) fn named(name: &str) -> Self {
        let known = [Self::NoCase, Self::RTrim, Self::UniCase];
        let mut known = known.into_iter();
        let found = known.find(|known| known.name().eq_ignore_ascii_case(name));
        found.unwrap_or(Self::Binary)
    }

    /// Returns its name in SQL.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Binary => "BINARY",
            Self::NoCase => "NOCASE",
            Self::RTrim => "RTRIM",
            Self::UniCase => "unicase",
        }
    }

    fn fold(self, text: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Binary => Cow::Borrowed(text),
            Self::NoCase => Cow::Owned(text.to_ascii_lowercase()),
            Self::RTrim => {
                let last = text.iter().rposition(|&byte| byte != b' ');
                Cow::Borrowed(&text[..last.map_or(0, |last| last + 1)])
            }
            Self::UniCase => match str::from_utf8(text) {
                Ok(text) => Cow::Owned(UniCase::unicode(text).to_folded_case().into_bytes()),
                Err(_) => Cow::Borrowed(text),
            },
        }
    }
}

/// Returns the number to which SQLite converts a text in a column of numbers.
fn number(text: &[u8]) -> Option<ValueRef<'static>> {
    let text = str::from_utf8(text.trim_ascii()).ok()?;
    if let Ok(number) = text.parse() {
        return Some(ValueRef::Integer(number));
    }
    // Rust also parses `inf` and `nan`, which SQLite keeps as text.
    let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let is_number = text.bytes().all(is_part);
    let number = is_number.then(|| text.parse().ok()).flatten();
    number.map(ValueRef::Real)
}

/// Returns the integer that a number equals.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is an integer in the range"
)]
fn integer(number: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let is_exact = number.fract() == 0.0 && (-END..END).contains(&number);
    is_exact.then_some(number as i64)
}
