//! Server-sent events, sans-I/O: bytes in, events out.
//!
//! ```text
//! field lines ──blank line──▶ event
//!      └──the connection ends──▶ nothing: an event without its blank line is not one
//! ```

/// Longest event that is taken; more is not ours.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// `event:`; empty means `message`.
    pub(crate) name: String,
    /// `id:`; empty when there was none.
    pub(crate) id: String,
    /// `data:` lines, joined.
    pub(crate) data: String,
}

/// The stream broke its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Collects bytes until there are events.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
    after_carriage_return: bool,
}

impl Parser {
    /// Takes the next bytes, and gives the events that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut out = Vec::new();
        for byte in bytes {
            let after_carriage_return = std::mem::take(&mut self.after_carriage_return);
            match byte {
                b'\n' if after_carriage_return => {}
                b'\n' | b'\r' => {
                    self.after_carriage_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    out.extend(self.end_line(&String::from_utf8_lossy(&line)));
                }
                _ => self.line.push(*byte),
            }
            if self.line.len() + self.event.data.len() > LONGEST_EVENT {
                return Err(TooLong);
            }
        }
        Ok(out)
    }

    fn end_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => value.clone_into(&mut self.event.id),
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                self.event.data.push_str(value);
            }
            // Comments have an empty field; `retry` is our own affair.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Parser};

    fn event(id: &str, name: &str, data: &str) -> Event {
        Event {
            id: id.to_owned(),
            name: name.to_owned(),
            data: data.to_owned(),
        }
    }

    #[test]
    fn events_come_whole_however_the_bytes_are_cut() {
        let text = "retry: 5\r\n: hi\n\nid: 1\ndata: {\"a\":1}\n\nevent: end\ndata:x\rdata: y\r\n\r\ndata: torn";
        let wanted = [event("1", "", "{\"a\":1}"), event("", "end", "x\ny")];
        for size in 1..text.len() {
            let mut parser = Parser::default();
            let mut got = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                got.extend(parser.push(piece).expect("short enough"));
            }
            assert_eq!(got, wanted, "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_line_is_refused() {
        let mut parser = Parser::default();
        let piece = vec![b'x'; 1024 * 1024];
        assert!((0..8).any(|_| parser.push(&piece).is_err()));
    }
}
