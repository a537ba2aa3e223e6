//! An agent's public key as the portal sees it: read, and its fingerprint. What is sealed to it the portal never
//! opens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// An X25519 public key.
pub(super) struct Key {
    /// In base64, always in the same form.
    pub(super) base64: String,
    /// For the eye: the first 16 bytes of its SHA-256, in groups of 4 hex digits.
    pub(super) fingerprint: String,
}

/// Reads 32 bytes in base64. No key of all zeros: anybody could open what is sealed to it.
pub(super) fn read(text: &str) -> Option<Key> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let key: [u8; 32] = bytes.try_into().ok()?;
    (key != [0; 32]).then(|| Key {
        base64: STANDARD.encode(key),
        fingerprint: fingerprint(&key),
    })
}

fn fingerprint(key: &[u8; 32]) -> String {
    let digest = hex::encode(Sha256::digest(key));
    let digits: Vec<char> = digest.chars().take(32).collect();
    let groups: Vec<String> = digits.chunks(4).map(String::from_iter).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn only_32_bytes_are_a_key() {
        // A made-up key, and the first 16 bytes of its SHA-256 as another program computes it.
        let key = read("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n").expect("a key");
        assert_eq!(key.base64, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        assert_eq!(key.fingerprint, "72cd 6e84 22c4 07fb 6d09 8690 f113 0b7d");
        for text in [
            "",
            "AQEB",
            "not base64",
            &"A".repeat(43),
            &format!("{}=", "A".repeat(43)),
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
