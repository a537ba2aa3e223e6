//! A column's type on the wire: a type byte and what follows it.
//!
//! ```text
//!  fixed         0x30 0x32 0x34 0x38 0x7F …      nothing follows
//!  intn, bitn…   0x24 0x26 0x68 0x6D …           length u8
//!  decimal       0x6A 0x6C                       length u8, precision u8, scale u8
//!  date          0x28                            nothing
//!  time…         0x29 0x2A 0x2B                  scale u8
//!  varbinary     0xA5 0xAD                       length u16
//!  (n)varchar    0xA7 0xAF 0xE7 0xEF             length u16, collation [5]
//!  sql_variant   0x62                            length u32
//! ```

use super::{Column, ColumnType, OtherType, ValueLength};
use crate::bytes::Reader;
use crate::{Decoded, Reason};

const TINY_INT: u8 = 0x30;
const BIT: u8 = 0x32;
const SMALL_INT: u8 = 0x34;
const INT: u8 = 0x38;
const BIG_INT: u8 = 0x7F;
const GUID_N: u8 = 0x24;
const INT_N: u8 = 0x26;
const DATE_TIME2_N: u8 = 0x2A;
const BIT_N: u8 = 0x68;
const N_VAR_CHAR: u8 = 0xE7;
/// Declared length of a `max` type.
const MAX: [u8; 2] = [0xFF, 0xFF];

/// What was read of a type.
pub(crate) struct TypeInfo {
    pub(crate) kind: ColumnType,
    pub(crate) fixed: bool,
    pub(crate) collation: [u8; 5],
}

/// How many bytes follow a type byte, and how its values declare their length.
fn rule(id: u8) -> Option<(usize, ValueLength)> {
    Some(match id {
        0x1F => (0, ValueLength::Fixed(0)),
        TINY_INT | BIT => (0, ValueLength::Fixed(1)),
        SMALL_INT => (0, ValueLength::Fixed(2)),
        INT | 0x3A | 0x3B | 0x7A => (0, ValueLength::Fixed(4)),
        BIG_INT | 0x3C..=0x3E => (0, ValueLength::Fixed(8)),
        0x28 => (0, ValueLength::Byte),
        GUID_N..=0x27 | 0x29..=0x2B | 0x2D | 0x2F | BIT_N | 0x6D..=0x6F => (1, ValueLength::Byte),
        0x37 | 0x3F | 0x6A | 0x6C => (3, ValueLength::Byte),
        0xA5 | 0xAD => (2, ValueLength::Short),
        0xA7 | 0xAF | N_VAR_CHAR | 0xEF => (7, ValueLength::Short),
        0x62 => (4, ValueLength::Long),
        _ => return None,
    })
}

/// Reads a type.
pub(crate) fn read_type(reader: &mut Reader<'_>) -> Decoded<TypeInfo> {
    let unknown = |id| reader.malformed(Reason::UnknownType(id));
    let id = reader.peek().first().copied();
    let known = id.map(|id| rule(id).ok_or_else(|| unknown(id)));
    let id = reader.u8()?;
    let (length, mut value_length) = known.transpose()?.unwrap_or((0, ValueLength::Fixed(0)));
    let info = reader.take(length)?;
    if value_length == ValueLength::Short && info.starts_with(&MAX) {
        value_length = ValueLength::Chunks;
    }
    let mut collation = [0; 5];
    let (kind, fixed) = match (id, info) {
        (TINY_INT, _) => (ColumnType::TinyInt, true),
        (BIT, _) => (ColumnType::Bit, true),
        (SMALL_INT, _) => (ColumnType::SmallInt, true),
        (INT, _) => (ColumnType::Int, true),
        (BIG_INT, _) => (ColumnType::BigInt, true),
        (BIT_N, [1]) => (ColumnType::Bit, false),
        (INT_N, [1]) => (ColumnType::TinyInt, false),
        (INT_N, [2]) => (ColumnType::SmallInt, false),
        (INT_N, [4]) => (ColumnType::Int, false),
        (INT_N, [8]) => (ColumnType::BigInt, false),
        (GUID_N, [16]) => (ColumnType::Guid, false),
        (DATE_TIME2_N, [scale @ 0..=7]) => (ColumnType::DateTime2 { scale: *scale }, false),
        (N_VAR_CHAR, [low, high, a, b, c, d, e]) => {
            collation = [*a, *b, *c, *d, *e];
            let bytes = u16::from_le_bytes([*low, *high]);
            (ColumnType::NVarChar { bytes }, false)
        }
        _ => {
            let other = OtherType {
                id,
                info: info.to_vec(),
                length: value_length,
            };
            (ColumnType::Other(other), false)
        }
    };
    Ok(TypeInfo {
        kind,
        fixed,
        collation,
    })
}

/// Appends a type.
pub(crate) fn put_type(out: &mut Vec<u8>, column: &Column) {
    match (&column.kind, column.fixed) {
        (ColumnType::Bit, true) => out.push(BIT),
        (ColumnType::TinyInt, true) => out.push(TINY_INT),
        (ColumnType::SmallInt, true) => out.push(SMALL_INT),
        (ColumnType::Int, true) => out.push(INT),
        (ColumnType::BigInt, true) => out.push(BIG_INT),
        (ColumnType::Bit, false) => out.extend([BIT_N, 1]),
        (ColumnType::TinyInt, false) => out.extend([INT_N, 1]),
        (ColumnType::SmallInt, false) => out.extend([INT_N, 2]),
        (ColumnType::Int, false) => out.extend([INT_N, 4]),
        (ColumnType::BigInt, false) => out.extend([INT_N, 8]),
        (ColumnType::Guid, _) => out.extend([GUID_N, 16]),
        (ColumnType::DateTime2 { scale }, _) => out.extend([DATE_TIME2_N, *scale]),
        (ColumnType::NVarChar { bytes }, _) => {
            out.push(N_VAR_CHAR);
            out.extend(bytes.to_le_bytes());
            out.extend(column.collation);
        }
        (ColumnType::Other(other), _) => {
            out.push(other.id);
            out.extend_from_slice(&other.info);
        }
    }
}

impl Column {
    /// How the values of this column declare their length.
    #[must_use]
    pub fn value_length(&self) -> ValueLength {
        match (&self.kind, self.fixed) {
            (ColumnType::Bit | ColumnType::TinyInt, true) => ValueLength::Fixed(1),
            (ColumnType::SmallInt, true) => ValueLength::Fixed(2),
            (ColumnType::Int, true) => ValueLength::Fixed(4),
            (ColumnType::BigInt, true) => ValueLength::Fixed(8),
            (ColumnType::NVarChar { bytes: u16::MAX }, _) => ValueLength::Chunks,
            (ColumnType::NVarChar { .. }, _) => ValueLength::Short,
            (ColumnType::Other(other), _) => other.length,
            _ => ValueLength::Byte,
        }
    }
}
