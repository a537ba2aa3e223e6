//! Which original has which pseudonym. Pseudonyms are numbered in the order in which originals are first seen,
//! so the same log always gives the same ones.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Originals that are kept apart; those after them share one pseudonym a kind.
const MOST: usize = 10_000;
/// Bytes of originals that are kept.
const MOST_BYTES: usize = 1024 * 1024;
/// Shorter parts of a name are no name.
const LEAST_PART: usize = 3;

/// What an original is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Address,
    Agent,
    Certificate,
    Database,
    Host,
    Interface,
    LocalUser,
    Mac,
    Name,
    Resolver,
    Schema,
    User,
}

impl Kind {
    /// How it is counted.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Agent => "agent",
            Self::Certificate => "certificate",
            Self::Database => "database",
            Self::Host => "host",
            Self::Interface => "interface",
            Self::LocalUser => "local_user",
            Self::Mac => "mac",
            Self::Name => "name",
            Self::Resolver => "resolver",
            Self::Schema => "schema",
            Self::User => "user",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::LocalUser => "local-user",
            other => other.as_str(),
        }
    }
}

/// Words of our own sentences. An original that is one of them is masked where it stands as a name, not in
/// running text, where it could not be told from the word.
const OUR_WORDS: &[&str] = &[
    "access",
    "account",
    "address",
    "admin",
    "agent",
    "agents",
    "all",
    "and",
    "any",
    "app",
    "application",
    "are",
    "attempt",
    "attempts",
    "azure",
    "cannot",
    "certificate",
    "client",
    "close",
    "closed",
    "com",
    "connect",
    "connection",
    "corp",
    "data",
    "database",
    "db",
    "default",
    "denied",
    "dns",
    "domain",
    "error",
    "event",
    "events",
    "failed",
    "firewall",
    "for",
    "from",
    "gateway",
    "host",
    "hosts",
    "instance",
    "into",
    "lab",
    "local",
    "login",
    "mail",
    "master",
    "message",
    "microsoft",
    "model",
    "msdb",
    "name",
    "names",
    "net",
    "network",
    "node",
    "not",
    "one",
    "org",
    "password",
    "peer",
    "policy",
    "port",
    "private",
    "prelogin",
    "proxy",
    "public",
    "query",
    "read",
    "resolver",
    "resolvers",
    "route",
    "run",
    "secure",
    "server",
    "service",
    "sql",
    "state",
    "step",
    "system",
    "target",
    "tcp",
    "tempdb",
    "test",
    "that",
    "the",
    "this",
    "time",
    "timeout",
    "tls",
    "user",
    "users",
    "version",
    "was",
    "were",
    "with",
    "write",
    "www",
];

#[derive(Clone, Debug)]
struct Known {
    pseudonym: String,
    /// Masked in running text, too.
    anywhere: bool,
}

/// The originals so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// By kind and folded original.
    typed: HashMap<(Kind, String), String>,
    /// By folded original, whatever it is: the first to come has it.
    text: HashMap<String, Known>,
    /// Folded originals by their first word, the longest first.
    by_word: HashMap<String, Vec<String>>,
    addresses: HashMap<(Kind, IpAddr), String>,
    counts: BTreeMap<Kind, u64>,
    bytes: usize,
    full: bool,
    changes: u64,
}

impl Names {
    /// The pseudonym of an original; `anywhere` says whether it is masked in running text from now on.
    pub(super) fn of(&mut self, kind: Kind, original: &str, anywhere: bool) -> String {
        let folded = fold(original);
        let key = (kind, folded);
        if let Some(pseudonym) = self.typed.get(&key).cloned() {
            if anywhere {
                self.alias(&key.1, &pseudonym, true);
            }
            return pseudonym;
        }
        let Some(pseudonym) = self.make(kind, kind.label(), key.1.len()) else {
            return format!("{}-other", kind.label());
        };
        self.alias(&key.1, &pseudonym, anywhere);
        self.typed.insert(key, pseudonym.clone());
        self.changes += 1;
        pseudonym
    }

    /// The pseudonym of an address, whose label says of which class it is.
    pub(super) fn of_address(&mut self, kind: Kind, address: IpAddr, label: &str) -> String {
        if let Some(pseudonym) = self.addresses.get(&(kind, address)) {
            return pseudonym.clone();
        }
        let Some(pseudonym) = self.make(kind, label, 16) else {
            return format!("{label}-other");
        };
        self.addresses.insert((kind, address), pseudonym.clone());
        self.changes += 1;
        pseudonym
    }

    /// The pseudonym that this address already has.
    pub(super) fn known_address(&self, kind: Kind, address: IpAddr) -> Option<&String> {
        self.addresses.get(&(kind, address))
    }

    fn make(&mut self, kind: Kind, label: &str, bytes: usize) -> Option<String> {
        self.bytes += bytes;
        if self.typed.len() + self.addresses.len() >= MOST || self.bytes > MOST_BYTES {
            self.full = true;
            return None;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        Some(format!("{label}-{count}"))
    }

    /// Another way to write an original that has this pseudonym, unless it is one already.
    pub(super) fn alias(&mut self, original: &str, pseudonym: &str, anywhere: bool) {
        let folded = fold(original);
        if folded.is_empty() {
            return;
        }
        let anywhere = anywhere && is_telling(&folded);
        if let Some(known) = self.text.get_mut(&folded) {
            if anywhere && !known.anywhere {
                known.anywhere = true;
                self.changes += 1;
            }
            return;
        }
        self.changes += 1;
        let bucket = self.by_word.entry(first_word(&folded)).or_default();
        let place = bucket.partition_point(|other| other.len() > folded.len());
        bucket.insert(place, folded.clone());
        let pseudonym = pseudonym.to_owned();
        self.text.insert(
            folded,
            Known {
                pseudonym,
                anywhere,
            },
        );
    }

    /// The first label of a host name, which is how others call it.
    pub(super) fn alias_short(&mut self, host: &str, pseudonym: &str) {
        let short = host.split('.').next().unwrap_or_default();
        // What holds anything else is a sentence or a setting, and its beginning is no name: a number in it may be
        // the first of an address, the rest of which would stay.
        let is_label = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
        let is_label = short.chars().all(is_label);
        if is_label && short.len() >= LEAST_PART && short.len() < host.len() {
            self.alias(short, pseudonym, true);
            let key = (Kind::Host, fold(short));
            self.typed
                .entry(key)
                .or_insert_with(|| pseudonym.to_owned());
        }
    }

    /// The pseudonym of exactly this text.
    pub(super) fn exact(&self, text: &str) -> Option<&str> {
        self.text
            .get(&fold(text))
            .map(|known| known.pseudonym.as_str())
    }

    /// The longest original that is masked in running text and that `text` begins with: bytes and pseudonym.
    pub(super) fn at_start(&self, text: &str) -> Option<(usize, String)> {
        let bucket = self.by_word.get(&first_word(text))?;
        bucket.iter().find_map(|folded| {
            let known = self.text.get(folded).filter(|known| known.anywhere)?;
            let bytes = match_start(text, folded)?;
            Some((bytes, known.pseudonym.clone()))
        })
    }

    /// There were more originals than are kept: running text cannot be masked name by name any more.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// How many originals there were, by kind.
    pub(super) fn counts(&self) -> BTreeMap<String, u64> {
        self.counts
            .iter()
            .map(|(kind, count)| (kind.as_str().to_owned(), *count))
            .collect()
    }

    /// Grows with every original and every change of what is masked.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }
}

/// Originals are the same in any case, and with or without the root's dot.
fn fold(text: &str) -> String {
    let trimmed = text.trim();
    let trimmed = trimmed.strip_suffix('.').unwrap_or(trimmed);
    trimmed.chars().flat_map(char::to_lowercase).collect()
}

/// Whether a text could be told from our own words and numbers.
fn is_telling(folded: &str) -> bool {
    let letters = folded.chars().filter(|letter| letter.is_alphanumeric());
    letters.clone().any(|letter| !letter.is_ascii_digit())
        && letters.count() > 1
        && !OUR_WORDS.contains(&folded)
}

/// The letters and digits of one alphabet that a text begins with; none when it begins with something else.
fn first_word(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let Some(first) = letters.peek().copied().filter(|one| one.is_alphanumeric()) else {
        return String::new();
    };
    letters
        .take_while(|one| same_word(first, *one))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether two neighbours belong to one word. ASCII letters beside others do not: too much masked is the safe side.
pub(super) fn same_word(one: char, other: char) -> bool {
    one.is_alphanumeric() && other.is_alphanumeric() && one.is_ascii() == other.is_ascii()
}

/// How many bytes of `text` are `folded`, when it begins with it and its last word ends there.
fn match_start(text: &str, folded: &str) -> Option<usize> {
    let mut wanted = folded.chars();
    let mut last = None;
    for (at, letter) in text.char_indices() {
        if wanted.as_str().is_empty() {
            let ends = last.is_none_or(|last| !same_word(last, letter));
            return ends.then_some(at);
        }
        for lower in letter.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
        last = Some(letter);
    }
    wanted.as_str().is_empty().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::{Kind, MOST, Names};

    #[test]
    fn the_same_original_has_the_same_pseudonym_in_any_case() {
        let mut names = Names::default();
        assert_eq!(names.of(Kind::Host, "SQL.example.com", true), "host-1");
        assert_eq!(names.of(Kind::Host, "other.example.com", true), "host-2");
        assert_eq!(names.of(Kind::Host, "sql.EXAMPLE.com.", true), "host-1");
        assert_eq!(names.of(Kind::User, "sql.example.com", true), "user-1");
        assert_eq!(names.counts()["host"], 2);
    }

    #[test]
    fn words_are_matched_whole_and_the_longest_wins() {
        let mut names = Names::default();
        names.of(Kind::User, "Åsa Berg", true);
        names.of(Kind::User, "Åsa", true);
        names.of(Kind::User, "server", true);
        for (text, expected) in [
            ("åsa berg.", Some((9, "user-1"))),
            ("ÅSA bergström", Some((4, "user-2"))),
            ("Åsas", None),
            ("server", None),
        ] {
            let found = names.at_start(text);
            let found = found.as_ref().map(|(bytes, name)| (*bytes, name.as_str()));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(names.exact("Server"), Some("user-3"));
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let mut names = Names::default();
        for count in 0..MOST + 5 {
            names.of(Kind::Name, &format!("n{count}"), true);
        }
        assert!(names.is_full());
        assert_eq!(names.of(Kind::Name, "new", true), "name-other");
        assert_eq!(names.of(Kind::Name, "n7", true), "name-8");
    }
}
