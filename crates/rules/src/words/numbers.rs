//! Durations with three significant digits, and counts.

/// A duration from microseconds: `850 µs`, `1.25 ms`, `61.2 ms`, `12 ms` where it is exact, `5.01 s`, `3 min 20 s`,
/// `2 h 30 min`, `7 d`.
#[must_use]
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..999_500 => format!("{} ms", three_digits(us, 1_000)),
        999_500..99_950_000 => format!("{} s", three_digits(us, 1_000_000)),
        _ => {
            let seconds = us.saturating_add(500_000) / 1_000_000;
            match seconds {
                0..7_200 => two_units(seconds, 60, "min", "s"),
                7_200..172_800 => two_units(seconds.saturating_add(30) / 60, 60, "h", "min"),
                _ => two_units(seconds.saturating_add(1_800) / 3_600, 24, "d", "h"),
            }
        }
    }
}

/// `3 min 20 s`, or `3 min` where nothing is left over.
fn two_units(smaller: u64, in_one: u64, one: &str, small: &str) -> String {
    match (smaller / in_one, smaller % in_one) {
        (whole, 0) => format!("{whole} {one}"),
        (whole, rest) => format!("{whole} {one} {rest} {small}"),
    }
}

/// A size: `512 B`, `1.5 KiB`, `50 MiB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", three_digits(bytes, 1_024)),
        _ => format!("{} MiB", three_digits(bytes, 1_048_576)),
    }
}

/// `value / unit` with three significant digits, without zeros that say nothing.
fn three_digits(value: u64, unit: u64) -> String {
    for decimals in [2_u32, 1, 0] {
        let scale = 10_u64.pow(decimals);
        let scaled = (u128::from(value) * u128::from(scale) * 2 / u128::from(unit)).div_ceil(2);
        if scaled < 1_000 || decimals == 0 {
            let scaled = u64::try_from(scaled).unwrap_or(u64::MAX);
            let (whole, part) = (scaled / scale, scaled % scale);
            if part == 0 {
                return whole.to_string();
            }
            let width = decimals as usize;
            return format!("{whole}.{part:0width$}")
                .trim_end_matches('0')
                .to_owned();
        }
    }
    String::new()
}

/// A number with its noun: `1 address`, `5 addresses`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{count, duration};

    #[test]
    fn three_significant_digits() {
        for (us, text) in [
            (0, "0 µs"),
            (850, "850 µs"),
            (1_000, "1 ms"),
            (1_254, "1.25 ms"),
            (12_000, "12 ms"),
            (61_240, "61.2 ms"),
            (61_250, "61.3 ms"),
            (99_960, "100 ms"),
            (123_456, "123 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (1_000_000, "1 s"),
            (5_014_000, "5.01 s"),
            (12_345_678, "12.3 s"),
            (99_949_999, "99.9 s"),
            (200_000_000, "3 min 20 s"),
            (1_860_000_000, "31 min"),
            (7_199_000_000, "119 min 59 s"),
            (7_200_000_000, "2 h"),
            (9_010_000_000, "2 h 30 min"),
            (172_800_000_000, "2 d"),
            (604_810_000_000, "7 d"),
        ] {
            assert_eq!(duration(us), text, "{us}");
        }
        assert!(duration(u64::MAX).contains(" d"));
    }

    #[test]
    fn counts_have_their_noun() {
        assert_eq!(count(1, "address", "addresses"), "1 address");
        assert_eq!(count(0, "address", "addresses"), "0 addresses");
    }
}
