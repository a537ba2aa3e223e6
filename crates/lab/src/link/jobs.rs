//! Jobs that run: each step connects, and says so as PowerShell would.

use super::catalog::JobStep;
use super::replies::{self, Refused};
use super::{Fault, Link, Part};
use std::sync::Arc;
use std::time::Duration;
use tds::token::Body;
use tokio::time::{Instant, sleep};

const SUCCEEDED: i32 = 1;
/// Between two looks at a job that runs.
const LOOK: Duration = Duration::from_millis(10);

/// Starts a job. It goes on by itself.
pub(super) fn start(link: &Arc<Link>, name: &str) -> Result<(), Refused> {
    if link.fault() == Fault::AgentStopped {
        return Err(Refused::AgentStopped);
    }
    let mut catalog = link.catalog();
    let job = catalog.job_mut(name)?;
    if !job.has_server || job.steps.is_empty() {
        return Err(Refused::NotThere(name.to_owned()));
    }
    if job.is_running {
        return Err(Refused::AgentStopped);
    }
    job.is_running = true;
    job.history.clear();
    let steps = job.steps.clone();
    drop(catalog);
    if link.fault() != Fault::NeverEnds {
        tokio::spawn(run(Arc::clone(link), name.to_owned(), steps));
    }
    Ok(())
}

async fn run(link: Arc<Link>, name: String, steps: Vec<JobStep>) {
    let is_instance = matches!(link.part, Part::Instance(..));
    let mut history = Vec::new();
    for (number, step) in (1..).zip(&steps) {
        let (address, reached) = link.net.connect(&step.host, step.port, is_instance).await;
        let truth = if reached { "True" } else { "False" };
        let words = if step.quiet {
            format!(
                "Job '{name}' : Step {number}, '{}' : Began Executing\r\n\r\n{truth}\r\n",
                step.name
            )
        } else {
            let address = address.map(|ip| ip.to_string()).unwrap_or_default();
            format!(
                "Executed as user: practice. RemoteAddress    : {address}  RemotePort       : {}  TcpTestSucceeded : \
                 {truth}  The step succeeded.",
                step.port
            )
        };
        history.push((number, SUCCEEDED, words));
    }
    history.push((0, SUCCEEDED, "The job succeeded.".to_owned()));
    // Whoever took it away does not want to know.
    if let Ok(job) = link.catalog().job_mut(&name) {
        job.is_running = false;
        job.history = history;
    }
}

/// Starts the job of a procedure and waits for its end, at most as long as the procedure says; then its log.
pub(super) async fn execute(link: &Arc<Link>, procedure: &str) -> Result<Vec<Body>, Refused> {
    let found = link.catalog().procedure(procedure).cloned();
    let (job, limit) = found.ok_or_else(|| Refused::NotThere(procedure.to_owned()))?;
    start(link, &job)?;
    let until = Instant::now() + Duration::from_millis(limit);
    loop {
        let (history, first) = {
            let mut catalog = link.catalog();
            let known = catalog.job_mut(&job)?;
            let first = known.steps.first().map(|step| step.name.clone());
            (known.history.clone(), first.unwrap_or_default())
        };
        let log = history.into_iter().find(|(number, ..)| *number == 1);
        if let Some((.., words)) = log {
            return Ok(replies::texts(&["step_name", "log"], &[vec![first, words]]));
        }
        if Instant::now() >= until {
            return Ok(replies::texts(&["step_name", "log"], &[]));
        }
        sleep(LOOK).await;
    }
}
