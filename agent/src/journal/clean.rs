//! Taking away what an earlier run left on a server.

use super::Found;
use std::io;
use zeroize::Zeroizing;

/// The secret to sign in with again.
pub(crate) type Opened = Option<Zeroizing<String>>;

/// One try. What is gone is written down; what is not stays open in `found`. Answers why, when something is left.
pub(crate) async fn clean(
    found: &mut Found,
    secret: Opened,
    context: &probe::Context,
) -> io::Result<Option<String>> {
    let open: Vec<_> = found.entry.open().cloned().collect();
    if open.is_empty() {
        return Ok(None);
    }
    let context = probe::Context {
        // The file is kept here.
        journal: std::sync::Arc::new(probe::NoJournal),
        ..context.clone()
    };
    let secret = secret.map(|secret| probe::Secret::new(secret.as_str().to_owned()));
    let plan = &found.entry.plan;
    let cleaned = probe::clean(plan, secret, &context, &open).await;
    if !cleaned.gone.is_empty() {
        found.entry.gone.extend(cleaned.gone);
        found.held.write(&found.entry)?;
    }
    Ok(cleaned.why)
}
