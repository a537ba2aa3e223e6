//! What has to be there before two replicas connect (message 35250), in the order it is looked at: passed, failed, not
//! allowed, or not looked at.

use super::fold::Replicas;
use crate::words::one_line;
use model::lasting::{CatalogPart, EndpointRow};

/// How one of them stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// This login may not see it.
    NotAllowed,
    /// Nobody looked: no credentials, or the step did not get so far.
    NotLooked,
}

impl CheckState {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotAllowed => "not allowed",
            Self::NotLooked => "not looked at",
        }
    }
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable: `enabled`, `endpoint`, `port`, `name`, `tcp`, `last_error`, `permission`, `connected`, `build`.
    pub key: &'static str,
    /// What is looked at.
    pub title: &'static str,
    /// How it stands.
    pub state: CheckState,
    /// What was seen. May hold a peer's words, made harmless.
    pub told: String,
    /// The event that says so, where one does.
    pub seq: Option<u64>,
}

type Seen = (CheckState, String, Option<u64>);

/// All of them, in order; empty when the run has no replica to look at.
#[must_use]
pub fn checklist(seen: &Replicas) -> Vec<Check> {
    if seen.step.is_none() && seen.catalog_step.is_none() {
        return Vec::new();
    }
    let all: [(&'static str, &'static str, Seen); 9] = [
        (
            "enabled",
            "Always On is enabled on this server",
            enabled(seen),
        ),
        (
            "endpoint",
            "An endpoint for replicas exists and is started",
            endpoint(seen),
        ),
        (
            "port",
            "It listens on the port that the replica's URL names",
            port(seen),
        ),
        ("name", "The other replica's name is found", name(seen)),
        (
            "tcp",
            "The other replica's endpoint takes a connect",
            tcp(seen),
        ),
        ("last_error", "No connect error on record", last_error(seen)),
        (
            "permission",
            "Somebody may connect to the own endpoint",
            permission(seen),
        ),
        (
            "connected",
            "The other replica is CONNECTED",
            connected(seen),
        ),
        ("build", "Both servers have the same build", build(seen)),
    ];
    let check = |(key, title, (state, told, seq))| Check {
        key,
        title,
        state,
        told,
        seq,
    };
    all.into_iter().map(check).collect()
}

/// What the server said instead, or that nobody asked.
fn untold(seen: &Replicas, part: CatalogPart) -> Seen {
    let said = seen.untold.iter().find(|(_, one)| one.what == part);
    match said {
        Some((seq, one)) => match one.number {
            Some(number) => {
                let text = one_line(&one.text, 200);
                let told = format!("Error {number}: “{text}”");
                (CheckState::NotAllowed, told, Some(*seq))
            }
            None => (
                CheckState::NotLooked,
                "The connection to the server was lost.".to_owned(),
                Some(*seq),
            ),
        },
        None => (
            CheckState::NotLooked,
            "The server was not asked: that needs credentials.".to_owned(),
            None,
        ),
    }
}

fn verdict(good: bool) -> CheckState {
    if good {
        CheckState::Passed
    } else {
        CheckState::Failed
    }
}

fn enabled(seen: &Replicas) -> Seen {
    match &seen.server {
        Some((seq, server)) => match server.enabled {
            Some(true) => (CheckState::Passed, "It is.".to_owned(), Some(*seq)),
            Some(false) => {
                let told = "It is not: no replica can connect.".to_owned();
                (CheckState::Failed, told, Some(*seq))
            }
            None => untold(seen, CatalogPart::Server),
        },
        None => untold(seen, CatalogPart::Server),
    }
}

/// Whether the list of endpoints was read at all.
fn read(seen: &Replicas) -> bool {
    let refused = |part| seen.untold.iter().any(|(_, one)| one.what == part);
    seen.server.is_some() && !refused(CatalogPart::Endpoints)
}

fn endpoint(seen: &Replicas) -> Seen {
    let Some((seq, row)) = seen.endpoints.first() else {
        let sees = seen
            .server
            .as_ref()
            .and_then(|(_, one)| one.sees_definitions);
        return match (read(seen), sees) {
            (true, Some(true)) => (
                CheckState::Failed,
                "There is no endpoint for replicas.".to_owned(),
                seen.server.as_ref().map(|(seq, _)| *seq),
            ),
            (true, _) => (
                CheckState::NotAllowed,
                "None is to be seen, and this login may not see what it does not own.".to_owned(),
                seen.server.as_ref().map(|(seq, _)| *seq),
            ),
            (false, _) => untold(seen, CatalogPart::Endpoints),
        };
    };
    let state = row
        .state
        .as_deref()
        .unwrap_or("in a state that was not told");
    let told = format!("{} is {}.", one_line(&row.name, 128), one_line(state, 60));
    (verdict(is_started(row)), told, Some(*seq))
}

pub(crate) fn is_started(row: &EndpointRow) -> bool {
    row.state
        .as_deref()
        .is_some_and(|state| state.eq_ignore_ascii_case("STARTED"))
}

/// The port of an endpoint's URL.
pub(crate) fn url_port(url: &str) -> Option<u16> {
    url.rsplit_once(':')?.1.trim_end_matches('/').parse().ok()
}

fn port(seen: &Replicas) -> Seen {
    let listens = seen
        .endpoints
        .iter()
        .find_map(|(seq, row)| Some((*seq, row.port?)));
    let named = seen.own().find_map(|(seq, row)| {
        let port = url_port(row.endpoint_url.as_deref()?)?;
        Some((*seq, port))
    });
    match (listens, named) {
        (Some((seq, listens)), Some((_, named))) => {
            let told = format!("It listens on {listens}; the URL says {named}.");
            (verdict(listens == named), told, Some(seq))
        }
        (None, _) => untold(seen, CatalogPart::Endpoints),
        (_, None) => untold(seen, CatalogPart::Replicas),
    }
}

fn name(seen: &Replicas) -> Seen {
    let Some((seq, last)) = seen.names.last() else {
        return (
            CheckState::NotLooked,
            "No connect was tried.".to_owned(),
            None,
        );
    };
    let name = one_line(&last.name, 253);
    let told = match &last.code {
        Some(code) => format!("{name}: {}.", code.as_str().replace('_', " ")),
        None => format!("{name} leads to {}.", last.addresses.join(", ")),
    };
    (verdict(last.code.is_none()), told, Some(*seq))
}

fn tcp(seen: &Replicas) -> Seen {
    let Some(seq) = seen.minutes.first() else {
        return (
            CheckState::NotLooked,
            "No connect has ended yet.".to_owned(),
            None,
        );
    };
    let (tried, established) = (seen.tried(), seen.established);
    let told = format!("{established} of {tried} connects were established.");
    (verdict(established > 0), told, Some(*seq))
}

fn last_error(seen: &Replicas) -> Seen {
    let error = seen
        .others()
        .find_map(|(seq, row)| Some((*seq, row, row.last_error.as_ref()?)));
    match error {
        Some((seq, row, error)) => {
            let when = error.at.as_deref().unwrap_or("at a time that was not told");
            let told = format!(
                "{}, {}: error {}: “{}”",
                one_line(&row.replica, 128),
                one_line(when, 40),
                error.number,
                one_line(&error.text, 200)
            );
            (CheckState::Failed, told, Some(seq))
        }
        None => match seen.others().next() {
            Some((seq, row)) if row.connected.is_some() => {
                (CheckState::Passed, "There is none.".to_owned(), Some(*seq))
            }
            _ => untold(seen, CatalogPart::Replicas),
        },
    }
}

fn permission(seen: &Replicas) -> Seen {
    let told = seen
        .endpoints
        .iter()
        .find_map(|(seq, row)| Some((*seq, row.may_connect.as_ref()?)));
    let sees = seen
        .server
        .as_ref()
        .and_then(|(_, one)| one.sees_definitions);
    match told {
        Some((seq, names)) if !names.is_empty() => {
            let names: Vec<String> = names
                .iter()
                .take(5)
                .map(|name| one_line(name, 128))
                .collect();
            (
                CheckState::Passed,
                format!("{}.", names.join(", ")),
                Some(seq),
            )
        }
        Some((seq, _)) if sees == Some(true) => (
            CheckState::Failed,
            "Nobody has CONNECT on it by a permission of its own.".to_owned(),
            Some(seq),
        ),
        Some((seq, _)) => (
            CheckState::NotAllowed,
            "None is to be seen, and this login may not see what it does not own.".to_owned(),
            Some(seq),
        ),
        None => untold(seen, CatalogPart::Permissions),
    }
}

fn connected(seen: &Replicas) -> Seen {
    let row = seen
        .others()
        .find_map(|(seq, row)| Some((*seq, row, row.connected.as_deref()?)));
    match row {
        Some((seq, row, state)) => {
            let told = format!(
                "{} is {}.",
                one_line(&row.replica, 128),
                one_line(state, 60)
            );
            (
                verdict(state.eq_ignore_ascii_case("CONNECTED")),
                told,
                Some(seq),
            )
        }
        None => untold(seen, CatalogPart::Replicas),
    }
}

fn build(seen: &Replicas) -> Seen {
    match seen
        .server
        .as_ref()
        .and_then(|(seq, one)| Some((*seq, one.version.as_deref()?)))
    {
        Some((seq, version)) => (
            CheckState::NotLooked,
            format!(
                "This one has {}; the other side's run says the other's.",
                one_line(version, 40)
            ),
            Some(seq),
        ),
        None => untold(seen, CatalogPart::Server),
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckState, Replicas, checklist};
    use model::StepId;
    use model::lasting::{
        CatalogPart, EndpointRow, ReplicaFact, ReplicaRow, ReplicaServer, Untold,
    };

    fn of(facts: &[ReplicaFact], key: &str) -> CheckState {
        let mut seen = Replicas::default();
        for (fact, seq) in facts.iter().zip(1..) {
            seen.apply(StepId(1), seq, fact);
        }
        let list = checklist(&seen);
        assert_eq!(list.len(), 9);
        list.iter().find(|check| check.key == key).expect(key).state
    }

    fn server(sees: bool) -> ReplicaFact {
        ReplicaFact::Server(ReplicaServer {
            enabled: Some(true),
            sees_definitions: Some(sees),
            ..ReplicaServer::default()
        })
    }

    fn endpoint(state: &str) -> ReplicaFact {
        ReplicaFact::Endpoint(Box::new(EndpointRow {
            name: "e".into(),
            state: Some(state.into()),
            port: Some(5_022),
            may_connect: Some(Vec::new()),
            ..EndpointRow::default()
        }))
    }

    #[test]
    fn nothing_is_looked_at_where_there_is_no_replica() {
        assert!(checklist(&Replicas::default()).is_empty());
    }

    #[test]
    fn what_may_not_be_seen_is_not_called_missing() {
        for (sees, expected) in [(true, CheckState::Failed), (false, CheckState::NotAllowed)] {
            assert_eq!(of(&[server(sees)], "endpoint"), expected);
            assert_eq!(
                of(&[server(sees), endpoint("STARTED")], "permission"),
                expected
            );
        }
        let refused = ReplicaFact::Untold(Untold {
            what: CatalogPart::Endpoints,
            number: Some(229),
            text: "denied".into(),
        });
        assert_eq!(
            of(&[server(true), refused], "endpoint"),
            CheckState::NotAllowed
        );
    }

    #[test]
    fn an_endpoint_is_held_against_its_url() {
        let row = |url: &str| {
            ReplicaFact::Replica(Box::new(ReplicaRow {
                group: "ag".into(),
                replica: "A".into(),
                local: true,
                endpoint_url: Some(url.into()),
                ..ReplicaRow::default()
            }))
        };
        for (url, expected) in [
            ("TCP://a:5022", CheckState::Passed),
            ("TCP://a:5023", CheckState::Failed),
            ("nonsense", CheckState::NotLooked),
        ] {
            assert_eq!(
                of(&[server(true), endpoint("STARTED"), row(url)], "port"),
                expected,
                "{url}"
            );
        }
        assert_eq!(of(&[endpoint("STOPPED")], "endpoint"), CheckState::Failed);
    }
}
