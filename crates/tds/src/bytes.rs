//! A cursor that never reads past its end, and the writes that match it.

use crate::limits::STRING_BYTES;
use crate::{Decoded, EncodeError, Error, Reason};

/// Reads forward over a slice. Offsets in its errors count from the start of the payload that the slice is part of.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
    at: usize,
    /// First oddity met, where reading could go on.
    odd: Option<(usize, Reason)>,
}

macro_rules! numbers {
    ($($name:ident: $kind:ty, $from:ident;)*) => {
        $(pub(crate) fn $name(&mut self) -> Decoded<$kind> {
            Ok(<$kind>::$from(self.array()?))
        })*
    };
}

impl<'a> Reader<'a> {
    /// Over bytes that start at `base` of their payload.
    pub(crate) fn new(bytes: &'a [u8], base: usize) -> Self {
        Self {
            left: bytes,
            at: base,
            odd: None,
        }
    }

    /// Where the next byte stands in the payload.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub(crate) fn len(&self) -> usize {
        self.left.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The bytes that are left, without taking them.
    pub(crate) fn peek(&self) -> &'a [u8] {
        self.left
    }

    /// Takes exactly so many bytes.
    pub(crate) fn take(&mut self, length: usize) -> Decoded<&'a [u8]> {
        match self.left.split_at_checked(length) {
            Some((taken, left)) => {
                self.left = left;
                self.at = self.at.saturating_add(length);
                Ok(taken)
            }
            None => Err(Error::Incomplete {
                offset: self.at.saturating_add(self.left.len()),
                needed: length.saturating_sub(self.left.len()),
            }),
        }
    }

    /// Takes so many bytes or, where there are fewer, those, and notes it.
    pub(crate) fn take_up_to(&mut self, length: usize) -> &'a [u8] {
        let there = length.min(self.left.len());
        if there < length {
            self.note(Reason::Length {
                declared: length,
                actual: there,
            });
        }
        self.take(there).unwrap_or_default()
    }

    /// Takes all that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        self.take(self.left.len()).unwrap_or_default()
    }

    /// A reader over the next so many bytes, which are taken here.
    pub(crate) fn part(&mut self, length: usize) -> Decoded<Self> {
        let base = self.at;
        Ok(Self::new(self.take(length)?, base))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Decoded<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    numbers! {
        u8: u8, from_le_bytes;
        u16: u16, from_le_bytes;
        u16_be: u16, from_be_bytes;
        u32: u32, from_le_bytes;
        u32_be: u32, from_be_bytes;
        u64: u64, from_le_bytes;
        i32: i32, from_le_bytes;
    }

    /// Text of so many UTF-16 units or, where the bytes end before, of those that are there.
    pub(crate) fn text(&mut self, units: usize) -> Decoded<String> {
        let length = units.saturating_mul(2);
        if length > STRING_BYTES {
            return Err(self.malformed(Reason::StringTooLong(length)));
        }
        let at = self.at;
        let (text, whole) = utf16(self.take_up_to(length));
        if !whole {
            self.note_at(at, Reason::NotUtf16);
        }
        Ok(text)
    }

    /// Text after a u8 that counts its units; all of them must be there.
    pub(crate) fn whole_b_varchar(&mut self) -> Decoded<String> {
        let units = usize::from(self.u8()?);
        let mut part = self.part(units.saturating_mul(2))?;
        let text = part.text(units)?;
        if let Some((at, reason)) = part.odd() {
            self.note_at(at, reason);
        }
        Ok(text)
    }

    /// Text after a u8 that counts its units.
    pub(crate) fn b_varchar(&mut self) -> Decoded<String> {
        let units = self.u8()?;
        self.text(usize::from(units))
    }

    /// Text after a u16 that counts its units.
    pub(crate) fn us_varchar(&mut self) -> Decoded<String> {
        let units = self.u16()?;
        self.text(usize::from(units))
    }

    /// Bytes after a u8 that counts them.
    pub(crate) fn b_varbyte(&mut self) -> Decoded<Vec<u8>> {
        let length = self.u8()?;
        Ok(self.take(usize::from(length))?.to_vec())
    }

    /// An error here.
    pub(crate) fn malformed(&self, reason: Reason) -> Error {
        Error::Malformed {
            offset: self.at,
            reason,
        }
    }

    /// Notes an oddity here; the first one is kept.
    pub(crate) fn note(&mut self, reason: Reason) {
        self.note_at(self.at, reason);
    }

    pub(crate) fn note_at(&mut self, at: usize, reason: Reason) {
        self.odd.get_or_insert((at, reason));
    }

    /// Ends the reading of a part: bytes left over are odd too.
    pub(crate) fn finish(mut self) -> Option<(usize, Reason)> {
        if !self.left.is_empty() {
            self.note(Reason::LeftOver(self.left.len()));
        }
        self.odd
    }

    /// What was noted so far.
    pub(crate) fn odd(&self) -> Option<(usize, Reason)> {
        self.odd
    }
}

impl Error {
    /// The same as a note, for bytes whose end is known: nothing more will come.
    pub(crate) fn as_odd(self) -> (usize, Reason) {
        match self {
            Self::Incomplete { offset, needed } => (offset, Reason::Missing(needed)),
            Self::Malformed { offset, reason } => (offset, reason),
        }
    }
}

/// Text of UTF-16LE bytes, and whether that was without loss.
pub(crate) fn utf16(bytes: &[u8]) -> (String, bool) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let mut whole = odd.is_empty();
    let text = char::decode_utf16(units)
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                whole = false;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, whole)
}

/// How many UTF-16 units a text has.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Appends a text as UTF-16LE.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    for unit in text.encode_utf16() {
        out.extend_from_slice(&unit.to_le_bytes());
    }
}

/// Appends a text after a u8 that counts its units.
pub(crate) fn put_b_varchar(
    out: &mut Vec<u8>,
    what: &'static str,
    text: &str,
) -> Result<(), EncodeError> {
    out.push(fit_u8(what, units(text))?);
    put_text(out, text);
    Ok(())
}

/// Appends a text after a u16 that counts its units.
pub(crate) fn put_us_varchar(
    out: &mut Vec<u8>,
    what: &'static str,
    text: &str,
) -> Result<(), EncodeError> {
    out.extend_from_slice(&fit_u16(what, units(text))?.to_le_bytes());
    put_text(out, text);
    Ok(())
}

/// Appends bytes after a u8 that counts them.
pub(crate) fn put_b_varbyte(
    out: &mut Vec<u8>,
    what: &'static str,
    bytes: &[u8],
) -> Result<(), EncodeError> {
    out.push(fit_u8(what, bytes.len())?);
    out.extend_from_slice(bytes);
    Ok(())
}

macro_rules! fits {
    ($($name:ident: $kind:ty;)*) => {
        $(pub(crate) fn $name(what: &'static str, length: usize) -> Result<$kind, EncodeError> {
            <$kind>::try_from(length).map_err(|_| EncodeError::TooLong {
                what,
                length,
                limit: <$kind>::MAX as usize,
            })
        })*
    };
}

fits! {
    fit_u8: u8;
    fit_u16: u16;
    fit_u32: u32;
}
