//! A zip byte by byte, with every field open to lies.

/// One file, and what is said of it.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Vec<u8>,
    /// Name in the header before the file.
    pub(crate) local_name: Vec<u8>,
    pub(crate) packed: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) local_method: u16,
    pub(crate) flags: u16,
    pub(crate) local_flags: u16,
    pub(crate) needs: u16,
    pub(crate) crc: u32,
    pub(crate) size: u32,
    pub(crate) packed_size: u32,
    /// CRC and sizes in the header before the file.
    pub(crate) local: Option<[u32; 3]>,
    /// CRC and sizes behind the file.
    pub(crate) descriptor: Option<[u32; 3]>,
    pub(crate) attributes: u32,
    pub(crate) disk: u16,
    pub(crate) extra: Vec<u8>,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    /// Where the directory says it is; absent = where it is.
    pub(crate) place: Option<u32>,
    /// Bytes of nothing before it.
    pub(crate) gap: Vec<u8>,
}

impl Part {
    /// An honest one, deflated.
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        Self::packed(
            name,
            bytes,
            miniz_oxide::deflate::compress_to_vec(bytes, 6),
            8,
        )
    }

    /// An honest one, as it is.
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        Self::packed(name, bytes, bytes.to_vec(), 0)
    }

    fn packed(name: &str, bytes: &[u8], packed: Vec<u8>, method: u16) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            local_name: name.as_bytes().to_vec(),
            method,
            local_method: method,
            flags: 0x800,
            local_flags: 0x800,
            needs: 20,
            crc: crc32fast::hash(bytes),
            size: small(bytes.len()),
            packed_size: small(packed.len()),
            packed,
            local: None,
            descriptor: None,
            attributes: 0o100_644 << 16,
            disk: 0,
            extra: Vec::new(),
            local_extra: Vec::new(),
            comment: Vec::new(),
            place: None,
            gap: Vec::new(),
        }
    }

    /// With both names changed.
    pub(crate) fn called(mut self, name: &[u8]) -> Self {
        self.name = name.to_vec();
        self.local_name = name.to_vec();
        self
    }

    fn said(&self) -> [u32; 3] {
        [self.crc, self.packed_size, self.size]
    }
}

/// The end record's fields.
#[derive(Clone, Default)]
pub(crate) struct End {
    pub(crate) disk: u16,
    pub(crate) directory_disk: u16,
    /// Instead of the true counts.
    pub(crate) here: Option<u16>,
    pub(crate) all: Option<u16>,
    /// Instead of the directory's true size and place.
    pub(crate) size: Option<u32>,
    pub(crate) place: Option<u32>,
    pub(crate) comment: Vec<u8>,
    /// Bytes between directory and end record.
    pub(crate) before: Vec<u8>,
    /// Bytes between files and directory.
    pub(crate) gap: Vec<u8>,
}

pub(crate) fn make(parts: &[Part], end: &End) -> Vec<u8> {
    let mut out = Vec::new();
    let mut places = Vec::new();
    for part in parts {
        out.extend(&part.gap);
        places.push(small(out.len()));
        out.extend(b"PK\x03\x04");
        put(
            &mut out,
            &[part.needs, part.local_flags, part.local_method, 0, 33],
        );
        for long in part.local.unwrap_or(part.said()) {
            out.extend(long.to_le_bytes());
        }
        let lengths = [&part.local_name, &part.local_extra];
        put(&mut out, &lengths.map(|one| short(one.len())));
        lengths.iter().for_each(|one| out.extend(*one));
        out.extend(&part.packed);
        if let Some(longs) = part.descriptor {
            out.extend(b"PK\x07\x08");
            longs.iter().for_each(|long| out.extend(long.to_le_bytes()));
        }
    }
    out.extend(&end.gap);
    let directory = out.len();
    for (part, place) in parts.iter().zip(places) {
        out.extend(b"PK\x01\x02");
        put(
            &mut out,
            &[0x0314, part.needs, part.flags, part.method, 0, 33],
        );
        part.said()
            .iter()
            .for_each(|long| out.extend(long.to_le_bytes()));
        let lengths = [&part.name, &part.extra, &part.comment];
        put(&mut out, &lengths.map(|one| short(one.len())));
        put(&mut out, &[part.disk, 0]);
        out.extend(part.attributes.to_le_bytes());
        out.extend(part.place.unwrap_or(place).to_le_bytes());
        lengths.iter().for_each(|one| out.extend(*one));
    }
    let size = out.len() - directory;
    out.extend(&end.before);
    out.extend(b"PK\x05\x06");
    let count = short(parts.len());
    let counts = [end.here.unwrap_or(count), end.all.unwrap_or(count)];
    put(&mut out, &[end.disk, end.directory_disk]);
    put(&mut out, &counts);
    out.extend(end.size.unwrap_or(small(size)).to_le_bytes());
    out.extend(end.place.unwrap_or(small(directory)).to_le_bytes());
    put(&mut out, &[short(end.comment.len())]);
    out.extend(&end.comment);
    out
}

fn put(out: &mut Vec<u8>, shorts: &[u16]) {
    shorts
        .iter()
        .for_each(|short| out.extend(short.to_le_bytes()));
}

fn short(length: usize) -> u16 {
    u16::try_from(length).expect("short")
}

fn small(length: usize) -> u32 {
    u32::try_from(length).expect("small")
}
