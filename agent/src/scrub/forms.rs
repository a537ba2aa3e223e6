//! The forms in which a secret may come back: as text, as bytes in hex or base64, in URLs, and as LOGIN7 hides it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::fmt;
use zeroize::Zeroizing;

/// Shorter secrets are not searched for: their letters stand in ordinary words.
const SHORTEST: usize = 4;

/// What an unprintable byte is shown as, here and there.
const STAND_INS: [&str; 6] = ["\0", ".", "\u{fffd}", " ", "?", "_"];

/// One form.
struct Form {
    text: Zeroizing<String>,
    /// Upper and lower case are the same (hex digits).
    any_case: bool,
}

/// Every form of one secret, the longest first. Never printed.
pub(super) struct Forms(Vec<Form>);

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forms({})", self.0.len())
    }
}

impl Forms {
    pub(super) fn of(secret: &str) -> Option<Self> {
        if secret.chars().count() < SHORTEST {
            return None;
        }
        let utf16: Zeroizing<Vec<u8>> =
            Zeroizing::new(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
        let utf16_be: Zeroizing<Vec<u8>> =
            Zeroizing::new(secret.encode_utf16().flat_map(u16::to_be_bytes).collect());
        // LOGIN7 swaps the halves of each byte of the UTF-16 text, then flips bits with A5.
        let obfuscated: Zeroizing<Vec<u8>> = Zeroizing::new(
            utf16
                .iter()
                .map(|byte| byte.rotate_left(4) ^ 0xA5)
                .collect(),
        );

        let mut texts = vec![(secret.to_owned(), false)];
        for stand_in in STAND_INS {
            let letters: Vec<String> = secret.chars().map(String::from).collect();
            texts.push((letters.join(stand_in), false));
        }
        for bytes in [secret.as_bytes(), &utf16, &utf16_be, &obfuscated] {
            texts.push((hex::encode(bytes), true));
            for aligned in base64_forms(bytes) {
                texts.push((aligned, false));
            }
        }
        // Bytes that are no text, shown as Latin-1 text.
        texts.push((
            obfuscated.iter().map(|byte| char::from(*byte)).collect(),
            false,
        ));
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let form_encoded = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
        texts.push((percent(secret, unreserved), true));
        texts.push((percent(secret, form_encoded).replace("%20", "+"), true));
        texts.push((percent(secret, |_| false), true));

        texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        texts.dedup();
        Some(Self(
            texts
                .into_iter()
                .map(|(text, any_case)| Form {
                    text: Zeroizing::new(text),
                    any_case,
                })
                .collect(),
        ))
    }

    /// `text` with every form replaced, or `None` when there was none. Text from a peer is cut off at a bound
    /// before it comes here, perhaps within the secret: with `cut_off` a form that begins before the end of the
    /// text, and is half there at least, is replaced too.
    pub(super) fn mask(&self, text: &str, mask: &str, cut_off: bool) -> Option<String> {
        let mut out: Option<String> = None;
        for form in &self.0 {
            let current = out.as_deref().unwrap_or(text);
            if let Some(masked) = replace(current, form, mask) {
                out = Some(masked);
            }
        }
        if cut_off {
            let current = out.as_deref().unwrap_or(text);
            if let Some(masked) = self
                .0
                .iter()
                .find_map(|form| replace_cut_off(current, form, mask))
            {
                out = Some(masked);
            }
        }
        out
    }
}

/// The base64 letters that the bytes alone decide, for each place in a group of three where they may start.
fn base64_forms(bytes: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    for shift in 0..3_usize {
        let mut shifted = Zeroizing::new(vec![0_u8; shift]);
        shifted.extend_from_slice(bytes);
        let whole_bits = shifted.len() * 8;
        let (first, last) = ((shift * 8).div_ceil(6), whole_bits / 6);
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let letters = Zeroizing::new(engine.encode(&*shifted));
            if let Some(decided) = letters.get(first..last)
                && decided.len() > SHORTEST
            {
                out.push(decided.to_owned());
            }
        }
    }
    out
}

fn percent(secret: &str, keep: impl Fn(u8) -> bool) -> String {
    secret
        .bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn replace(text: &str, form: &Form, mask: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = find(rest, form) {
        out.push_str(rest.get(..at)?);
        out.push_str(mask);
        rest = rest.get(at + form.text.len()..)?;
    }
    if rest.len() == text.len() {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

fn find(text: &str, form: &Form) -> Option<usize> {
    if !form.any_case {
        return text.find(form.text.as_str());
    }
    let (text, form) = (text.as_bytes(), form.text.as_bytes());
    let last = text.len().checked_sub(form.len())?;
    (0..=last).find(|at| {
        text.get(*at..at + form.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(form))
    })
}

/// A form that begins in `text` and goes on after its end.
fn replace_cut_off(text: &str, form: &Form, mask: &str) -> Option<String> {
    let least = (form.text.len() / 2).max(SHORTEST);
    let starts = text.char_indices().map(|(at, _)| at);
    let at = starts
        .rev()
        .take(form.text.len())
        .filter(|at| text.len() - at >= least)
        .find(|at| {
            let (Some(tail), Some(head)) = (text.get(*at..), form.text.get(..text.len() - at))
            else {
                return false;
            };
            if form.any_case {
                tail.eq_ignore_ascii_case(head)
            } else {
                tail == head
            }
        })?;
    Some(format!("{}{mask}", text.get(..at)?))
}
