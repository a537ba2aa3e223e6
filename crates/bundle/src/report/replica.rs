//! Facts about availability replicas as lines of plain text.

use super::beats;
use crate::escape::plain;
use model::lasting::{
    EndpointRow, ListenerMinute, LogLine, PeerName, ReplicaFact, ReplicaMinute, ReplicaRow,
    ReplicaServer, ReplicaWatch, ServerClock, SessionGap, TimeoutFrom, Untold,
};
use rules::words::{catalog_part, count, duration};

pub(super) fn lines(fact: &ReplicaFact) -> Vec<String> {
    match fact {
        ReplicaFact::Watch(begun) => vec![watch(begun)],
        ReplicaFact::Named(name) => vec![named(name)],
        ReplicaFact::Minute(of) => vec![minute(of)],
        ReplicaFact::Failed(failed) => {
            let line = format!(
                "the connect that began at {} failed after {}: {}{}",
                duration(failed.started_us),
                duration(failed.elapsed_us),
                plain(failed.code.as_str()),
                beats::way(None, failed.endpoint.as_deref())
            );
            let detail = failed.detail.as_deref().map(plain);
            std::iter::once(line).chain(detail).collect()
        }
        ReplicaFact::Gap(of) => vec![gap(of)],
        ReplicaFact::Change(change) => beats::link_change(change),
        ReplicaFact::Server(of) => vec![server(of)],
        ReplicaFact::Clock(of) => vec![clock(of)],
        ReplicaFact::Replica(row) => replica(row),
        ReplicaFact::Endpoint(row) => vec![endpoint(row)],
        ReplicaFact::Log(line) => vec![log(line)],
        ReplicaFact::Untold(of) => vec![untold(of)],
        ReplicaFact::ListenerMinute(minute) => listener(minute),
        ReplicaFact::ListenerFailure(failure) => {
            let mut lines = beats::loop_failure(&failure.login);
            if let Some(first) = lines.first_mut() {
                *first = format!("{}: {first}", order(failure.at_once));
            }
            lines
        }
    }
}

fn watch(begun: &ReplicaWatch) -> String {
    let from = match begun.timeout_from {
        TimeoutFrom::Entered => "as entered",
        TimeoutFrom::Server => "as the server says",
        TimeoutFrom::Usual => "the usual one, nobody told another",
        TimeoutFrom::Unknown => "from a source that this version does not know",
    };
    format!(
        "a connect every {} from {} on; session time-out {}, {from}",
        duration(begun.every_ms.saturating_mul(1_000)),
        duration(begun.at_us),
        duration(begun.timeout_ms.saturating_mul(1_000))
    )
}

fn named(name: &PeerName) -> String {
    let said = match &name.code {
        Some(code) => plain(code.as_str()),
        None => name
            .addresses
            .iter()
            .map(|text| plain(text))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!(
        "at {} {} leads to: {said} (in {})",
        duration(name.at_us),
        plain(&name.name),
        duration(name.elapsed_us)
    )
}

fn minute(minute: &ReplicaMinute) -> String {
    let mut line = format!(
        "{}: {} established{}",
        beats::span(minute.from_us, minute.until_us),
        count(minute.established.len(), "connect", "connects"),
        beats::took(&minute.established)
    );
    for alike in &minute.failed {
        line += &format!(
            ", {} failed with {}",
            alike.times.len(),
            plain(alike.code.as_str())
        );
    }
    if minute.again > 0 {
        line += &format!(
            ", {} only after the first packet was sent again",
            minute.again
        );
    }
    if minute.passed_over > 0 {
        line += &format!(", {} not begun", minute.passed_over);
    }
    line += &format!("; timers late by {} at most", duration(minute.lag_max_us));
    if minute.left_out > 0 {
        line += &format!("; {} failures and gaps left out", minute.left_out);
    }
    line
}

fn gap(gap: &SessionGap) -> String {
    let how = match (&gap.code, gap.said_us) {
        (Some(code), Some(_)) => format!("{}, which somebody reported", plain(code.as_str())),
        (Some(code), None) => format!("{}, and nobody said why", plain(code.as_str())),
        (None, _) => "no connect failed".to_owned(),
    };
    format!(
        "nothing was established {} ({}{}): {} failed, {how}; timers late by {} at most, {} in all",
        beats::span(gap.from_us, gap.until_us),
        duration(gap.until_us.saturating_sub(gap.from_us)),
        if gap.open { ", to the end" } else { "" },
        count(gap.failed as usize, "connect", "connects"),
        duration(gap.lag_max_us),
        duration(gap.lag_whole_us)
    )
}

fn or_not_told(text: Option<&String>) -> String {
    text.map_or_else(|| "not told".to_owned(), |text| plain(text))
}

fn yes_no(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not told",
    }
}

fn server(server: &ReplicaServer) -> String {
    format!(
        "server {} on host {}, version {}; Always On enabled: {}; may see the server's state: {}, its definitions: {}",
        or_not_told(server.name.as_ref()),
        or_not_told(server.host.as_ref()),
        or_not_told(server.version.as_ref()),
        yes_no(server.enabled),
        yes_no(server.sees_state),
        yes_no(server.sees_definitions)
    )
}

fn clock(clock: &ServerClock) -> String {
    format!(
        "the server's clock is {} ms ahead of this host's, asked from {} to {}; its time of day is UTC {:+} min",
        clock.ahead_ms,
        duration(clock.asked_us),
        duration(clock.answered_us),
        clock.zone_min
    )
}

fn replica(row: &ReplicaRow) -> Vec<String> {
    let timeout = row
        .session_timeout_s
        .map_or_else(|| "not told".to_owned(), |seconds| format!("{seconds} s"));
    let health = row
        .health_check_ms
        .map_or_else(|| "not told".to_owned(), |ms| format!("{ms} ms"));
    let mut lines = vec![
        format!(
            "at {}: replica {}{} of group {}: {}, {}, {}; {}",
            duration(row.at_us),
            plain(&row.replica),
            if row.local { " (this one)" } else { "" },
            plain(&row.group),
            or_not_told(row.role.as_ref()),
            or_not_told(row.connected.as_ref()),
            or_not_told(row.health.as_ref()),
            or_not_told(row.joined.as_ref())
        ),
        format!(
            "endpoint {}, {}, failover {}, session time-out {timeout}, health-check time-out {health}",
            or_not_told(row.endpoint_url.as_ref()),
            or_not_told(row.availability_mode.as_ref()),
            or_not_told(row.failover_mode.as_ref())
        ),
    ];
    if let Some(error) = &row.last_error {
        lines.push(format!(
            "last connect error {} at {}: {}",
            error.number,
            or_not_told(error.at.as_ref()),
            plain(&error.text)
        ));
    }
    lines
}

fn endpoint(row: &EndpointRow) -> String {
    let port = row
        .port
        .map_or_else(|| "not told".to_owned(), |port| port.to_string());
    let who = match &row.may_connect {
        None => "not told".to_owned(),
        Some(names) if names.is_empty() => "nobody by a permission of its own".to_owned(),
        Some(names) => names
            .iter()
            .map(|name| plain(name))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!(
        "endpoint {}: {}, port {port}, address {}, role {}, authentication {}, encryption {}, owner {}; may connect: {who}",
        plain(&row.name),
        or_not_told(row.state.as_ref()),
        row.address
            .as_deref()
            .map_or_else(|| "all".to_owned(), plain),
        or_not_told(row.role.as_ref()),
        or_not_told(row.authentication.as_ref()),
        or_not_told(row.encryption.as_ref()),
        or_not_told(row.owner.as_ref())
    )
}

fn log(line: &LogLine) -> String {
    let number = line
        .number
        .map_or_else(String::new, |number| format!("{number}: "));
    format!(
        "error log, {}: {number}{}",
        plain(&line.at),
        plain(&line.text)
    )
}

fn untold(untold: &Untold) -> String {
    let number = untold
        .number
        .map_or_else(String::new, |number| format!("error {number}: "));
    format!(
        "the server did not tell {}: {number}{}",
        catalog_part(untold.what),
        plain(&untold.text)
    )
}

fn listener(minute: &ListenerMinute) -> Vec<String> {
    let mut lines = beats::loop_minute(&minute.logins);
    if let Some(first) = lines.first_mut() {
        *first = format!("{}: {first}", order(minute.at_once));
    }
    let places = minute.endpoints.iter();
    let places: Vec<_> = places
        .map(|(endpoint, times)| format!("{times} at {}", plain(endpoint)))
        .collect();
    if !places.is_empty() {
        lines.push(format!("logged in {}", places.join(", ")));
    }
    lines
}

fn order(at_once: bool) -> &'static str {
    if at_once {
        "MultiSubnetFailover on"
    } else {
        "MultiSubnetFailover off"
    }
}
