//! ROW and NBCROW: the values of a row, laid out as its columns say.
//!
//! ```text
//!  ROW     0xD1 | value | value | …
//!  NBCROW  0xD2 | bitmap, a bit per column, low first: 1 = NULL | value of each column that is not
//!
//!  value by its column:  fixed   bytes
//!                        byte    length u8  (0 = NULL), bytes
//!                        short   length u16 (0xFFFF = NULL), bytes
//!                        long    length u32 (0 = NULL), bytes
//!                        chunks  total u64 (all ones = NULL), (length u32, bytes)…, 0 u32
//! ```

use super::{Column, ColumnType, Value, ValueLength};
use crate::bytes::{Reader, fit_u8, fit_u16, fit_u32, put_text, utf16};
use crate::limits::STRING_BYTES;
use crate::{Decoded, EncodeError, Reason};
use std::borrow::Cow;
use uuid::Uuid;

/// Total of a NULL in chunks.
const CHUNKS_NULL: u64 = u64::MAX;

/// Reads the values of a ROW.
pub(crate) fn read_row(reader: &mut Reader<'_>, columns: &[Column]) -> Decoded<Vec<Value>> {
    columns
        .iter()
        .map(|column| read_value(reader, column))
        .collect()
}

/// Reads the values of an NBCROW.
pub(crate) fn read_nbc_row(reader: &mut Reader<'_>, columns: &[Column]) -> Decoded<Vec<Value>> {
    let bitmap = reader.take(columns.len().div_ceil(8))?;
    let nulls = bitmap
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
    columns
        .iter()
        .zip(nulls)
        .map(|(column, null)| {
            if null {
                Ok(Value::Null)
            } else {
                read_value(reader, column)
            }
        })
        .collect()
}

/// Reads one value.
pub(crate) fn read_value(reader: &mut Reader<'_>, column: &Column) -> Decoded<Value> {
    let at = reader.at();
    let Some(bytes) = read_bytes(reader, column.value_length())? else {
        return Ok(Value::Null);
    };
    let value = interpret(&column.kind, &bytes);
    if matches!(&value, Some(Value::Text(text)) if text.contains(char::REPLACEMENT_CHARACTER))
        && !utf16(&bytes).1
    {
        reader.note_at(at, Reason::NotUtf16);
    }
    Ok(value.unwrap_or_else(|| {
        if !matches!(column.kind, ColumnType::Other(_)) {
            reader.note_at(at, Reason::Value("value length", bytes.len() as u64));
        }
        Value::Raw(bytes.into_owned())
    }))
}

/// The bytes of a value; `None` = NULL.
fn read_bytes<'a>(reader: &mut Reader<'a>, length: ValueLength) -> Decoded<Option<Cow<'a, [u8]>>> {
    let length = match length {
        ValueLength::Fixed(0) => return Ok(None),
        ValueLength::Fixed(length) => usize::from(length),
        ValueLength::Byte => match reader.u8()? {
            0 => return Ok(None),
            length => usize::from(length),
        },
        ValueLength::Short => match reader.u16()? {
            u16::MAX => return Ok(None),
            length => usize::from(length),
        },
        ValueLength::Long => match reader.u32()? {
            0 => return Ok(None),
            length => usize::try_from(length).unwrap_or(usize::MAX),
        },
        ValueLength::Chunks => return Ok(read_chunks(reader)?.map(Cow::Owned)),
    };
    Ok(Some(Cow::Borrowed(reader.take(length)?)))
}

fn read_chunks(reader: &mut Reader<'_>) -> Decoded<Option<Vec<u8>>> {
    if reader.u64()? == CHUNKS_NULL {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    loop {
        let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(Some(bytes));
        }
        let total = bytes.len().saturating_add(length);
        if total > STRING_BYTES {
            return Err(reader.malformed(Reason::StringTooLong(total)));
        }
        bytes.extend_from_slice(reader.take(length)?);
    }
}

/// The value, or `None` when the bytes are not as long as the type wants.
fn interpret(kind: &ColumnType, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        ColumnType::Bit => match bytes {
            [bit] => Value::Bit(*bit != 0),
            _ => return None,
        },
        ColumnType::TinyInt => Value::TinyInt(u8::from_le_bytes(bytes.try_into().ok()?)),
        ColumnType::SmallInt => Value::SmallInt(i16::from_le_bytes(bytes.try_into().ok()?)),
        ColumnType::Int => Value::Int(i32::from_le_bytes(bytes.try_into().ok()?)),
        ColumnType::BigInt => Value::BigInt(i64::from_le_bytes(bytes.try_into().ok()?)),
        ColumnType::NVarChar { .. } if bytes.len().is_multiple_of(2) => Value::Text(utf16(bytes).0),
        ColumnType::Guid => Value::Guid(Uuid::from_bytes_le(bytes.try_into().ok()?)),
        ColumnType::DateTime2 { scale } => {
            let (ticks, days) = bytes.split_at_checked(ticks_len(*scale))?;
            let [a, b, c] = *days else { return None };
            Value::DateTime2 {
                days: u32::from_le_bytes([a, b, c, 0]),
                ticks: ticks
                    .iter()
                    .rev()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                scale: *scale,
            }
        }
        ColumnType::NVarChar { .. } | ColumnType::Other(_) => return None,
    })
}

/// Bytes of the time within a `datetime2`.
fn ticks_len(scale: u8) -> usize {
    match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    }
}

/// Appends the values of a ROW.
pub(crate) fn put_row(
    out: &mut Vec<u8>,
    columns: &[Column],
    values: &[Value],
) -> Result<(), EncodeError> {
    if columns.len() != values.len() {
        return Err(EncodeError::Value {
            index: columns.len().min(values.len()),
        });
    }
    for (index, (column, value)) in columns.iter().zip(values).enumerate() {
        put_value(out, column, value, index)?;
    }
    Ok(())
}

/// Appends one value.
pub(crate) fn put_value(
    out: &mut Vec<u8>,
    column: &Column,
    value: &Value,
    index: usize,
) -> Result<(), EncodeError> {
    let misfit = EncodeError::Value { index };
    let bytes = match value {
        Value::Null => None,
        _ => Some(to_bytes(&column.kind, value).ok_or(misfit)?),
    };
    match (column.value_length(), bytes) {
        (ValueLength::Fixed(0), None) => {}
        (ValueLength::Fixed(length), Some(bytes)) if bytes.len() == usize::from(length) => {
            out.extend(bytes);
        }
        (ValueLength::Fixed(_), _) => return Err(misfit),
        (ValueLength::Byte, None) => out.push(0),
        (ValueLength::Byte, Some(bytes)) => {
            out.push(fit_u8("value", bytes.len())?);
            out.extend(bytes);
        }
        (ValueLength::Short, None) => out.extend(u16::MAX.to_le_bytes()),
        (ValueLength::Short, Some(bytes)) => {
            let limit = usize::from(u16::MAX) - 1;
            let length = bytes.len();
            if length > limit {
                return Err(EncodeError::TooLong {
                    what: "value",
                    length,
                    limit,
                });
            }
            out.extend(fit_u16("value", length)?.to_le_bytes());
            out.extend(bytes);
        }
        (ValueLength::Long, None) => out.extend([0; 4]),
        (ValueLength::Long, Some(bytes)) => {
            out.extend(fit_u32("value", bytes.len())?.to_le_bytes());
            out.extend(bytes);
        }
        (ValueLength::Chunks, None) => out.extend(CHUNKS_NULL.to_le_bytes()),
        (ValueLength::Chunks, Some(bytes)) => {
            out.extend((bytes.len() as u64).to_le_bytes());
            if !bytes.is_empty() {
                out.extend(fit_u32("value", bytes.len())?.to_le_bytes());
                out.extend(bytes);
            }
            out.extend([0; 4]);
        }
    }
    Ok(())
}

/// The bytes of a value that fits its column.
fn to_bytes(kind: &ColumnType, value: &Value) -> Option<Vec<u8>> {
    Some(match (kind, value) {
        (_, Value::Raw(bytes)) => bytes.clone(),
        (ColumnType::Bit, Value::Bit(bit)) => vec![u8::from(*bit)],
        (ColumnType::TinyInt, Value::TinyInt(number)) => vec![*number],
        (ColumnType::SmallInt, Value::SmallInt(number)) => number.to_le_bytes().to_vec(),
        (ColumnType::Int, Value::Int(number)) => number.to_le_bytes().to_vec(),
        (ColumnType::BigInt, Value::BigInt(number)) => number.to_le_bytes().to_vec(),
        (ColumnType::Guid, Value::Guid(guid)) => guid.to_bytes_le().to_vec(),
        (ColumnType::NVarChar { bytes: limit }, Value::Text(text)) => {
            let mut bytes = Vec::with_capacity(text.len().saturating_mul(2));
            put_text(&mut bytes, text);
            if *limit != u16::MAX && bytes.len() > usize::from(*limit) {
                return None;
            }
            bytes
        }
        (
            ColumnType::DateTime2 { scale },
            Value::DateTime2 {
                days,
                ticks,
                scale: own,
            },
        ) if scale == own => {
            let (ticks, ticks_rest) = low(ticks.to_le_bytes(), ticks_len(*scale))?;
            let (days, days_rest) = low(days.to_le_bytes(), 3)?;
            if ticks_rest || days_rest {
                return None;
            }
            [ticks, days].concat()
        }
        _ => return None,
    })
}

/// The low bytes of a little-endian number, and whether the high ones hold anything.
fn low<const N: usize>(bytes: [u8; N], length: usize) -> Option<(Vec<u8>, bool)> {
    let (low, high) = bytes.split_at_checked(length)?;
    Some((low.to_vec(), high.iter().any(|byte| *byte != 0)))
}
