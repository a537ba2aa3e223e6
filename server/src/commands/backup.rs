//! `backup`: a copy of the history, also while the portal works.

use super::place::Place;
use anyhow::bail;
use clap::Args;
use server::artifacts::Folder;
use std::io::Write as _;
use std::path::PathBuf;

/// Write a copy of the history to a file; the portal may go on working
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The copy, for its owner only; a file that is there is not written over
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Writes the copy.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let settings = arguments.place.settings()?;
    let beside = Folder::in_dir(&settings.data_dir);
    if let Some(address) = settings.database()? {
        bail!(
            "the history is in {address}: copy it with that database's own tool, `pg_dump --format=custom --file={} …`, and \
             the folder {} with any tool",
            arguments.file.display(),
            beside.path().display()
        );
    }
    let database = settings.data_dir.join("linecheck.db");
    let bytes = server::store::backup(&database, &arguments.file).await?;
    writeln!(
        std::io::stdout(),
        "{} holds the history: {bytes} bytes, read back whole",
        arguments.file.display()
    )?;
    writeln!(
        std::io::stdout(),
        "not in it: the files that agents made beside the logs; copy the folder {} too",
        beside.path().display()
    )?;
    Ok(())
}
