//! The table that is printed: what was promised beside what was measured.

use std::fmt;
use std::time::Duration;

/// Rows in the order they were measured.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// A figure that must not be over its limit; answers whether it is not.
    pub fn most(&mut self, name: &str, limit: f64, unit: &str, measured: f64) -> bool {
        let is_fine = measured <= limit;
        let fine = if is_fine { "yes" } else { "NO" };
        eprintln!("{name}: {measured:.3} {unit}");
        self.rows.push([
            name.to_owned(),
            format!("≤ {limit} {unit}"),
            format!("{} {unit}", rounded(measured)),
            fine.to_owned(),
        ]);
        is_fine
    }

    /// A figure without a target, or one that could not be had.
    pub fn note(&mut self, name: &str, words: &str) {
        self.rows.push([
            name.to_owned(),
            "–".to_owned(),
            words.to_owned(),
            "–".to_owned(),
        ]);
    }
}

/// Three significant digits.
fn rounded(value: f64) -> String {
    match value.abs() {
        big if big >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n| Figure | Target | Measured | Held |\n|---|---|---|---|"
        )?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

/// The value that `percent` of all are not over.
#[must_use]
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(rank).copied().unwrap_or(f64::NAN)
}

/// In milliseconds.
#[must_use]
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
