//! What lasts, as arguments: minutes to hours, once the login has gone well.

use clap::Args;
use model::lasting::{DataFlow, IdleLadder, Lasting};
use std::time::Duration;

/// What is done for longer, beside each other.
#[derive(Args, Debug)]
#[command(next_help_heading = "What lasts")]
pub(super) struct LastingArguments {
    /// Holds connections that are idle for longer and longer, with and without keep-alive: quick (to 120 s), full (to
    /// 31 min), or idle times like 30s,4min,500ms
    #[arg(long, value_name = "quick|full|LIST", value_parser = ladder)]
    idle_ladder: Option<IdleLadder>,
    /// Holds queries that return data, for so long (60s, 10min, 2h)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    data_flow: Option<Duration>,
}

/// What the arguments ask for.
pub(super) fn lasting_of(asked: &LastingArguments) -> Lasting {
    Lasting {
        idle_ladder: asked.idle_ladder.clone(),
        data_flow: asked.data_flow.map(|lasts| DataFlow {
            lasts_ms: whole_ms(lasts),
            ..DataFlow::default()
        }),
        ..Lasting::default()
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn ladder(text: &str) -> Result<IdleLadder, String> {
    let rungs_ms = match text {
        "quick" => return Ok(IdleLadder::default()),
        "full" => IdleLadder::FULL_MS.to_vec(),
        list => list
            .split(',')
            .map(|rung| duration(rung.trim()).map(whole_ms))
            .collect::<Result<_, _>>()?,
    };
    Ok(IdleLadder {
        rungs_ms,
        ..IdleLadder::default()
    })
}

/// `500ms`, `30s`, `4min`, `2h`, `1d`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let unit_ms: u64 = match unit.trim() {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        other => return Err(format!("{other:?} is no unit: ms, s, min, h or d")),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "this is no duration: 30s, 4min, 2h".to_owned())?;
    let ms = number.checked_mul(unit_ms);
    ms.map(Duration::from_millis)
        .ok_or_else(|| "this is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_by_name_and_by_list() {
        assert_eq!(ladder("quick"), Ok(IdleLadder::default()));
        let full = ladder("full").expect("a ladder");
        assert_eq!(full.rungs_ms.last(), Some(&1_850_000));
        let own = ladder("500ms, 30s,4min,90").expect("a ladder");
        assert_eq!(own.rungs_ms, [500, 30_000, 240_000, 90_000]);
        for wrong in [
            "",
            "slow",
            "30x",
            "-1s",
            "30s,,1min",
            "99999999999999999999h",
        ] {
            assert!(ladder(wrong).is_err(), "{wrong}");
        }
    }
}
