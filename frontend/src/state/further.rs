//! The further checks of a run as tables: what was seen beside the path of its login.

use super::connect::span;
use super::log::RunLog;
use super::time;
use model::{
    DeviceCode, Observation, Phase, PhaseTime, RegionSource, Step, StepKind, StepState, TokenFacts,
    TokenSource, TraceFile, TracedEnd,
};
use rules::words::{code_sentence, count, duration, one_line, phase_name, step_title};

/// Longest text of a peer in a cell.
const LONGEST: usize = 200;

/// What stands in a cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Text(String),
    /// An address or a code.
    Mono(String),
    /// A figure, at the right.
    Num(String),
    /// An id to be copied.
    Id(String),
    /// How it stands, and a word.
    Stands(StepState, String),
}

/// One kind of check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Table {
    pub(crate) key: &'static str,
    pub(crate) title: String,
    /// What holds for all of it.
    pub(crate) told: String,
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// Everything that the panel shows.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Further {
    pub(crate) tables: Vec<Table>,
    /// What was not done, and why.
    pub(crate) left_out: Vec<(String, String)>,
}

/// Whether a step belongs to the further checks, and not to the path.
pub(crate) fn is_further(kind: StepKind) -> bool {
    matches!(
        kind,
        StepKind::LoginAttempt
            | StepKind::GatewayConnect
            | StepKind::RedirectSample
            | StepKind::SignInHost
            | StepKind::TlsVersions
            | StepKind::Revocation
            | StepKind::RouteTrace
            | StepKind::NetworkTrace
            | StepKind::CleanUp
    ) || kind.lasts()
}

/// The tables that have rows.
pub(crate) fn further(log: &RunLog) -> Further {
    let mut tables = vec![
        token(log),
        logins(log),
        gateways(log),
        sign_in_hosts(log),
        tls_versions(log),
        revocation(log),
    ];
    tables.extend(routes(log));
    tables.extend([instances(log), traced(log)]);
    tables.retain(|table| !table.rows.is_empty());
    let skipped = |step: &&Step| step.state == StepState::Skipped && is_further(step.kind);
    let left_out = log.steps().iter().filter(skipped).map(|step| {
        let mut why = step.code.as_ref().map(code_sentence).unwrap_or_default();
        if let Some(detail) = &step.detail {
            why = format!("{} ({}).", why.trim_end_matches('.'), one_line(detail, 200));
        }
        (step_title(step), why)
    });
    Further {
        left_out: left_out.collect(),
        tables,
    }
}

/// The code that somebody has to sign in with now.
pub(crate) fn device_code(log: &RunLog) -> Option<DeviceCode> {
    let (step, code) = log.further().rev().find_map(|(step, seen)| match seen {
        Observation::DeviceCode(code) => Some((step, code)),
        _ => None,
    })?;
    let running = log.folded().step(step?)?.state == StepState::Running;
    running.then(|| code.clone())
}

/// The files of network traces.
pub(crate) fn trace_files(log: &RunLog) -> Vec<TraceFile> {
    let files = log.further().filter_map(|(_, seen)| match seen {
        Observation::TraceFile(file) => Some(file.clone()),
        _ => None,
    });
    files.collect()
}

fn steps(log: &RunLog, kind: StepKind) -> impl Iterator<Item = &Step> {
    let tried = move |step: &&Step| step.kind == kind && step.state != StepState::Skipped;
    log.steps().iter().filter(tried)
}

fn text(text: &str) -> Cell {
    Cell::Text(one_line(text, LONGEST))
}

fn mono(text: &str) -> Cell {
    Cell::Mono(one_line(text, LONGEST))
}

fn time_of(phases: &[PhaseTime], phase: Phase) -> Option<u64> {
    let times = phases.iter().filter(|time| time.phase == phase);
    times
        .map(|time| time.elapsed_us)
        .reduce(u64::saturating_add)
}

fn num(us: Option<u64>) -> Cell {
    Cell::Num(us.map(duration).unwrap_or_default())
}

/// `ok`, or the code of its failure.
fn stands(step: &Step) -> Cell {
    let word = match (&step.code, step.state) {
        (Some(code), _) => code.to_string(),
        (None, StepState::Running) => "running".to_owned(),
        (None, _) => "ok".to_owned(),
    };
    Cell::Stands(step.state, word)
}

fn logins(log: &RunLog) -> Table {
    const PHASES: [Phase; 6] = [
        Phase::Dns,
        Phase::Tcp,
        Phase::Prelogin,
        Phase::Tls,
        Phase::Login,
        Phase::FedAuth,
    ];
    let made: Vec<(&Step, Vec<PhaseTime>, String)> = steps(log, StepKind::LoginAttempt)
        .map(|step| {
            let (mut phases, mut id) = (Vec::new(), String::new());
            for seen in log.seen_by(step.id) {
                match seen {
                    Observation::Closed(closing) => phases.extend(closing.phases.iter().copied()),
                    Observation::TraceId { connection_id, .. } => id.clone_from(connection_id),
                    _ => {}
                }
            }
            (step, phases, id)
        })
        .collect();
    let had = |phase: &Phase| {
        let mut all = made.iter();
        all.any(|(_, phases, _)| time_of(phases, *phase).is_some())
    };
    let phases: Vec<Phase> = PHASES.into_iter().filter(had).collect();
    let mut head = vec!["Login", ""];
    head.extend(phases.iter().map(|phase| phase_name(*phase)));
    head.extend(["In all", "TRACEID"]);
    let rows = made.iter().zip(2..).map(|((step, times, id), number)| {
        let mut row = vec![Cell::Num(format!("{number}")), stands(step)];
        row.extend(phases.iter().map(|phase| num(time_of(times, *phase))));
        row.push(num(step.elapsed_us));
        row.push(Cell::Id(one_line(id, LONGEST)));
        row
    });
    let failed = made
        .iter()
        .filter(|(step, ..)| step.state == StepState::Failed);
    Table {
        key: "logins",
        title: "Further logins".into(),
        told: match failed.count() {
            0 => String::new(),
            some => format!("{some} of {} failed", made.len()),
        },
        head,
        rows: rows.collect(),
    }
}

fn gateways(log: &RunLog) -> Table {
    let told = log.further().find_map(|(_, seen)| match seen {
        Observation::GatewayRegion(region) => {
            let by = match region.by {
                RegionSource::Address => "address",
                RegionSource::Alias => "alias",
            };
            Some(one_line(
                &format!(
                    "{} ({}), told by the {by} {}; table of {}",
                    region.region, region.cloud, region.told_by, region.as_of
                ),
                LONGEST,
            ))
        }
        _ => None,
    });
    let rows = steps(log, StepKind::GatewayConnect).map(|step| {
        let times = || step.attempts.iter().filter(|one| one.code.is_none());
        let times_us = || times().map(|one| one.elapsed_us);
        let place = step
            .subject
            .endpoint
            .as_deref()
            .or(step.subject.host.as_deref());
        vec![
            mono(place.unwrap_or_default()),
            stands(step),
            Cell::Num(format!("{} of {}", times().count(), step.attempts.len())),
            Cell::Num(match (times_us().min(), times_us().max()) {
                (Some(least), Some(most)) => span(least, most),
                _ => String::new(),
            }),
        ]
    });
    Table {
        key: "gateways",
        title: "Gateways".into(),
        told: told.unwrap_or_default(),
        head: vec!["Gateway", "", "Connects", "Time"],
        rows: rows.collect(),
    }
}

fn sign_in_hosts(log: &RunLog) -> Table {
    let rows = steps(log, StepKind::SignInHost).map(|step| {
        let seen = log.seen_by(step.id).find_map(|seen| match seen {
            Observation::SignInHost(host) => Some(host),
            _ => None,
        });
        let phases = seen.map(|host| host.phases.as_slice()).unwrap_or_default();
        let issuer = seen.and_then(|host| host.issuer.as_deref());
        vec![
            mono(step.subject.host.as_deref().unwrap_or_default()),
            stands(step),
            num(time_of(phases, Phase::Dns)),
            num(time_of(phases, Phase::Tcp)),
            num(time_of(phases, Phase::Tls)),
            text(issuer.unwrap_or_default()),
        ]
    });
    Table {
        key: "sign-in-hosts",
        title: "Sign-in hosts".into(),
        told: String::new(),
        head: vec!["Host", "", "DNS", "TCP", "TLS", "Certificate by"],
        rows: rows.collect(),
    }
}

fn tls_versions(log: &RunLog) -> Table {
    let mut endpoint = "";
    let mut rows = Vec::new();
    for (_, seen) in log.further() {
        if let Observation::TlsOffer(offer) = seen {
            endpoint = &offer.endpoint;
            let version = match offer.version.as_str() {
                "strict" => "Strict (TDS 8)",
                other => other.strip_prefix("TLSv").unwrap_or(other),
            };
            let (state, word) = if offer.accepted {
                (StepState::Ok, "accepted".to_owned())
            } else {
                let code = offer.code.as_ref().map(ToString::to_string);
                (StepState::Skipped, code.unwrap_or("not accepted".into()))
            };
            let more = offer.cipher.as_deref().or(offer.detail.as_deref());
            rows.push(vec![
                text(version),
                Cell::Stands(state, word),
                mono(more.unwrap_or_default()),
            ]);
        }
    }
    Table {
        key: "tls-versions",
        title: "TLS versions".into(),
        told: format!("at {}", one_line(endpoint, LONGEST)),
        head: vec!["Version", "", "Cipher, or what was said"],
        rows,
    }
}

fn revocation(log: &RunLog) -> Table {
    let rows = log.further().filter_map(|(_, seen)| match seen {
        Observation::RevocationAnswer(answer) => Some(vec![
            text(&answer.kind.to_uppercase()),
            mono(&answer.url),
            text(
                answer
                    .status
                    .as_deref()
                    .unwrap_or("no answer that can be read"),
            ),
            Cell::Num(
                answer
                    .http_status
                    .map(|it| it.to_string())
                    .unwrap_or_default(),
            ),
            num(Some(answer.elapsed_us)),
        ]),
        _ => None,
    });
    Table {
        key: "revocation",
        title: "Revocation".into(),
        told: String::new(),
        head: vec!["", "Address", "Status", "HTTP", "Time"],
        rows: rows.collect(),
    }
}

/// One table for each address that was traced.
fn routes(log: &RunLog) -> Vec<Table> {
    let table = |step: &Step| {
        let hops = log.seen_by(step.id).filter_map(|seen| match seen {
            Observation::RouteHop(hop) => Some(vec![
                Cell::Num(hop.ttl.to_string()),
                mono(hop.from.as_deref().unwrap_or("–")),
                text(&hop.answer.replace('_', " ")),
                num(hop.from.is_some().then_some(hop.elapsed_us)),
            ]),
            _ => None,
        });
        Table {
            key: "route",
            title: step_title(step),
            told: String::new(),
            head: vec!["Hop", "Answered by", "Answer", "Time"],
            rows: hops.collect(),
        }
    };
    steps(log, StepKind::RouteTrace).map(table).collect()
}

fn instances(log: &RunLog) -> Table {
    let mut rows = Vec::new();
    for (_, seen) in log.further() {
        if let Observation::Instances { instances } = seen {
            rows.extend(instances.iter().map(|one| {
                vec![
                    text(&one.instance),
                    Cell::Num(one.port.map_or("no TCP".into(), |port| port.to_string())),
                    text(one.version.as_deref().unwrap_or_default()),
                ]
            }));
        }
    }
    Table {
        key: "instances",
        title: "Instances, as SQL Browser tells".into(),
        told: String::new(),
        head: vec!["Instance", "Port", "Version"],
        rows,
    }
}

fn token(log: &RunLog) -> Table {
    let found = log.further().rev().find_map(|(_, seen)| match seen {
        Observation::Token(token) => Some(token_rows(token)),
        Observation::TokenRefused(refusal) => {
            let clock = refusal.service_time.map(time::utc);
            let rows = [
                ("Refused by", Some(refusal.authority.clone())),
                ("Error", Some(refusal.error.clone())),
                ("In its words", Some(refusal.description.clone())),
                ("Trace id", refusal.trace_id.clone()),
                ("Correlation id", refusal.correlation_id.clone()),
                ("Its clock", clock),
            ];
            Some(pairs(rows))
        }
        _ => None,
    });
    Table {
        key: "token",
        title: "Access token".into(),
        told: String::new(),
        head: vec!["", ""],
        rows: found.unwrap_or_default(),
    }
}

fn token_rows(token: &TokenFacts) -> Vec<Vec<Cell>> {
    let source = match token.source {
        TokenSource::Pasted => "pasted",
        TokenSource::Password => "got with a password",
        TokenSource::ServicePrincipal => "got as an application",
        TokenSource::ManagedIdentity => "got as a managed identity",
        TokenSource::DeviceCode => "got with a code on another device",
    };
    pairs([
        ("Token", Some(source.to_owned())),
        ("From", token.authority.clone()),
        ("For", token.audience.clone()),
        ("Tenant", token.tenant.clone()),
        ("Application", token.application.clone()),
        ("Good until", token.expires_at.map(time::utc)),
    ])
}

fn pairs<const N: usize>(rows: [(&str, Option<String>); N]) -> Vec<Vec<Cell>> {
    let given = rows.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(vec![text(name), Cell::Mono(one_line(&value, 2_000))])
    });
    given.collect()
}

fn traced(log: &RunLog) -> Table {
    let rows = log.further().filter_map(|(_, seen)| match seen {
        Observation::TracedConnection(one) => {
            let end = match one.ended_by {
                None => "no end seen",
                Some(TracedEnd::OurFin) => "our FIN",
                Some(TracedEnd::OurRst) => "our RST",
                Some(TracedEnd::PeerFin) => "the peer's FIN",
                Some(TracedEnd::PeerRst) => "RST from the peer's address",
            };
            let hops = |ttl: Option<u8>| ttl.map(|ttl| ttl.to_string()).unwrap_or_default();
            let answered = if one.answered {
                "answered"
            } else {
                "no answer"
            };
            Some(vec![
                mono(&one.endpoint),
                text(&format!(
                    "{}, {answered}",
                    count(one.syns as usize, "SYN", "SYNs")
                )),
                Cell::Num(one.retransmitted.to_string()),
                Cell::Num(one.peer_retransmitted.to_string()),
                text(end),
                Cell::Num(hops(one.data_ttl)),
                Cell::Num(hops(one.rst_ttl)),
                text(&one.icmp.join(", ")),
            ])
        }
        _ => None,
    });
    // Most connections went alike: each way once, with how many went so.
    let mut alike: Vec<(Vec<Cell>, usize)> = Vec::new();
    for row in rows {
        match alike.iter_mut().find(|(other, _)| *other == row) {
            Some((_, number)) => *number += 1,
            None => alike.push((row, 1)),
        }
    }
    let rows = alike.into_iter().map(|(mut row, number)| {
        row.insert(1, Cell::Num(number.to_string()));
        row
    });
    Table {
        key: "traced",
        title: "Connections on the wire".into(),
        told: String::new(),
        head: vec![
            "To",
            "Connections",
            "SYN",
            "Sent again",
            "By the peer",
            "Ended by",
            "TTL of data",
            "Of RST",
            "ICMP",
        ],
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::Story;

    #[test]
    fn each_check_has_its_table_and_what_was_left_out_says_why() {
        let further = further(&Story::with_further_checks().log());
        let keys: Vec<&str> = further.tables.iter().map(|table| table.key).collect();
        assert_eq!(keys, ["logins", "gateways", "tls-versions", "route"]);
        for table in &further.tables {
            assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
        }
        let logins = &further.tables[0];
        assert_eq!(
            logins.head,
            ["Login", "", "TCP", "LOGIN", "In all", "TRACEID"]
        );
        assert_eq!(logins.rows[0][2], Cell::Num("21 ms".into()));
        assert!(matches!(&logins.rows[0][5], Cell::Id(id) if id.len() == 36));
        let gateways = &further.tables[1];
        assert!(
            gateways.told.starts_with("West Europe"),
            "{}",
            gateways.told
        );
        assert_eq!(gateways.rows[1][2], Cell::Num("0 of 2".into()));
        assert_eq!(further.left_out.len(), 1);
        assert_eq!(further.left_out[0].0, "Network trace");
    }

    #[test]
    fn a_device_code_is_shown_for_as_long_as_its_step_runs() {
        let mut story = Story::device_code();
        assert!(device_code(&story.so_far()).is_some_and(|code| code.user_code == "ABC-DEF"));
        story.token_came();
        assert_eq!(device_code(&story.log()), None);
    }
}
