//! Answers that take their time: rows without end, a few a second, and `WAITFOR DELAY`.
//!
//! ```text
//!  batch ─► rows ─► pause ─► rows ─► … ─► attention: acknowledged, as any other request from then on
//!        └► wait ─► DONE                  the client is gone: so is the conversation
//! ```

use crate::channel::Channel;
use std::io;
use std::time::Duration;
use tds::packet::{Header, PacketType, Status};
use tds::rows::{Column, ColumnType, Value};
use tds::token::{Body, Done, DoneStatus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

/// A batch whose answer takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// A row, so often, without end.
    Rows(Duration),
    /// Nothing, then the end.
    Wait(Duration),
}

/// How it went on.
pub(crate) enum End {
    /// The answer is over; the connection is good.
    Answered,
    /// The client left, or said something that makes no sense now.
    Gone,
}

impl Flow {
    /// By the batch's words: an endless loop around a SELECT and a pause, or nothing but a pause.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.to_ascii_lowercase();
        let pause = delay(words.split_once("waitfor delay '")?.1)?;
        if words.contains("while 1 = 1 begin select ") {
            Some(Self::Rows(pause))
        } else {
            words
                .starts_with("waitfor delay ")
                .then_some(Self::Wait(pause))
        }
    }

    /// Answers, its pauses made longer or shorter.
    pub(crate) async fn answer(self, channel: &mut Channel, scale: f64) -> io::Result<End> {
        match self {
            Self::Rows(pause) => loop {
                channel.write_all(&row()?).await?;
                channel.flush().await?;
                if let Some(end) = pass(channel, pause.mul_f64(scale)).await? {
                    return Ok(end);
                }
            },
            Self::Wait(pause) => {
                if let Some(end) = pass(channel, pause.mul_f64(scale)).await? {
                    return Ok(end);
                }
                finish(channel, DoneStatus::empty()).await?;
                Ok(End::Answered)
            }
        }
    }
}

/// Waits; how the answer came to its end meanwhile, if it did.
async fn pass(channel: &mut Channel, pause: Duration) -> io::Result<Option<End>> {
    let mut first = [0; 8];
    let count = tokio::select! {
        () = sleep(pause) => return Ok(None),
        count = channel.read(&mut first) => count?,
    };
    let is_attention = count > 0 && first.first() == Some(&PacketType::ATTENTION.0);
    if !is_attention {
        return Ok(Some(End::Gone));
    }
    finish(channel, DoneStatus::ATTENTION).await?;
    Ok(Some(End::Answered))
}

async fn finish(channel: &mut Channel, status: DoneStatus) -> io::Result<()> {
    let done = [Body::Done(Done::new(status))];
    let payload = tds::token::encode(&done).map_err(io::Error::other)?;
    let packets = tds::packet::message(PacketType::REPLY, &payload);
    channel.write_all(&packets).await?;
    channel.flush().await
}

/// A packet with one row, not the last of its message.
fn row() -> io::Result<Vec<u8>> {
    let tokens = [
        Body::Columns(vec![Column::new("linecheck", ColumnType::Int)]),
        Body::Row(vec![Value::Int(1)]),
        Body::Done(Done::new(DoneStatus::MORE)),
    ];
    let payload = tds::token::encode(&tokens).map_err(io::Error::other)?;
    let length = payload.len().saturating_add(tds::limits::PACKET_MIN);
    let header = Header {
        kind: PacketType::REPLY,
        status: Status::empty(),
        length: u16::try_from(length).map_err(io::Error::other)?,
        spid: 0,
        packet_id: 1,
        window: 0,
    };
    let mut packet = header.encode().to_vec();
    packet.extend(payload);
    Ok(packet)
}

/// `hh:mm:ss.mmm'`, at most a day.
fn delay(text: &str) -> Option<Duration> {
    let (time, _) = text.split_once('\'')?;
    let mut parts = time.splitn(3, ':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let last = parts.next()?;
    let (seconds, fraction) = last.split_once('.').unwrap_or((last, "0"));
    let seconds: u64 = seconds.parse().ok()?;
    if hours > 23 || minutes > 59 || seconds > 59 || fraction.len() > 9 {
        return None;
    }
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let whole = Duration::from_secs(hours * 3_600 + minutes * 60 + seconds);
    Some(whole + Duration::try_from_secs_f64(fraction).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loops_and_waits_take_their_time() {
        let ms = Duration::from_millis;
        for (sql, expected) in [
            (
                "SET NOCOUNT ON; WHILE 1 = 1 BEGIN SELECT 1 AS a; WAITFOR  DELAY '00:00:00.200'; END",
                Some(Flow::Rows(ms(200))),
            ),
            ("waitfor delay '00:01:02'", Some(Flow::Wait(ms(62_000)))),
            (
                "WAITFOR DELAY '01:00:00.5'",
                Some(Flow::Wait(ms(3_600_500))),
            ),
            ("WAITFOR DELAY '24:00:00'", None),
            ("WAITFOR DELAY 'soon'", None),
            ("WAITFOR DELAY '00:00:01", None),
            ("WAITFOR TIME '10:00'", None),
            ("SELECT 1; WAITFOR DELAY '00:00:01'", None),
            ("SELECT 1", None),
        ] {
            assert_eq!(Flow::of(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_row_is_a_packet_that_is_not_the_last() {
        let row = row().expect("a row");
        let header = Header::decode(&row).expect("a header");
        assert_eq!(usize::from(header.length), row.len());
        assert!(!header.status.contains(Status::END));
        let reply = tds::token::decode(&row[8..]);
        assert!(reply.stopped.is_none() && reply.rows().count() == 1);
    }
}
