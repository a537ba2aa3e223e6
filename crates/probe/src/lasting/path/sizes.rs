//! Large messages over usual segments and over small ones: what hangs with the first and passes with the second is
//! lost for its packets' size.
//!
//! ```text
//! handshake: usual ─▶ small ─▶ usual        one thing changed, and changed back
//! logged in: usual, then small: requests of every size, answers of every size
//! ```
//! A ladder ends at its first loss: the connection is stuck, and larger ones would be too.

use crate::course::Came;
use crate::hop::Hop;
use crate::lasting::held_connection::{self, HeldConnection};
use crate::lasting::tcp_counters;
use crate::record::{StepLog, micros_between};
use crate::tcp;
use model::lasting::{PathSurvey, SizeAnswer, SizedMessage, Standing};
use model::{Closer, FailureCode, Observation};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Every way carries so much: the least that a host must take, less its headers.
const SMALL: u32 = 536;
/// Bytes of one value of an answer.
const VALUE_BYTES: u32 = 8_000;

pub(super) async fn make(
    hop: &Hop<'_>,
    endpoint: SocketAddr,
    asked: &PathSurvey,
    step: StepLog<'_>,
) {
    if asked.sizes.is_empty() || !tcp::holds_segments() {
        return;
    }
    let mut passed = true;
    for (segment, number) in [None, Some(SMALL), None].into_iter().zip(1..) {
        let answer = handshake(hop, endpoint, segment, asked, step, number).await;
        passed &= segment.is_some() || answer.code.is_none();
        step.observe(Some(number), Observation::SizeAnswer(answer));
    }
    let logged_in =
        hop.run.course.came() == Some(Came::In) && held_connection::signer(hop).is_some();
    if !passed || !logged_in {
        return;
    }
    let ladders = [SizedMessage::Request, SizedMessage::Answer]
        .into_iter()
        .flat_map(|message| [None, Some(SMALL)].map(|segment| (message, segment)));
    for ((message, segment), number) in ladders.zip(4..) {
        ladder(hop, message, segment, asked, step, number).await;
    }
}

/// PRELOGIN and TLS on a connection of its own.
async fn handshake<'a>(
    hop: &Hop<'a>,
    endpoint: SocketAddr,
    segment: Option<u32>,
    asked: &PathSurvey,
    step: StepLog<'a>,
    number: u32,
) -> SizeAnswer {
    let limit = Duration::from_millis(asked.answer_timeout_ms);
    let started = Instant::now();
    let (code, counters) = match tcp::connect_in(endpoint, limit, segment, step, number).await {
        Err(failure) => (Some(failure.code), None),
        Ok(mut connection) => {
            let local = connection.local().parse().ok();
            let secured = timeout(limit, hop.secure(&mut connection)).await;
            let (code, closer) = match secured {
                Err(_) => (Some(FailureCode::TlsNoReply), Closer::Timeout),
                Ok(Err(failure)) => (Some(failure.code), Closer::Us),
                Ok(Ok(_)) => (None, Closer::Us),
            };
            let counters = local.and_then(|local| tcp_counters::counters(local, endpoint));
            connection.close(closer).await;
            (code, counters)
        }
    };
    SizeAnswer {
        message: SizedMessage::Handshake,
        bytes: 0,
        segment,
        elapsed_us: micros_between(started, Instant::now()),
        code,
        counters,
    }
}

/// Larger and larger ones over one connection.
async fn ladder<'a>(
    hop: &Hop<'a>,
    message: SizedMessage,
    segment: Option<u32>,
    asked: &PathSurvey,
    step: StepLog<'a>,
    number: u32,
) {
    let hop = Hop {
        segment,
        ..hop.clone()
    };
    // That logins work is known; one that does not work now says nothing about sizes.
    let Ok(mut session) = HeldConnection::open(hop, step, number).await else {
        return;
    };
    let mut sizes = asked.sizes.clone();
    sizes.sort_unstable();
    for bytes in sizes {
        let started = Instant::now();
        let deadline = started + Duration::from_millis(asked.answer_timeout_ms);
        let answered = session.query(&statement(message, bytes), deadline).await;
        let code = match &answered {
            Ok(_) => None,
            Err(lost) if lost.standing == Standing::Silent => Some(FailureCode::QueryTimeout),
            Err(_) => Some(FailureCode::QueryFailed),
        };
        let answer = SizeAnswer {
            message,
            bytes,
            segment,
            elapsed_us: micros_between(started, Instant::now()),
            code,
            counters: session.counters(),
        };
        let lost = answer.code.is_some();
        step.observe(Some(number), Observation::SizeAnswer(answer));
        if lost {
            return session.cut().await;
        }
    }
    session.close().await;
}

/// A statement that is so large, or whose answer is. White space weighs and says nothing.
fn statement(message: SizedMessage, bytes: u32) -> String {
    match message {
        SizedMessage::Handshake => String::new(),
        SizedMessage::Request => {
            let blanks = usize::try_from(bytes / 2).unwrap_or(0);
            format!("SELECT 1{}", " ".repeat(blanks))
        }
        SizedMessage::Answer => {
            let whole = (0..bytes / VALUE_BYTES).map(|_| VALUE_BYTES);
            let rest = (!bytes.is_multiple_of(VALUE_BYTES)).then_some(bytes % VALUE_BYTES);
            let values = whole.chain(rest).map(|bytes| format!("SPACE({bytes})"));
            format!("SELECT {}", values.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_as_large_as_asked() {
        let request = statement(SizedMessage::Request, 4_000);
        assert_eq!((request.len(), request.trim_end()), (2_008, "SELECT 1"));
        assert_eq!(statement(SizedMessage::Answer, 1), "SELECT SPACE(1)");
        assert_eq!(
            statement(SizedMessage::Answer, 17_000),
            "SELECT SPACE(8000), SPACE(8000), SPACE(1000)"
        );
    }
}
