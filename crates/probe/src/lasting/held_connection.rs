//! A connection of our own that is held: logged in, or past TLS where nobody logs in. Its two halves, sending and
//! reading, can be called apart, so that a caller can cut it in between.
//!
//! ```text
//! open ──▶ idle ──send──▶ sent ──receive──▶ idle
//!            │ stirs(): something came, or it ended, and when
//!            │ look(): how it stands, without a round trip
//!            └ cut(): RST at once │ close(): a last word and FIN
//! ```
//! What it records is what every connection records: its phases, and one `closed`.

use super::socket_state;
use super::tcp_counters;
use crate::connection::{Broken, Connection};
use crate::hop::Hop;
use crate::login::{NotThere, walk};
use crate::message::{self, Why};
use crate::record::{StepLog, bounded};
use crate::signer::Signer;
use model::lasting::{Standing, TcpCounters};
use model::{Closer, Phase, PlanLogin};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tds::limits::{MESSAGE_BEFORE_LOGIN, PACKET_MAX};
use tds::packet::{Header, PacketType, Status};
use tds::token::{Change, EnvKind, Reply, ServerMessage};
use tokio::io::Interest;
use tokio::time::Instant;

/// Bytes of one reply.
const REPLY_BYTES: usize = MESSAGE_BEFORE_LOGIN;
/// Characters of what is wrong.
const WORDS: usize = 500;

/// Why there was no answer, or nothing could be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    /// How the connection stands now. `Silent`: nothing within the limit. `Unasked`: what came is no answer.
    pub(crate) standing: Standing,
    /// The system's words, or what is wrong with the answer.
    pub(crate) why: Option<String>,
    /// ERROR tokens that came before the end.
    pub(crate) errors: Vec<ServerMessage>,
}

impl Lost {
    /// Without words.
    pub(crate) fn of(standing: Standing) -> Self {
        Self {
            standing,
            why: None,
            errors: Vec::new(),
        }
    }
}

/// A held connection.
pub(crate) struct HeldConnection<'a> {
    connection: Connection<'a>,
    is_logged_in: bool,
    /// What was seen of its end. Looking takes an error off the socket, so it is kept here.
    ended: Option<Standing>,
    /// The transaction that is open on it, by the server's number; 0 = none.
    transaction: u64,
    /// Bytes of a message that never becomes whole.
    nudged: u16,
}

/// Who logs in on held connections: nobody, where the run's own login was only meant to be refused.
pub(crate) fn signer<'a>(hop: &Hop<'a>) -> Option<&'a Signer> {
    match hop.run.plan.login {
        PlanLogin::Dummy => None,
        _ => hop.signer().ok(),
    }
}

impl<'a> HeldConnection<'a> {
    /// Opens one, redirects followed. `number` is the attempt of the step that its facts belong to.
    pub(crate) async fn open(
        hop: Hop<'a>,
        step: StepLog<'a>,
        number: u32,
    ) -> Result<Self, NotThere> {
        let signer = signer(&hop);
        let ready = walk(hop, signer, step, number).await?;
        Ok(Self {
            connection: ready.connection,
            is_logged_in: signer.is_some(),
            ended: None,
            transaction: 0,
            nudged: 0,
        })
    }

    /// Whether it takes queries.
    pub(crate) fn is_logged_in(&self) -> bool {
        self.is_logged_in
    }

    /// The other end.
    pub(crate) fn endpoint(&self) -> SocketAddr {
        self.connection.endpoint()
    }

    /// The own end, `ip:port`.
    pub(crate) fn local(&self) -> &str {
        self.connection.local()
    }

    /// Bytes that came so far, as the wire carried them.
    pub(crate) fn received(&self) -> u64 {
        self.connection.received()
    }

    /// Asks, and reads the whole answer: at most so many tokens and bytes as the decoder takes.
    pub(crate) async fn query(&mut self, sql: &str, deadline: Instant) -> Result<Reply, Lost> {
        self.send(sql, deadline).await?;
        self.receive(deadline).await
    }

    /// Asks, and takes an ERROR for a failure: number and text, or what is wrong with the connection.
    pub(crate) async fn ask(&mut self, sql: &str, deadline: Instant) -> Result<Reply, String> {
        let reply = self.query(sql, deadline).await.map_err(|lost| {
            lost.why
                .unwrap_or_else(|| format!("the connection was lost: {:?}", lost.standing))
        })?;
        let error = reply.errors().next();
        let words = error.map(|error| format!("error {}: {}", error.number, error.text));
        match words {
            None => Ok(reply),
            Some(words) => Err(bounded(&words, WORDS)),
        }
    }

    /// Each request has to name the transaction that it belongs to.
    fn note_transaction(&mut self, reply: &Reply) {
        for change in reply.env_changes() {
            match (change.kind, &change.change) {
                (EnvKind::BEGIN_TRANSACTION, Change::Bytes { new, .. }) => {
                    let number = new.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
                    self.transaction = number.unwrap_or_default();
                }
                (EnvKind::COMMIT_TRANSACTION | EnvKind::ROLLBACK_TRANSACTION, _) => {
                    self.transaction = 0;
                }
                _ => {}
            }
        }
    }

    /// Only asks.
    pub(crate) async fn send(&mut self, sql: &str, deadline: Instant) -> Result<(), Lost> {
        let batch = tds::batch::encode_within(sql, self.transaction);
        let bytes = tds::packet::message(PacketType::SQL_BATCH, &batch);
        self.connection.begin(Phase::Query);
        let sent = self.connection.send(&bytes, deadline).await;
        sent.map_err(|broken| self.lost(broken))
    }

    /// Only reads an answer.
    pub(crate) async fn receive(&mut self, deadline: Instant) -> Result<Reply, Lost> {
        let read = message::read(&mut self.connection, REPLY_BYTES, None, deadline).await;
        self.connection.end_phase();
        match read {
            Ok(message) => {
                let reply = tds::token::decode(&message.payload);
                self.note_transaction(&reply);
                Ok(reply)
            }
            Err(partial) => {
                let reply = tds::token::decode(&partial.payload());
                let mut lost = match partial.why {
                    Why::Broken(broken) => self.lost(broken),
                    Why::Stranger => self.no_answer("the reply is not TDS".to_owned()),
                    Why::Malformed(error) => self.no_answer(error.to_string()),
                };
                lost.errors = reply.errors().cloned().collect();
                Err(lost)
            }
        }
    }

    /// Reads what there is of an answer that goes on, at least a byte of it.
    pub(crate) async fn receive_some<'b>(
        &mut self,
        buffer: &'b mut [u8],
        deadline: Instant,
    ) -> Result<&'b [u8], Lost> {
        match self.connection.receive(buffer, deadline).await {
            Ok(bytes) => Ok(bytes),
            Err(broken) => Err(self.lost(broken)),
        }
    }

    /// Sends a few more bytes of a message that never becomes whole, so that the server has nothing to answer: the
    /// way to use a connection that nobody logged in on. What came of it, the counters tell.
    pub(crate) async fn nudge(&mut self, deadline: Instant) -> Result<(), Lost> {
        let header = Header {
            kind: PacketType::LOGIN7,
            status: Status::END,
            length: PACKET_MAX as u16,
            spid: 0,
            packet_id: 1,
            window: 0,
        };
        let whole = header.encode();
        let bytes = match self.nudged {
            0 => whole.as_slice(),
            _ => &[0],
        };
        self.nudged = self.nudged.saturating_add(1);
        let sent = self.connection.send(bytes, deadline).await;
        sent.map_err(|broken| self.lost(broken))
    }

    /// How it stands, seen without a round trip.
    pub(crate) fn look(&mut self) -> Standing {
        if let Some(ended) = self.ended {
            return ended;
        }
        let standing = match self.connection.socket() {
            Some(socket) => socket_state::look(&socket),
            None => Standing::Fin,
        };
        let seen = match standing {
            Standing::Fin => Some(Broken::Fin),
            Standing::Reset => Some(Broken::Rst),
            _ => None,
        };
        if let Some(broken) = seen {
            self.connection.broken(broken);
        }
        if !matches!(standing, Standing::Alive | Standing::Unasked) {
            self.ended = Some(standing);
        }
        standing
    }

    /// Waits until something came that nobody had asked for, or until it ended: the moment, and how it stands then.
    pub(crate) async fn stirs(&mut self) -> (Instant, Standing) {
        loop {
            let Some(socket) = self.connection.socket() else {
                return (Instant::now(), self.look());
            };
            // An error of waiting is an end like any other: looking tells which.
            let _ = socket.ready(Interest::READABLE).await;
            let at = Instant::now();
            // An earlier read may have left the socket called readable: taken back where there is nothing.
            let seen = socket.try_io(Interest::READABLE, || match self.look() {
                Standing::Alive => Err(io::ErrorKind::WouldBlock.into()),
                standing => Ok(standing),
            });
            if let Ok(standing) = seen {
                return (at, standing);
            }
        }
    }

    /// What the system counted of it, where it tells.
    pub(crate) fn counters(&self) -> Option<TcpCounters> {
        let socket = self.connection.socket()?;
        let local = socket.local_addr().ok()?;
        tcp_counters::counters(local, self.connection.endpoint())
    }

    /// Switches keep-alive on: whole seconds.
    pub(crate) fn set_keep_alive(&self, idle: Duration, interval: Duration) -> io::Result<()> {
        let Some(socket) = self.connection.socket() else {
            return Ok(());
        };
        let keep_alive = TcpKeepalive::new().with_time(idle).with_interval(interval);
        SockRef::from(socket.as_ref()).set_tcp_keepalive(&keep_alive)
    }

    /// Ends it at once by RST. What was sent and not yet carried away is lost.
    pub(crate) async fn cut(mut self) {
        if let Some(socket) = self.connection.socket() {
            // Without it the end is FIN: still an end.
            let _ = SockRef::from(socket.as_ref()).set_linger(Some(Duration::ZERO));
        }
        self.connection.drop_socket();
        self.connection.close(Closer::Us).await;
    }

    /// Ends it politely.
    pub(crate) async fn close(self) {
        self.connection.close(Closer::Us).await;
    }

    fn lost(&mut self, broken: Broken) -> Lost {
        let (standing, why) = match broken {
            Broken::TimedOut => (Standing::Silent, None),
            Broken::Fin => (Standing::Fin, None),
            Broken::Rst => (Standing::Reset, None),
            Broken::Other(why) if self.connection.is_given_up() => (Standing::GivenUp, Some(why)),
            Broken::Other(why) => (Standing::Unasked, Some(why)),
        };
        // What was seen first stays: the error was taken off the socket then.
        let standing = match self.ended {
            Some(ended) if standing != Standing::Silent => ended,
            _ => standing,
        };
        if standing != Standing::Silent {
            self.ended.get_or_insert(standing);
        }
        Lost {
            standing,
            why,
            errors: Vec::new(),
        }
    }

    fn no_answer(&self, why: String) -> Lost {
        Lost {
            standing: Standing::Unasked,
            why: Some(why),
            errors: Vec::new(),
        }
    }
}
