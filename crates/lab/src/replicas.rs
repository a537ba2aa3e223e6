//! A server with an availability group, as its catalog and its error log tell of it. Known by the words of the
//! questions; the answers are the same each time, but for the clock and what is dated by it.

use crate::reply::error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{Body, Done, DoneStatus};

/// What is amiss with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replicas {
    /// Nothing.
    Fine,
    /// Its endpoint is stopped.
    Stopped,
    /// Nobody has CONNECT on its endpoint.
    NoPermission,
    /// Its time-outs contradict each other.
    Contradicting,
    /// It says that the other replica is disconnected.
    Disconnected,
    /// The login may not see any of it.
    Blind,
}

/// Its time of day is so much later than UTC.
const ZONE_MIN: i64 = 60;
/// An error that is on record since long ago.
const OLD: &str = "2026-01-15T03:12:45.120";

impl Replicas {
    /// The reply to a batch; `None` when it is about something else.
    pub(crate) fn answer(self, sql: &str) -> Option<Vec<Body>> {
        let sql = sql.to_ascii_lowercase();
        let has = |words: &str| sql.contains(words);
        if has("sp_readerrorlog") {
            return Some(self.error_log());
        }
        if has("sysutcdatetime()") {
            let zone = ZONE_MIN.to_string();
            return Some(rows(2, [vec![Some(at(Duration::ZERO, 0)), Some(zone)]]));
        }
        if has("serverproperty('ishadrenabled')") {
            let sees = if self == Self::Blind { "0" } else { "1" };
            let one = ["SQL-A", "SQL-A", "16.0.4135.4", "1", sees, sees];
            return Some(rows(6, [texts(&one)]));
        }
        let catalog = [
            "sys.availability_replicas",
            "sys.database_mirroring_endpoints",
            "sys.server_permissions",
        ];
        if !catalog.iter().any(|view| has(view)) {
            return None;
        }
        Some(match self {
            Self::Blind if has("sys.dm_hadr_") => refused(
                300,
                "VIEW SERVER STATE permission was denied on object 'server', database 'master'.",
            ),
            // What it does not own, it is not shown.
            Self::Blind => rows(1, []),
            _ if has("sys.server_permissions") => self.permissions(),
            _ if has("sys.database_mirroring_endpoints") => self.endpoints(),
            _ => rows(15, self.replicas()),
        })
    }

    fn permissions(self) -> Vec<Body> {
        let granted = texts(&["Hadr_endpoint", "PRACTICE\\svc-sql-b"]);
        let all = (self != Self::NoPermission).then_some(granted);
        rows(2, all)
    }

    fn endpoints(self) -> Vec<Body> {
        let state = if self == Self::Stopped {
            "STOPPED"
        } else {
            "STARTED"
        };
        let one = [
            "Hadr_endpoint",
            state,
            "5022",
            "",
            "ALL",
            "NEGOTIATE",
            "AES",
            "sa",
        ];
        rows(8, [texts(&one)])
    }

    fn replicas(self) -> Vec<Vec<Option<String>>> {
        let (session_a, session_b, health) = match self {
            Self::Contradicting => ("5", "40", "15000"),
            _ => ("10", "10", "30000"),
        };
        let (connected, healthy, number) = match self {
            Self::Disconnected => ("DISCONNECTED", "NOT_HEALTHY", "10060"),
            Self::Stopped => ("DISCONNECTED", "NOT_HEALTHY", "10061"),
            _ => ("CONNECTED", "HEALTHY", "0"),
        };
        let common = ["SYNCHRONOUS_COMMIT", "AUTOMATIC"];
        let own = [
            "ag1",
            "SQL-A",
            "1",
            "TCP://sql-a:5022",
            common[0],
            common[1],
            session_a,
            health,
            "PRIMARY",
            "CONNECTED",
            "HEALTHY",
            "JOINED_STANDALONE",
            "",
            "",
            "",
        ];
        let text = "An error occurred while receiving data: a connection attempt failed because the connected party did not properly respond.";
        let (told, when) = if number == "0" { ("", "") } else { (text, OLD) };
        let other = [
            "ag1",
            "SQL-B",
            "0",
            "TCP://sql-b:5022",
            common[0],
            common[1],
            session_b,
            health,
            "SECONDARY",
            connected,
            healthy,
            "JOINED_STANDALONE",
            number,
            told,
            when,
        ];
        vec![texts(&own), texts(&other)]
    }

    fn error_log(self) -> Vec<Body> {
        if self == Self::Blind {
            return refused(
                15_003,
                "Only members of the securityadmin role can execute this stored procedure.",
            );
        }
        let line = |ago_s: u64, text: &str| {
            let when = at(Duration::from_secs(ago_s), ZONE_MIN);
            vec![Some(when), Some(text.to_owned())]
        };
        let lost = [
            line(
                290,
                "Always On Availability Groups connection with secondary database terminated for primary database 'shop' on the availability replica 'SQL-B' with Replica ID: {00000000-0000-4000-8000-00000000000b}. This is an informational message only. No user action is required.",
            ),
            line(
                300,
                "A connection timeout has occurred on a previously established connection to availability replica 'SQL-B' with id [00000000-0000-4000-8000-00000000000B]. Either a networking or a firewall issue exists or the availability replica has transitioned to the resolving role.",
            ),
        ];
        let back = line(
            240,
            "A connection for availability group 'ag1' from availability replica 'SQL-A' with id [00000000-0000-4000-8000-00000000000A] to 'SQL-B' with id [00000000-0000-4000-8000-00000000000B] has been successfully established. This is an informational message only. No user action is required.",
        );
        let state = line(
            3_600,
            "The state of the local availability replica in availability group 'ag1' has changed from 'PRIMARY_PENDING' to 'PRIMARY_NORMAL'.",
        );
        let mut all = Vec::new();
        if matches!(self, Self::Disconnected | Self::Stopped) {
            all.extend(lost);
        } else if self == Self::Fine {
            all.push(back);
            all.extend(lost);
        }
        all.push(state);
        rows(2, all)
    }
}

/// Empty ones are NULL.
fn texts(texts: &[&str]) -> Vec<Option<String>> {
    let text = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
    texts.iter().map(text).collect()
}

fn rows(columns: usize, all: impl IntoIterator<Item = Vec<Option<String>>>) -> Vec<Body> {
    let column = |_| Column::new("", ColumnType::NVarChar { bytes: 1_024 });
    let mut tokens = vec![Body::Columns((0..columns).map(column).collect())];
    let mut count = 0;
    for row in all {
        count += 1;
        let value = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        tokens.push(Body::Row(row.into_iter().map(value).collect()));
    }
    tokens.push(Body::Done(Done::rows(count)));
    tokens
}

fn refused(number: i32, text: &str) -> Vec<Body> {
    vec![
        error(number, 1, 14, text.to_owned()),
        Body::Done(Done::new(DoneStatus::ERROR)),
    ]
}

/// So long ago, in a zone, as `CONVERT(…, 126)` writes it.
fn at(ago: Duration, zone_min: i64) -> String {
    const DAY_S: u64 = 86_400;
    /// From 0001-01-01 to 1970-01-01.
    const BEFORE_1970: u64 = 719_162;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let zone = Duration::from_secs(zone_min.unsigned_abs().saturating_mul(60));
    let then = now.saturating_add(zone).saturating_sub(ago);
    let value = Value::DateTime2 {
        days: u32::try_from(then.as_secs() / DAY_S + BEFORE_1970).unwrap_or_default(),
        ticks: (then.as_secs() % DAY_S) * 1_000 + u64::from(then.subsec_millis()),
        scale: 3,
    };
    value.to_text().replace(' ', "T")
}

#[cfg(test)]
mod tests {
    use super::{Replicas, at};
    use std::time::Duration;
    use tds::rows::Value;
    use tds::token::Body;

    fn all(replicas: Replicas, sql: &str) -> Vec<Vec<Value>> {
        let tokens = replicas.answer(sql).expect("an answer");
        let row = |token| match token {
            Body::Row(values) => Some(values),
            _ => None,
        };
        tokens.into_iter().filter_map(row).collect()
    }

    #[test]
    fn its_questions_are_answered_and_no_others() {
        assert!(Replicas::Fine.answer("SELECT 1").is_none());
        let sql = "SELECT m.name FROM sys.database_mirroring_endpoints AS m";
        assert_eq!(
            all(Replicas::Stopped, sql)[0][1],
            Value::Text("STOPPED".into())
        );
        assert!(all(Replicas::NoPermission, "… sys.server_permissions …").is_empty());
        let sql = "FROM sys.availability_replicas JOIN sys.dm_hadr_availability_replica_states";
        assert_eq!(all(Replicas::Fine, sql).len(), 2);
        let refused = Replicas::Blind.answer(sql).expect("an answer");
        assert!(matches!(&refused[0], Body::Error(error) if error.number == 300));
    }

    #[test]
    fn dates_are_written_as_the_server_writes_them() {
        let text = at(Duration::ZERO, 0);
        assert_eq!(
            (text.len(), &text[..2], &text[10..11]),
            (23, "20", "T"),
            "{text}"
        );
        assert!(at(Duration::from_secs(10), 60) > text);
    }
}
