//! Names of files in the archive. Support engineers know those from the log on.

use crate::escape::is_hidden;
use chrono::{DateTime, Utc};
use model::{ArtifactKind, RunView, Target};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const RUN: &str = "run.json";
pub(crate) const MARKDOWN: &str = "report.md";
pub(crate) const HTML: &str = "report.html";
pub(crate) const FULL_LOG: &str = "AdvancedTests_FullLog.txt";
pub(crate) const LAST_RUN_LOG: &str = "AdvancedTests_LastRunLog.txt";
pub(crate) const SUMMARY_LOG: &str = "AdvancedTests_SummaryLog.txt";

/// Longest part of a file name.
const PART: usize = 60;

/// `Log_<server>_<database>_<yyyyMMddTHHmmss>.txt`, in UTC. The name says less than the target does: brackets are
/// left out, what else is not `[A-Za-z0-9_-]` becomes `_`, and each part ends after 60 characters.
#[must_use]
pub fn log_file_name(run: &RunView) -> String {
    format!("Log_{}.txt", log_file_stem(&run.target, run.created_at))
}

/// The part of [`log_file_name`] that names a run: `<server>_<database>_<yyyyMMddTHHmmss>`.
#[must_use]
pub fn log_file_stem(target: &Target, at: DateTime<Utc>) -> String {
    format!(
        "{}_{}_{}",
        part(server(&target.host)),
        part(&target.database),
        at.format("%Y%m%dT%H%M%S")
    )
}

/// Support engineers know the server by its short name.
fn server(host: &str) -> &str {
    host.strip_suffix(".database.windows.net").unwrap_or(host)
}

/// Whether a file of this name is ever written into a bundle.
pub(crate) fn is_ours(name: &str) -> bool {
    is_between(name, "Log_", 2 * PART + 20, ".txt")
        || is_artifact(name)
        || [
            MANIFEST,
            RUN,
            MARKDOWN,
            HTML,
            FULL_LOG,
            LAST_RUN_LOG,
            SUMMARY_LOG,
        ]
        .contains(&name)
}

/// Whether it is a file that an agent handed in beside the log.
pub(crate) fn is_artifact(name: &str) -> bool {
    ArtifactKind::of(name).is_some()
}

/// Whether it could climb out of a folder, hide, or be taken for something else on some system.
pub(crate) fn is_unsafe(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let device = DEVICES.contains(&stem.trim_end_matches(|letter: char| letter.is_ascii_digit()));
    device
        || name.is_empty()
        || name.ends_with(['.', ' '])
        || name.split('/').any(|part| matches!(part, "" | "." | ".."))
        || name.contains(['\\', ':'])
        || name.chars().any(is_hidden)
}

fn is_between(name: &str, start: &str, longest: usize, end: &str) -> bool {
    name.strip_prefix(start)
        .and_then(|rest| rest.strip_suffix(end))
        .is_some_and(|rest| rest.len() <= longest && rest.bytes().all(is_harmless))
}

fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn part(text: &str) -> String {
    // Brackets around an address say nothing.
    let part: String = text
        .chars()
        .filter(|letter| !matches!(letter, '[' | ']'))
        .take(PART)
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if part.is_empty() {
        "_".to_owned()
    } else {
        part
    }
}

#[cfg(test)]
mod tests {
    use super::{part, server};

    #[test]
    fn a_part_is_short_and_harmless() {
        assert_eq!(
            part("tcp:my-server.example.net,1433"),
            "tcp_my-server_example_net_1433"
        );
        assert_eq!(part("../..\\é\u{202e}\0"), "_________");
        assert_eq!(part("[2001:db8::1]"), "2001_db8__1");
        assert_eq!(part(&"x".repeat(200)).len(), 60);
        assert_eq!(part(""), "_");
        assert_eq!(server("contoso.database.windows.net"), "contoso");
    }
}
