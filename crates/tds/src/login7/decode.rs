//! Reading LOGIN7.

use super::feature::read_block;
use super::{FIXED_OLD, Feature, Hidden, Received, reveal};
use crate::bytes::{Reader, utf16};
use crate::limits::STRING_BYTES;
use crate::{Decoded, Error, Reason, TdsVersion};

/// A field's place: offset and count, and where they stand.
#[derive(Clone, Copy)]
struct Field {
    at: usize,
    offset: u16,
    count: u16,
}

/// The payload, and what was found odd in it.
struct Data<'a> {
    payload: &'a [u8],
    odd: Vec<(usize, Reason)>,
}

/// Reads the payload of a LOGIN7 message.
///
/// Incomplete while there are fewer bytes than it declares. A field that reaches outside is read as far as there are bytes, and
/// noted in [`Received::odd`].
pub fn decode(payload: &[u8]) -> Decoded<Received> {
    let mut reader = Reader::new(payload, 0);
    let declared_length = reader.u32()?;
    let declared = usize::try_from(declared_length).unwrap_or(usize::MAX);
    if declared < FIXED_OLD {
        return Err(Error::Malformed {
            offset: 0,
            reason: Reason::Length {
                declared,
                actual: payload.len(),
            },
        });
    }
    if declared > payload.len() {
        return Err(Error::Incomplete {
            offset: payload.len(),
            needed: declared - payload.len(),
        });
    }
    let mut data = Data {
        payload,
        odd: Vec::new(),
    };
    if declared < payload.len() {
        let left_over = Reason::LeftOver(payload.len() - declared);
        data.odd.push((declared, left_over));
    }
    body(&mut reader, declared_length, &mut data)
}

fn body(reader: &mut Reader<'_>, declared_length: u32, data: &mut Data<'_>) -> Decoded<Received> {
    let tds_version = TdsVersion(reader.u32()?);
    let packet_size = reader.u32()?;
    let client_version = reader.u32()?;
    let client_pid = reader.u32()?;
    let connection_id = reader.u32()?;
    let [flags1, flags2, type_flags, flags3] = reader.array()?;
    let time_zone = reader.i32()?;
    let lcid = reader.u32()?;
    let [host_name, user_name, password, app_name, server_name] = fields(reader)?;
    let [extension, library, language, database] = fields(reader)?;
    let client_id = reader.array()?;
    let [sspi, attach_file] = fields(reader)?;
    let (new_password, sspi_long) = if tds_version.is_before_7_2() {
        (None, 0)
    } else {
        (Some(field(reader)?), reader.u32()?)
    };
    Ok(Received {
        declared_length,
        actual_length: data.payload.len(),
        tds_version,
        packet_size,
        client_version,
        client_pid,
        connection_id,
        flags1,
        flags2,
        type_flags,
        flags3,
        time_zone,
        lcid,
        host_name: data.text(host_name),
        user_name: data.text(user_name),
        password: data.password(password),
        app_name: data.text(app_name),
        server_name: data.text(server_name),
        library: data.text(library),
        language: data.text(language),
        database: data.text(database),
        client_id,
        sspi: data.sspi(sspi, sspi_long),
        attach_file: data.text(attach_file),
        new_password: new_password.map_or_else(Hidden::default, |field| data.password(field)),
        features: data.features(extension),
        odd: std::mem::take(&mut data.odd),
    })
}

fn field(reader: &mut Reader<'_>) -> Decoded<Field> {
    Ok(Field {
        at: reader.at(),
        offset: reader.u16()?,
        count: reader.u16()?,
    })
}

fn fields<const N: usize>(reader: &mut Reader<'_>) -> Decoded<[Field; N]> {
    let nowhere = Field {
        at: 0,
        offset: 0,
        count: 0,
    };
    let mut fields = [nowhere; N];
    for place in &mut fields {
        *place = field(reader)?;
    }
    Ok(fields)
}

impl<'a> Data<'a> {
    /// So many bytes of a field, or those that are there.
    fn bytes(&mut self, field: Field, length: usize) -> &'a [u8] {
        let allowed = length.min(STRING_BYTES);
        let after = self.payload.get(usize::from(field.offset)..);
        let after = after.unwrap_or_default();
        let bytes = after.get(..allowed).unwrap_or(after);
        if bytes.len() < length {
            let reason = Reason::Length {
                declared: length,
                actual: bytes.len(),
            };
            self.odd.push((field.at, reason));
        }
        bytes
    }

    fn text(&mut self, field: Field) -> String {
        let bytes = self.bytes(field, usize::from(field.count).saturating_mul(2));
        let (text, whole) = utf16(bytes);
        if !whole {
            self.odd.push((field.at, Reason::NotUtf16));
        }
        text
    }

    fn password(&mut self, field: Field) -> Hidden {
        let bytes = self.bytes(field, usize::from(field.count).saturating_mul(2));
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| {
            let mut pair = *pair;
            reveal(&mut pair);
            u16::from_le_bytes(pair)
        });
        // No buffer that grows while the clear text is in it: a unit takes at most 3 bytes of UTF-8.
        let mut text = String::with_capacity(bytes.len().saturating_mul(2));
        text.extend(
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)),
        );
        Hidden(text)
    }

    fn sspi(&mut self, field: Field, long: u32) -> Vec<u8> {
        let length = if field.count == u16::MAX && long != 0 {
            usize::try_from(long).unwrap_or(usize::MAX)
        } else {
            usize::from(field.count)
        };
        self.bytes(field, length).to_vec()
    }

    /// The extension field points at a u32, which points at the block.
    fn features(&mut self, field: Field) -> Vec<Feature> {
        let mut features = Vec::new();
        if field.count == 0 {
            return features;
        }
        let pointer = self.bytes(field, 4);
        let Ok(offset) = Reader::new(pointer, usize::from(field.offset)).u32() else {
            return features;
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let block = self.payload.get(offset..).unwrap_or_default();
        let mut reader = Reader::new(block, offset);
        if let Err(error) = read_block(&mut reader, &mut features) {
            self.odd.push(error.as_odd());
        }
        features
    }
}
