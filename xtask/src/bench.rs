//! `cargo xtask bench`: the figures that the product promises, measured on what is shipped.
//!
//! The measuring stands in the crate `tests`; here it is built in release and started.

use crate::{page, parts::Parts, test, tools, windows};
use anyhow::{Context, Result, ensure};

/// Options of `bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Times, memory and bytes beside their targets; ratios are measured in one run
    Speed {
        /// Only the rows whose name holds this
        #[arg(default_value = "")]
        only: String,
    },
    /// A thousand viewers, readers that stop reading, and callers that mean ill
    Flood {
        /// Only the parts whose name holds this: viewers, stalled, hostile
        #[arg(default_value = "")]
        only: String,
    },
    /// Processes killed and links cut during runs; then what happens to what lasts, and how often the verdict is right
    Drills {
        /// How often each process is killed and each link cut
        #[arg(long, default_value_t = 20)]
        kills: u32,
        #[command(flatten)]
        lasting: Lasting,
    },
    /// Every way to break a connection, and how often the verdict is right; how long verdicts take
    Faults {
        /// How often each
        #[arg(long, default_value_t = 30)]
        repeats: u32,
        /// Only the faults whose name holds this, and no times
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Memory and processor time of an agent that waits
    Rest,
    /// The list of 100,000 runs beside that of 1,000, on both databases
    History,
    /// Bytes of the page and of the programs
    Size,
    /// The agent's Windows program under Wine: help, and a run with no portal
    Windows,
}

/// Drills of what lasts.
#[derive(clap::Args)]
struct Lasting {
    /// How often each drill of what lasts
    #[arg(long, default_value_t = 30)]
    repeats: u32,
    /// So many of them at a time
    #[arg(long, default_value_t = 12)]
    at_once: u32,
    /// Only the drills of what lasts whose name holds this, and no kills
    #[arg(long, default_value = "", hide_default_value = true)]
    only: String,
    /// Only timers as they are in the field, once, for 31 minutes
    #[arg(long)]
    real_time: bool,
}

/// Builds what is needed and measures.
pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    let mut parts = Parts::default();
    let result = match &arguments.what {
        What::Speed { only } => speed(&mut parts, only),
        What::Flood { only } => flood(&mut parts, only),
        What::Drills { kills, lasting } => drills(&mut parts, *kills, lasting),
        What::Faults { repeats, only } => faults(&mut parts, *repeats, only),
        What::Rest => rest(&mut parts),
        What::History => history(&mut parts),
        What::Size => size(&mut parts),
        What::Windows => windows::bench(&mut parts),
    };
    parts.print();
    result
}

fn shipped(parts: &mut Parts) -> Result<()> {
    parts.part("page", || {
        tools::rustup_target()?;
        page::build(true)
    })?;
    programs(parts)
}

fn programs(parts: &mut Parts) -> Result<()> {
    parts.part("programs", || {
        let packages = [
            "--package",
            "tests",
            "--package",
            "server",
            "--package",
            "lab",
        ];
        let mut command = tools::cargo(&["build", "--release", "--bins"]);
        tools::succeed(command.args(packages).args(["--package", "agent"]))
    })
}

fn speed(parts: &mut Parts, only: &str) -> Result<()> {
    shipped(parts)?;
    measure(parts, "speed", only)
}

/// Callers that read the API and not the page.
fn flood(parts: &mut Parts, only: &str) -> Result<()> {
    programs(parts)?;
    measure(parts, "flood", only)
}

/// An agent needs no page.
fn rest(parts: &mut Parts) -> Result<()> {
    programs(parts)?;
    measure(parts, "speed", "rest")
}

fn measure(parts: &mut Parts, bench: &str, only: &str) -> Result<()> {
    parts.part(bench, || {
        tools::succeed(
            tools::cargo(&[
                "bench",
                "--package",
                "tests",
                "--package",
                "server",
                "--bench",
                bench,
            ])
            .env("LINECHECK_BENCH_ONLY", only),
        )
    })
}

fn history(parts: &mut Parts) -> Result<()> {
    parts.part("history", || {
        let words = ["bench", "--package", "tests", "--bench", "history"];
        tools::succeed(&mut tools::cargo(&words))
    })
}

fn drills(parts: &mut Parts, kills: u32, asked: &Lasting) -> Result<()> {
    let words = [
        "test",
        "--package",
        "tests",
        "--test",
        "drills",
        "--test",
        "postgres_drills",
        "--test",
        "net",
        "--",
        "--skip",
        "lasting::",
        "--skip",
        "replica::",
    ];
    if asked.only.is_empty() && !asked.real_time {
        let counts = parts.part("drills", || {
            test::run(&words, &[("LINECHECK_DRILLS", &kills.to_string())])
        })?;
        println!("\n{counts}");
        ensure!(counts.is_fine(), "a drill failed");
        replicas(parts)?;
    }
    lasting(parts, asked)
}

/// How often each drill of a session between replicas.
const REPLICAS: &str = "100";

fn replicas(parts: &mut Parts) -> Result<()> {
    let words = [
        "test",
        "--package",
        "tests",
        "--test",
        "net",
        "--",
        "--nocapture",
        "replica::",
    ];
    let counts = parts.part("replicas", || {
        test::run(&words, &[("LINECHECK_DRILLS", REPLICAS)])
    })?;
    println!("\n{counts}");
    ensure!(
        counts.is_fine(),
        "a session was called lost that was not, or kept that was lost"
    );
    Ok(())
}

fn lasting(parts: &mut Parts, asked: &Lasting) -> Result<()> {
    let words = [
        "test",
        "--package",
        "tests",
        "--test",
        "net",
        "--",
        "--nocapture",
        "lasting::",
    ];
    let repeats = asked.repeats.to_string();
    let at_once = asked.at_once.to_string();
    let mut variables = vec![
        ("LINECHECK_DRILLS_REPEATS", repeats.as_str()),
        ("LINECHECK_DRILLS_AT_ONCE", &at_once),
        ("LINECHECK_DRILLS_ONLY", &asked.only),
    ];
    if asked.real_time {
        variables.push(("LINECHECK_REAL_TIME", "1"));
    }
    let counts = parts.part("what lasts", || test::run(&words, &variables))?;
    println!("\n{counts}");
    ensure!(
        counts.is_fine(),
        "a verdict was wrong, or proven and not so"
    );
    Ok(())
}

fn faults(parts: &mut Parts, repeats: u32, only: &str) -> Result<()> {
    let words = [
        "test",
        "--package",
        "tests",
        "--test",
        "net",
        "--",
        "--nocapture",
        "faults::",
    ];
    let variables = [
        ("LINECHECK_FAULTS", repeats.to_string()),
        ("LINECHECK_FAULTS_ONLY", only.to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let counts = parts.part("faults", || test::run(&words, &variables))?;
    println!("\n{counts}");
    ensure!(counts.is_fine(), "a verdict was wrong, or late");
    Ok(())
}

fn size(parts: &mut Parts) -> Result<()> {
    shipped(parts)?;
    println!("\nprograms, release:");
    for name in ["linecheck", "linecheck-agent", "linecheck-lab"] {
        let file = tools::target_dir()
            .join("release")
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let bytes = std::fs::metadata(&file)
            .with_context(|| format!("{} was not built", file.display()))?
            .len();
        println!(
            "  {name:<16} {:>6.1} MiB",
            bytes as f64 / f64::from(1 << 20)
        );
    }
    Ok(())
}
