//! Connections that return data when they drop: a query whose rows come without end, and one that waits on the
//! server, each over a connection of its own, held open as long as the plan says.
//!
//! ```text
//! open ──▶ ask ──▶ bytes … bytes ──▶ FIN, RST, silence, given up │ an ERROR │ for as long as it was to
//! ```
//! Rows are paced by the server, a few a second, so that holding them open costs nobody anything.

use super::held_connection::HeldConnection;
use super::{logged_in_ground, skip};
use crate::failure::Failure;
use crate::hop::Hop;
use crate::login::server_message;
use crate::record::{Place, StepLog, Try, micros_between};
use futures::future::join;
use model::lasting::{DataFlow, Flow, FlowEnd, Standing};
use model::{Observation, ServerMessage, StepKind};
use std::time::Duration;
use tds::limits::PACKET_MIN;
use tds::packet::{Header, Status};
use tokio::time::Instant;

/// Whatever a plan says. A wait on the server is shorter than a day.
const LONGEST: Duration = Duration::from_secs(86_399);
/// A few rows a second; the message between them makes the server send what it has.
const ROWS: &str = "SET NOCOUNT ON; WHILE 1 = 1 BEGIN SELECT 1 AS linecheck; RAISERROR('linecheck', 0, 1) WITH NOWAIT; \
                    WAITFOR DELAY '00:00:00.200'; END";
/// Bytes of one read.
const CHUNK: usize = 4 * 1024;
/// Bytes of an answer that are kept, to find an ERROR among them.
const KEPT: usize = 8 * 1024;

/// Makes the step.
pub(super) async fn make(first: &Hop<'_>, asked: &DataFlow) {
    let kind = StepKind::DataFlow;
    let hop = match logged_in_ground(first) {
        Ok(hop) => hop,
        Err(failure) => return skip(first, kind, &failure),
    };
    let recorder = first.run.recorder;
    let step = recorder.start(kind, Place::default(), hop.subject(None));
    let rows = watch(hop.clone(), step, 1, Flow::Rows, asked);
    let wait = watch(hop, step, 2, Flow::Wait, asked);
    match join(rows, wait).await {
        (Err(failure), Err(_)) => step.failed(failure.code, failure.detail.as_deref()),
        _ => step.ok(),
    }
}

/// What is asked, and how long nothing may come before it is silence.
fn question(flow: Flow, asked: &DataFlow) -> (String, Duration) {
    let lasts = Duration::from_millis(asked.lasts_ms).min(LONGEST);
    let silence = Duration::from_millis(asked.silence_ms).min(LONGEST);
    match flow {
        Flow::Rows => (ROWS.to_owned(), silence),
        Flow::Wait => (format!("WAITFOR DELAY '{}'", clock(lasts)), lasts + silence),
    }
}

/// `hh:mm:ss.mmm`
fn clock(lasts: Duration) -> String {
    let (seconds, ms) = (lasts.as_secs(), lasts.subsec_millis());
    format!(
        "{:02}:{:02}:{:02}.{ms:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// One connection from its opening to its end.
async fn watch<'a>(
    hop: Hop<'a>,
    step: StepLog<'a>,
    number: u32,
    flow: Flow,
    asked: &DataFlow,
) -> Result<(), Failure> {
    let started = Instant::now();
    let opened = HeldConnection::open(hop, step, number).await;
    let mut try_ = Try {
        number,
        started,
        ended: Instant::now(),
        code: None,
        local: None,
        detail: None,
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(not_there) => {
            try_.code = Some(not_there.failure.code.clone());
            try_.local = not_there.local;
            try_.detail.clone_from(&not_there.failure.detail);
            step.attempt(try_);
            return Err(not_there.failure);
        }
    };
    try_.local = Some(session.local().to_owned());
    step.attempt(try_);
    let (sql, silence) = question(flow, asked);
    let lasts = Duration::from_millis(asked.lasts_ms).min(LONGEST);
    let before = session.counters();
    let (received, began) = (session.received(), Instant::now());
    let over = follow(&mut session, &sql, flow, began + lasts, silence).await;
    let ended = Instant::now();
    let end = FlowEnd {
        flow,
        endpoint: session.endpoint().to_string(),
        local: session.local().to_owned(),
        lasted_us: micros_between(began, ended),
        bytes: session.received().saturating_sub(received),
        quiet_us: micros_between(over.last, ended),
        died: over.died,
        error: over.error,
        detail: over.why,
        before,
        after: session.counters(),
    };
    step.observe(Some(number), Observation::FlowEnd(end));
    // Whatever the server still wants to say, nobody waits for it.
    session.cut().await;
    Ok(())
}

/// How an answer came to its end.
struct Over {
    /// When the last bytes came.
    last: Instant,
    died: Option<Standing>,
    error: Option<ServerMessage>,
    why: Option<String>,
}

/// Asks, and reads what comes until then, or until nothing does.
async fn follow(
    session: &mut HeldConnection<'_>,
    sql: &str,
    flow: Flow,
    until: Instant,
    silence: Duration,
) -> Over {
    let mut over = Over {
        last: Instant::now(),
        died: None,
        error: None,
        why: None,
    };
    if let Err(lost) = session.send(sql, over.last + silence).await {
        over.died = Some(lost.standing);
        over.why = lost.why;
        return over;
    }
    let mut buffer = vec![0; CHUNK];
    let mut answer = Answer::default();
    loop {
        let quiet = over.last + silence;
        // A wait ends by its answer; rows never do.
        let deadline = match flow {
            Flow::Rows => quiet.min(until),
            Flow::Wait => quiet,
        };
        match session.receive_some(&mut buffer, deadline).await {
            Ok(bytes) => {
                over.last = Instant::now();
                answer.take(bytes);
                if answer.is_over {
                    break;
                }
            }
            Err(lost) => {
                let in_time = lost.standing == Standing::Silent && deadline < quiet;
                over.died = (!in_time).then_some(lost.standing);
                over.why = lost.why;
                break;
            }
        }
    }
    over.error = answer.error;
    over
}

/// An answer that may have no end: of what came, only its last part is kept.
#[derive(Default)]
struct Answer {
    /// A packet that is not whole yet.
    packet: Vec<u8>,
    /// The payload since it was last cut off, between two tokens.
    payload: Vec<u8>,
    /// The last ERROR.
    error: Option<ServerMessage>,
    is_over: bool,
}

impl Answer {
    fn take(&mut self, bytes: &[u8]) {
        self.packet.extend_from_slice(bytes);
        let known = self.payload.len();
        loop {
            let header = match Header::decode(&self.packet) {
                Ok(header) => header,
                Err(tds::Error::Incomplete { .. }) => break,
                // No packets: nothing to be found in it.
                Err(_) => return self.packet.clear(),
            };
            let end = usize::from(header.length).max(PACKET_MIN);
            let Some(packet) = self.packet.get(PACKET_MIN..end) else {
                break;
            };
            self.payload.extend_from_slice(packet);
            self.packet.drain(..end);
            self.is_over |= header.status.contains(Status::END);
        }
        if self.payload.len() == known {
            return;
        }
        let reply = tds::token::decode(&self.payload);
        if let Some(error) = reply.errors().last() {
            self.error = Some(server_message(error));
        }
        if self.payload.len() > KEPT {
            let read = self.payload.len().saturating_sub(reply.rest.len());
            self.payload.drain(..read);
        }
        // Nothing could be read of it: no error either.
        if self.payload.len() > KEPT {
            self.payload.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, KEPT, clock, question};
    use model::lasting::{DataFlow, Flow};
    use std::time::Duration;
    use tds::packet::{PacketType, message};
    use tds::rows::{Column, ColumnType, Value};
    use tds::token::{Body, Done, DoneStatus, ServerMessage, encode};

    #[test]
    fn an_error_after_many_rows_is_found_however_they_are_cut() {
        let row = [
            Body::Columns(vec![Column::new("linecheck", ColumnType::Int)]),
            Body::Row(vec![Value::Int(1)]),
            Body::Done(Done::new(DoneStatus::MORE)),
        ];
        let mut packet = message(PacketType::REPLY, &encode(&row).expect("tokens"));
        // More packets of the same message follow.
        packet[1] = 0;
        let error = Body::Error(ServerMessage {
            number: 596,
            ..ServerMessage::default()
        });
        let last = message(PacketType::REPLY, &encode(&[error]).expect("tokens"));
        for piece in [1, 7, 4_096] {
            let mut answer = Answer::default();
            let mut bytes = packet.repeat(400);
            bytes.extend_from_slice(&last);
            for piece in bytes.chunks(piece) {
                assert!(!answer.is_over);
                answer.take(piece);
            }
            assert!(answer.is_over && answer.payload.len() <= KEPT);
            assert_eq!(answer.error.map(|error| error.number), Some(596));
        }
    }

    #[test]
    fn rubbish_is_not_kept() {
        let mut answer = Answer::default();
        for byte in [0_u8, 0xFF, 0xAA] {
            for _ in 0..100 {
                answer.take(&[byte; 1_000]);
            }
        }
        assert!(answer.payload.len() <= KEPT && answer.packet.len() <= 70_000);
        assert_eq!(answer.error, None);
    }

    #[test]
    fn how_long_the_server_is_to_wait() {
        for (ms, expected) in [
            (1, "00:00:00.001"),
            (60_000, "00:01:00.000"),
            (86_399_000, "23:59:59.000"),
        ] {
            assert_eq!(clock(Duration::from_millis(ms)), expected);
        }
        let asked = DataFlow {
            lasts_ms: u64::MAX,
            silence_ms: 10_000,
        };
        let (sql, silence) = question(Flow::Wait, &asked);
        assert_eq!(sql, "WAITFOR DELAY '23:59:59.000'");
        assert_eq!(silence.as_secs(), 86_399 + 10);
        assert_eq!(question(Flow::Rows, &asked).1.as_secs(), 10);
    }
}
