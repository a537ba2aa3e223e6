//! A connection's life: its socket, its phases with their clocks, a deadline on everything, and one record
//! of its end.
//!
//! ```text
//! Connection::new (TCP) ──begin(Prelogin)──▶ … ──begin(Tls)──▶ … ──begin(Login)──▶ …
//!        │ close(): who ended it is what was seen (FIN, RST, time-out), else the caller's word
//!        └ dropped: the run was cancelled or its deadline passed
//! ```
//! However it ends, exactly one `closed` observation is written, to the step that used it last.

use crate::record::{StepLog, micros_between};
use crate::stream::{Counted, Duplex, Meter, PeerEnd, is_given_up, is_reset};
use model::{Closer, Closing, Observation, Phase, PhaseTime};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// Longest wait for a last word (TLS close_notify, FIN) to leave.
const LAST_WORD: Duration = Duration::from_millis(50);

/// Why nothing more came, or could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    TimedOut,
    Fin,
    Rst,
    /// The layer below could not make sense of it.
    Other(String),
}

pub(crate) struct Connection<'a> {
    io: Option<Box<dyn Duplex>>,
    /// Under `io`, and closed with it.
    socket: Weak<TcpStream>,
    endpoint: SocketAddr,
    local: String,
    meter: Meter,
    log: StepLog<'a>,
    attempt: u32,
    phases: Vec<(Phase, Instant, Option<Instant>)>,
    closer: Option<Closer>,
    given_up: bool,
    told: bool,
    fed_auth_required: Option<bool>,
}

impl<'a> Connection<'a> {
    pub(crate) fn new(
        stream: TcpStream,
        endpoint: SocketAddr,
        started: Instant,
        log: StepLog<'a>,
        attempt: u32,
    ) -> Self {
        // Small messages, each waited for: Nagle's delay would be measured as the server's.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was not set");
        }
        let local = stream
            .local_addr()
            .map_or_else(|_| "unknown".to_owned(), |local| local.to_string());
        let meter = Meter::default();
        let stream = Arc::new(stream);
        Self {
            socket: Arc::downgrade(&stream),
            io: Some(Box::new(Counted::new(stream, meter.clone()))),
            endpoint,
            local,
            meter,
            log,
            attempt,
            phases: vec![(Phase::Tcp, started, Some(Instant::now()))],
            closer: None,
            given_up: false,
            told: false,
            fed_auth_required: None,
        }
    }

    pub(crate) fn endpoint(&self) -> SocketAddr {
        self.endpoint
    }

    pub(crate) fn local(&self) -> &str {
        &self.local
    }

    /// The socket itself, to look at it; `None` once it is closed.
    pub(crate) fn socket(&self) -> Option<Arc<TcpStream>> {
        self.socket.upgrade()
    }

    /// Whether the system gave it up, because nobody acknowledged for too long.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up
    }

    /// Bytes that came, as the wire carried them.
    pub(crate) fn received(&self) -> u64 {
        self.meter.tally().received
    }

    /// Closes the socket at once, without a last word.
    pub(crate) fn drop_socket(&mut self) {
        self.io = None;
    }

    /// The step that uses it.
    pub(crate) fn log(&self) -> StepLog<'a> {
        self.log
    }

    /// From now on another step uses it.
    pub(crate) fn used_by(&mut self, log: StepLog<'a>, attempt: u32) {
        self.log = log;
        self.attempt = attempt;
    }

    /// A phase that ended before there was a connection.
    pub(crate) fn came_after(&mut self, phase: Phase, started: Instant, ended: Instant) {
        self.phases.insert(0, (phase, started, Some(ended)));
    }

    /// What the server's PRELOGIN says of federated authentication.
    pub(crate) fn fed_auth_required(&self) -> Option<bool> {
        self.fed_auth_required
    }

    /// Keeps it.
    pub(crate) fn note_fed_auth(&mut self, required: Option<bool>) {
        self.fed_auth_required = required;
    }

    /// Records a fact under the step that uses it.
    pub(crate) fn observe(&self, observation: Observation) {
        self.log.observe(Some(self.attempt), observation);
    }

    /// Begins a phase; the one before it ends.
    pub(crate) fn begin(&mut self, phase: Phase) {
        self.end_phase();
        self.meter.begin_phase();
        self.phases.push((phase, Instant::now(), None));
    }

    /// Ends the present phase, and says so when its reply came in unusually many pieces.
    pub(crate) fn end_phase(&mut self) {
        let Some((phase, _, end @ None)) = self.phases.last_mut() else {
            return;
        };
        *end = Some(Instant::now());
        let phase = *phase;
        let tally = self.meter.tally().phase;
        if u64::from(tally.reads) > (tally.bytes / 256).max(8)
            && let Some((first, last)) = tally.span
        {
            self.observe(Observation::FragmentedReply {
                phase,
                reads: tally.reads,
                bytes: tally.bytes,
                elapsed_us: micros_between(first, last),
            });
        }
    }

    /// Sends all of it.
    pub(crate) async fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), Broken> {
        let Some(io) = self.io.as_mut() else {
            return Err(Broken::Fin);
        };
        let sent = timeout_at(deadline, async {
            io.write_all(bytes).await?;
            io.flush().await
        })
        .await;
        self.judge(sent)
    }

    /// Reads what is there, at least one byte.
    pub(crate) async fn receive<'b>(
        &mut self,
        buffer: &'b mut [u8],
        deadline: Instant,
    ) -> Result<&'b [u8], Broken> {
        let Some(io) = self.io.as_mut() else {
            return Err(Broken::Fin);
        };
        let read = timeout_at(deadline, io.read(buffer)).await;
        match self.judge(read)? {
            0 => Err(self.broken(Broken::Fin)),
            count => Ok(buffer.get(..count).unwrap_or_default()),
        }
    }

    /// Gives the stream away to put a layer on it, or to hand it to a driver.
    pub(crate) fn take(&mut self) -> Option<Box<dyn Duplex>> {
        self.io.take()
    }

    /// Takes the layered stream back.
    pub(crate) fn put(&mut self, io: Box<dyn Duplex>) {
        self.io = Some(io);
    }

    /// Notes a break that was seen outside [`Self::send`] and [`Self::receive`].
    pub(crate) fn broken(&mut self, broken: Broken) -> Broken {
        let closer = match &broken {
            Broken::TimedOut => Closer::Timeout,
            Broken::Fin => Closer::PeerFin,
            Broken::Rst => Closer::PeerRst,
            Broken::Other(_) => return broken,
        };
        self.closer.get_or_insert(closer);
        broken
    }

    /// Makes a break out of an error of the stream.
    pub(crate) fn broken_by(&mut self, error: &io::Error) -> Broken {
        let end = self.meter.tally().end;
        self.given_up |= is_given_up(error);
        let broken = match end {
            _ if is_reset(error) => Broken::Rst,
            Some(PeerEnd::Rst) => Broken::Rst,
            Some(PeerEnd::Fin) => Broken::Fin,
            None if error.kind() == io::ErrorKind::UnexpectedEof => Broken::Fin,
            None => Broken::Other(error.to_string()),
        };
        self.broken(broken)
    }

    fn judge<T>(
        &mut self,
        result: Result<io::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, Broken> {
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.broken_by(&error)),
            Err(_) => Err(self.broken(Broken::TimedOut)),
        }
    }

    /// Ends it; `otherwise` says who did when the peer did not.
    pub(crate) async fn close(mut self, otherwise: Closer) {
        self.end_phase();
        if let Some(mut io) = self.io.take()
            && self.ended_by().is_none()
        {
            // Politeness: whether it arrives changes nothing.
            let _ = timeout(LAST_WORD, io.shutdown()).await;
        }
        let closer = self.ended_by().unwrap_or(otherwise);
        self.tell(closer);
    }

    /// Who ended it, as far as that was seen.
    fn ended_by(&self) -> Option<Closer> {
        self.closer.or_else(|| {
            self.meter.tally().end.map(|end| match end {
                PeerEnd::Fin => Closer::PeerFin,
                PeerEnd::Rst => Closer::PeerRst,
            })
        })
    }

    fn tell(&mut self, closer: Closer) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let tally = self.meter.tally();
        let recorder = self.log.recorder();
        let phases: Vec<_> = self
            .phases
            .iter()
            .map(|(phase, started, ended)| PhaseTime {
                phase: *phase,
                started_us: recorder.micros(*started),
                elapsed_us: micros_between(*started, ended.unwrap_or_else(Instant::now)),
            })
            .collect();
        self.observe(Observation::Closed(Closing {
            endpoint: self.endpoint.to_string(),
            local: self.local.clone(),
            closer,
            sent: tally.sent,
            received: tally.received,
            last_phase: phases.last().map_or(Phase::Tcp, |last| last.phase),
            phases,
        }));
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        // The socket first: the record says that it is closed.
        self.io = None;
        let closer = self.ended_by().unwrap_or(Closer::Cancelled);
        self.tell(closer);
    }
}
