//! Forms that names and addresses have in text: how many bytes at the start of a text are one. Pure; whether a
//! word begins there is the caller's to know.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Longest text that can be an address, its zone included.
const LONGEST_ADDRESS: usize = 80;

/// An address in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Bytes it takes, with brackets and zone.
    pub(super) bytes: usize,
    /// The address that packets would go to.
    pub(super) ip: IpAddr,
}

/// An address: IPv4, IPv6 with brackets or zone, and the names of both in the reverse zones.
pub(super) fn address(text: &str) -> Option<Address> {
    if let Some(inner) = text.strip_prefix('[') {
        let found = v6(inner)?;
        let after = inner.get(found.bytes..)?;
        return after.starts_with(']').then_some(Address {
            bytes: found.bytes + 2,
            ip: found.ip,
        });
    }
    reversed(text).or_else(|| v4(text)).or_else(|| v6(text))
}

/// An IPv4-mapped address is the IPv4 address.
pub(super) fn plain(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

fn run(text: &str, fits: impl Fn(char) -> bool) -> &str {
    let end = text
        .char_indices()
        .find(|(at, letter)| *at >= LONGEST_ADDRESS || !fits(*letter))
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

fn v4(text: &str) -> Option<Address> {
    let digits = run(text, |letter| letter.is_ascii_digit() || letter == '.');
    let digits = digits.trim_end_matches('.');
    let octets = octets(digits)?;
    let after = text.get(digits.len()..)?.chars().next();
    if after.is_some_and(|letter| letter.is_alphanumeric()) {
        return None;
    }
    Some(Address {
        bytes: digits.len(),
        ip: Ipv4Addr::from(octets).into(),
    })
}

/// Four numbers with dots between them; leading zeros are none to us.
fn octets(text: &str) -> Option<[u8; 4]> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then_some(octets)
}

fn v6(text: &str) -> Option<Address> {
    let all = run(text, |letter| {
        letter.is_ascii_hexdigit() || letter == ':' || letter == '.'
    });
    if all.matches(':').count() < 2 {
        return None;
    }
    // A sentence goes on behind an address: take away from its end until it is one.
    let mut rest = all;
    while !rest.is_empty() {
        let next = text
            .get(rest.len()..)
            .and_then(|after| after.chars().next());
        let whole = next.is_none_or(|letter| !letter.is_alphanumeric());
        if whole && let Ok(ip) = rest.parse::<Ipv6Addr>() {
            return Some(Address {
                bytes: rest.len() + zone(text.get(rest.len()..).unwrap_or_default()),
                ip: plain(ip.into()),
            });
        }
        rest = rest.get(..rest.len() - 1)?;
    }
    None
}

/// `%eth0` behind an address.
fn zone(text: &str) -> usize {
    let Some(name) = text.strip_prefix('%') else {
        return 0;
    };
    let name = run(name, |letter| {
        letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')
    });
    let name = name.trim_end_matches('.');
    if name.is_empty() { 0 } else { name.len() + 1 }
}

/// `1.0.0.10.in-addr.arpa`, and the 32 digits of `ip6.arpa`.
fn reversed(text: &str) -> Option<Address> {
    let name = run(text, |letter| {
        letter.is_ascii_alphanumeric() || letter == '.' || letter == '-'
    });
    let lower = name.to_ascii_lowercase();
    let (digits, ip) = if let Some(at) = lower.find(".in-addr.arpa") {
        let mut octets = octets(lower.get(..at)?)?;
        octets.reverse();
        (at + ".in-addr.arpa".len(), IpAddr::from(octets))
    } else {
        let at = lower.find(".ip6.arpa")?;
        (at + ".ip6.arpa".len(), nibbles(lower.get(..at)?)?.into())
    };
    Some(Address {
        bytes: digits,
        ip: plain(ip),
    })
}

fn nibbles(text: &str) -> Option<Ipv6Addr> {
    let mut bits = 0_u128;
    let mut count = 0;
    for part in text.split('.').rev() {
        if part.len() != 1 || count == 32 {
            return None;
        }
        bits = (bits << 4) | u128::from_str_radix(part, 16).ok()?;
        count += 1;
    }
    (count == 32).then(|| Ipv6Addr::from_bits(bits))
}

/// `00:11:22:33:44:55`, with dashes, or in three parts with dots; eight groups are one, too.
pub(super) fn mac(text: &str) -> Option<usize> {
    mac_of(text, 2, &[':', '-'], &[8, 6]).or_else(|| mac_of(text, 4, &['.'], &[3]))
}

fn mac_of(text: &str, group: usize, between: &[char], counts: &[usize]) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    let mut separator = None;
    let mut groups = 0;
    let mut end = 0;
    loop {
        for _ in 0..group {
            let (at, letter) = letters.next()?;
            if !letter.is_ascii_hexdigit() {
                return None;
            }
            end = at + 1;
        }
        groups += 1;
        let more = text.get(end + 1..).and_then(|rest| rest.chars().next());
        match letters.peek().map(|(_, letter)| *letter) {
            Some(letter)
                if between.contains(&letter)
                    && separator.is_none_or(|is| is == letter)
                    && more.is_some_and(|more| more.is_alphanumeric()) =>
            {
                separator = Some(letter);
                letters.next();
            }
            Some(letter) if letter.is_alphanumeric() => return None,
            _ => return counts.contains(&groups).then_some(end),
        }
    }
}

/// A GUID, which names nobody.
pub(super) fn guid(text: &str) -> Option<usize> {
    const PARTS: [usize; 5] = [8, 4, 4, 4, 12];
    let all = run(text, |letter| letter.is_ascii_hexdigit() || letter == '-');
    let mut parts = all.split('-');
    let fits = PARTS
        .iter()
        .all(|length| parts.next().is_some_and(|part| part.len() == *length));
    (fits && parts.next().is_none()).then_some(all.len())
}

/// A name with dots whose last part is letters: a host, as far as anybody can tell.
pub(super) fn host(text: &str) -> Option<usize> {
    let name = part(text, &['-', '_', '.']).trim_end_matches(['.', '-', '_']);
    let (front, last) = name.rsplit_once('.')?;
    // No top-level domain begins with a digit: `24.271Z` and `12.5ms` are no hosts.
    let letters = last.chars().count() > 1 && last.starts_with(char::is_alphabetic);
    let labels = front.split('.').all(|label| !label.is_empty());
    (letters && labels).then_some(name.len())
}

/// The two sides of `user@server`.
pub(super) fn at_sign(text: &str) -> Option<(&str, &str)> {
    let local = part(text, &['-', '_', '.', '+', '%', '$', '#']);
    let rest = text.get(local.len()..)?.strip_prefix('@')?;
    let host = part(rest, &['-', '_', '.']).trim_end_matches(['.', '-', '_']);
    (!local.is_empty() && !host.is_empty()).then_some((local, host))
}

/// The letters, digits and these that a text begins with.
fn part<'a>(text: &'a str, also: &[char]) -> &'a str {
    let end = text
        .char_indices()
        .find(|(_, letter)| !(letter.is_alphanumeric() || also.contains(letter)))
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// The two sides of `DOMAIN\user` or `host\instance`.
pub(super) fn slashed(text: &str) -> Option<(&str, &str)> {
    let left = part(text, &['-', '_', '.', '$']);
    let rest = text.get(left.len()..)?.strip_prefix('\\')?;
    let right = part(rest, &['-', '_', '.', '$']).trim_end_matches('.');
    (!left.is_empty() && !right.is_empty()).then_some((left, right))
}

/// A home folder up to the name in it, and the name, in the paths of any system.
pub(super) fn home(text: &str) -> Option<(&str, &str)> {
    const FOLDERS: [&str; 3] = ["home", "users", "documents and settings"];
    let slash = text
        .chars()
        .next()
        .filter(|first| matches!(first, '/' | '\\'))?;
    let folder = FOLDERS.into_iter().find_map(|folder| {
        let named = text.get(1..)?.get(..folder.len())?;
        let closed = text.get(1 + folder.len()..)?.starts_with(slash);
        (closed && named.eq_ignore_ascii_case(folder)).then(|| text.get(..folder.len() + 2))?
    })?;
    let rest = text.get(folder.len()..)?;
    let end = rest
        .char_indices()
        .find(|(_, letter)| {
            matches!(letter, '/' | '\\' | ':' | '"' | '\'' | ',' | ';') || letter.is_control()
        })
        .map_or(rest.len(), |(at, _)| at);
    let name = rest.get(..end)?;
    // Without a folder below it, a sentence goes on behind the name.
    let name = if rest.get(end..)?.starts_with(['/', '\\']) {
        name
    } else {
        name.split_whitespace().next().unwrap_or_default()
    };
    (!name.is_empty()).then_some((folder, name))
}

/// `password=`, and then what it is.
pub(super) fn setting<'a>(text: &'a str, keys: &[&str]) -> Option<(&'a str, &'a str)> {
    keys.iter().find_map(|key| {
        let head = text.get(..key.len())?;
        let rest = text.get(key.len()..)?;
        if !head.eq_ignore_ascii_case(key) {
            return None;
        }
        let trimmed = rest.trim_start_matches([' ', '"', '\'']);
        let value = match trimmed.strip_prefix('=') {
            Some(value) => value,
            None => trimmed
                .strip_prefix(':')
                .filter(|value| value.trim_start().starts_with(['"', '\'']))?,
        };
        let value = value.trim_start_matches([' ', '"', '\'', '{']);
        let end = value
            .char_indices()
            .find(|(_, letter)| {
                letter.is_whitespace() || matches!(letter, ';' | '"' | '\'' | ',' | '}' | '&')
            })
            .map_or(value.len(), |(at, _)| at);
        let head = text.get(..text.len() - value.len())?;
        let value = value.get(..end).filter(|value| !value.is_empty())?;
        Some((head, value))
    })
}

/// `%63ontoso` is `contoso`; a text that is none of ours, or holds no such thing, is nothing.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let digit = |letter: Option<&u8>| char::from(*letter?).to_digit(16);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut found = false;
    while let Some((first, after)) = rest.split_first() {
        let two = digit(after.first()).zip(digit(after.get(1)));
        match two.filter(|_| *first == b'%') {
            Some((high, low)) => {
                out.push(u8::try_from(high * 16 + low).ok()?);
                rest = after.get(2..)?;
                found = true;
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    if found {
        String::from_utf8(out).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_form() {
        for (text, bytes, ip) in [
            ("10.0.0.1:1433", 8, "10.0.0.1"),
            ("10.0.0.1.", 8, "10.0.0.1"),
            ("010.000.000.001", 15, "10.0.0.1"),
            ("[fe80::1%eth0]:1433", 14, "fe80::1"),
            ("fe80::1%eth0 is", 12, "fe80::1"),
            ("2001:DB8::1: refused", 11, "2001:db8::1"),
            ("::ffff:10.0.0.1", 15, "10.0.0.1"),
            ("1.0.0.10.in-addr.arpa.", 21, "10.0.0.1"),
            ("1.0.0.10.IN-ADDR.ARPA", 21, "10.0.0.1"),
        ] {
            let found = address(text).map(|found| (found.bytes, found.ip.to_string()));
            assert_eq!(found, Some((bytes, ip.to_owned())), "{text}");
        }
        let nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
        let found = address(nibbles).map(|found| found.ip.to_string());
        assert_eq!(found.as_deref(), Some("2001:db8::1"));
        for text in [
            "12.0.2000.8",
            "1.2.3",
            "12:11:24",
            "1.2.3.4.5",
            "10.0.0.1x",
            "a:b",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn the_other_forms() {
        assert_eq!(mac("00:1A:2b:3c:4d:5e: no"), Some(17));
        assert_eq!(mac("00-1A-2b-3c-4d-5e"), Some(17));
        assert_eq!(mac("001a.2b3c.4d5e"), Some(14));
        assert_eq!(mac("00:1A-2b:3c:4d:5e"), None);
        assert_eq!(mac("00:1a:2b:3c:4d"), None);
        assert_eq!(guid("0f8fad5b-d9cb-469f-a165-70867728950e'"), Some(36));
        assert_eq!(host("sql-1.example.com. And"), Some(17));
        assert_eq!(host("12.5"), None);
        assert_eq!(host("e.g"), None);
        assert_eq!(host("24.271Z"), None);
        assert_eq!(
            at_sign("first.last@contoso. And"),
            Some(("first.last", "contoso"))
        );
        assert_eq!(at_sign("@@VERSION"), None);
        assert_eq!(slashed("CORP\\alice'"), Some(("CORP", "alice")));
        assert_eq!(home("/users/alice/x"), Some(("/users/", "alice")));
        assert_eq!(home("/home alice"), None);
        assert_eq!(home("\\Users\\Al Ice\\x"), Some(("\\Users\\", "Al Ice")));
        assert_eq!(setting("PWD=x;", &["pwd"]), Some(("PWD=", "x")));
        assert_eq!(setting("password: no", &["password"]), None);
        assert_eq!(
            setting("password\": \"x\"", &["password"]),
            Some(("password\": \"", "x"))
        );
        assert_eq!(percent_decoded("a%20%C3%A5%zz").as_deref(), Some("a å%zz"));
        assert_eq!(percent_decoded("100 %"), None);
    }
}
