//! What of a connection's payload may be recorded: PRELOGIN and TLS, nothing in clear text.
//!
//! ```text
//! ours   PRELOGIN ▓▓▓▓▓  TLS in PRELOGIN packets ▓▓▓▓▓  TLS records ▓▓▓▓▓▓▓▓▓     all of it kept
//! ours   PRELOGIN ▓▓▓▓▓  LOGIN7 ▓░░░░░░░░░  …       ░░░░░░░░░                      header kept, the rest cut,
//! peer's reply    ▓▓▓▓▓                     ░░░░░░░░░                              both ways from there on
//! ```
//!
//! Each way is followed frame by frame from its first byte. Where that is lost (a segment missing, an unknown first
//! byte), nothing more of that way is kept: what is not known to be sealed counts as clear.

use super::packet::Segment;

/// Longest header that is looked at.
const HEADER: usize = 8;
/// Longest TLS record.
const RECORD: usize = 16_384 + 2_048;

/// One connection, both ways.
#[derive(Clone, Debug, Default)]
pub struct Cutter {
    ours: Way,
    peers: Way,
    /// A frame in clear text was seen.
    plain: bool,
}

#[derive(Clone, Debug, Default)]
struct Way {
    /// Number of the byte that follows.
    next: Option<u32>,
    at: At,
    /// Something of it was cut.
    cut: bool,
    /// Frames so far.
    frames: u32,
}

/// Where in a frame a way is.
#[derive(Clone, Copy, Debug)]
enum At {
    /// In its header, of which so much was seen.
    Header([u8; HEADER], usize),
    /// In its content; so much is left.
    Content { left: usize, kept: bool },
    /// Nobody knows.
    Lost,
}

impl Default for At {
    fn default() -> Self {
        Self::Header([0; HEADER], 0)
    }
}

/// What a header says of its frame.
enum Frame {
    /// More of the header is needed.
    Longer,
    /// So many bytes follow the header seen so far.
    Of {
        content: usize,
        kept: bool,
    },
    Unknown,
}

impl Cutter {
    /// How many bytes of a segment's payload may stand, from its first.
    pub fn keep(&mut self, segment: &Segment<'_>, outgoing: bool) -> usize {
        let way = if outgoing {
            &mut self.ours
        } else {
            &mut self.peers
        };
        if segment.syn {
            way.next = Some(segment.seq.wrapping_add(1));
            return 0;
        }
        if segment.payload.is_empty() {
            return 0;
        }
        if self.plain {
            way.at = At::Lost;
        }
        let keep = way.follow(segment, outgoing);
        if way.cut {
            self.plain = true;
        }
        keep
    }
}

impl Way {
    fn follow(&mut self, segment: &Segment<'_>, outgoing: bool) -> usize {
        let next = *self.next.get_or_insert(segment.seq);
        let ahead = segment.seq.wrapping_sub(next);
        let end = segment.seq.wrapping_add(segment.length);
        if ahead != 0 {
            // Sent again: what stood then stands now. Not so when it is only partly known.
            let again = ahead > u32::MAX / 2 && next.wrapping_sub(end) <= u32::MAX / 2;
            if again && !self.cut && !matches!(self.at, At::Lost) {
                return segment.payload.len();
            }
            if !again {
                self.lose();
            }
            return 0;
        }
        self.next = Some(end);
        let keep = self.walk(segment.payload, outgoing);
        if segment.payload.len() as u64 != u64::from(segment.length) {
            self.lose();
        }
        keep
    }

    fn lose(&mut self) {
        self.at = At::Lost;
        self.cut = true;
    }

    /// Goes over bytes that follow on what was seen; how many of them may stand.
    fn walk(&mut self, bytes: &[u8], outgoing: bool) -> usize {
        let mut place = 0;
        while let Some(rest) = bytes.get(place..).filter(|rest| !rest.is_empty()) {
            match self.at {
                At::Lost => {
                    self.cut = true;
                    return place;
                }
                At::Content { left, kept } => {
                    if !kept {
                        self.cut = true;
                        return place;
                    }
                    let step = left.min(rest.len());
                    place += step;
                    self.at = if step == left {
                        At::default()
                    } else {
                        At::Content {
                            left: left - step,
                            kept,
                        }
                    };
                }
                At::Header(mut seen, count) => {
                    let (Some(slot), Some(byte)) = (seen.get_mut(count), rest.first()) else {
                        self.lose();
                        return place;
                    };
                    *slot = *byte;
                    let frame = frame(seen, count + 1, outgoing, self.frames);
                    match frame {
                        Frame::Longer => self.at = At::Header(seen, count + 1),
                        Frame::Unknown => {
                            self.lose();
                            return place;
                        }
                        Frame::Of { content, kept } => {
                            self.frames = self.frames.saturating_add(1);
                            self.at = match content {
                                0 => At::default(),
                                left => At::Content { left, kept },
                            };
                        }
                    }
                    place += 1;
                }
            }
        }
        place
    }
}

fn frame(header: [u8; HEADER], count: usize, outgoing: bool, before: u32) -> Frame {
    let [kind, second, high, low, tls_low, ..] = header;
    match kind {
        // A TLS record: type, version 3.x, length.
        0x14..=0x17 => {
            if count >= 2 && second != 3 {
                return Frame::Unknown;
            }
            if count < 5 {
                return Frame::Longer;
            }
            match usize::from(u16::from_be_bytes([low, tls_low])) {
                content if content <= RECORD && high <= 4 => Frame::Of {
                    content,
                    kept: true,
                },
                _ => Frame::Unknown,
            }
        }
        // A TDS packet: type, status, length with the header.
        0x01..=0x12 => {
            if count < HEADER {
                return Frame::Longer;
            }
            let Some(content) = usize::from(u16::from_be_bytes([high, low])).checked_sub(HEADER)
            else {
                return Frame::Unknown;
            };
            // PRELOGIN, which TLS' handshake comes in, too; and the first reply, which answers it.
            let kept = kind == 0x12 || (kind == 0x04 && !outgoing && before == 0);
            Frame::Of { content, kept }
        }
        _ => Frame::Unknown,
    }
}
