//! A value in a temporary file, which is written and read by the same process: a byte for its type,
//! then the number, or the length and the bytes.

use std::io::{self, Read, Write};

use crate::core::base::row::{Value, ValueRef};

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;
const BLOB: u8 = 4;

/// Returns how many bytes a value takes.
pub(super) fn length(value_ref: ValueRef<'_>) -> u64 {
    match value_ref {
        ValueRef::Null => 1,
        ValueRef::Integer(_) | ValueRef::Real(_) => 9,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => 9 + bytes.len() as u64,
    }
}

/// Writes a value.
pub(super) fn write(out: &mut impl Write, value_ref: ValueRef<'_>) -> io::Result<()> {
    let (kind, number, bytes): (_, _, &[u8]) = match value_ref {
        ValueRef::Null => return out.write_all(&[NULL]),
        ValueRef::Integer(number) => (INTEGER, number.to_le_bytes(), &[]),
        ValueRef::Real(number) => (REAL, number.to_le_bytes(), &[]),
        ValueRef::Text(bytes) => (TEXT, (bytes.len() as u64).to_le_bytes(), bytes),
        ValueRef::Blob(bytes) => (BLOB, (bytes.len() as u64).to_le_bytes(), bytes),
    };
    out.write_all(&[kind])?;
    out.write_all(&number)?;
    out.write_all(bytes)
}

/// Reads a value.
pub(super) fn read(input: &mut impl Read) -> io::Result<Value> {
    let mut kind = [NULL];
    input.read_exact(&mut kind)?;
    if kind == [NULL] {
        return Ok(Value::Null);
    }
    let mut number = [0; 8];
    input.read_exact(&mut number)?;
    let mut bytes = || {
        let length = usize::try_from(u64::from_le_bytes(number)).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        input.read_exact(&mut bytes).map(|()| bytes)
    };
    Ok(match kind[0] {
        INTEGER => Value::Integer(i64::from_le_bytes(number)),
        REAL => Value::Real(f64::from_le_bytes(number)),
        TEXT => Value::text(bytes()?),
        _ => Value::Blob(bytes()?),
    })
}
