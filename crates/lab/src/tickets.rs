//! Windows logins by Kerberos: the system's GSSAPI accepts them, with the keys of `KRB5_KTNAME`. Only with the feature
//! `integrated`.

use crate::login::Answer;
use crate::reply;
use cross_krb5::{AcceptFlags, K5ServerCtx as _, ServerCtx, Step};
use tds::login7::Received;
use tds::token::Body;

/// What a login with a ticket is answered: in, with the proof that the key is known here; else 18452.
pub(crate) async fn judge(login: &Received) -> Answer {
    let token = login.sspi.clone();
    let accepted = tokio::task::spawn_blocking(move || accept(&token)).await;
    match accepted {
        Ok(Ok(proof)) => {
            let mut tokens = vec![Body::Sspi(proof)];
            tokens.extend(reply::accepted(login));
            Answer::In(tokens)
        }
        Ok(Err(error)) => {
            tracing::debug!(error, "a ticket was not accepted");
            Answer::Out(reply::untrusted_domain())
        }
        Err(_) => Answer::Fin,
    }
}

fn accept(token: &[u8]) -> Result<Vec<u8>, String> {
    let words = |error| format!("{error:#}");
    let flags = AcceptFlags::DISABLE_CONFIDENTIALITY;
    let pending = ServerCtx::new(flags, None, None).map_err(words)?;
    match pending.step(token).map_err(words)? {
        Step::Finished((mut context, proof)) => {
            let client = context.client().map_err(words)?;
            tracing::debug!(client, "a ticket was accepted");
            Ok(proof.map_or_else(Vec::new, |proof| proof.to_vec()))
        }
        Step::Continue(_) => Err("Kerberos wants a second round".to_owned()),
    }
}
