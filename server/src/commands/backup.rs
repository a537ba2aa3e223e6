//! `backup`: a copy of the history, also while the portal works.

use super::place::Place;
use anyhow::bail;
use clap::Args;
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
    if let Some(address) = settings.database()? {
        bail!(
            "the history is in {address}: copy it with that database's own tool, `pg_dump --format=custom --file={} …`",
            arguments.file.display()
        );
    }
    let database = settings.data_dir.join("linecheck.db");
    let bytes = server::store::backup(&database, &arguments.file).await?;
    writeln!(
        std::io::stdout(),
        "{} holds the history: {bytes} bytes, read back whole",
        arguments.file.display()
    )?;
    Ok(())
}
