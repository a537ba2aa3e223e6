//! A secret in every form it could leak in, and the search for it.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::fmt::Write as _;
use std::path::Path;

/// A secret in one form.
pub struct Needle {
    /// How it is written: `plain`, `UTF-16LE`, `base64, from 2`…
    pub form: String,
    /// What to look for.
    pub bytes: Vec<u8>,
}

/// A password nobody else has; its characters change under URL encoding, JSON and base64 alike.
#[must_use]
pub fn password() -> String {
    format!("Kä/{}+\"?&=%x", uuid::Uuid::new_v4().simple())
}

/// The secret in each form.
#[must_use]
pub fn needles(secret: &str) -> Vec<Needle> {
    let plain = secret.as_bytes().to_vec();
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let obfuscated = wide
        .iter()
        .map(|byte| byte.rotate_left(4) ^ 0xa5)
        .collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut add = |form: &str, bytes: Vec<u8>| {
        found.push(Needle {
            form: form.to_owned(),
            bytes,
        });
    };
    for (form, bytes) in [
        ("plain", &plain),
        ("UTF-16LE", &wide),
        ("LOGIN7-obfuscated", &obfuscated),
    ] {
        add(form, bytes.clone());
        add(&format!("{form}, hex"), hex(bytes).into_bytes());
        for from in 0..3 {
            let name = format!("{form}, base64, from {from}");
            add(&name, base64(bytes, from, &STANDARD_NO_PAD));
            add(&name, base64(bytes, from, &URL_SAFE_NO_PAD));
        }
    }
    add("URL-encoded", url_encoded(secret, "%20", true).into_bytes());
    add(
        "URL-encoded, lower",
        url_encoded(secret, "+", false).into_bytes(),
    );
    let json = serde_json::Value::from(secret).to_string();
    add("JSON", json.trim_matches('"').as_bytes().to_vec());
    let html = secret.replace('&', "&amp;").replace('"', "&quot;");
    add("HTML", html.into_bytes());
    found
}

/// What is the same in any base64 text that holds `bytes` after `from` others.
fn base64(bytes: &[u8], from: usize, engine: &impl base64::Engine) -> Vec<u8> {
    let mut padded = vec![0; from];
    padded.extend_from_slice(bytes);
    let text = engine.encode(&padded);
    // The first characters mix with what stands before, the last with what follows.
    let first = [0, 2, 3][from % 3];
    let last = padded.len() / 3 * 4;
    text.as_bytes()[first..last.min(text.len())].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn url_encoded(secret: &str, space: &str, upper: bool) -> String {
    secret.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(byte.into());
            }
            b' ' => text.push_str(space),
            _ if upper => {
                let _ = write!(text, "%{byte:02X}");
            }
            _ => {
                let _ = write!(text, "%{byte:02x}");
            }
        }
        text
    })
}

/// The forms in which `haystack` holds the secret.
#[must_use]
pub fn found_in(haystack: &[u8], needles: &[Needle]) -> Vec<String> {
    needles
        .iter()
        .filter(|needle| contains(haystack, &needle.bytes))
        .map(|needle| needle.form.clone())
        .collect()
}

/// Asserts that something holds the secret in no form.
///
/// # Panics
/// When it does.
pub fn assert_absent(place: &str, haystack: &[u8], needles: &[Needle]) {
    let forms = found_in(haystack, needles);
    assert!(forms.is_empty(), "{place} holds the secret: {forms:?}");
}

/// Asserts that no file below a folder holds the secret, nor any file's name; answers how many bytes were read.
///
/// # Panics
/// When one does, or nothing could be read.
pub fn assert_absent_below(folder: &Path, needles: &[Needle]) -> u64 {
    let mut read = 0;
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        let place = path.display().to_string();
        assert_absent(
            "the name of a file",
            path.as_os_str().as_encoded_bytes(),
            needles,
        );
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            read += assert_absent_below(&path, needles);
        } else if let Ok(bytes) = std::fs::read(&path) {
            assert_absent(&place, &bytes, needles);
            read += bytes.len() as u64;
        }
    }
    read
}

/// Whether `part` stands in `all`; fast where its first byte is rare.
fn contains(all: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else {
        return true;
    };
    let mut left = all;
    while let Some(at) = left.iter().position(|byte| byte == first) {
        left = &left[at + 1..];
        if left.starts_with(rest) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{contains, found_in, needles, password};
    use base64::Engine as _;

    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    #[test]
    fn every_form_is_found_wherever_it_stands() {
        let secret = password();
        let needles = needles(&secret);
        let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for before in 0..7 {
            for bytes in [secret.as_bytes(), &wide] {
                let mut hidden = vec![b'\x07'; before];
                hidden.extend_from_slice(bytes);
                hidden.extend_from_slice(b"and more");
                for text in [STANDARD.encode(&hidden), URL_SAFE.encode(&hidden)] {
                    assert!(!found_in(text.as_bytes(), &needles).is_empty(), "{text}");
                }
                assert!(!found_in(&hidden, &needles).is_empty());
            }
        }
        let mut obfuscated = wide.clone();
        tds::login7::obfuscate(&mut obfuscated);
        assert_eq!(found_in(&obfuscated, &needles), ["LOGIN7-obfuscated"]);
        let query = format!("https://host/?p={}", super::url_encoded(&secret, "+", true));
        assert!(!found_in(query.as_bytes(), &needles).is_empty());
    }

    #[test]
    fn another_secret_is_not_found() {
        let other = password();
        assert!(found_in(other.as_bytes(), &needles(&password())).is_empty());
    }

    #[test]
    fn a_part_is_found_at_either_end() {
        assert!(contains(b"abcab", b"ab") && contains(b"xab", b"ab") && contains(b"aab", b"ab"));
        assert!(!contains(b"ba", b"ab") && !contains(b"", b"a"));
    }
}
