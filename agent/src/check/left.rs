//! What earlier runs from this folder left on servers, because their process was ended: taken away when the password
//! is given again, told of with the statements that drop it otherwise.

use crate::clock::Clock;
use crate::journal::{self, Found, RunJournal};
use crate::secret::Opened;
use model::{Plan, ServerObject};
use std::io;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What became of an earlier run's objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Server and database.
    pub place: String,
    /// How many are gone now.
    pub gone: usize,
    /// Those that are left, the next to be dropped first.
    pub left: Vec<ServerObject>,
}

/// A journal for this run, under the folder that remembers.
#[must_use]
pub fn journal(dir: &Path, plan: &Plan) -> Arc<dyn probe::Journal> {
    let dir = dir.join("journal");
    Arc::new(RunJournal::new(&dir, plan, None, Clock::default().now()))
}

/// Takes away what earlier runs left at the place that `plan` names, with its sign-ins (its own, and that at the managed
/// instance of its link), and says what is left.
///
/// # Errors
/// When the journal cannot be read.
pub async fn clean_left(
    dir: &Path,
    plan: &Plan,
    passwords: [Option<&Zeroizing<String>>; 2],
    context: &probe::Context,
) -> io::Result<Vec<Left>> {
    let mut all = Vec::new();
    for mut found in journal::find(&dir.join("journal"))? {
        let before = found.entry.open().count();
        if is_same(&found, plan) {
            let [own, instance] = passwords.map(|one| one.cloned());
            journal::clean(&mut found, &Opened { own, instance }, context).await?;
        }
        let left: Vec<ServerObject> = found.entry.open().rev().cloned().collect();
        if left.is_empty() {
            found.held.remove()?;
        }
        let target = &found.entry.plan.target;
        all.push(Left {
            place: format!("{}, database {}", target.server, target.database),
            gone: before.saturating_sub(left.len()),
            left,
        });
    }
    Ok(all)
}

/// Whether the sign-in at hand is the one that the earlier run had, for the same place.
fn is_same(found: &Found, plan: &Plan) -> bool {
    let earlier = &found.entry.plan;
    let instance = |plan: &Plan| {
        let link = plan.options.lasting.instance_link.as_ref();
        link.map(|link| (link.instance.clone(), link.user.clone()))
    };
    let same_instance = instance(earlier).is_none() || instance(earlier) == instance(plan);
    earlier.target == plan.target && earlier.login == plan.login && same_instance
}
