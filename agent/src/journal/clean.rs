//! Taking away what an earlier run left on a server.

use super::Found;
use crate::secret::Opened;
use std::io;

/// One try. What is gone is written down; what is not stays open in `found`. Answers why, when something is left.
pub(crate) async fn clean(
    found: &mut Found,
    secrets: &Opened,
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
    let plan = &found.entry.plan;
    let cleaned = probe::clean(plan, secrets, &context, &open).await;
    if !cleaned.gone.is_empty() {
        found.entry.gone.extend(cleaned.gone);
        found.held.write(&found.entry)?;
    }
    Ok(cleaned.why)
}
