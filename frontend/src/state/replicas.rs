//! What the page of availability replicas asks for: two sides, the endpoint that each is reached at by the other, and
//! what holds for both. A side without an agent is only connected to.

use super::lasts::Wrong;
use super::span;
use model::lasting::{Lasting, ListenerView, OutOfBounds, ReplicaSession, is_host};
use rules::words::duration;

/// What a connect is made to when nobody names a port.
const USUAL_PORT: u16 = 5_022;
/// No address of an endpoint has more characters.
const LONGEST: usize = 300;

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    First,
    Second,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// Before the names of its fields.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::First => "a-",
            Self::Second => "b-",
        }
    }

    /// The field of its endpoint.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::First => "a-endpoint",
            Self::Second => "b-endpoint",
        }
    }

    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::First => "First replica",
            Self::Second => "Second replica",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// A field that holds for both sides: its id, its label, and what holds where it is empty.
pub(crate) struct Field {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) empty: &'static str,
    place: &'static str,
}

/// All of them.
pub(crate) const FIELDS: [Field; 5] = [
    Field {
        id: "replicas-every",
        label: "One connect every",
        empty: "",
        place: "every_ms",
    },
    Field {
        id: "replicas-lasts",
        label: "For",
        empty: "",
        place: "lasts_ms",
    },
    Field {
        id: "replicas-timeout",
        label: "Session time-out",
        empty: "the server’s",
        place: "session_timeout_ms",
    },
    Field {
        id: "replicas-lease",
        label: "Lease time-out",
        empty: "not known",
        place: "lease_timeout_ms",
    },
    Field {
        id: "replicas-cluster",
        label: "Cluster silence",
        empty: "not known",
        place: "cluster_silence_ms",
    },
];

/// What stands in the fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Replicas {
    endpoints: [String; 2],
    texts: [String; 5],
    /// Logins at a listener, too.
    pub(crate) listener: bool,
}

impl Default for Replicas {
    fn default() -> Self {
        let usual = ReplicaSession::with("");
        let texts = [
            span::text(usual.every_ms),
            span::text(usual.lasts_ms),
            String::new(),
            String::new(),
            String::new(),
        ];
        Self {
            endpoints: Default::default(),
            texts,
            listener: false,
        }
    }
}

impl Replicas {
    /// What stands in one of the fields for both.
    pub(crate) fn text(&self, place: usize) -> String {
        self.texts.get(place).cloned().unwrap_or_default()
    }

    pub(crate) fn type_in(&mut self, place: usize, typed: String) {
        if let Some(text) = self.texts.get_mut(place) {
            *text = typed;
        }
    }

    /// What stands in a side's endpoint.
    pub(crate) fn endpoint(&self, side: Side) -> &str {
        let [first, second] = &self.endpoints;
        match side {
            Side::First => first,
            Side::Second => second,
        }
    }

    pub(crate) fn name_endpoint(&mut self, side: Side, typed: String) {
        let [first, second] = &mut self.endpoints;
        *match side {
            Side::First => first,
            Side::Second => second,
        } = typed;
    }

    /// What a side's run is to do: connect to the endpoint of the other.
    pub(crate) fn session(&self, side: Side) -> Result<Lasting, Wrong> {
        let other = side.other();
        let (peer, port) = read(self.endpoint(other)).map_err(|sentence| Wrong {
            field: other.endpoint(),
            sentence,
        })?;
        let usual = ReplicaSession::with(&peer);
        let session = ReplicaSession {
            port,
            every_ms: self.time(0)?.unwrap_or(usual.every_ms),
            lasts_ms: self.time(1)?.unwrap_or(usual.lasts_ms),
            session_timeout_ms: self.time(2)?,
            lease_timeout_ms: self.time(3)?,
            cluster_silence_ms: self.time(4)?,
            ..usual
        };
        let asked = Lasting {
            replica_session: Some(session),
            ..Lasting::default()
        };
        within(asked, other.endpoint())
    }

    /// What the listener's run is to do, in the same time.
    pub(crate) fn view(&self) -> Result<Lasting, Wrong> {
        let usual = ListenerView::default();
        let view = ListenerView {
            every_ms: self.time(0)?.unwrap_or(usual.every_ms),
            lasts_ms: self.time(1)?.unwrap_or(usual.lasts_ms),
        };
        let asked = Lasting {
            listener: Some(view),
            ..Lasting::default()
        };
        within(asked, "replicas-every")
    }

    /// What is wrong with a field for both, as it is typed.
    pub(crate) fn wrong(&self, place: usize) -> Option<String> {
        if let Err(wrong) = self.time(place) {
            return Some(wrong.sentence);
        }
        let mut known = self.clone();
        known.endpoints = ["host".to_owned(), "host".to_owned()];
        let wrong = known.session(Side::First).err()?;
        (wrong.field == FIELDS.get(place)?.id).then_some(wrong.sentence)
    }

    /// What was understood of a side's endpoint, or what is wrong with it; nothing while it is empty.
    pub(crate) fn understood(&self, side: Side) -> Option<Result<(String, u16), String>> {
        let text = self.endpoint(side).trim();
        (!text.is_empty()).then(|| read(text))
    }

    /// How long it takes, in words; nothing while that cannot be told.
    pub(crate) fn takes(&self) -> Option<String> {
        let lasts = self.time(1).ok()?.unwrap_or(120_000);
        Some(duration(lasts.saturating_mul(1_000)))
    }

    fn time(&self, place: usize) -> Result<Option<u64>, Wrong> {
        let text = self.text(place);
        if text.trim().is_empty() {
            return Ok(None);
        }
        let read = span::read(&text);
        let id = FIELDS.get(place).map_or("", |field| field.id);
        read.map(Some).ok_or_else(|| Wrong {
            field: id,
            sentence: "Give a length of time: 10 s, 2 min, 500 ms.".to_owned(),
        })
    }
}

fn within(asked: Lasting, text: &'static str) -> Result<Lasting, Wrong> {
    if let Some(bound) = asked.out_of_bounds().next() {
        let OutOfBounds {
            name, least, most, ..
        } = bound;
        let field = FIELDS.iter().find(|field| name.ends_with(field.place));
        return Err(match field {
            Some(field) => Wrong {
                field: field.id,
                sentence: format!(
                    "Give a time from {} to {}.",
                    span::text(least),
                    span::text(most)
                ),
            },
            None => Wrong {
                field: text,
                sentence: "A port is a number from 1 to 65535.".to_owned(),
            },
        });
    }
    match asked.reason_refused() {
        None => Ok(asked),
        Some(_) => Err(Wrong {
            field: text,
            sentence: "Give a host name or an address.".to_owned(),
        }),
    }
}

/// `sql-b`, `sql-b:5022`, `sql-b,5022`, `TCP://sql-b.contoso.com:5022`, `[fd00::2]:5022`: a host and a port.
fn read(text: &str) -> Result<(String, u16), String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Name the endpoint that the other replica connects to.".to_owned());
    }
    if text.len() > LONGEST {
        return Err("That is too long for the address of an endpoint.".to_owned());
    }
    let rest = match text.get(..6) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tcp://") => text.get(6..).unwrap_or_default(),
        _ => text,
    };
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (host, after) = inner
                .split_once(']')
                .ok_or_else(|| "The address has no closing bracket.".to_owned())?;
            (host, after.trim_start_matches([':', ',']))
        }
        // Several colons and no bracket: an address of IPv6 alone.
        None if rest.matches(':').count() > 1 => (rest, ""),
        None => rest.split_once([':', ',']).unwrap_or((rest, "")),
    };
    let port = match port.trim() {
        "" => USUAL_PORT,
        text => text
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| "A port is a number from 1 to 65535.".to_owned())?,
    };
    let host = host.trim();
    if is_host(host) {
        Ok((host.to_owned(), port))
    } else {
        Err("Give a host name or an address: sql-b.contoso.com, TCP://sql-b:5022.".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_read_as_people_have_it() {
        for (typed, host, port) in [
            ("sql-b", "sql-b", 5_022),
            (" sql-b.contoso.com:5023 ", "sql-b.contoso.com", 5_023),
            ("10.0.0.4,5022", "10.0.0.4", 5_022),
            ("TCP://SQL-B.contoso.com:5022/", "SQL-B.contoso.com", 5_022),
            ("tcp://[fd00::2]:7022", "fd00::2", 7_022),
            ("[fd00::2]", "fd00::2", 5_022),
            ("fd00::2", "fd00::2", 5_022),
        ] {
            assert_eq!(read(typed), Ok((host.to_owned(), port)), "{typed}");
        }
        for wrong in [
            "",
            " ",
            "sql-b:0",
            "sql-b:99999",
            "sql-b:x",
            "a b",
            "host\\instance",
            "[fd00::2",
            "tcp://",
            "пример",
            "é€é€é€",
            &"a".repeat(301),
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_side_connects_to_the_endpoint_of_the_other() {
        let mut fields = Replicas::default();
        assert_eq!(
            fields.session(Side::First).map_err(|wrong| wrong.field),
            Err("b-endpoint")
        );
        fields.name_endpoint(Side::First, "sql-a".into());
        fields.name_endpoint(Side::Second, "TCP://sql-b:5023".into());
        let session = |side| {
            let asked: Lasting = fields.session(side).expect("both are named");
            asked.replica_session.expect("a session")
        };
        assert_eq!(session(Side::Second), ReplicaSession::with("sql-a"));
        let to_b = session(Side::First);
        assert_eq!((to_b.peer.as_str(), to_b.port), ("sql-b", 5_023));
        assert_eq!(to_b.session_timeout_ms, None);
        assert_eq!(fields.takes().as_deref(), Some("2 min"));
    }

    #[test]
    fn what_is_out_of_bounds_is_told_where_it_stands() {
        let mut fields = Replicas::default();
        fields.name_endpoint(Side::Second, "sql-b".into());
        for (place, typed, told) in [
            (0, "1 ms", Some("Give a time from 20 ms to 1 min.")),
            (1, "30 d", Some("Give a time from 1 ms to 7 d.")),
            (
                2,
                "soon",
                Some("Give a length of time: 10 s, 2 min, 500 ms."),
            ),
            (2, "", None),
            (3, "2 h", Some("Give a time from 1 ms to 1 h.")),
            (4, "10 s", None),
        ] {
            let before = fields.clone();
            fields.type_in(place, typed.to_owned());
            assert_eq!(fields.wrong(place).as_deref(), told, "{place} {typed}");
            let asked = fields.session(Side::First).map_err(|wrong| wrong.field);
            match told {
                Some(_) => assert_eq!(asked, Err(FIELDS[place].id)),
                None => assert!(asked.is_ok()),
            }
            fields = before;
        }
        let view = fields.view().expect("the same time");
        assert_eq!(view.listener, Some(ListenerView::default()));
    }
}
