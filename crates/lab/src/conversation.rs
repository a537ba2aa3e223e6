//! One connection of one client, acted out by a [`Script`].
//!
//! ```text
//!  Opening     ─► Prelogin, also inside TLS │ Silent
//!  Prelogin    ─► StartingTls │ Login, in clear │ Serving or Closing, for a login without PRELOGIN │ Closing
//!  StartingTls ─► Login │ Silent │ Closing
//!  Login       ─► Serving │ Closing
//!  Serving     ─► Serving, one request further
//!  each        ─► Gone, when the client has left
//! ```
//!
//! Everything before `Serving`, `Silent` and `Closing` shares one deadline. What makes no sense or goes past a limit is cut off.

use crate::answers::{self, Guest};
use crate::certificates::Certificates;
use crate::channel::Channel;
use crate::config::Limits;
use crate::counter::{Counting, count};
use crate::flow::{self, Flow};
use crate::link::{self, Link};
use crate::login::{self, Answer};
use crate::memory::Memory;
use crate::message;
use crate::pace::Paced;
use crate::reply::{self, Agreed};
use crate::script::{Encryption, Login, Opening, Script, Tls};
use crate::store::{Session, Store};
use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;
use tds::packet::{Message, PacketType, Status};
use tds::token::{Body, Change, Done, DoneStatus, EnvChange, EnvKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// How long the lab waits for the client to close too.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes that are read and forgotten of a client that is not listened to.
const IGNORED_BYTES: u64 = 1024 * 1024;

/// All that the conversations of one port share.
pub(crate) struct Host {
    pub(crate) script: Script,
    pub(crate) scale: f64,
    pub(crate) limits: Limits,
    /// Where clients are routed to, if they are.
    pub(crate) route: Option<(Arc<str>, u16)>,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) store: Store,
    /// Its part of a link, if it plays one.
    pub(crate) link: Option<Arc<Link>>,
    pub(crate) counting: Arc<Counting>,
}

enum State {
    Opening(Channel),
    Prelogin(Channel),
    StartingTls(Channel, Agreed),
    Login(Channel, Agreed),
    Serving(Channel, Guest, Session),
    Silent(Channel),
    Closing(Channel, Close),
    Gone,
}

/// How the lab closes.
enum Close {
    /// With all that belongs to it.
    Politely,
    /// With a FIN and nothing else.
    Fin,
    /// With RST.
    Reset,
}

impl Host {
    /// Talks to a client until one of the two has had enough.
    pub(crate) async fn talk(&self, stream: TcpStream) {
        let pace = self.script.pace.map(|pace| self.scaled(pace));
        let start = State::Opening(Channel::Clear(Paced::new(stream, pace)));
        let deadline = self.limits.before_login.mul_f64(self.scale.max(1.0))
            + self.scaled(self.script.prelogin_delay);
        let ended = match timeout(deadline, self.until_login(start)).await {
            Ok(Ok(state)) => self.afterwards(state).await,
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if let Err(error) = ended {
            use io::ErrorKind::{InvalidData, TimedOut};
            if matches!(error.kind(), InvalidData | TimedOut) {
                count(&self.counting.cut_off);
            }
            tracing::debug!(%error, "conversation ended");
        }
    }

    async fn until_login(&self, mut state: State) -> io::Result<State> {
        loop {
            state = match state {
                State::Opening(channel) => self.open(channel).await?,
                State::Prelogin(channel) => self.prelogin(channel).await?,
                State::StartingTls(channel, agreed) => self.start_tls(channel, agreed).await?,
                State::Login(channel, agreed) => self.read_login(channel, agreed).await?,
                reached => return Ok(reached),
            }
        }
    }

    async fn afterwards(&self, mut state: State) -> io::Result<()> {
        loop {
            state = match state {
                State::Serving(channel, guest, session) => {
                    self.serve(channel, guest, session).await?
                }
                State::Silent(channel) => {
                    ignore(channel, self.limits.silence).await;
                    return Ok(());
                }
                State::Closing(channel, how) => return close(channel, how).await,
                _ => return Ok(()),
            }
        }
    }

    async fn open(&self, mut channel: Channel) -> io::Result<State> {
        match self.script.opening {
            Opening::Prelogin => Ok(State::Prelogin(channel)),
            Opening::Silence => Ok(State::Silent(channel)),
            Opening::TlsFirst => {
                let config = self.config();
                let channel = channel.start_bare_tls(config).await?;
                count(&self.counting.tls_handshakes);
                Ok(State::Prelogin(channel))
            }
            Opening::Banner(banner) => {
                channel.write_all(banner).await?;
                channel.flush().await?;
                Ok(State::Silent(channel))
            }
        }
    }

    async fn prelogin(&self, mut channel: Channel) -> io::Result<State> {
        let Some(message) = message::read(&mut channel, self.limits.message_before_login).await?
        else {
            return Ok(State::Gone);
        };
        match message.kind {
            PacketType::PRELOGIN => {}
            // Some old drivers that want no encryption log in at once.
            PacketType::LOGIN7 if self.script.encryption != Encryption::Required => {
                return self.login(channel, &message).await;
            }
            other => {
                return Err(senseless(format!(
                    "packet type 0x{:02X} before PRELOGIN",
                    other.0
                )));
            }
        }
        count(&self.counting.prelogins);
        let request = tds::prelogin::decode(&message.payload).map_err(senseless)?;
        let is_encrypted = channel.is_encrypted();
        let (answer, agreed) = if is_encrypted {
            // Nothing is left to agree on.
            (tds::prelogin::Encryption::NOT_SUPPORTED, Agreed::All)
        } else {
            reply::agree(self.script.encryption, request.encryption())
        };
        let federated = matches!(self.script.login, Login::Federated(_));
        let reply = reply::prelogin(&request, answer, federated)
            .encode()
            .map_err(senseless)?;
        sleep(self.scaled(self.script.prelogin_delay)).await;
        send(&mut channel, &reply).await?;
        Ok(match agreed {
            Agreed::Clear => State::Login(channel, agreed),
            Agreed::LoginOnly | Agreed::All if is_encrypted => State::Login(channel, agreed),
            Agreed::LoginOnly | Agreed::All => State::StartingTls(channel, agreed),
            Agreed::Nothing => State::Closing(channel, Close::Politely),
        })
    }

    async fn start_tls(&self, channel: Channel, agreed: Agreed) -> io::Result<State> {
        match self.script.tls {
            Tls::Silence => return Ok(State::Silent(channel)),
            Tls::Reset => {
                // Only once the client has begun: a reset before that would be one of PRELOGIN.
                let began = channel.stream().peek(&mut [0]).await? > 0;
                return Ok(if began {
                    State::Closing(channel, Close::Reset)
                } else {
                    State::Gone
                });
            }
            Tls::Handshake => {}
            #[cfg(feature = "legacy-tls")]
            Tls::Old(old) => {
                let shown = self.certificates.shown();
                let channel = channel.start_old_tls(old, &shown).await?;
                count(&self.counting.tls_handshakes);
                return Ok(State::Login(channel, agreed));
            }
        }
        let channel = channel.start_tls(self.config()).await?;
        count(&self.counting.tls_handshakes);
        Ok(State::Login(channel, agreed))
    }

    fn config(&self) -> Arc<rustls::ServerConfig> {
        let script = &self.script;
        self.certificates.server(script.certificate, script.speaks)
    }

    async fn read_login(&self, mut channel: Channel, agreed: Agreed) -> io::Result<State> {
        let Some(message) = message::read(&mut channel, self.limits.message_before_login).await?
        else {
            return Ok(State::Gone);
        };
        if message.kind != PacketType::LOGIN7 {
            return Err(senseless(format!(
                "packet type 0x{:02X} before LOGIN7",
                message.kind.0
            )));
        }
        if agreed == Agreed::LoginOnly {
            channel = channel.drop_tls();
        }
        self.login(channel, &message).await
    }

    async fn login(&self, mut channel: Channel, message: &Message) -> io::Result<State> {
        count(&self.counting.logins);
        let login = tds::login7::decode(&message.payload).map_err(senseless)?;
        if login.tds_version.is_before_7_2() {
            return Err(senseless(format!("TDS {} is too old", login.tds_version)));
        }
        let route = self
            .route
            .as_ref()
            .map(|(host, port)| (host.as_ref(), *port));
        let mut answer = login::judge(self.script.login, &login, &self.memory, route);
        #[cfg(feature = "integrated")]
        if self.script.login == Login::Ticket && !login.sspi.is_empty() {
            answer = crate::tickets::judge(&login).await;
        }
        if let Answer::WantsToken(tokens) = &answer {
            send_tokens(&mut channel, tokens).await?;
            let limit = self.limits.message_before_login;
            let Some(message) = message::read(&mut channel, limit).await? else {
                return Ok(State::Gone);
            };
            if message.kind != PacketType::FEDAUTH_TOKEN {
                return Err(senseless("something else where a token should be"));
            }
            let brought = tds::fedauth::decode_token(&message.payload).map_err(senseless)?;
            answer = login::presented(&login, &brought.token.0);
        }
        let tokens = match answer {
            Answer::In(tokens) => tokens,
            Answer::WantsToken(_) => return Err(senseless("a token is wanted twice")),
            Answer::Out(tokens) => {
                send_tokens(&mut channel, &tokens).await?;
                return Ok(State::Closing(channel, Close::Politely));
            }
            Answer::Fin => return Ok(State::Closing(channel, Close::Fin)),
            Answer::Reset => return Ok(State::Closing(channel, Close::Reset)),
        };
        send_tokens(&mut channel, &tokens).await?;
        count(&self.counting.accepted);
        let guest = Guest {
            user: reply::repeated(&login.user_name),
            database: reply::database(&login),
            has_others: self.script.login != Login::DatabaseMissing,
        };
        Ok(State::Serving(channel, guest, Session::default()))
    }

    /// Answers one request.
    async fn serve(
        &self,
        mut channel: Channel,
        mut guest: Guest,
        mut session: Session,
    ) -> io::Result<State> {
        let idle = self.limits.idle;
        let request = timeout(idle, message::read(&mut channel, self.limits.message)).await??;
        let Some(message) = request else {
            return Ok(State::Gone);
        };
        let mut tokens = match message.kind {
            PacketType::ATTENTION => vec![Body::Done(Done::new(DoneStatus::ATTENTION))],
            PacketType::SQL_BATCH => {
                count(&self.counting.requests);
                let batch = tds::batch::decode(&message.payload).map_err(senseless)?;
                if let Some(flow) = Flow::of(&batch.sql) {
                    return Ok(match flow.answer(&mut channel, self.scale).await? {
                        flow::End::Answered => State::Serving(channel, guest, session),
                        flow::End::Gone => State::Gone,
                    });
                }
                match self.of_link(&batch.sql).await {
                    Some(link::Answer::Gone) => return Ok(State::Closing(channel, Close::Reset)),
                    Some(link::Answer::Tokens(mut tokens)) => {
                        answers::more_but_last(&mut tokens);
                        tokens
                    }
                    None => self.answer(&batch, &mut guest, &mut session).await,
                }
            }
            PacketType::RPC => {
                count(&self.counting.requests);
                let call = tds::rpc::decode(&message.payload).map_err(senseless)?;
                match call.statement() {
                    Some(sql) => answers::call(sql, first_text(&call), &mut guest),
                    None => answers::not_understood(),
                }
            }
            _ => answers::not_understood(),
        };
        if wants_reset(&message) {
            tokens.insert(0, reset_acknowledged());
        }
        timeout(idle, send_tokens(&mut channel, &tokens)).await??;
        Ok(State::Serving(channel, guest, session))
    }

    /// By the scenario's database, where it has one and the batch is for it.
    async fn answer(
        &self,
        batch: &tds::batch::Batch,
        guest: &mut Guest,
        session: &mut Session,
    ) -> Vec<Body> {
        if let Some(tokens) = self
            .script
            .replicas
            .and_then(|replicas| replicas.answer(&batch.sql))
        {
            return tokens;
        }
        if self.script.writable {
            let reply = session.batch(&self.store, &batch.sql, batch.transaction());
            if let Some(mut tokens) = reply.await {
                answers::more_but_last(&mut tokens);
                return tokens;
            }
        }
        answers::batch(&batch.sql, guest)
    }

    async fn of_link(&self, sql: &str) -> Option<link::Answer> {
        self.link.as_ref()?.batch(sql).await
    }

    fn scaled(&self, delay: Duration) -> Duration {
        delay.mul_f64(self.scale)
    }
}

fn wants_reset(message: &Message) -> bool {
    message.headers.first().is_some_and(|header| {
        header
            .status
            .intersects(Status::RESET | Status::RESET_KEEP_TRANSACTION)
    })
}

fn reset_acknowledged() -> Body {
    Body::EnvChange(EnvChange {
        kind: EnvKind::RESET_ACK,
        change: Change::Bytes {
            new: Vec::new(),
            old: Vec::new(),
        },
    })
}

/// The first parameter of a call's statement, when it is text: what comes after the statement and its declarations.
fn first_text(call: &tds::rpc::Call) -> Option<&str> {
    match &call.parameters.get(2)?.value {
        tds::rows::Value::Text(text) => Some(text),
        _ => None,
    }
}

async fn send(channel: &mut Channel, payload: &[u8]) -> io::Result<()> {
    let packets = tds::packet::message(PacketType::REPLY, payload);
    channel.write_all(&packets).await?;
    channel.flush().await
}

async fn send_tokens(channel: &mut Channel, tokens: &[Body]) -> io::Result<()> {
    send(channel, &tds::token::encode(tokens).map_err(senseless)?).await
}

async fn close(mut channel: Channel, how: Close) -> io::Result<()> {
    match how {
        Close::Reset => {
            return socket2::SockRef::from(channel.stream()).set_linger(Some(Duration::ZERO));
        }
        Close::Fin => socket2::SockRef::from(channel.stream()).shutdown(Shutdown::Write)?,
        Close::Politely => timeout(LINGER, channel.shutdown()).await??,
    }
    // Unread bytes would turn the FIN into RST.
    ignore(channel, LINGER).await;
    Ok(())
}

/// Reads and forgets until the client closes, or long enough.
async fn ignore(channel: Channel, at_most: Duration) {
    let mut bytes = channel.take(IGNORED_BYTES);
    let _gone = timeout(at_most, tokio::io::copy(&mut bytes, &mut tokio::io::sink())).await;
}

fn senseless(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
