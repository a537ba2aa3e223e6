//! One hop: its names, then all its addresses at once. Its end goes out as soon as it is known; the rest of the
//! hop goes on beside it.

use crate::address;
use crate::beside::Note;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::instance;
use crate::names::{self, Question};
use crate::policy::Purpose;
use crate::prelogin::{self, Offer};
use crate::record::{Place, StepLog};
use crate::run::Run;
use crate::signer::{Signer, Unsigned};
use crate::{tcp, tls};
use futures::FutureExt;
use futures::future::{join, join_all};
use model::{Closer, Encryption, FailureCode, HopTarget, StepKind, Subject};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::{Mutex, oneshot};
use tokio::time::Instant;

/// Where a hop goes, and for what.
#[derive(Clone)]
pub(crate) struct Hop<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) place: Place,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) database: String,
    pub(crate) purpose: Purpose,
    /// Segments are held to so many bytes; absent for what the system chooses.
    pub(crate) segment: Option<u32>,
    /// Where one connection is wanted, all addresses are tried at once and the first that connects is taken.
    pub(crate) at_once: bool,
}

/// How a hop ended, as far as it decides what comes next.
#[derive(Clone, Debug)]
pub(crate) enum HopEnd {
    /// Logged in here.
    Accepted(SocketAddr),
    /// Sent elsewhere from here.
    Routed { from: SocketAddr, to: HopTarget },
    /// No login; why, when one was to be.
    Ended(Option<Failure>),
}

/// A connection that may carry a login.
pub(crate) struct Ready<'a> {
    pub(crate) connection: Connection<'a>,
    pub(crate) encrypted: bool,
}

/// Lets one address log in at a time, and remembers how it went.
pub(crate) struct Desk {
    tell: Option<oneshot::Sender<HopEnd>>,
    pub(crate) end: Option<HopEnd>,
    /// Why the last address could not log in.
    pub(crate) failure: Option<Failure>,
    /// Login steps so far, skipped ones included.
    pub(crate) logins: u32,
}

impl Desk {
    /// The hop's end is known.
    pub(crate) fn decide(&mut self, end: HopEnd) {
        if let Some(tell) = self.tell.take() {
            // Nobody listens when the run is over.
            let _ = tell.send(end.clone());
        }
        self.end.get_or_insert(end);
    }
}

impl<'a> Hop<'a> {
    /// Who signs in; why nobody does, otherwise.
    pub(crate) fn signer(&self) -> Result<&'a Signer, &'a Unsigned> {
        self.run.signer.as_ref()
    }

    /// Whether the login brings an access token.
    pub(crate) fn brings_token(&self) -> bool {
        matches!(self.signer(), Ok(Signer::Entra(_)))
    }

    pub(crate) fn subject(&self, endpoint: Option<SocketAddr>) -> Subject {
        Subject {
            host: Some(self.host.clone()),
            port: self.port,
            endpoint: endpoint.map(|endpoint| endpoint.to_string()),
            source: None,
        }
    }

    pub(crate) fn start(&self, kind: StepKind, endpoint: SocketAddr) -> StepLog<'a> {
        self.run
            .recorder
            .start(kind, self.place, self.subject(Some(endpoint)))
    }

    /// What this hop's certificate is held against.
    pub(crate) fn rule(&self) -> tls::Rule<'_> {
        tls::Rule {
            name: &self.host,
            roots: Arc::clone(&self.run.context.trust),
            trust_anyway: self.run.plan.options.trust_server_certificate,
            encryption: self.encryption(),
        }
    }

    /// The version of TLS that the plan wants.
    pub(crate) fn encryption(&self) -> Encryption {
        self.run.plan.options.encryption
    }

    /// TDS 8: TLS comes first.
    pub(crate) fn is_strict(&self) -> bool {
        self.encryption() == Encryption::Strict
    }

    /// TCP, PRELOGIN and TLS once more, under a step that goes on.
    pub(crate) async fn connect_again(
        &self,
        endpoint: SocketAddr,
        step: StepLog<'a>,
        attempt: u32,
    ) -> Result<Ready<'a>, Failure> {
        let limits = &self.run.limits;
        let limit = limits.tcp.timeout;
        let mut connection = tcp::connect_in(endpoint, limit, self.segment, step, attempt).await?;
        match self.secure(&mut connection).await {
            Ok(encrypted) => Ok(Ready {
                connection,
                encrypted,
            }),
            Err(failure) => {
                connection.close(Closer::Us).await;
                Err(failure)
            }
        }
    }

    /// PRELOGIN and TLS; whether it is encrypted.
    pub(crate) async fn secure(&self, connection: &mut Connection<'a>) -> Result<bool, Failure> {
        let limits = &self.run.limits;
        let deadline = Instant::now() + limits.prelogin;
        if self.is_strict() {
            tls::handshake(connection, &self.rule(), Instant::now() + limits.tls).await?;
            let deadline = Instant::now() + limits.prelogin;
            prelogin::inside_tls(connection, self.brings_token(), deadline).await?;
            return Ok(true);
        }
        let offer = prelogin::exchange(connection, self.brings_token(), deadline).await?;
        if self.may_go_on_clear(offer)? {
            return Ok(false);
        }
        tls::handshake(connection, &self.rule(), Instant::now() + limits.tls).await?;
        Ok(true)
    }

    /// Whether to go on without TLS.
    pub(crate) fn may_go_on_clear(&self, offer: Offer) -> Result<bool, Failure> {
        match offer {
            Offer::Tls => Ok(false),
            Offer::NoEncryption if self.run.plan.options.allow_clear_text => Ok(true),
            Offer::NoEncryption => Err(Failure::new(
                FailureCode::EncryptionNotOffered,
                "the server says that it does not support encryption",
            )),
        }
    }
}

/// Makes the hop; its end goes out through `tell` as soon as it is known, and is returned at last.
pub(crate) async fn make(hop: &Hop<'_>, tell: oneshot::Sender<HopEnd>) -> HopEnd {
    let desk = Mutex::new(Desk {
        tell: Some(tell),
        end: None,
        failure: None,
        logins: 0,
    });
    let (found, addresses) = oneshot::channel();
    let run = hop.run;
    let names = async {
        let question = Question {
            host: &hop.host,
            timeout: run.limits.dns,
            outside: run.plan.options.external_resolver,
        };
        let sources = &run.context.names;
        let aliases = names::look_up(run.recorder, hop.place, question, sources, found).await;
        let hop = hop.place.hop;
        run.notes.tell(Note::Aliases { hop, aliases });
    };
    let connects = async {
        if let Ok(addresses) = addresses.await {
            run.notes.tell(Note::Found {
                hop: hop.place.hop,
                host: hop.host.clone(),
                addresses: addresses.clone(),
            });
            match hop.port {
                Some(port) => connect(hop, &addresses, port, &desk).await,
                None => by_instance(hop, &addresses, &desk).await,
            }
        }
        leave(hop, &mut *desk.lock().await);
    };
    join(names, connects).await;
    let end = desk.into_inner().end;
    end.unwrap_or(HopEnd::Ended(None))
}

/// Everything at every address that may be reached.
async fn connect(hop: &Hop<'_>, addresses: &[IpAddr], port: u16, desk: &Mutex<Desk>) {
    let (allowed, refused) = decide_all(hop, addresses, port);
    if allowed.is_empty() {
        desk.lock().await.failure = refused;
    }
    // Boxed: what is inside is deep enough for the compiler as it is.
    let each = |endpoint| address::make(hop, endpoint, desk).boxed();
    join_all(allowed.into_iter().map(each)).await;
}

/// The same, at the port that SQL Browser on this host tells.
async fn by_instance(hop: &Hop<'_>, addresses: &[IpAddr], desk: &Mutex<Desk>) {
    match instance::look_up(hop, addresses).await {
        Ok(port) => {
            let told = Hop {
                port: Some(port),
                purpose: Purpose::Instance,
                ..hop.clone()
            };
            connect(&told, addresses, port, desk).await;
        }
        Err(failure) => {
            let why = "SQL Browser did not tell the port of the instance";
            hop.run.recorder.skip(
                StepKind::TcpConnect,
                hop.place,
                hop.subject(None),
                FailureCode::NotReached,
                Some(why),
            );
            desk.lock().await.failure = Some(failure);
        }
    }
}

/// Every address is through: what is still undecided stays so.
fn leave(hop: &Hop<'_>, desk: &mut Desk) {
    if desk.logins == 0 {
        let (code, why) = match hop.signer() {
            Ok(_) => (FailureCode::NotReached, None),
            Err(unsigned) => (unsigned.code.clone(), unsigned.why),
        };
        hop.run
            .recorder
            .skip(StepKind::TdsLogin, hop.place, hop.subject(None), code, why);
    }
    let failure = desk.failure.take();
    desk.decide(HopEnd::Ended(failure));
}

/// The endpoints that the policy allows; every other one is a step that says so, and the last reason.
fn decide_all(
    hop: &Hop<'_>,
    addresses: &[IpAddr],
    port: u16,
) -> (Vec<SocketAddr>, Option<Failure>) {
    let mut allowed = Vec::new();
    let mut refused = None;
    for address in addresses {
        let endpoint = SocketAddr::new(*address, port);
        match hop.run.context.policy.decide(endpoint, hop.purpose) {
            Ok(()) => allowed.push(endpoint),
            Err(refusal) => {
                let failure = Failure::new(FailureCode::PolicyRefused, refusal.to_string());
                hop.run.recorder.skip(
                    StepKind::TcpConnect,
                    hop.place,
                    hop.subject(Some(endpoint)),
                    failure.code.clone(),
                    failure.detail.as_deref(),
                );
                refused = Some(failure);
            }
        }
    }
    (allowed, refused)
}
