//! One file out of its packed form, counted while it grows.

use super::directory::Entry;
use super::refused::Why;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The file's bytes. The caller has compared the size it claims with the limits; it can never be larger than
/// that, and a smaller one is as false.
pub(super) fn file(entry: &Entry<'_>) -> Result<Vec<u8>, Why> {
    let size = usize::try_from(entry.size).map_err(|_| Why::FileTooLarge)?;
    let bytes = if entry.deflated {
        deflated(entry.packed, size)?
    } else {
        entry.packed.to_vec()
    };
    if bytes.len() != size {
        return Err(Why::Broken);
    }
    if crc32fast::hash(&bytes) != entry.crc {
        return Err(Why::Checksum);
    }
    Ok(bytes)
}

fn deflated(packed: &[u8], size: usize) -> Result<Vec<u8>, Why> {
    // One byte of room beyond what it says shows whether there is more.
    let mut bytes = vec![0; size.saturating_add(1)];
    let (status, read, written) = decompress(
        &mut DecompressorOxide::new(),
        packed,
        &mut bytes,
        0,
        TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
    );
    if status != TINFLStatus::Done || read != packed.len() {
        return Err(Why::Broken);
    }
    bytes.truncate(written);
    Ok(bytes)
}
