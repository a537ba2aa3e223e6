//! Finding the statement in a remote call of `sp_executesql`, which is how some drivers send every query.
//!
//! ```text
//!  all headers: total u32, …
//!  procedure:   0xFFFF, id u16   |   length u16 in characters, name
//!  flags u16
//!  parameter:   name length u8, name, status u8, type …, value
//! ```

/// Id of `sp_executesql`.
const EXECUTESQL_ID: u16 = 10;
const NVARCHAR: u8 = 0xE7;
const NTEXT: u8 = 0x63;
const COLLATION_BYTES: usize = 5;

/// The statement; `None` when it is another procedure or makes no sense. Its own parameters are not read.
pub(crate) fn statement(payload: &[u8]) -> Option<String> {
    let mut bytes = Bytes(payload);
    let headers = usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()?;
    bytes.take(headers.checked_sub(4)?)?;
    let name_length = bytes.short()?;
    let is_executesql = if name_length == u16::MAX {
        bytes.short()? == EXECUTESQL_ID
    } else {
        let name = bytes.take(usize::from(name_length) * 2)?;
        text(name).eq_ignore_ascii_case("sp_executesql")
    };
    if !is_executesql {
        return None;
    }
    bytes.short()?; // flags
    let [parameter_name] = bytes.array()?;
    bytes.take(usize::from(parameter_name) * 2 + 1)?; // and status
    match bytes.array()? {
        [NVARCHAR] => {
            let longest = bytes.short()?;
            bytes.take(COLLATION_BYTES)?;
            if longest == u16::MAX {
                bytes.chunks().map(|value| text(&value))
            } else {
                let length = bytes.short()?;
                bytes.take(usize::from(length)).map(text)
            }
        }
        [NTEXT] => {
            bytes.take(4 + COLLATION_BYTES)?;
            let length = u32::from_le_bytes(bytes.array()?);
            bytes.take(usize::try_from(length).ok()?).map(text)
        }
        _ => None,
    }
}

fn text(utf16: &[u8]) -> String {
    let units = utf16.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The bytes that are left.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// A value in chunks, up to the empty one. Its total length is announced, but not always known, so it is not used.
    fn chunks(&mut self) -> Option<Vec<u8>> {
        self.take(8)?;
        let mut value = Vec::new();
        loop {
            let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
            if length == 0 {
                return Some(value);
            }
            value.extend_from_slice(self.take(length)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [u8; 22] = [
        22, 0, 0, 0, 18, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
    ];

    fn by_id(value: &[u8]) -> Vec<u8> {
        let mut call = HEADERS.to_vec();
        call.extend([0xFF, 0xFF, 10, 0, 0, 0, 0, 0, NVARCHAR]);
        call.extend(value);
        call
    }

    fn short_value() -> Vec<u8> {
        by_id(&[0x40, 0x1F, 9, 4, 0xD0, 0, 0x34, 4, 0, b'G', 0, b'O', 0])
    }

    #[test]
    fn reads_both_forms_of_the_value() {
        assert_eq!(statement(&short_value()).as_deref(), Some("GO"));
        let long = by_id(&[
            0xFF, 0xFF, 9, 4, 0xD0, 0, 0x34, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0,
            0, 0, b'G', 0, 2, 0, 0, 0, b'O', 0, 0, 0, 0, 0,
        ]);
        assert_eq!(statement(&long).as_deref(), Some("GO"));
    }

    #[test]
    fn no_prefix_is_a_statement_or_a_panic() {
        let whole = short_value();
        for end in 0..whole.len() {
            assert_eq!(statement(&whole[..end]), None, "{end}");
        }
    }

    #[test]
    fn other_procedures_are_not_read() {
        let mut other = short_value();
        other[24] = 11;
        assert_eq!(statement(&other), None);
    }
}
