//! FEDAUTHINFO: where to get a token, and for whom.
//!
//! ```text
//!  0xEE | length u32 | count u32 | (id u8, length u32, offset u32)… | data
//!   offsets count from the first byte of count; id 1 = STS URL, 2 = SPN, both UTF-16LE
//! ```

use crate::bytes::{Reader, fit_u32, put_text, utf16};
use crate::limits::FED_AUTH_OPTIONS;
use crate::{Decoded, EncodeError, Reason};

const STS_URL: u8 = 1;
const SPN: u8 = 2;
/// Bytes of one entry of the table.
const ENTRY: usize = 9;

/// FEDAUTHINFO.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FedAuthInfo {
    /// Every option in order: id, and its data as it came.
    pub options: Vec<(u8, Vec<u8>)>,
}

impl FedAuthInfo {
    /// With an STS URL and an SPN.
    #[must_use]
    pub fn new(sts_url: &str, spn: &str) -> Self {
        let option = |id, text: &str| {
            let mut data = Vec::new();
            put_text(&mut data, text);
            (id, data)
        };
        Self {
            options: vec![option(STS_URL, sts_url), option(SPN, spn)],
        }
    }

    /// STS URL.
    #[must_use]
    pub fn sts_url(&self) -> Option<String> {
        self.text(STS_URL)
    }

    /// SPN.
    #[must_use]
    pub fn spn(&self) -> Option<String> {
        self.text(SPN)
    }

    fn text(&self, wanted: u8) -> Option<String> {
        self.options
            .iter()
            .find(|(id, _)| *id == wanted)
            .map(|(_, data)| utf16(data).0)
    }

    /// Reads the body into `self`: after an error, it holds what came before it. Data outside the body is cut and noted.
    pub(super) fn read(&mut self, body: &mut Reader<'_>) -> Decoded<()> {
        let whole = body.peek();
        let base = body.at();
        let count = usize::try_from(body.u32()?).unwrap_or(usize::MAX);
        if count > FED_AUTH_OPTIONS {
            return Err(body.malformed(Reason::TooMany(FED_AUTH_OPTIONS)));
        }
        let mut end = body.at() - base;
        for _ in 0..count {
            let at = body.at();
            let id = body.u8()?;
            let length = usize::try_from(body.u32()?).unwrap_or(usize::MAX);
            let offset = usize::try_from(body.u32()?).unwrap_or(usize::MAX);
            let after = whole.get(offset..).unwrap_or_default();
            let data = after.get(..length).unwrap_or(after);
            if data.len() < length {
                let actual = data.len();
                let reason = Reason::Length {
                    declared: length,
                    actual,
                };
                body.note_at(at, reason);
            }
            end = end.max(offset.saturating_add(data.len()));
            self.options.push((id, data.to_vec()));
        }
        let read = body.at() - base;
        body.take(end.saturating_sub(read).min(body.len()))?;
        Ok(())
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let count = self.options.len();
        if count > FED_AUTH_OPTIONS {
            return Err(EncodeError::TooLong {
                what: "FEDAUTHINFO",
                length: count,
                limit: FED_AUTH_OPTIONS,
            });
        }
        out.extend(fit_u32("FEDAUTHINFO", count)?.to_le_bytes());
        let mut offset = count * ENTRY + 4;
        for (id, data) in &self.options {
            out.push(*id);
            out.extend(fit_u32("FEDAUTHINFO option", data.len())?.to_le_bytes());
            out.extend(fit_u32("FEDAUTHINFO offset", offset)?.to_le_bytes());
            offset = offset.saturating_add(data.len());
        }
        for (_, data) in &self.options {
            out.extend_from_slice(data);
        }
        Ok(())
    }
}
