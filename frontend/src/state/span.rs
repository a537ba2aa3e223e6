//! Lengths of time as people type them, and as they are shown in a field.

use rules::words::duration;

/// Units, the longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];
/// No length of time that is asked for has more characters.
const LONGEST: usize = 40;

/// As it stands in a field: the largest unit that it is a whole number of. 120 s is `2 min`, 90 s is `90 s`.
pub(crate) fn text(ms: u64) -> String {
    let whole = UNITS
        .iter()
        .find(|(_, unit)| ms > 0 && ms.is_multiple_of(*unit));
    match whole {
        Some((name, unit)) => format!("{} {name}", ms / unit),
        None => "0 s".to_owned(),
    }
}

/// `30`, `30 s`, `4min`, `1.5 h`, `1 h 30 min`, `500 ms`, in milliseconds; a bare number is seconds, a comma a decimal
/// point.
pub(crate) fn read(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase().replace(',', ".");
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let mut rest = text.as_str();
    let mut sum = 0.0;
    let mut bare = false;
    let mut parts = 0;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, after) = split(rest, is_number);
        let (unit, after) = split(after.trim_start(), |c| !is_number(c) && c != ' ');
        let number: f64 = number.parse().ok()?;
        bare |= unit.is_empty();
        sum += number * unit_ms(unit)? as f64;
        parts += 1;
        rest = after.trim_start();
    }
    // "30 60" is no length of time.
    let fine = sum.is_finite() && sum < u64::MAX as f64 && (parts == 1 || !bare);
    fine.then(|| sum.round() as u64)
}

fn split(text: &str, is_part: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()))
}

fn unit_ms(unit: &str) -> Option<u64> {
    Some(match unit {
        "ms" => 1,
        "" | "s" | "sec" | "second" | "seconds" => 1_000,
        "m" | "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    })
}

/// Several, in a field: seconds where all are whole ones.
pub(crate) fn texts(list: &[u64]) -> String {
    let seconds = list.iter().all(|ms| ms.is_multiple_of(1_000));
    let one = |ms: &u64| match seconds {
        true => (ms / 1_000).to_string(),
        false => text(*ms),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Several, between commas or semicolons; so a decimal point is a point here.
pub(crate) fn read_several(text: &str) -> Option<Vec<u64>> {
    let text = text.trim().trim_end_matches([',', ';']);
    text.split([',', ';']).map(read).collect()
}

/// What is left, in words that change seldom: minutes, then tens of seconds. Never less than there is.
pub(crate) fn left(us: u64) -> String {
    let seconds = us.div_ceil(1_000_000);
    match seconds {
        0..10 => "a few seconds".to_owned(),
        10..120 => format!("{} s", seconds.div_ceil(10) * 10),
        _ => duration(seconds.div_ceil(60).saturating_mul(60_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_type_them() {
        for (typed, ms) in [
            ("30", Some(30_000)),
            ("30 s", Some(30_000)),
            (" 0,5 ", Some(500)),
            ("4min", Some(240_000)),
            ("4 m", Some(240_000)),
            ("1.5 H", Some(5_400_000)),
            ("1 h 30 min", Some(5_400_000)),
            ("2 days", Some(172_800_000)),
            ("500ms", Some(500)),
            ("0", Some(0)),
            ("", None),
            ("soon", None),
            ("5 parsecs", None),
            ("30 60", None),
            ("-1 s", None),
            ("1.2.3 s", None),
            ("s", None),
            ("999999999999999999999999999 d", None),
        ] {
            assert_eq!(read(typed), ms, "{typed:?}");
        }
        assert_eq!(read(&"1".repeat(41)), None);
    }

    #[test]
    fn what_is_shown_reads_the_same() {
        for (ms, shown) in [
            (500, "500 ms"),
            (1_500, "1500 ms"),
            (10_000, "10 s"),
            (90_000, "90 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (604_800_000, "7 d"),
            (0, "0 s"),
        ] {
            assert_eq!(text(ms), shown);
            assert_eq!(read(shown), Some(ms));
        }
    }

    #[test]
    fn lists_are_seconds_unless_something_else_is_said() {
        assert_eq!(texts(&[30_000, 230_000]), "30, 230");
        assert_eq!(texts(&[500, 30_000]), "500 ms, 30 s");
        for (typed, list) in [
            ("30, 60;120", Some(vec![30_000, 60_000, 120_000])),
            ("500 ms, 4 min,", Some(vec![500, 240_000])),
            ("30,,60", None),
            ("", None),
        ] {
            assert_eq!(read_several(typed), list, "{typed:?}");
        }
    }

    #[test]
    fn what_is_left_is_told_calmly() {
        for (us, told) in [
            (0, "a few seconds"),
            (9_000_000, "a few seconds"),
            (9_000_001, "10 s"),
            (41_000_000, "50 s"),
            (119_000_000, "120 s"),
            (120_000_000, "2 min"),
            (121_000_000, "3 min"),
            (9_000_000_000, "2 h 30 min"),
        ] {
            assert_eq!(left(us), told, "{us}");
        }
    }
}
