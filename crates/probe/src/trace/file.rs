//! `NetworkTrace_<yyyyMMddTHHmmss>.pcapng`: packets from their network header on, as Wireshark reads them.

use super::ring::Kept;
use model::RunId;
use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::pcapng::{PcapNgBlock as _, PcapNgWriter};
use pcap_file::{Endianness, PcapError};
use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

/// Most bytes of a packet that are recorded.
pub(super) const LONGEST: u32 = 128 * 1024;
/// Times are in units of 10⁻⁹ s.
const NANOSECONDS: u8 = 9;

/// Writes the file; answers its bytes.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(out: impl Write, run: RunId, packets: &[Kept]) -> io::Result<u64> {
    let section = SectionHeaderBlock {
        endianness: Endianness::Little,
        options: vec![SectionHeaderOption::Comment(Cow::Owned(format!(
            "Linecheck run {run}"
        )))],
        ..SectionHeaderBlock::default()
    };
    let mut counted = Counted { out, bytes: 0 };
    let mut writer = PcapNgWriter::with_section_header(&mut counted, section).map_err(plain)?;
    let interface = InterfaceDescriptionBlock {
        linktype: DataLink::RAW,
        snaplen: LONGEST,
        options: vec![InterfaceDescriptionOption::IfTsResol(NANOSECONDS)],
    };
    writer.write_block(&interface.into_block()).map_err(plain)?;
    for packet in packets {
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_nanos(packet.at_ns),
            original_len: packet.length,
            data: Cow::Borrowed(&packet.bytes),
            options: Vec::new(),
        };
        writer.write_block(&block.into_block()).map_err(plain)?;
    }
    drop(writer);
    counted.out.flush()?;
    Ok(counted.bytes)
}

fn plain(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let count = self.out.write(piece)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
