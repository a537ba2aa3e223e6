//! COLMETADATA: the columns of the rows that follow.
//!
//! ```text
//!  +------+-----------+ per column: +---------------+-----------+------+----------------+
//!  | 0x81 | count u16 |             | user type u32 | flags u16 | type | name B_VARCHAR |
//!  +------+-----------+             +---------------+-----------+------+----------------+
//!   count 0xFFFF: no columns
//! ```

use super::{Column, put_type, read_type};
use crate::bytes::{Reader, fit_u16, put_b_varchar};
use crate::limits::COLUMNS;
use crate::{Decoded, EncodeError, Reason};

const NONE: u16 = 0xFFFF;

/// Reads what follows the token byte.
pub(crate) fn read_columns(reader: &mut Reader<'_>) -> Decoded<Vec<Column>> {
    let count = reader.u16()?;
    let mut columns = Vec::new();
    if count == NONE {
        return Ok(columns);
    }
    if usize::from(count) > COLUMNS {
        return Err(reader.malformed(Reason::TooMany(COLUMNS)));
    }
    for _ in 0..count {
        columns.push(read_column(reader)?);
    }
    Ok(columns)
}

fn read_column(reader: &mut Reader<'_>) -> Decoded<Column> {
    let user_type = reader.u32()?;
    let flags = reader.u16()?;
    let info = read_type(reader)?;
    Ok(Column {
        user_type,
        flags,
        kind: info.kind,
        fixed: info.fixed,
        collation: info.collation,
        name: reader.whole_b_varchar()?,
    })
}

/// Appends what follows the token byte.
pub(crate) fn put_columns(out: &mut Vec<u8>, columns: &[Column]) -> Result<(), EncodeError> {
    let count = match columns.len() {
        0 => NONE,
        length if length > COLUMNS => {
            return Err(EncodeError::TooLong {
                what: "columns",
                length,
                limit: COLUMNS,
            });
        }
        length => fit_u16("columns", length)?,
    };
    out.extend(count.to_le_bytes());
    for column in columns {
        out.extend(column.user_type.to_le_bytes());
        out.extend(column.flags.to_le_bytes());
        put_type(out, column);
        put_b_varchar(out, "column name", &column.name)?;
    }
    Ok(())
}
