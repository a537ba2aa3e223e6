//! Why an archive is not taken: a stable code each, and a sentence.

use std::fmt;
use thiserror::Error;

/// An archive that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct Refused {
    /// Why.
    pub why: Why,
    /// In which file of it; only names that a bundle holds.
    pub file: Option<String>,
}

impl Refused {
    /// Of the archive as a whole.
    pub(super) fn all(why: Why) -> Self {
        Self { why, file: None }
    }

    /// Of one of its files.
    pub(super) fn of(why: Why, file: &str) -> Self {
        Self {
            why,
            file: Some(file.to_owned()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}: {}", self.why.sentence()),
            None => f.write_str(self.why.sentence()),
        }
    }
}

macro_rules! reasons {
    ($($variant:ident = $code:literal, $sentence:literal;)*) => {
        /// Why an archive, or a file of it, is not taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Why {
            $(#[doc = $sentence] $variant,)*
        }

        impl Why {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable, snake_case.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// For people.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)*
                }
            }
        }
    };
}

reasons! {
    ArchiveTooLarge = "archive_too_large", "The archive is larger than is read.";
    NotAZip = "not_a_zip", "This is no zip, it is not complete, or something stands behind its end.";
    Comment = "zip_comment", "The zip holds comments; a bundle has none.";
    Disks = "zip_disks", "The zip is made for several disks.";
    Zip64 = "zip64", "The zip is of the form for huge ones; no bundle needs it.";
    TooManyFiles = "too_many_files", "The zip holds more files than any bundle.";
    Directory = "zip_directory", "The zip's directory cannot be read.";
    Gap = "zip_gap", "The zip holds bytes that belong to none of its files.";
    Overlap = "zip_overlap", "Files of the zip lie upon each other.";
    HeaderDiffers = "zip_header_differs", "What stands before a file contradicts the zip's directory.";
    Encrypted = "file_encrypted", "A file is encrypted.";
    Method = "file_method", "A file is packed in a way that no bundle uses.";
    NotPlain = "file_not_plain", "A link, a folder or a device in place of a file.";
    NameNotText = "name_not_text", "A file's name is no text.";
    NameUnsafe = "name_unsafe", "A file's name leads out of its folder, hides something, or names a device.";
    NameTwice = "name_twice", "Two files have one name.";
    NameUnknown = "name_unknown", "A file of a name that no bundle holds.";
    FileTooLarge = "file_too_large", "A file is larger than is read.";
    AllTooLarge = "files_too_large", "The files together are larger than is read.";
    Ratio = "file_ratio", "A file is packed so tightly that it must be a trap.";
    Broken = "file_broken", "A file cannot be unpacked, or has another size than the zip says.";
    Checksum = "file_checksum", "A file's checksum does not fit.";
    NoManifest = "manifest_missing", "There is no manifest, or it does not come first.";
    ManifestUnreadable = "manifest_unreadable", "The manifest cannot be read.";
    ManifestVersion = "manifest_version", "The bundle is of a version that this one does not read.";
    ManifestDiffers = "manifest_differs", "The manifest names other files than there are.";
    Changed = "file_changed", "A file is not the one that the manifest names: its size or its hash differs.";
    JsonTooDeep = "json_too_deep", "JSON within JSON, deeper than any bundle.";
    JsonTooLarge = "json_too_large", "JSON with more values, or a longer text, than any bundle.";
    RunUnreadable = "run_unreadable", "The run cannot be read.";
    RunDiffers = "run_differs", "The run contradicts itself: its number, its events or their order.";
}
