//! Files that an agent made of a run beside its log, and the names they may have.

use serde::{Deserialize, Serialize};

/// A file of a run beside its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    /// Its name, also in the bundle.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// It is not handed out here, because it holds what is masked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
}

/// What a file of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ArtifactKind {
    /// The packets of the run: `NetworkTrace_<yyyyMMddTHHmmss>.pcapng`.
    NetworkTrace,
    /// Every beat of its heartbeat: `Heartbeat_<yyyyMMddTHHmmss>.csv`.
    Beats,
}

impl Artifact {
    /// Most files of one run.
    pub const MOST: usize = 4;
    /// Most bytes of one file, unless its portal says otherwise.
    pub const MOST_BYTES: u64 = 64 * 1024 * 1024;
}

impl ArtifactKind {
    /// What a file of this name is; `None` when no file of a run is called so.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::NetworkTrace, Self::Beats].into_iter().find(|kind| {
            let (before, after) = kind.around();
            name.strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|stamp| is_stamp(stamp.as_bytes()))
        })
    }

    /// What a file of this kind is called, when it was begun then (`yyyyMMddTHHmmss`, UTC).
    #[must_use]
    pub fn named(self, stamp: &str) -> String {
        let (before, after) = self.around();
        format!("{before}{stamp}{after}")
    }

    /// What stands around the time in its name.
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::NetworkTrace => ("NetworkTrace_", ".pcapng"),
            Self::Beats => ("Heartbeat_", ".csv"),
        }
    }

    /// How its bytes are named to a browser.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::NetworkTrace => "application/octet-stream",
            Self::Beats => "text/csv; charset=utf-8",
        }
    }
}

/// `yyyyMMddTHHmmss`.
fn is_stamp(text: &[u8]) -> bool {
    text.len() == 15
        && text.iter().enumerate().all(|(place, byte)| match place {
            8 => *byte == b'T',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::ArtifactKind;

    #[test]
    fn only_names_of_known_files_are_names() {
        let table = [
            ("NetworkTrace_20261121T150102.pcapng", true),
            ("NetworkTrace_20261121T150102.pcapng.exe", false),
            ("NetworkTrace_20261121t150102.pcapng", false),
            ("NetworkTrace_2026112.T150102.pcapng", false),
            ("NetworkTrace_.pcapng", false),
            ("NetworkTrace_../../../../etc/x.pcapng", false),
            ("networktrace_20261121T150102.pcapng", false),
            ("Heartbeat_20261121T150102.csv", true),
            ("Heartbeat_20261121T150102.pcapng", false),
            ("Heartbeat_20261121T150102.csv.csv", false),
            ("run.json", false),
            ("", false),
        ];
        for (name, is) in table {
            assert_eq!(ArtifactKind::of(name).is_some(), is, "{name}");
        }
        for kind in [ArtifactKind::NetworkTrace, ArtifactKind::Beats] {
            assert_eq!(ArtifactKind::of(&kind.named("20261121T150102")), Some(kind));
        }
    }
}
