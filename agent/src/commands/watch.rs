//! `watch`: follows a run that a portal keeps, with the tree and the exit codes of `check`.

use super::secret::PasswordFrom;
use super::{EXIT_CODES, answer, log_if_asked, read_ca};
use crate::terminal::Live;
use agent::check::RunLog;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use client::{EventStream, Heard, Portal};
use model::RunId;
use std::path::PathBuf;

/// More than any portal keeps of one run: one that sends more is no portal, and would fill the memory.
const MOST_EVENTS: usize = 100_000;

/// Follows a run of a portal until it settles, and says what is wrong
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The run's page or a share link: https://portal/runs/ID, https://portal/s/TOKEN
    #[arg(value_name = "RUN-URL")]
    url: String,
    #[command(flatten)]
    password: PasswordFrom,
    /// Certificates (PEM) that may sign the portal's, beside the usual roots
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Prints one JSON document in place of the words
    #[arg(long)]
    json: bool,
}

/// Follows the run; answers with the exit code.
pub(crate) async fn watch(arguments: Arguments) -> anyhow::Result<u8> {
    log_if_asked();
    let place = Place::read(&arguments.url)?;
    let ca = arguments.ca.as_deref().map(read_ca).transpose()?;
    let mut portal = Portal::with_ca(&place.portal, ca.as_deref().map(str::as_bytes))?;
    if let Some(password) = arguments.password.read()? {
        portal.login(&password).await.map_err(explain)?;
    }
    let mut events = match &place.run {
        Which::Run(run) => portal.events(*run, 0),
        Which::Share(token) => portal.shared_events(token, 0),
    };
    // A mistake in the address is not to be waited for.
    events.connect().await.map_err(explain)?;
    let mut live = Live::on_stderr();
    let log = follow(&mut events, &mut live).await?;
    drop(live);
    if log.outcome().is_none() {
        bail!("the run was deleted before it settled, or the link to it ended");
    }
    answer(&log, arguments.json, None)
}

async fn follow(events: &mut EventStream, live: &mut Live) -> anyhow::Result<RunLog> {
    let mut log = RunLog::default();
    let mut cut = false;
    loop {
        match events.heard().await.map_err(explain)? {
            Heard::Event(event) => {
                if std::mem::take(&mut cut) {
                    live.say("The portal is back.");
                }
                log.take(*event);
                live.see(&log);
                ensure!(
                    log.events().len() <= MOST_EVENTS,
                    "the portal sends more events than a run has"
                );
            }
            Heard::CutOff if !cut => {
                cut = true;
                live.say("The portal does not answer; trying again. The run itself goes on.");
            }
            Heard::CutOff => {}
            Heard::End => return Ok(log),
        }
    }
}

/// What to do about it, where that is known.
fn explain(error: client::Error) -> anyhow::Error {
    let what = match (error.status(), error.code()) {
        _ if error.is_untrusted() => {
            "the portal's certificate is not trusted: give its CA with --ca FILE"
        }
        (_, Some("login_required")) => {
            "this portal has a login: give its password with --password-env VARIABLE or --password-stdin"
        }
        (Some(404), _) => "there is no such run, or the link to it has ended",
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(what)
}

/// Where a run is to be found.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    portal: String,
    run: Which,
}

#[derive(Debug, PartialEq, Eq)]
enum Which {
    Run(RunId),
    Share(String),
}

impl Place {
    /// `PORTAL/runs/ID` or `PORTAL/s/TOKEN`, with or without what a browser puts behind it.
    fn read(url: &str) -> anyhow::Result<Self> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        let (rest, last) = path.rsplit_once('/').unwrap_or_default();
        let found = if let Some(portal) = rest.strip_suffix("/runs") {
            let run = last.parse().context("this is not a run's id")?;
            Some((portal, Which::Run(run)))
        } else if let Some(portal) = rest.strip_suffix("/s") {
            let harmless = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let token = last.chars().all(harmless) && !last.is_empty();
            token.then(|| (portal, Which::Share(last.to_owned())))
        } else {
            None
        };
        let Some((portal, run)) = found else {
            bail!(
                "this is not the address of a run: https://portal/runs/ID or https://portal/s/TOKEN"
            );
        };
        Ok(Self {
            portal: portal.to_owned(),
            run,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Which};

    #[test]
    fn a_run_is_found_by_the_address_of_its_page() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (url, portal) in [
            (
                format!("https://p.example.net/runs/{id}"),
                "https://p.example.net",
            ),
            (
                format!("http://127.0.0.1:8080/runs/{id}/?tab=events#e7"),
                "http://127.0.0.1:8080",
            ),
            (
                format!("https://p.example.net/tools/runs/{id}"),
                "https://p.example.net/tools",
            ),
        ] {
            let place = Place::read(&url).expect("a place");
            assert_eq!(place.portal, portal);
            assert!(matches!(place.run, Which::Run(run) if run.to_string() == id));
        }
        let place = Place::read("https://p.example.net/s/Ab-1_x").expect("a place");
        assert_eq!(place.run, Which::Share("Ab-1_x".to_owned()));
        for bad in [
            "",
            "runs",
            "https://p/runs/7",
            "https://p/s/a%2f",
            "https://p/groups/1",
            "https://p/s/",
        ] {
            assert!(Place::read(bad).is_err(), "{bad}");
        }
    }
}
