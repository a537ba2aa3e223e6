//! Values as people write them.

use super::Value;
use std::fmt::Write;

impl Value {
    /// As people write it: `NULL`, `42`, `2026-11-21 08:00:00.1234567`…
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Bit(value) => u8::from(*value).to_string(),
            Self::TinyInt(value) => value.to_string(),
            Self::SmallInt(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::BigInt(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::DateTime2 { days, ticks, scale } => datetime2(*days, *ticks, *scale),
            Self::Guid(value) => value.hyphenated().to_string().to_uppercase(),
            Self::Raw(bytes) => hex(bytes),
        }
    }
}

/// `0x` and the bytes in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2).saturating_add(2));
    text.push_str("0x");
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text
}

fn datetime2(days: u32, ticks: u64, scale: u8) -> String {
    let (year, month, day) = civil(days);
    let per_second = 10_u64.pow(u32::from(scale.min(7)));
    let seconds = ticks / per_second;
    let mut text = format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    if scale > 0 {
        let width = usize::from(scale.min(7));
        let _ = write!(text, ".{:0width$}", ticks % per_second);
    }
    text
}

/// Year, month and day, so many days after 0001-01-01 (proleptic Gregorian).
///
/// Years are counted from 1 March, so that the leap day is a year's last and a month's start is a linear function of it.
fn civil(days: u32) -> (u64, u64, u64) {
    // 0000-03-01 lies 306 days before 0001-01-01.
    let days = u64::from(days) + 306;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = if month_from_march < 10 {
        (month_from_march + 3, 0)
    } else {
        (month_from_march - 9, 1)
    };
    (era * 400 + year_of_era + next_year, month, day)
}
