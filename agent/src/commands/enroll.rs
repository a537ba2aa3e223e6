//! `enroll`: makes this host's agent known to a portal, once.

use super::secret::line_of_stdin;
use super::{data_dir, host_name, log_if_asked, read_ca};
use agent::enrolment::{Error, Request, enrol};
use anyhow::{Context as _, ensure};
use clap::Args;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

/// Makes this host's agent known to a portal, with the token of an enrolment (its Agents page makes one)
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the portal is, for example https://portal.example.net
    #[arg(long, env = "LINECHECK_PORTAL", value_name = "URL")]
    portal: String,
    /// The enrolment's token; without it and --token-file the first line of standard input
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    /// File that holds the enrolment's token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// What people see as "run from" [default: this host's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The agent's own folder: key, token, spool [default: linecheck-agent where this user's programs keep state]
    #[arg(long, env = "LINECHECK_AGENT_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Certificates (PEM) that may sign the portal's, beside the usual roots; a copy is kept
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Lets this enrolment take the place of an earlier one
    #[arg(long)]
    replace: bool,
}

/// Enrols.
pub(crate) async fn enroll(arguments: Arguments) -> anyhow::Result<u8> {
    log_if_asked();
    let token = token(&arguments)?;
    let request = Request {
        portal: arguments.portal.trim_end_matches('/').to_owned(),
        token,
        name: arguments.name.unwrap_or_else(host_name),
        data_dir: data_dir(arguments.data_dir)?,
        ca: arguments.ca.as_deref().map(read_ca).transpose()?,
        replace: arguments.replace,
    };
    let dir = request.data_dir.clone();
    let (enrolment, fingerprint) = enrol(request).await.map_err(explain)?;
    let show = |text: &str| bundle::escape::plain(text);
    let _ = write!(
        std::io::stdout(),
        "Enrolled as {}.\n  Agent        {}\n  Fingerprint  {fingerprint}\n  Folder       {}\n\nCompare the fingerprint \
         with the one on the portal's Agents page, then start the agent:\n  linecheck-agent run --data-dir {}\n",
        show(&enrolment.name),
        enrolment.agent,
        show(&dir.to_string_lossy()),
        show(&dir.to_string_lossy()),
    );
    Ok(0)
}

fn token(arguments: &Arguments) -> anyhow::Result<String> {
    let token = match (&arguments.token, &arguments.token_file) {
        (Some(token), _) => token.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the token from {}", file.display()))?,
        (None, None) => {
            if std::io::stdin().is_terminal() {
                let _ = write!(std::io::stderr(), "Token of the enrolment: ");
            }
            line_of_stdin()
                .context("cannot read the token from standard input")?
                .to_string()
        }
    };
    let token = token.trim().to_owned();
    ensure!(!token.is_empty(), "the enrolment's token is empty");
    Ok(token)
}

/// What to do about it, where that is known.
fn explain(error: Error) -> anyhow::Error {
    let Error::Portal(cause) = &error else {
        return error.into();
    };
    let what = match cause {
        _ if cause.is_untrusted() => {
            "the portal's certificate is not trusted: give its CA with --ca FILE. Nothing was sent"
        }
        client::Error::Transport(_) => {
            "the portal was not reached: look at its address, at what stands between, and at HTTPS_PROXY and NO_PROXY"
        }
        _ if cause.code() == Some("enrolment_refused") => {
            "the portal does not take this token: it works once and for 15 minutes. Make a new one on the portal's \
             Agents page"
        }
        client::Error::Unexpected { .. } => "what answered is not a portal",
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(what)
}
