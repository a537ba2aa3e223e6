//! Writing LOGIN7.

use super::feature::{block_len, put_block};
use super::{FIXED, FLAGS3_CHANGE_PASSWORD, FLAGS3_EXTENSION, Login, obfuscate};
use crate::EncodeError;
use crate::bytes::{fit_u16, fit_u32, put_text, units};
use crate::limits::{LOGIN_FILE_CHARS, LOGIN_NAME_CHARS};

/// Where the data of the next field goes.
struct Layout {
    next: usize,
}

impl Layout {
    /// Writes a field's offset and count, and moves on by so many bytes.
    fn field(
        &mut self,
        out: &mut Vec<u8>,
        what: &'static str,
        count: usize,
        bytes: usize,
    ) -> Result<(), EncodeError> {
        out.extend(fit_u16(what, self.next)?.to_le_bytes());
        out.extend(fit_u16(what, count)?.to_le_bytes());
        self.next = self.next.saturating_add(bytes);
        Ok(())
    }

    fn text(
        &mut self,
        out: &mut Vec<u8>,
        what: &'static str,
        text: &str,
        limit: usize,
    ) -> Result<(), EncodeError> {
        let length = units(text);
        if length > limit {
            return Err(EncodeError::TooLong {
                what,
                length,
                limit,
            });
        }
        self.field(out, what, length, length.saturating_mul(2))
    }
}

/// Writes the payload, appended to `out`, which grows once. On an error `out` is as it was.
///
/// A feature block sets [`FLAGS3_EXTENSION`], a new password [`FLAGS3_CHANGE_PASSWORD`].
pub fn encode(login: &Login<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    let length = encoded_len(login);
    out.reserve_exact(length);
    let written = fixed(login, length, out).and_then(|()| data(login, out));
    if written.is_err() {
        out.truncate(start);
    }
    written
}

/// How long the payload will be.
#[must_use]
pub fn encoded_len(login: &Login<'_>) -> usize {
    FIXED
        .saturating_add(data_len(login))
        .saturating_add(if login.features.is_empty() {
            0
        } else {
            block_len(login.features)
        })
}

/// Bytes of everything between the fixed part and the feature block.
fn data_len(login: &Login<'_>) -> usize {
    let texts = [
        login.host_name,
        login.user_name,
        login.password,
        login.app_name,
        login.server_name,
        login.library,
        login.language,
        login.database,
        login.attach_file,
        login.new_password,
    ];
    let extension = if login.features.is_empty() { 0 } else { 4 };
    texts
        .iter()
        .map(|text| units(text).saturating_mul(2))
        .fold(extension, usize::saturating_add)
        .saturating_add(login.sspi.len())
}

fn fixed(login: &Login<'_>, length: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let extended = !login.features.is_empty();
    let mut flags3 = login.flags3;
    if extended {
        flags3 |= FLAGS3_EXTENSION;
    }
    if !login.new_password.is_empty() {
        flags3 |= FLAGS3_CHANGE_PASSWORD;
    }
    out.extend(fit_u32("LOGIN7", length)?.to_le_bytes());
    out.extend(login.tds_version.0.to_le_bytes());
    out.extend(login.packet_size.to_le_bytes());
    out.extend(login.client_version.to_le_bytes());
    out.extend(login.client_pid.to_le_bytes());
    out.extend(login.connection_id.to_le_bytes());
    out.extend([login.flags1, login.flags2, login.type_flags, flags3]);
    out.extend(login.time_zone.to_le_bytes());
    out.extend(login.lcid.to_le_bytes());

    let mut layout = Layout { next: FIXED };
    let name = LOGIN_NAME_CHARS;
    layout.text(out, "host name", login.host_name, name)?;
    layout.text(out, "user name", login.user_name, name)?;
    layout.text(out, "password", login.password, name)?;
    layout.text(out, "application name", login.app_name, name)?;
    layout.text(out, "server name", login.server_name, name)?;
    if extended {
        layout.field(out, "extension", 4, 4)?;
    } else {
        out.extend([0; 4]);
    }
    layout.text(out, "library name", login.library, name)?;
    layout.text(out, "language", login.language, name)?;
    layout.text(out, "database", login.database, name)?;
    out.extend(login.client_id);
    let sspi = login.sspi.len();
    layout.field(out, "SSPI", sspi.min(usize::from(u16::MAX)), sspi)?;
    layout.text(out, "file", login.attach_file, LOGIN_FILE_CHARS)?;
    layout.text(out, "new password", login.new_password, name)?;
    let long = if sspi < usize::from(u16::MAX) {
        0
    } else {
        sspi
    };
    out.extend(fit_u32("SSPI", long)?.to_le_bytes());
    Ok(())
}

fn data(login: &Login<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    put_text(out, login.host_name);
    put_text(out, login.user_name);
    put_password(out, login.password);
    put_text(out, login.app_name);
    put_text(out, login.server_name);
    if !login.features.is_empty() {
        let block = FIXED.saturating_add(data_len(login));
        out.extend(fit_u32("feature offset", block)?.to_le_bytes());
    }
    put_text(out, login.library);
    put_text(out, login.language);
    put_text(out, login.database);
    out.extend_from_slice(login.sspi);
    put_text(out, login.attach_file);
    put_password(out, login.new_password);
    if !login.features.is_empty() {
        put_block(out, login.features)?;
    }
    Ok(())
}

/// Obfuscated unit by unit: the clear text never stands in `out`.
fn put_password(out: &mut Vec<u8>, password: &str) {
    for unit in password.encode_utf16() {
        let mut bytes = unit.to_le_bytes();
        obfuscate(&mut bytes);
        out.extend(bytes);
    }
}
