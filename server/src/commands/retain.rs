//! `retain`: takes old runs away once, by hand; `linecheck serve --keep-days` does so every hour.

use super::place::Place;
use anyhow::ensure;
use clap::Args;
use server::Timing;
use server::artifacts::{self, Folder};
use server::runs::{self, Keep};
use server::store;
use std::io::Write as _;

/// Take away settled runs that are too old or too many; the portal may go on working
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Keep the runs of the last N days
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Keep the newest N runs
    #[arg(long, value_name = "N")]
    keep_runs: Option<u64>,
    /// Only say how many would go
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    place: Place,
}

/// Takes them away, or counts them.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let keep = Keep {
        days: arguments.keep_days,
        runs: arguments.keep_runs,
    };
    ensure!(
        keep != Keep::default(),
        "say what to keep: --keep-days N, --keep-runs N, or both"
    );
    let settings = arguments.place.settings()?;
    let store = store::beside(&settings.data_dir, settings.database()?.as_ref()).await?;
    let kept = keep.at(chrono::Utc::now());
    let (count, what) = if arguments.dry_run {
        (
            runs::not_kept(store.as_ref(), &kept).await?,
            "that would go",
        )
    } else {
        let pause = Timing::default().sweep_pause;
        let count = runs::retain(store.as_ref(), &kept, pause).await?;
        artifacts::sweep(store.as_ref(), &Folder::in_dir(&settings.data_dir)).await?;
        (count, "taken away")
    };
    store.close().await;
    writeln!(std::io::stdout(), "runs {what}: {count}")?;
    Ok(())
}
