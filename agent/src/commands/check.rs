//! `check`: one run with no portal.

use super::identity::IdentityFrom;
use super::plan::{LoginArguments, OptionArguments, TargetArguments, plan, printed};
use super::secret::PasswordFrom;
use super::trace::TraceArguments;
use super::{
    EXIT_CODES, SourceArguments, answer, asked_to_stop, host_name, log_if_asked, state_home, trust,
};
use crate::terminal::{Live, Style};
use agent::check::{self, Check, Folder, Kept, Left, Written};
use anyhow::{Context as _, bail};
use clap::Args;
use model::lasting::PlannedStatement;
use model::{Plan, PlanLogin};
use probe::{Allow, LoginBudget};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Makes one run from this host, without a portal, and says what is wrong
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    login: LoginArguments,
    #[command(flatten)]
    password: PasswordFrom,
    /// Prints one JSON document in place of the words
    #[arg(long)]
    json: bool,
    /// Folder for AllFiles.zip and its files [default: a new one here, named after the run]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Writes nothing at all; failed logins are not remembered either
    #[arg(long, conflicts_with_all = ["out", "state_dir", "writes_really", "link_really"])]
    no_files: bool,
    /// Folder where failed logins are remembered, so that three in ten minutes are not exceeded
    #[arg(long, env = "LINECHECK_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Lets the run connect to more than the built-in rules do: ADDRESS[/PREFIX][:PORT[-PORT]]; may be repeated
    #[arg(long, value_name = "RULE")]
    allow: Vec<Allow>,
    /// Roots (PEM) that may sign a server's certificate, beside this host's own
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    #[command(flatten)]
    identity: IdentityFrom,
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    trace: TraceArguments,
    #[command(flatten)]
    options: OptionArguments,
}

/// Makes the run; answers with the exit code.
pub(crate) async fn check(arguments: Arguments) -> anyhow::Result<u8> {
    log_if_asked();
    let password = match (arguments.login.token()?, arguments.password.read()?) {
        (Some(_), Some(_)) => bail!("a token and a password: give one of them"),
        (token, password) => token.or(password),
    };
    let planned = plan(
        &arguments.target,
        &arguments.login,
        &arguments.options,
        password.is_some(),
    )?;
    if let Some(link) = &planned.plan.options.lasting.instance_link
        && link.dry_run
    {
        return dry_run(&probe::link_statements(&planned.plan), arguments.json);
    }
    let instance_password = arguments.options.link.password()?;
    let mut context = probe::Context::of_this_host();
    trust(&mut context, arguments.trust.as_deref())?;
    arguments.identity.clone().apply(&mut context);
    arguments.sources.give(&mut context)?;
    for rule in &arguments.allow {
        context.policy = context.policy.allow(rule.clone());
    }
    let remembers = remembers(&arguments);
    context.budget = budget(&arguments, &planned.plan, remembers.as_deref())?;
    if let Some(dir) = &remembers {
        context.journal = check::journal(dir, &planned.plan);
    }
    let folder = folder(&arguments, &planned.plan)?;
    let kept = Kept::default();
    arguments.trace.set(&mut context.trace);
    if folder.is_some() {
        context.keep = Some(Arc::new(kept.clone()));
    }

    let mut live = Live::on_stderr();
    for note in &planned.notes {
        live.say(note);
    }
    if let Some(dir) = &remembers {
        let passwords = [password.as_ref(), instance_password.as_ref()];
        let left = check::clean_left(dir, &planned.plan, passwords, &context).await;
        tell_left(&mut live, left);
    }
    let cancel = CancellationToken::new();
    tokio::spawn({
        let cancel = cancel.clone();
        async move {
            asked_to_stop().await;
            cancel.cancel();
            // Twice means: now.
            asked_to_stop().await;
            std::process::exit(i32::from(super::COULD_NOT_RUN));
        }
    });
    let check = Check {
        plan: planned.plan,
        password,
        instance_password,
        context,
        host: host_name(),
    };
    let mut log = check::run(check, cancel, |log| live.see(log)).await;
    log.put_beside(kept.take());
    drop(live);

    let written = match folder {
        None => Ok(None),
        Some(folder) => {
            let run = log.view().context("the run left no log")?;
            folder.write(&run, &log).map(Some)
        }
    };
    // The answer is worth more than the files: it comes even when they could not be written.
    let files = written.as_ref().ok().and_then(Option::as_ref);
    let code = answer(&log, arguments.json, files)?;
    if let (Some(files), false) = (files, arguments.json) {
        tell(files);
    }
    written?;
    Ok(code)
}

/// What a link would send, and no run.
fn dry_run(statements: &[PlannedStatement], json: bool) -> anyhow::Result<u8> {
    let text = match json {
        true => serde_json::to_string_pretty(statements)? + "\n",
        false => printed(statements),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(0)
}

/// The folder where something is remembered from run to run.
fn remembers(arguments: &Arguments) -> Option<PathBuf> {
    if arguments.no_files {
        return None;
    }
    let named = arguments.state_dir.clone();
    named.or_else(|| Some(state_home()?.join("linecheck-check")))
}

fn budget(
    arguments: &Arguments,
    plan: &Plan,
    dir: Option<&Path>,
) -> anyhow::Result<Arc<dyn LoginBudget>> {
    if arguments.no_files || plan.login == PlanLogin::None {
        return Ok(check::budget_in_memory());
    }
    let dir = dir.context(
        "this host has no usual place to remember failed logins: name one with --state-dir",
    )?;
    Ok(check::budget(dir)?)
}

/// What earlier runs left on servers, and what became of it.
fn tell_left(live: &mut Live, left: std::io::Result<Vec<Left>>) {
    let all = match left {
        Ok(all) => all,
        Err(error) => {
            return live.say(&format!("What earlier runs left cannot be read: {error}."));
        }
    };
    for Left { place, gone, left } in all {
        if gone > 0 {
            live.say(&format!(
                "Of an earlier run, {gone} objects at {place} are gone now."
            ));
        }
        if left.is_empty() {
            continue;
        }
        live.say(&format!(
            "An earlier run left {} objects at {place}. A check there with the same sign-in takes them away; by hand:",
            left.len()
        ));
        for object in left {
            live.say(&format!("  {}", object.drop));
        }
    }
}

/// Made before the run, so that a place that cannot be written is known at once.
fn folder(arguments: &Arguments, plan: &Plan) -> anyhow::Result<Option<Folder>> {
    if arguments.no_files {
        return Ok(None);
    }
    if let Some(dir) = &arguments.out {
        return Ok(Some(Folder::named(dir.clone())?));
    }
    let here = std::env::current_dir().context("the current folder is gone")?;
    Ok(Some(Folder::after(&here, &check::folder_name(plan))?))
}

fn tell(files: &Written) {
    let style = Style::of_stdout();
    let show = |path: &std::path::Path| bundle::escape::plain(&path.to_string_lossy());
    let _ = write!(
        std::io::stdout(),
        "\n{}\n  {:<12}{}\n  {:<12}{}\n",
        style.bold("Files"),
        "To read",
        show(&files.folder.join("report.html")),
        "To send on",
        show(&files.archive)
    );
}
