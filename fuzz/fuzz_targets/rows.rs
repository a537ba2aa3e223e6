//! Rows: columns by the first bytes, then rows of whatever follows; what was read is written and read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tds::limits;
use tds::rows::{Column, ColumnType};
use tds::token::{self, Body};

fn column(byte: u8) -> Column {
    let kind = match byte % 10 {
        0 => ColumnType::Bit,
        1 => ColumnType::TinyInt,
        2 => ColumnType::SmallInt,
        3 => ColumnType::Int,
        4 => ColumnType::BigInt,
        5 => ColumnType::NVarChar { bytes: 100 },
        6 => ColumnType::NVarChar { bytes: u16::MAX },
        7 => ColumnType::DateTime2 {
            scale: byte / 10 % 8,
        },
        8 => ColumnType::Guid,
        _ => {
            return Column {
                fixed: true,
                ..Column::new("f", ColumnType::Int)
            };
        }
    };
    Column::new("c", kind)
}

fuzz_target!(|data: &[u8]| {
    let Some((count, rest)) = data.split_first() else {
        return;
    };
    let (columns, rows) = rest.split_at(usize::from(count % 8 + 1).min(rest.len()));
    if columns.is_empty() {
        return;
    }
    let columns: Vec<Column> = columns.iter().copied().map(column).collect();
    let mut bytes = token::encode(&[Body::Columns(columns)]).expect("fits");
    bytes.extend_from_slice(rows);
    let reply = token::decode(&bytes);
    let values: usize = reply.rows().map(<[_]>::len).sum();
    assert!(values <= limits::VALUES);
    for value in reply.rows().flatten() {
        let _ = value.to_text();
    }
    let bodies: Vec<Body> = reply
        .tokens
        .iter()
        .map(|token| token.body.clone())
        .collect();
    if reply.tokens.iter().all(|token| token.odd.is_none())
        && let Ok(written) = token::encode(&bodies)
    {
        let again: Vec<Body> = token::decode(&written)
            .tokens
            .into_iter()
            .map(|token| token.body)
            .collect();
        assert_eq!(again, bodies);
    }
});
