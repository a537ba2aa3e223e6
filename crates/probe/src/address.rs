//! Everything that is done at one address of a hop.
//!
//! ```text
//! connects ──first established──▶ PRELOGIN ──▶ TLS ──▶ the desk
//!
//! the desk (one login at a time):
//!   free ──▶ LOGIN7 ──decided──▶ done: every other address skips its login (`done_elsewhere`)
//!                   └─the connection failed──▶ free: the next verified address tries
//! ```

use crate::connection::Connection;
use crate::failure::Failure;
use crate::hop::{Desk, Hop, Ready};
use crate::record::{StepLog, Try};
use crate::{login_step, prelogin, tcp, tls};
use futures::future::join;
use model::{Closer, FailureCode, StepKind};
use std::net::SocketAddr;
use tokio::sync::{Mutex, MutexGuard, oneshot};
use tokio::time::Instant;

/// Everything at one address.
pub(crate) async fn make<'a>(hop: &Hop<'a>, endpoint: SocketAddr, desk: &Mutex<Desk>) {
    let step = hop.start(StepKind::TcpConnect, endpoint);
    let (first, established) = oneshot::channel();
    let connects = tcp::connect_all(endpoint, hop.run.limits.tcp, step, first);
    let conversation = async {
        if let Ok(connection) = established.await {
            hop.run.course.note_reached(endpoint);
            converse(hop, connection, desk).await;
        }
    };
    join(connects, conversation).await;
}

/// PRELOGIN, TLS, and the login or the reason why there is none.
async fn converse<'a>(hop: &Hop<'a>, mut connection: Connection<'a>, desk: &Mutex<Desk>) {
    let endpoint = connection.endpoint();
    let step = hop.start(StepKind::TdsPrelogin, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.prelogin;
    let offer = prelogin::exchange(&mut connection, hop.brings_token(), deadline).await;
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
    let step = hop.start(StepKind::TlsHandshake, endpoint);
    connection.used_by(step, 1);
    let started = Instant::now();
    let deadline = started + hop.run.limits.tls;
    let shaken = tls::handshake(&mut connection, &hop.rule(), deadline).await;
    if let Some((connection, ())) = conclude(step, started, connection, shaken).await {
        let ready = Ready {
            connection,
            encrypted: true,
        };
        take_turn(hop, ready, step, desk).await;
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
    step.attempt(Try {
        number: 1,
        started,
        ended: Instant::now(),
        code: failure.as_ref().map(|failure| failure.code.clone()),
        local: Some(connection.local().to_owned()),
        detail: failure.as_ref().and_then(|failure| failure.detail.clone()),
    });
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
