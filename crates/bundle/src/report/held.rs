//! Facts of held connections as lines of plain text.

use crate::escape::plain;
use model::ServerMessage;
use model::lasting::{Flow, FlowEnd, IdleProgress, IdleRung, TcpCounters};
use rules::words::{duration, lane_name, standing_name};

pub(super) fn idle_rung(rung: &IdleRung) -> Vec<String> {
    let mut line = format!(
        "{}, {} to be idle, {} to {}: ",
        lane_name(rung.lane),
        duration(rung.rung_ms.saturating_mul(1_000)),
        plain(&rung.local),
        plain(&rung.endpoint)
    );
    if rung.ended_idle {
        line += &format!(
            "ended by itself after {}: {}",
            duration(rung.idle_us),
            standing_name(rung.looked)
        );
    } else {
        line += &format!("seen without a round trip: {}", standing_name(rung.looked));
    }
    if let (Some(used), Some(took)) = (rung.used, rung.used_us) {
        line += &format!("; used: {} after {}", standing_name(used), duration(took));
    }
    if rung.beats > 0 {
        line += &format!("; {} answers meanwhile", rung.beats);
    }
    if !rung.logged_in {
        line += "; nobody logged in";
    }
    with_rest(line, rung.detail.as_deref(), rung.before, rung.after)
}

pub(super) fn idle_progress(progress: &IdleProgress) -> Vec<String> {
    vec![format!(
        "{} of {} connections are over; {} left",
        progress.over,
        progress.of,
        duration(progress.left_ms.saturating_mul(1_000))
    )]
}

pub(super) fn flow_end(end: &FlowEnd) -> Vec<String> {
    let what = match end.flow {
        Flow::Rows => "rows without end",
        Flow::Wait => "a wait on the server",
    };
    let how = match end.died {
        Some(standing) => format!(
            "{} after {}",
            standing_name(standing),
            duration(end.lasted_us)
        ),
        None => format!("went on for all of {}", duration(end.lasted_us)),
    };
    let line = format!(
        "{what}, {} to {}: {how}; {} bytes came, the last {} before the end",
        plain(&end.local),
        plain(&end.endpoint),
        end.bytes,
        duration(end.quiet_us)
    );
    let mut lines = with_rest(line, end.detail.as_deref(), end.before, end.after);
    lines.extend(end.error.as_ref().map(error));
    lines
}

fn error(error: &ServerMessage) -> String {
    format!(
        "error {}, state {}: {}",
        error.number,
        error.state,
        plain(&error.message)
    )
}

fn with_rest(
    mut line: String,
    detail: Option<&str>,
    before: Option<TcpCounters>,
    after: Option<TcpCounters>,
) -> Vec<String> {
    if let Some(detail) = detail {
        line += &format!(" ({})", plain(detail));
    }
    let counters = |when, counted: TcpCounters| {
        format!(
            "{when}: round trip {}, sent again {}, unacknowledged {}, last acknowledgement {} ago, path MTU {}",
            duration(u64::from(counted.round_trip_us)),
            counted.retransmitted,
            counted.unacknowledged,
            duration(u64::from(counted.last_ack_ms).saturating_mul(1_000)),
            counted.path_mtu
        )
    };
    let mut lines = vec![line];
    lines.extend(before.map(|counted| counters("before", counted)));
    lines.extend(after.map(|counted| counters("after", counted)));
    lines
}
