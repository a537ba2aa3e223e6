//! Commands of several parts: each is named as it starts, timed, and listed at the end.

use anyhow::Result;
use std::time::{Duration, Instant};

/// The parts done so far.
#[derive(Default)]
pub(crate) struct Parts {
    done: Vec<(String, Duration, bool)>,
}

impl Parts {
    /// Does a part and stops at its failure.
    pub(crate) fn part<T>(&mut self, name: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n== {name}");
        let start = Instant::now();
        let result = act();
        self.done
            .push((name.to_owned(), start.elapsed(), result.is_ok()));
        result
    }

    /// Does a part and goes on after its failure, which is printed; [`Parts::finish`] fails then.
    pub(crate) fn go_on(&mut self, name: &str, act: impl FnOnce() -> Result<()>) {
        if let Err(error) = self.part(name, act) {
            eprintln!("{name}: {error:#}");
        }
    }

    /// Prints the time of each part.
    pub(crate) fn print(&self) {
        println!("\nparts:");
        for (name, time, fine) in &self.done {
            let sign = if *fine { "ok" } else { "FAILED" };
            println!("  {:>7.1} s  {name}: {sign}", time.as_secs_f64());
        }
    }

    /// Prints the time of each part; fails when one did.
    pub(crate) fn finish(&self) -> Result<()> {
        self.print();
        let failed: Vec<_> = self
            .done
            .iter()
            .filter(|(_, _, fine)| !fine)
            .map(|(name, ..)| name.as_str())
            .collect();
        anyhow::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
        Ok(())
    }
}
