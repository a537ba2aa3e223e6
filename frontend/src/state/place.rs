//! Which page an address is of.

use super::history::escape;
use model::{AgentId, GroupId, RunId};

/// A page, with what its address says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// `/`
    NewRun {
        /// `?again=`: a run whose fields are filled in.
        again: Option<RunId>,
    },
    /// `/runs`
    Runs {
        /// `?agent=`: only those from this agent.
        agent: Option<AgentId>,
        /// `?finding=`: only those with this finding.
        finding: Option<String>,
    },
    /// `/runs/ID`; nothing when that is no id.
    Run {
        /// The run.
        id: Option<RunId>,
        /// `?event=`: the event to show first.
        event: Option<u64>,
    },
    /// `/groups/ID`; nothing when that is no id.
    Group(Option<GroupId>),
    /// `/agents`
    Agents,
    /// `/patterns`
    Patterns,
    /// `/decode`
    Decode,
    /// `/replicas`
    Replicas,
    /// `/link`
    Link {
        /// `?again=`: a run whose fields are filled in.
        again: Option<RunId>,
    },
    /// `/open`
    Open,
    /// `/login`
    Login {
        /// `?back=`: where the person was going.
        back: String,
    },
    /// `/s/TOKEN`
    Shared(String),
    /// Anything else.
    Nowhere,
}

impl Place {
    /// Reads an address: its path, and its query with or without `?`.
    pub(crate) fn read(path: &str, query: &str) -> Self {
        let given = |key: &str| value(query, key);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::NewRun {
                again: given("again").and_then(|id| id.parse().ok()),
            },
            ["runs"] => Self::Runs {
                agent: given("agent").and_then(|id| id.parse().ok()),
                finding: given("finding").filter(|code| !code.is_empty()),
            },
            ["runs", id] => Self::Run {
                id: id.parse().ok(),
                event: given("event").and_then(|seq| seq.parse().ok()),
            },
            ["groups", id] => Self::Group(id.parse().ok()),
            ["agents"] => Self::Agents,
            ["patterns"] => Self::Patterns,
            ["decode"] => Self::Decode,
            ["replicas"] => Self::Replicas,
            ["link"] => Self::Link {
                again: given("again").and_then(|id| id.parse().ok()),
            },
            ["open"] => Self::Open,
            ["login"] => Self::Login {
                back: back(&given("back").unwrap_or_default()),
            },
            ["s", token] => Self::Shared((*token).to_owned()),
            _ => Self::Nowhere,
        }
    }

    /// Whether it is shown to those who are not logged in.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Login { .. } | Self::Shared(_) | Self::Open)
    }
}

/// The address of the login page, from which the person goes on to `back`.
pub(crate) fn login(back: &str) -> String {
    match back {
        "" | "/" => "/login".to_owned(),
        back => format!("/login?back={}", escape(back)),
    }
}

/// Where to go after the login: a path of this portal, never another host.
fn back(wanted: &str) -> String {
    // Browsers read a backslash as a slash and leave control characters out.
    let odd = |c: char| c == '\\' || c.is_control();
    let ours = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains(odd);
    let path = wanted.split(['?', '#']).next().unwrap_or_default();
    if ours && path.trim_end_matches('/') != "/login" {
        wanted.to_owned()
    } else {
        "/".to_owned()
    }
}

/// A value of a query, decoded.
fn value(query: &str, key: &str) -> Option<String> {
    query
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| unescape(value))
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match coded {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01932c4f-0000-7000-8000-000000000001";

    #[test]
    fn every_page_has_its_address() {
        let id = ID.parse().ok();
        let run = |event| Place::Run { id, event };
        let runs = |finding: Option<&str>| Place::Runs {
            agent: None,
            finding: finding.map(str::to_owned),
        };
        for (address, expected) in [
            ("/".to_owned(), Place::NewRun { again: None }),
            (format!("/?again={ID}"), Place::NewRun { again: id }),
            ("/runs".into(), runs(None)),
            ("/runs/".into(), runs(None)),
            (
                "/runs?finding=tcp_timeout".into(),
                runs(Some("tcp_timeout")),
            ),
            (
                format!("/runs?agent={ID}"),
                Place::Runs {
                    agent: ID.parse().ok(),
                    finding: None,
                },
            ),
            (format!("/runs/{ID}"), run(None)),
            (format!("/runs/{ID}?event=41"), run(Some(41))),
            (
                "/runs/x".into(),
                Place::Run {
                    id: None,
                    event: None,
                },
            ),
            (format!("/groups/{ID}"), Place::Group(ID.parse().ok())),
            ("/agents".into(), Place::Agents),
            ("/patterns".into(), Place::Patterns),
            ("/decode".into(), Place::Decode),
            ("/replicas".into(), Place::Replicas),
            ("/link".into(), Place::Link { again: None }),
            (format!("/link?again={ID}"), Place::Link { again: id }),
            ("/open".into(), Place::Open),
            ("/s/abc".into(), Place::Shared("abc".into())),
            ("/nowhere".into(), Place::Nowhere),
            ("/runs/a/b".into(), Place::Nowhere),
        ] {
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            assert_eq!(Place::read(path, query), expected, "{address}");
        }
    }

    #[test]
    fn the_login_leads_back_to_where_the_person_was_going() {
        for back in ["/runs", "/runs/x?event=4&a=ü", "/?again=1", "/"] {
            let address = login(back);
            let (path, query) = address.split_once('?').unwrap_or((&address, ""));
            let expected = Place::Login { back: back.into() };
            assert_eq!(Place::read(path, query), expected, "{address}");
        }
    }

    #[test]
    fn the_login_leads_to_no_other_host() {
        for hostile in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "evil",
            "",
            "/login",
            "/login?back=/login",
        ] {
            assert_eq!(back(hostile), "/", "{hostile}");
        }
    }
}
