//! What lasts, as arguments: minutes to hours, once the login has gone well.

use clap::Args;
use model::lasting::{Capacity, DataFlow, Heartbeat, IdleLadder, Lasting, PathSurvey, RetryLoop};
use model::lasting::{ListenerView, ReplicaSession};
use std::time::Duration;

/// What is done for longer, beside each other.
#[derive(Args, Debug)]
#[command(next_help_heading = "What lasts")]
pub(super) struct LastingArguments {
    /// Holds connections that are idle for longer and longer, with and without keep-alive: quick (to 120 s), full (to
    /// 31 min), or idle times like 30s,4min,500ms
    #[arg(long, value_name = "quick|full|LIST", value_parser = ladder)]
    idle_ladder: Option<IdleLadder>,
    /// Asks a query every so often over one held connection, with a fresh login at every tenth, for so long (5min,
    /// 2h/1s: every second for two hours)
    #[arg(long, value_name = "DURATION[/EVERY]", value_parser = paced, group = "sessions")]
    heartbeat: Option<Paced>,
    /// Without an answer for so long, the heartbeat's connection, or the session to the replica, is lost [default: what
    /// the server says of the replica, else 10s]
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "sessions")]
    session_timeout: Option<Duration>,
    /// Logs in and asks a query, again and again, for so long (2min, 1h/500ms: every half second for an hour)
    #[arg(long, value_name = "DURATION[/EVERY]", value_parser = paced)]
    retry_loop: Option<Paced>,
    /// Operations of the loop that may be under way at once, up to 10 [default: 4]
    #[arg(long, value_name = "N", requires = "retry_loop")]
    at_once: Option<u32>,
    /// Holds queries that return data, for so long (60s, 10min, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    data_flow: Option<Duration>,
    /// Looks what the way carries: lost connects, every address in turn and at once, large packets over small segments
    #[arg(long)]
    path: bool,
    /// Opens more and more connections, up to so many (200 at most), holds them for 5 s and closes them
    #[arg(long, value_name = "N")]
    connections: Option<u32>,
    #[command(flatten)]
    replicas: ReplicaArguments,
}

/// Availability replicas, seen from this one's host.
#[derive(Args, Debug)]
#[command(next_help_heading = "Availability replicas")]
#[command(group = clap::ArgGroup::new("sessions").multiple(true))]
struct ReplicaArguments {
    /// Connects every second to the endpoint of another replica (port 5022 unless another is named), and says whether a
    /// session would have been lost; --server is this replica's own server, and is asked what it knows when there are
    /// credentials
    #[arg(long, value_name = "PEER[:PORT]", value_parser = peer, group = "sessions")]
    replica_session: Option<Peer>,
    /// For so long, and how often [default: 2min/1s]
    #[arg(long, value_name = "DURATION[/EVERY]", value_parser = paced, requires = "replica_session")]
    replica_for: Option<Paced>,
    /// The lease time-out of the cluster's resource, which no view tells: it is held against the others
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "replica_session")]
    lease_timeout: Option<Duration>,
    /// SameSubnetDelay times SameSubnetThreshold of the cluster, likewise
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "replica_session")]
    cluster_silence: Option<Duration>,
    /// Logs in at --server again and again, as with MultiSubnetFailover and as without, for so long (2min, 10min/500ms)
    #[arg(long, value_name = "DURATION[/EVERY]", value_parser = paced)]
    listener: Option<Paced>,
}

/// Host and port of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Peer {
    host: String,
    port: Option<u16>,
}

/// `host`, `host:5023`, `10.0.0.2:5022`, `[fd00::2]:5022`, `fd00::2`.
fn peer(text: &str) -> Result<Peer, String> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = match port {
        Some(port) => Some(port.parse().map_err(|_| format!("{port:?} is no port"))?),
        None => None,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.to_owned();
    if host.is_empty() {
        return Err("a host is missing: sql-b, sql-b:5022, 10.0.0.2".to_owned());
    }
    Ok(Peer { host, port })
}

fn replica_of(asked: &LastingArguments) -> Option<ReplicaSession> {
    let of = &asked.replicas;
    let peer = of.replica_session.as_ref()?;
    let usual = ReplicaSession::with(&peer.host);
    let (lasts, every) = match of.replica_for {
        Some(paced) => (Some(paced.lasts), paced.every),
        None => (None, None),
    };
    Some(ReplicaSession {
        port: peer.port.unwrap_or(usual.port),
        lasts_ms: lasts.map_or(usual.lasts_ms, whole_ms),
        every_ms: every.map_or(usual.every_ms, whole_ms),
        session_timeout_ms: asked.session_timeout.map(whole_ms),
        lease_timeout_ms: of.lease_timeout.map(whole_ms),
        cluster_silence_ms: of.cluster_silence.map(whole_ms),
        ..usual
    })
}

/// For so long, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Paced {
    lasts: Duration,
    every: Option<Duration>,
}

/// What the arguments ask for.
pub(super) fn lasting_of(asked: &LastingArguments) -> Lasting {
    Lasting {
        idle_ladder: asked.idle_ladder.clone(),
        heartbeat: asked.heartbeat.map(|paced| {
            let usual = Heartbeat::default();
            Heartbeat {
                lasts_ms: whole_ms(paced.lasts),
                every_ms: paced.every.map_or(usual.every_ms, whole_ms),
                session_timeout_ms: asked
                    .session_timeout
                    .map_or(usual.session_timeout_ms, whole_ms),
                ..usual
            }
        }),
        retry_loop: asked.retry_loop.map(|paced| {
            let usual = RetryLoop::default();
            RetryLoop {
                lasts_ms: whole_ms(paced.lasts),
                every_ms: paced.every.map_or(usual.every_ms, whole_ms),
                at_once: asked.at_once.unwrap_or(usual.at_once),
                ..usual
            }
        }),
        data_flow: asked.data_flow.map(|lasts| DataFlow {
            lasts_ms: whole_ms(lasts),
            ..DataFlow::default()
        }),
        path: asked.path.then(PathSurvey::default),
        capacity: asked.connections.map(|connections| Capacity {
            connections,
            ..Capacity::default()
        }),
        replica_session: replica_of(asked),
        listener: asked.replicas.listener.map(|paced| ListenerView {
            lasts_ms: whole_ms(paced.lasts),
            every_ms: paced
                .every
                .map_or(ListenerView::default().every_ms, whole_ms),
        }),
        ..Lasting::default()
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn ladder(text: &str) -> Result<IdleLadder, String> {
    let rungs_ms = match text {
        "quick" => return Ok(IdleLadder::default()),
        "full" => IdleLadder::FULL_MS.to_vec(),
        list => list
            .split(',')
            .map(|rung| duration(rung.trim()).map(whole_ms))
            .collect::<Result<_, _>>()?,
    };
    Ok(IdleLadder {
        rungs_ms,
        ..IdleLadder::default()
    })
}

/// `5min`, or `2h/500ms`.
fn paced(text: &str) -> Result<Paced, String> {
    let (lasts, every) = match text.split_once('/') {
        Some((lasts, every)) => (lasts, Some(duration(every.trim())?)),
        None => (text, None),
    };
    Ok(Paced {
        lasts: duration(lasts.trim())?,
        every,
    })
}

/// `500ms`, `30s`, `4min`, `2h`, `1d`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let unit_ms: u64 = match unit.trim() {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        other => return Err(format!("{other:?} is no unit: ms, s, min, h or d")),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "this is no duration: 30s, 4min, 2h".to_owned())?;
    let ms = number.checked_mul(unit_ms);
    ms.map(Duration::from_millis)
        .ok_or_else(|| "this is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_so_long_and_how_often() {
        let of = |text| paced(text).map(|paced| (whole_ms(paced.lasts), paced.every.map(whole_ms)));
        assert_eq!(of("5min"), Ok((300_000, None)));
        assert_eq!(of("2h/500ms"), Ok((7_200_000, Some(500))));
        assert_eq!(of("90 / 2"), Ok((90_000, Some(2_000))));
        for wrong in ["", "/1s", "5min/", "5min/1s/1s", "soon"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn peers_with_and_without_a_port() {
        for (text, host, port) in [
            ("sql-b", "sql-b", None),
            ("sql-b:5023", "sql-b", Some(5_023)),
            ("10.0.0.2:5022", "10.0.0.2", Some(5_022)),
            ("[fd00::2]:5022", "fd00::2", Some(5_022)),
            ("fd00::2", "fd00::2", None),
        ] {
            let read = peer(text).expect(text);
            assert_eq!((read.host.as_str(), read.port), (host, port));
        }
        for wrong in ["", ":5022", "sql-b:x", "sql-b:70000"] {
            assert!(peer(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ladders_by_name_and_by_list() {
        assert_eq!(ladder("quick"), Ok(IdleLadder::default()));
        let full = ladder("full").expect("a ladder");
        assert_eq!(full.rungs_ms.last(), Some(&1_850_000));
        let own = ladder("500ms, 30s,4min,90").expect("a ladder");
        assert_eq!(own.rungs_ms, [500, 30_000, 240_000, 90_000]);
        for wrong in [
            "",
            "slow",
            "30x",
            "-1s",
            "30s,,1min",
            "99999999999999999999h",
        ] {
            assert!(ladder(wrong).is_err(), "{wrong}");
        }
    }
}
