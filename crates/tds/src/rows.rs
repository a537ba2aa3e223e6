//! A simple result set: COLMETADATA, ROW, NBCROW.
//!
//! Read and written as values: bit, the integers, `nvarchar`, `datetime2`, `uniqueidentifier`. Values of other types are kept raw
//! as long as they can be told apart; types whose values cannot (`text`, `xml`, user types) stop the reading.

mod metadata;
mod text;
mod types;
mod values;

pub(crate) use metadata::{put_columns, read_columns};
pub(crate) use text::hex;
pub(crate) use types::{put_type, read_type};
pub(crate) use values::{put_row, put_value, read_nbc_row, read_row, read_value};

use uuid::Uuid;

/// Collation of US English servers: SQL_Latin1_General_CP1_CI_AS.
pub const COLLATION_USUAL: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];

/// A column's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// `bit`, nullable.
    Bit,
    /// `tinyint`, nullable.
    TinyInt,
    /// `smallint`, nullable.
    SmallInt,
    /// `int`, nullable.
    Int,
    /// `bigint`, nullable.
    BigInt,
    /// `nvarchar(n)`, of so many bytes at most; 0xFFFF = `nvarchar(max)`.
    NVarChar {
        /// Bytes, twice the characters.
        bytes: u16,
    },
    /// `datetime2(n)`.
    DateTime2 {
        /// Fraction digits, 0 to 7.
        scale: u8,
    },
    /// `uniqueidentifier`.
    Guid,
    /// Another type whose values can be told apart though not read.
    Other(OtherType),
}

/// A type whose values are kept raw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherType {
    /// Type byte.
    pub id: u8,
    /// What follows the type byte in the column's description, raw.
    pub info: Vec<u8>,
    /// How its values declare their length.
    pub length: ValueLength,
}

/// How the values of a type declare their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueLength {
    /// Always so many bytes.
    Fixed(u8),
    /// A byte; 0 = NULL.
    Byte,
    /// A u16; 0xFFFF = NULL.
    Short,
    /// A u32; 0 = NULL.
    Long,
    /// Chunks; for types declared with the greatest length.
    Chunks,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// User type.
    pub user_type: u32,
    /// Flags; bit 0 = nullable.
    pub flags: u16,
    /// Type.
    pub kind: ColumnType,
    /// Whether the type stood there in its fixed-length form, which has no NULL.
    pub fixed: bool,
    /// Collation of a text column; zeros for others.
    pub collation: [u8; 5],
    /// Name.
    pub name: String,
}

impl Column {
    /// A nullable column with this name and type.
    #[must_use]
    pub fn new(name: &str, kind: ColumnType) -> Self {
        let collation = match kind {
            ColumnType::NVarChar { .. } => COLLATION_USUAL,
            _ => [0; 5],
        };
        Self {
            user_type: 0,
            flags: 1,
            kind,
            fixed: false,
            collation,
            name: name.to_owned(),
        }
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// `bit`.
    Bit(bool),
    /// `tinyint`.
    TinyInt(u8),
    /// `smallint`.
    SmallInt(i16),
    /// `int`.
    Int(i32),
    /// `bigint`.
    BigInt(i64),
    /// `nvarchar`.
    Text(String),
    /// `datetime2`: whole units of its scale since midnight, and days since 0001-01-01.
    DateTime2 {
        /// Days since 0001-01-01.
        days: u32,
        /// 10^-scale seconds since midnight.
        ticks: u64,
        /// Fraction digits.
        scale: u8,
    },
    /// `uniqueidentifier`.
    Guid(Uuid),
    /// Of a type that is not read.
    Raw(Vec<u8>),
}
