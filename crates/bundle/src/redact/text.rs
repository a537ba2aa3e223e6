//! Running text: what in it is a name, an address or a secret, word by word.
//!
//! At the start of each word, the longest of what is recognised there is replaced: an original that has a
//! pseudonym, or one of the [`forms`]. What is recognised by its form becomes an original, too, so that a
//! finding that repeats it is masked alike.

use super::Masker;
use super::forms;
use super::names::{Kind, same_word};
use super::public_names::{is_kept_principal, is_service_tag, is_system_database};
use model::Redaction;
use std::net::{IpAddr, Ipv6Addr};

/// What stands in for a secret, and for a text that cannot be masked.
pub(super) const SECRET: &str = "[secret]";
pub(super) const MASKED: &str = "[masked]";

const SECRET_KEYS: [&str; 9] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "access_token",
    "api_key",
    "apikey",
    "sharedaccesskey",
];
const USER_KEYS: [&str; 6] = ["user id", "username", "user", "uid", "login", "logname"];

/// Longest quotation that can be a name, in bytes and in words.
const QUOTED: usize = 128;
const QUOTED_WORDS: usize = 3;

/// Whose words a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The rules': names in it come from the log.
    Ours,
    /// A peer's, a system's, an agent's: what stands in quotes may be a name.
    Peer,
}

/// A text without its names.
struct Scanned {
    text: String,
    /// Letters of the original are left.
    letters: bool,
}

/// A part of a text and what stands in for it.
struct Piece {
    bytes: usize,
    text: String,
    letters: bool,
}

impl Piece {
    fn masked(bytes: usize, text: String) -> Option<Self> {
        Some(Self {
            bytes,
            text,
            letters: false,
        })
    }
}

impl Masker {
    /// A text, masked.
    pub(super) fn text(&mut self, text: &str, voice: Voice) -> String {
        if self.redaction == Redaction::Public {
            if self.names.is_full() && !text.is_empty() {
                return MASKED.to_owned();
            }
            let decoded = std::iter::successors(forms::percent_decoded(text), |text| {
                forms::percent_decoded(text)
            });
            if let Some(decoded) = decoded.take(3).last() {
                let masked = self.scan(&decoded, voice).text;
                if masked != decoded {
                    return masked;
                }
            }
        }
        self.scan(text, voice).text
    }

    fn scan(&mut self, text: &str, voice: Voice) -> Scanned {
        let mut out = Scanned {
            text: String::with_capacity(text.len()),
            letters: false,
        };
        let mut before = None;
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let begins = before.is_none_or(|before| !same_word(before, first));
            let piece = if begins {
                self.piece(rest, &out.text, before, voice)
            } else {
                None
            };
            let bytes = match piece.filter(|piece| piece.bytes > 0) {
                Some(piece) => {
                    out.text.push_str(&piece.text);
                    out.letters |= piece.letters;
                    piece.bytes
                }
                None => {
                    out.text.push(first);
                    out.letters |= first.is_alphabetic();
                    first.len_utf8()
                }
            };
            let (taken, after) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
            before = taken.chars().next_back();
            rest = after;
        }
        out
    }

    /// What `text` begins with, when that is to be masked.
    fn piece(
        &mut self,
        text: &str,
        out: &str,
        before: Option<char>,
        voice: Voice,
    ) -> Option<Piece> {
        if let Some((head, _)) = forms::setting(text, &SECRET_KEYS) {
            return self.secret(text, head);
        }
        if let Some((folder, name)) = forms::home(text) {
            let anywhere = self.redaction == Redaction::Public;
            let pseudonym = self.names.of(Kind::LocalUser, name, anywhere);
            return Piece::masked(folder.len() + name.len(), format!("{folder}{pseudonym}"));
        }
        let known = self.names.at_start(text);
        let longer = |bytes: usize| known.as_ref().is_none_or(|(known, _)| *known < bytes);
        if let Some(bytes) = forms::mac(text).filter(|bytes| longer(*bytes)) {
            let pseudonym = self.mac(text.get(..bytes)?);
            return Piece::masked(bytes, pseudonym);
        }
        let form = if self.redaction == Redaction::Public {
            self.public_piece(text, out, before, voice, &longer)
        } else {
            self.support_address(text)
        };
        form.or_else(|| {
            let (bytes, pseudonym) = known?;
            Piece::masked(bytes, pseudonym)
        })
    }

    fn secret(&mut self, text: &str, head: &str) -> Option<Piece> {
        let (_, value) = forms::setting(text, &SECRET_KEYS)?;
        Piece::masked(head.len() + value.len(), format!("{head}{SECRET}"))
    }

    /// The longest of the forms, when it is longer than the original that stands there.
    fn public_piece(
        &mut self,
        text: &str,
        out: &str,
        before: Option<char>,
        voice: Voice,
        longer: &dyn Fn(usize) -> bool,
    ) -> Option<Piece> {
        if before.is_none_or(|before| !before.is_alphanumeric())
            && let Some(piece) = self.quoted(text, out, voice)
        {
            return Some(piece);
        }
        if let Some((head, user)) = forms::setting(text, &USER_KEYS) {
            let bytes = head.len() + user.len();
            let user = self.user(user);
            return Piece::masked(bytes, format!("{head}{user}"));
        }
        let address = forms::address(text);
        let host = forms::host(text)
            .filter(|_| text.starts_with(|first: char| first.is_alphanumeric() || first == '_'));
        if let Some(found) = address.filter(|found| host.is_none_or(|host| host <= found.bytes)) {
            let masked = self.ip(found.ip);
            let masked =
                masked.unwrap_or_else(|| text.get(..found.bytes).unwrap_or_default().to_owned());
            return longer(found.bytes).then(|| Piece::masked(found.bytes, masked))?;
        }
        if let Some(bytes) = forms::guid(text).filter(|bytes| longer(*bytes)) {
            return Piece::masked(bytes, text.get(..bytes)?.to_owned());
        }
        if let Some((user, host)) = forms::at_sign(text) {
            let bytes = user.len() + 1 + host.len();
            return longer(bytes).then(|| {
                let user = self.known_or(user, Kind::User);
                let host = self.host(host);
                Piece::masked(bytes, format!("{user}@{host}"))
            })?;
        }
        if let Some((left, right)) = forms::slashed(text) {
            let bytes = left.len() + 1 + right.len();
            if is_kept_principal(left) || !longer(bytes) {
                return None;
            }
            let left = self.known_or(left, Kind::Host);
            let right = self.known_or(right, Kind::User);
            return Piece::masked(bytes, format!("{left}\\{right}"));
        }
        let bytes = host.filter(|bytes| longer(*bytes))?;
        let name = text.get(..bytes)?;
        let masked = if voice == Voice::Ours && is_service_tag(name) {
            name.to_owned()
        } else {
            self.host(name)
        };
        Some(Piece {
            bytes,
            letters: masked == name,
            text: masked,
        })
    }

    /// The pseudonym that a text has as whatever it is; else as one of this kind.
    fn known_or(&mut self, text: &str, kind: Kind) -> String {
        match self.names.exact(text) {
            Some(pseudonym) => pseudonym.to_owned(),
            None if kind == Kind::Host => self.host(text),
            None => self.names.of(kind, text, true),
        }
    }

    /// Something in quotes: a name when it is short, a text in the text when not.
    fn quoted(&mut self, text: &str, out: &str, voice: Voice) -> Option<Piece> {
        const PAIRS: [(char, char); 8] = [
            ('\'', '\''),
            ('"', '"'),
            ('`', '`'),
            ('‘', '’'),
            ('“', '”'),
            ('„', '“'),
            ('«', '»'),
            ('「', '」'),
        ];
        let first = text.chars().next()?;
        let (open, close) = PAIRS.into_iter().find(|(open, _)| *open == first)?;
        let inner = text.get(open.len_utf8()..)?;
        let end = inner.match_indices(close).map(|(at, _)| at).find(|at| {
            let after = inner.get(*at + close.len_utf8()..).unwrap_or_default();
            !after.starts_with(char::is_alphanumeric)
        })?;
        let inside = inner.get(..end)?;
        if inside.trim().is_empty() || inside.len() > QUOTED {
            return None;
        }
        let known = self.names.exact(inside).map(str::to_owned);
        let (masked, letters) = match known {
            Some(pseudonym) => (pseudonym, false),
            None => {
                let scanned = self.scan(inside, voice);
                let is_name = voice == Voice::Peer
                    && scanned.letters
                    && inside.split_whitespace().count() <= QUOTED_WORDS
                    && !is_system_database(inside)
                    && !is_kept_principal(inside);
                if is_name {
                    (self.of_quoted(inside, out), false)
                } else {
                    (scanned.text, scanned.letters)
                }
            }
        };
        Some(Piece {
            bytes: open.len_utf8() + end + close.len_utf8(),
            text: format!("{open}{masked}{close}"),
            letters,
        })
    }

    /// What a quoted name is, by the word before it. A word that says nothing of it makes it a name in quotes only.
    fn of_quoted(&mut self, name: &str, out: &str) -> String {
        let before = out.trim_end().to_lowercase();
        let ends = |words: &[&str]| words.iter().any(|word| before.ends_with(word));
        if ends(&["user", "login", "account", "principal", "owner"]) {
            self.names.of(Kind::User, name, true)
        } else if ends(&["database", "catalog"]) {
            self.names.of(Kind::Database, name, true)
        } else if ends(&["server", "host", "node", "replica"]) {
            self.names.of(Kind::Host, name, true)
        } else {
            self.names.of(Kind::Name, name, false)
        }
    }

    /// A MAC address is the same in every form; without separators, too.
    pub(super) fn mac(&mut self, text: &str) -> String {
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        self.names.of(Kind::Mac, &digits, true)
    }

    /// Internal resolvers, and MAC addresses inside of IPv6 ones; other addresses stay.
    fn support_address(&mut self, text: &str) -> Option<Piece> {
        let found = forms::address(text)?;
        let after = text.get(found.bytes..).unwrap_or_default();
        let port = after.strip_prefix(':').map(|port| {
            let end = port.find(|letter: char| !letter.is_ascii_digit());
            port.get(..end.unwrap_or(port.len())).unwrap_or_default()
        });
        // Another port on a resolver's host is an endpoint, which stays.
        let is_it = port.is_none_or(|port| {
            port.is_empty() || self.resolver_ports.contains(&(found.ip, port.to_owned()))
        });
        if let Some(resolver) = self
            .names
            .known_address(Kind::Resolver, found.ip)
            .filter(|_| is_it)
        {
            return Piece::masked(found.bytes, resolver.clone());
        }
        let masked = self.without_mac(found.ip)?;
        let bracketed = text.starts_with('[');
        let masked = if bracketed {
            format!("[{masked}]")
        } else {
            masked
        };
        Piece::masked(found.bytes, masked)
    }

    /// An IPv6 address that was made of a MAC address, without that.
    fn without_mac(&mut self, ip: IpAddr) -> Option<String> {
        let IpAddr::V6(ip) = ip else { return None };
        let [.., a, b, c, 0xff, 0xfe, d, e, f] = ip.octets() else {
            return None;
        };
        let mac = [a ^ 2, b, c, d, e, f].map(|byte| format!("{byte:02x}"));
        let pseudonym = self.mac(&mac.concat());
        let network = Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).to_string();
        Some(format!("{}::{pseudonym}", network.trim_end_matches(':')))
    }
}
