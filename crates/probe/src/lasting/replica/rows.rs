//! Rows of the catalog as facts. What a server sends is bounded, and a value that is none is not told.

use super::clock::Clock;
use super::log;
use crate::record::bounded;
use model::lasting::{EndpointRow, LastConnectError, LogLine, ReplicaRow, ReplicaServer};
use tds::rows::Value;

const NAME_CHARS: usize = 256;
const TEXT_CHARS: usize = 400;

/// A value as text; `None` for NULL, and for one that is not there.
fn text(row: &[Value], column: usize) -> Option<String> {
    match row.get(column)? {
        Value::Null => None,
        value => Some(bounded(value.to_text().trim(), TEXT_CHARS)),
    }
}

fn name(row: &[Value], column: usize) -> Option<String> {
    text(row, column).map(|text| bounded(&text, NAME_CHARS))
}

fn number<T: std::str::FromStr>(row: &[Value], column: usize) -> Option<T> {
    text(row, column)?.parse().ok()
}

fn yes(row: &[Value], column: usize) -> Option<bool> {
    number::<i32>(row, column).map(|value| value != 0)
}

pub(super) fn server(row: &[Value]) -> ReplicaServer {
    ReplicaServer {
        name: name(row, 0),
        host: name(row, 1),
        version: name(row, 2),
        enabled: yes(row, 3),
        sees_state: yes(row, 4),
        sees_definitions: yes(row, 5),
    }
}

/// Two texts.
pub(super) fn pair(row: &[Value]) -> Option<(String, String)> {
    Some((text(row, 0)?, text(row, 1)?))
}

/// A replica; `at_us` is left for whoever tells it.
pub(super) fn replica(row: &[Value], clock: Option<Clock>) -> Option<ReplicaRow> {
    let last_error = number::<i32>(row, 12)
        .filter(|number| *number != 0)
        .map(|number| {
            let at = text(row, 14);
            LastConnectError {
                number,
                text: text(row, 13).unwrap_or_default(),
                at_us: at.as_deref().and_then(|at| clock?.at_us(at)),
                at,
            }
        });
    Some(ReplicaRow {
        at_us: 0,
        group: name(row, 0)?,
        replica: name(row, 1)?,
        local: yes(row, 2).unwrap_or(false),
        endpoint_url: name(row, 3),
        availability_mode: name(row, 4),
        failover_mode: name(row, 5),
        session_timeout_s: number(row, 6),
        health_check_ms: number(row, 7),
        role: name(row, 8),
        connected: name(row, 9),
        health: name(row, 10),
        joined: name(row, 11),
        last_error,
    })
}

/// An endpoint; who may connect is told by other rows.
pub(super) fn endpoint(row: &[Value]) -> Option<EndpointRow> {
    Some(EndpointRow {
        name: name(row, 0)?,
        state: name(row, 1),
        port: number(row, 2),
        address: name(row, 3),
        role: name(row, 4),
        authentication: name(row, 5),
        encryption: name(row, 6),
        owner: name(row, 7),
        may_connect: None,
    })
}

pub(super) fn log_line(row: &[Value], clock: Option<Clock>) -> Option<LogLine> {
    let (at, text) = pair(row)?;
    Some(LogLine {
        at_us: clock.and_then(|clock| clock.at_us(&at)),
        number: log::number(&text),
        at,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::{endpoint, replica};
    use tds::rows::Value;

    fn row(texts: &[&str]) -> Vec<Value> {
        let value = |text: &&str| match *text {
            "NULL" => Value::Null,
            text => Value::Text(text.to_owned()),
        };
        texts.iter().map(value).collect()
    }

    #[test]
    fn rows_that_end_early_or_lie_are_no_panic() {
        assert_eq!(replica(&[], None), None);
        let short = replica(&row(&["ag", "B"]), None).expect("a replica");
        assert_eq!((short.session_timeout_s, short.last_error), (None, None));
        let odd = row(&["e", "STARTED", "70000", "NULL", "x", "y", "z", "sa"]);
        let odd = endpoint(&odd).expect("an endpoint");
        assert_eq!((odd.port, odd.address), (None, None));
    }

    #[test]
    fn an_error_of_0_is_none() {
        let of = |number: &str| {
            let texts = [
                "ag",
                "B",
                "0",
                "TCP://b:5022",
                "m",
                "f",
                "10",
                "30000",
                "PRIMARY",
                "CONNECTED",
                "h",
                "j",
                number,
                "no route",
                "2026-11-21T12:00:00",
            ];
            replica(&row(&texts), None).expect("a replica").last_error
        };
        assert_eq!(of("0"), None);
        assert_eq!(of("10060").map(|error| error.number), Some(10_060));
    }
}
