//! `decode`: what an application's exception, stack trace or log lines mean. Nothing is sent anywhere.

use super::COULD_NOT_RUN;
use crate::terminal::{self, Style};
use anyhow::Context as _;
use clap::Args;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Stands under the help.
const EXIT_CODES: &str = "Exit codes:
  0  something in the text was recognised
  2  nothing was, or the text could not be read";

/// Says what an application's exception, stack trace or log lines mean, and which run tells the causes apart
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The file that holds the text; - or nothing for standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Prints one JSON document in place of the words
    #[arg(long)]
    json: bool,
}

/// Decodes; answers with the exit code.
pub(crate) fn decode(arguments: &Arguments) -> anyhow::Result<u8> {
    let text = match arguments.file.as_deref() {
        Some(path) if path != Path::new("-") => {
            let file = std::fs::File::open(path);
            let cannot = || format!("cannot read {}", path.display());
            bounded(file.with_context(cannot)?).with_context(cannot)?
        }
        _ => bounded(std::io::stdin()).context("cannot read standard input")?,
    };
    let decoded = rules::decode::decode(&text);
    let answer = if arguments.json {
        serde_json::to_string_pretty(&decoded)?
    } else {
        terminal::decoded(&decoded, Style::of_stdout())
    };
    // Whoever stopped reading still gets the exit code.
    let _ = writeln!(std::io::stdout(), "{}", answer.trim_end());
    Ok(if decoded.said.is_empty() && decoded.numbers.is_empty() {
        COULD_NOT_RUN
    } else {
        0
    })
}

/// As much as is decoded and a little more, so that it is known that there was more. Windows' programs write
/// UTF-16, with a mark before it.
fn bounded(from: impl std::io::Read) -> std::io::Result<String> {
    let most = 2 * rules::decode::MOST_READ as u64 + 4;
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    let wide = |read: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .filter_map(|two| two.try_into().ok().map(read))
            .collect();
        String::from_utf16_lossy(&units)
    };
    Ok(match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::bounded;

    #[test]
    fn texts_of_every_system_are_read_and_no_more_than_is_decoded() {
        let read = |bytes: &[u8]| bounded(bytes).expect("text");
        assert_eq!(read(b"reset"), "reset");
        assert_eq!(read(b"\xff\xfer\0e\0"), "re");
        assert_eq!(read(b"\xfe\xff\0r\0e"), "re");
        assert_eq!(read(b"a\xffb"), "a\u{fffd}b");
        let long = vec![b'x'; 3 * rules::decode::MOST_READ];
        assert!(read(&long).len() < 3 * rules::decode::MOST_READ);
    }
}
