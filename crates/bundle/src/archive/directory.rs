//! What a zip says it holds, and where: checked from its end to its start before anything is unpacked.
//!
//! ```text
//! file: header, bytes[, descriptor] │ file │ … │ directory: one entry a file │ end record
//! ```
//!
//! Files, directory and end record must fill the archive without a gap and without lying upon each other, and
//! whatever is said twice must be the same.

use super::limits::Limits;
use super::names;
use super::refused::{Refused, Why};

const END: usize = 22;
const CENTRAL: usize = 46;
const LOCAL: usize = 30;
/// An archive's own comment, at most.
const COMMENT: usize = 65_535;
/// Flags that say nothing of interest: how hard the packer tried, sizes behind the file, names in UTF-8.
const HARMLESS: u16 = 0b1000_0000_1110;
const SIZES_BEHIND: u16 = 8;
const UTF8: u16 = 0x800;
/// Bits of what encrypts: the file, strongly, the directory.
const ENCRYPTS: u16 = 0x2041;
/// Largest version that a reader must have: deflate.
const VERSION: u16 = 20;

/// One file, as directory and header agree on it.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) deflated: bool,
    pub(super) crc: u32,
    /// Size that it claims to have once it is unpacked.
    pub(super) size: u64,
    pub(super) packed: &'a [u8],
}

/// What the directory says of a file.
struct Listed<'a> {
    name: &'a str,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    size: u32,
    place: u32,
}

/// Every file, in the directory's order.
pub(super) fn read<'a>(archive: &'a [u8], limits: &Limits) -> Result<Vec<Entry<'a>>, Refused> {
    if archive.len() as u64 > limits.archive_bytes {
        return Err(Refused::all(Why::ArchiveTooLarge));
    }
    let (count, directory, ends) = end(archive, limits).map_err(Refused::all)?;
    let mut rest = directory;
    let mut listed = Vec::with_capacity(count);
    for _ in 0..count {
        let (one, after) = central(rest)?;
        let twice = |other: &Listed<'_>| other.name.eq_ignore_ascii_case(one.name);
        if listed.iter().any(twice) {
            return Err(Refused::of(Why::NameTwice, one.name));
        }
        listed.push(one);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(Refused::all(Why::Directory));
    }
    placed(archive, listed, ends)
}

/// The end record stands at the very end, the directory right before it.
fn end<'a>(archive: &'a [u8], limits: &Limits) -> Result<(usize, &'a [u8], usize), Why> {
    let at = archive.len().checked_sub(END).ok_or(Why::NotAZip)?;
    let mut end = Bytes(archive.get(at..).ok_or(Why::NotAZip)?);
    if end.take(4) != Some(b"PK\x05\x06") || end.tail(2) != Some(&[0, 0]) {
        return Err(if has_comment(archive) {
            Why::Comment
        } else {
            Why::NotAZip
        });
    }
    let mut short = || end.u16().ok_or(Why::NotAZip);
    let (disk, first_disk, here, all) = (short()?, short()?, short()?, short()?);
    let size = end.u32().ok_or(Why::NotAZip)?;
    let place = end.u32().ok_or(Why::NotAZip)?;
    let locator = at
        .checked_sub(20)
        .and_then(|at| archive.get(at..at + 4))
        .is_some_and(|sign| sign == b"PK\x06\x07");
    if locator || all == u16::MAX || size == u32::MAX || place == u32::MAX {
        return Err(Why::Zip64);
    }
    if disk != 0 || first_disk != 0 || here != all {
        return Err(Why::Disks);
    }
    if usize::from(all) > limits.files {
        return Err(Why::TooManyFiles);
    }
    let place = place as usize;
    let after = place.checked_add(size as usize).ok_or(Why::Directory)?;
    if after < at {
        return Err(Why::Gap);
    }
    let directory = archive.get(place..after).filter(|_| after == at);
    Ok((usize::from(all), directory.ok_or(Why::Directory)?, place))
}

/// Whether an end record further up is followed by exactly the comment that it announces.
fn has_comment(archive: &[u8]) -> bool {
    let from = archive.len().saturating_sub(END + COMMENT);
    let tail = archive.get(from..).unwrap_or_default();
    tail.windows(END).enumerate().any(|(at, record)| {
        let length = record.get(20..).and_then(|two| Bytes(two).u16());
        record.starts_with(b"PK\x05\x06")
            && length.is_some_and(|length| at + END + usize::from(length) == tail.len())
    })
}

/// One entry of the directory, and what follows it.
fn central(bytes: &[u8]) -> Result<(Listed<'_>, &[u8]), Refused> {
    let broken = || Refused::all(Why::Directory);
    let mut head = Bytes(bytes.get(..CENTRAL).ok_or_else(broken)?);
    let mut rest = Bytes(bytes.get(CENTRAL..).ok_or_else(broken)?);
    if head.take(4) != Some(b"PK\x01\x02") {
        return Err(broken());
    }
    let mut short = || head.u16().ok_or_else(broken);
    let (_made_by, needs, flags, method) = (short()?, short()?, short()?, short()?);
    let (_time, _date) = (short()?, short()?);
    let mut long = || head.u32().ok_or_else(broken);
    let (crc, packed, size) = (long()?, long()?, long()?);
    let mut short = || head.u16().ok_or_else(broken);
    let (name, extra, comment) = (short()?, short()?, short()?);
    let (disk, _internal) = (short()?, short()?);
    let mut long = || head.u32().ok_or_else(broken);
    let (attributes, place) = (long()?, long()?);
    let name = rest.take(usize::from(name)).ok_or_else(broken)?;
    let extra = rest.take(usize::from(extra)).ok_or_else(broken)?;

    let name = named(name, flags).map_err(Refused::all)?;
    let refuse = |why| Err(Refused::of(why, name));
    if let Err(why) = extras(extra) {
        return refuse(why);
    }
    if disk != 0 {
        return refuse(Why::Disks);
    }
    if comment != 0 {
        return refuse(Why::Comment);
    }
    if [packed, size, place].contains(&u32::MAX) {
        return refuse(Why::Zip64);
    }
    if flags & ENCRYPTS != 0 || method == 99 {
        return refuse(Why::Encrypted);
    }
    if ![0, 8].contains(&method) || flags & !HARMLESS != 0 || needs & 0xff > VERSION {
        return refuse(Why::Method);
    }
    // The upper half is the mode, if any; the lower one says folder and volume on other systems.
    let kind = (attributes >> 16) & 0o170_000;
    if (kind != 0 && kind != 0o100_000) || attributes & 0x18 != 0 {
        return refuse(Why::NotPlain);
    }
    let listed = Listed {
        name,
        flags,
        method,
        crc,
        packed,
        size,
        place,
    };
    Ok((listed, rest.0))
}

/// A name that a bundle holds.
fn named(name: &[u8], flags: u16) -> Result<&str, Why> {
    let name = std::str::from_utf8(name).map_err(|_| Why::NameNotText)?;
    if !name.is_ascii() && flags & UTF8 == 0 {
        return Err(Why::NameNotText);
    }
    if names::is_unsafe(name) {
        return Err(Why::NameUnsafe);
    }
    if names::is_ours(name) {
        Ok(name)
    } else {
        Err(Why::NameUnknown)
    }
}

/// Additions that change what a reader takes the entry for.
fn extras(extra: &[u8]) -> Result<(), Why> {
    let mut extra = Bytes(extra);
    while !extra.0.is_empty() {
        let id = extra.u16().ok_or(Why::Directory)?;
        let length = extra.u16().ok_or(Why::Directory)?;
        extra.take(usize::from(length)).ok_or(Why::Directory)?;
        match id {
            0x0001 => return Err(Why::Zip64),
            // Another name, another comment.
            0x7075 | 0x6375 => return Err(Why::HeaderDiffers),
            0x0017 | 0x9901 => return Err(Why::Encrypted),
            _ => {}
        }
    }
    Ok(())
}

/// Each file where the directory says, one right behind the other, from the first byte to the directory.
fn placed<'a>(
    archive: &'a [u8],
    listed: Vec<Listed<'a>>,
    directory: usize,
) -> Result<Vec<Entry<'a>>, Refused> {
    let mut order: Vec<&Listed<'_>> = listed.iter().collect();
    order.sort_by_key(|one| one.place);
    let mut free = 0;
    for one in order {
        let place = one.place as usize;
        if place < free {
            return Err(Refused::of(Why::Overlap, one.name));
        }
        if place > free {
            return Err(Refused::of(Why::Gap, one.name));
        }
        let (_, behind) = local(archive, one).map_err(|why| Refused::of(why, one.name))?;
        if behind > directory {
            return Err(Refused::of(Why::Overlap, one.name));
        }
        free = behind;
    }
    if free != directory {
        return Err(Refused::all(Why::Gap));
    }
    let entry = |one: Listed<'a>| {
        let (packed, _) = local(archive, &one).map_err(|why| Refused::of(why, one.name))?;
        Ok(Entry {
            name: one.name,
            deflated: one.method == 8,
            crc: one.crc,
            size: one.size.into(),
            packed,
        })
    };
    listed.into_iter().map(entry).collect()
}

/// The packed bytes of a file and where it ends, its header and descriptor being what the directory says.
fn local<'a>(archive: &'a [u8], listed: &Listed<'_>) -> Result<(&'a [u8], usize), Why> {
    let from = archive.get(listed.place as usize..).ok_or(Why::Directory)?;
    let mut rest = Bytes(from);
    let mut head = Bytes(rest.take(LOCAL).ok_or(Why::Directory)?);
    if head.take(4) != Some(b"PK\x03\x04") {
        return Err(Why::Directory);
    }
    let mut short = || head.u16().ok_or(Why::Directory);
    let (_needs, flags, method) = (short()?, short()?, short()?);
    let (_time, _date) = (short()?, short()?);
    let mut long = || head.u32().ok_or(Why::Directory);
    let sizes = [long()?, long()?, long()?];
    let mut short = || head.u16().ok_or(Why::Directory);
    let (name, extra) = (short()?, short()?);
    let name = rest.take(usize::from(name)).ok_or(Why::Directory)?;
    extras(rest.take(usize::from(extra)).ok_or(Why::Directory)?)?;
    let said = [listed.crc, listed.packed, listed.size];
    let behind = flags & SIZES_BEHIND != 0;
    let same = sizes == said || (behind && sizes == [0; 3]);
    if flags != listed.flags || method != listed.method || name != listed.name.as_bytes() || !same {
        return Err(Why::HeaderDiffers);
    }
    let packed = rest.take(listed.packed as usize).ok_or(Why::Overlap)?;
    if behind {
        let signed = rest.0.starts_with(b"PK\x07\x08");
        rest.take(if signed { 4 } else { 0 });
        let mut long = || rest.u32().ok_or(Why::Directory);
        if [long()?, long()?, long()?] != said {
            return Err(Why::HeaderDiffers);
        }
    }
    Ok((packed, archive.len() - rest.0.len()))
}

/// Bytes that are taken from their start.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn tail(&self, count: usize) -> Option<&'a [u8]> {
        self.0.get(self.0.len().checked_sub(count)?..)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
}
