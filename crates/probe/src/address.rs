//! Everything that is done at one address of a hop.
//!
//! ```text
//! connects ──first established──▶ PRELOGIN ──▶ TLS ──▶ the desk
//!          strict (TDS 8):        TLS ──▶ PRELOGIN ──▶ the desk
//!
//! the desk (one login at a time):
//!   free ──▶ LOGIN7 ──decided──▶ done: every other address skips its login (`done_elsewhere`)
//!                   └─the connection failed──▶ free: the next verified address tries
//! ```

use crate::beside::Note;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::hop::{Desk, Hop, Ready};
use crate::record::{StepLog, Try};
use crate::{login_step, prelogin, route, tcp, tls};
use futures::future::join3;
use model::{Closer, FailureCode, Observation, StepKind};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, oneshot};
use tokio::time::{Instant, timeout};

/// An address where nothing is established by then is looked into.
const SUSPICIOUS: Duration = Duration::from_secs(1);

/// Everything at one address.
pub(crate) async fn make<'a>(hop: &Hop<'a>, endpoint: SocketAddr, desk: &Mutex<Desk>) {
    let step = hop.start(StepKind::TcpConnect, endpoint);
    step.observe(None, Observation::Route(route::to(endpoint.ip())));
    let (first, established) = oneshot::channel();
    let (speaks, silence) = oneshot::channel();
    let connects = tcp::connect_all(endpoint, hop.run.limits.tcp, step, first);
    let conversation = async {
        if let Ok(connection) = established.await {
            hop.run.course.note_reached(endpoint);
            // Nobody listens when the second is over.
            let _ = speaks.send(());
            converse(hop, connection, desk).await;
        }
    };
    let suspicion = async {
        if !matches!(timeout(SUSPICIOUS, silence).await, Ok(Ok(()))) {
            let host = hop.host.clone();
            hop.run.notes.tell(Note::Silent { host, endpoint });
        }
    };
    join3(connects, conversation, suspicion).await;
}

/// PRELOGIN, TLS, and the login or the reason why there is none.
async fn converse<'a>(hop: &Hop<'a>, mut connection: Connection<'a>, desk: &Mutex<Desk>) {
    let endpoint = connection.endpoint();
    if hop.is_strict() {
        return converse_strictly(hop, connection, desk).await;
    }
    let step = hop.start(StepKind::TdsPrelogin, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.prelogin;
    let offer = prelogin::exchange(&mut connection, hop.brings_token(), deadline).await;
    if answered(&offer) {
        let host = hop.host.clone();
        hop.run.notes.tell(Note::Answered { host, endpoint });
    }
    let clear = offer.and_then(|offer| hop.may_go_on_clear(offer));
    let Some((mut connection, clear)) = conclude(step, started, connection, clear).await else {
        return;
    };
    if clear {
        let ready = Ready {
            connection,
            encrypted: false,
        };
        return take_turn(hop, ready, step, desk).await;
    }
    step.ok();
    if !tls::speaks(hop.encryption()) {
        let mut connection = connection;
        let step = hop.start(StepKind::TdsLogin, endpoint);
        connection.used_by(step, 1);
        connection.close(Closer::Us).await;
        let failure = tls::not_spoken(hop.encryption());
        step.skipped(failure.code.clone(), failure.detail.as_deref());
        let mut desk = desk.lock().await;
        desk.logins += 1;
        desk.failure = Some(failure);
        return;
    }
    let step = hop.start(StepKind::TlsHandshake, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.tls;
    let shaken = tls::handshake(&mut connection, &hop.rule(), deadline).await;
    if let Some((connection, chain)) = conclude(step, started, connection, shaken).await {
        hop.run.notes.tell(Note::Chain { chain });
        let ready = Ready {
            connection,
            encrypted: true,
        };
        take_turn(hop, ready, step, desk).await;
    }
}

/// TDS 8: TLS, PRELOGIN inside it, and the login.
async fn converse_strictly<'a>(hop: &Hop<'a>, mut connection: Connection<'a>, desk: &Mutex<Desk>) {
    let endpoint = connection.endpoint();
    // What this address does with each version is asked beside, whatever becomes of this connection.
    let host = hop.host.clone();
    hop.run.notes.tell(Note::Answered { host, endpoint });
    let step = hop.start(StepKind::TlsHandshake, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.tls;
    let shaken = tls::handshake(&mut connection, &hop.rule(), deadline).await;
    let Some((mut connection, chain)) = conclude(step, started, connection, shaken).await else {
        return;
    };
    hop.run.notes.tell(Note::Chain { chain });
    step.ok();
    let step = hop.start(StepKind::TdsPrelogin, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.prelogin;
    let greeted = prelogin::inside_tls(&mut connection, hop.brings_token(), deadline).await;
    if let Some((connection, ())) = conclude(step, started, connection, greeted).await {
        let ready = Ready {
            connection,
            encrypted: true,
        };
        take_turn(hop, ready, step, desk).await;
    }
}

/// Whether somebody said something that makes it worth asking for each version of TLS.
fn answered(offer: &Result<prelogin::Offer, Failure>) -> bool {
    match offer {
        Ok(_) => true,
        Err(failure) => failure.code == FailureCode::NotSqlServer,
    }
}

/// Records a phase's only attempt; on failure closes the connection and ends the step.
async fn conclude<'a, T>(
    step: StepLog<'a>,
    started: Instant,
    connection: Connection<'a>,
    result: Result<T, Failure>,
) -> Option<(Connection<'a>, T)> {
    let failure = result.as_ref().err().cloned();
    step.attempt(Try::over(
        1,
        started,
        Some(connection.local().to_owned()),
        failure.as_ref(),
    ));
    match result {
        Ok(value) => Some((connection, value)),
        Err(failure) => {
            connection.close(Closer::Us).await;
            step.failed(failure.code, failure.detail.as_deref());
            None
        }
    }
}

/// Logs in, or waits for its turn with the connection closed, or says why not. `open` is the step that is
/// still open and fine.
async fn take_turn<'a>(hop: &Hop<'a>, ready: Ready<'a>, open: StepLog<'a>, desk: &Mutex<Desk>) {
    let endpoint = ready.connection.endpoint();
    let encrypted = ready.encrypted;
    let end_open = || {
        open.ok();
        if !encrypted {
            hop.run.recorder.skip(
                StepKind::TlsHandshake,
                hop.place,
                hop.subject(Some(endpoint)),
                FailureCode::EncryptionNotOffered,
                Some("the plan allows clear text"),
            );
        }
    };
    let signer = match hop.signer() {
        Ok(signer) => signer,
        Err(unsigned) => {
            end_open();
            desk.lock().await.logins += 1;
            let mut connection = ready.connection;
            let step = hop.start(StepKind::TdsLogin, endpoint);
            connection.used_by(step, 1);
            connection.close(Closer::Us).await;
            step.skipped(unsigned.code.clone(), unsigned.why);
            return;
        }
    };
    let (mut turn, ready): (MutexGuard<'_, Desk>, _) = match desk.try_lock() {
        Ok(turn) if turn.end.is_none() => {
            end_open();
            (turn, Some(ready))
        }
        taken => {
            drop(taken);
            ready.connection.close(Closer::Us).await;
            end_open();
            (desk.lock().await, None)
        }
    };
    turn.logins += 1;
    let step = hop.start(StepKind::TdsLogin, endpoint);
    if turn.end.is_some() {
        step.skipped(FailureCode::DoneElsewhere, None);
        return;
    }
    match login_step::make(hop, signer, endpoint, step, ready).await {
        Ok(end) => turn.decide(end),
        Err(failure) => turn.failure = Some(failure),
    }
}
