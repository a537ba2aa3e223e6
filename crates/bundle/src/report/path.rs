//! Facts about a way's capacity as lines.

use crate::escape::plain;
use model::lasting::{
    AddressOrder, AddressesTried, LocalPorts, RampEnd, RampStage, SizeAnswer, SizedMessage,
    SynTimes,
};
use rules::words::duration;

pub(super) fn local_ports(ports: &LocalPorts) -> Vec<String> {
    let range = match ports.range {
        Some((low, high)) => format!("ports {low} to {high} are handed out"),
        None => "the range of ports is not known".to_owned(),
    };
    vec![format!(
        "{range}; {} connections on this host, {} of them ended and waiting, {} to this server and port",
        ports.connections, ports.waiting, ports.to_endpoint
    )]
}

pub(super) fn ramp_stage(stage: &RampStage) -> Vec<String> {
    let mut line = format!(
        "from +{}: {} connects begun, {} established, {} open",
        duration(stage.from_us),
        stage.tried,
        stage.established,
        stage.open
    );
    if let (Some(median), Some(max)) = (stage.median_us, stage.max_us) {
        line += &format!("; median {}, longest {}", duration(median), duration(max));
    }
    for (code, count) in &stage.failed {
        line += &format!("; {count} failed, {}", plain(code.as_str()));
    }
    vec![line]
}

pub(super) fn ramp_end(end: &RampEnd) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} connects, at most {} open at once, {} failed, {} ended by the other side while held",
        plain(&end.endpoint),
        end.tried,
        end.most_open,
        end.failed,
        end.lost
    )];
    if let Some(failure) = &end.first_failure {
        let detail = failure.detail.as_deref().map(plain).unwrap_or_default();
        lines.push(format!(
            "the first failure with {} open: {} ({detail})",
            failure.open,
            plain(failure.code.as_str())
        ));
    }
    lines.extend(end.worked_after.map(|worked| {
        let how = if worked { "worked" } else { "failed too" };
        format!("one more, once all were closed, {how}")
    }));
    lines
}

pub(super) fn syn_times(times: &SynTimes) -> Vec<String> {
    let mut line = format!(
        "{}: {} of {} connects established, {} of them only after SYN was sent again",
        plain(&times.endpoint),
        times.established,
        times.tried,
        times.again
    );
    if let (Some(median), Some(max)) = (times.median_us, times.max_us) {
        line += &format!("; median {}, longest {}", duration(median), duration(max));
    }
    vec![line]
}

pub(super) fn addresses_tried(tried: &AddressesTried) -> Vec<String> {
    let order = match tried.order {
        AddressOrder::InTurn => "addresses one after another",
        AddressOrder::AtOnce => "addresses all at once",
    };
    let first = match tried.first_us {
        Some(first) => format!("the first connection after {}", duration(first)),
        None => "no connection".to_owned(),
    };
    let mut lines = vec![format!("{order}: {first}")];
    lines.extend(tried.answers.iter().map(|answer| {
        let code = answer
            .code
            .as_ref()
            .map_or("connected", |code| code.as_str());
        let (endpoint, code) = (plain(&answer.endpoint), plain(code));
        format!("{endpoint}: {code} after {}", duration(answer.elapsed_us))
    }));
    lines
}

pub(super) fn size_answer(answer: &SizeAnswer) -> Vec<String> {
    let what = match answer.message {
        SizedMessage::Handshake => "PRELOGIN and TLS".to_owned(),
        SizedMessage::Request => format!("a request of {} bytes", answer.bytes),
        SizedMessage::Answer => format!("an answer of {} bytes", answer.bytes),
    };
    let segments = match answer.segment {
        Some(segment) => format!("segments of at most {segment} bytes"),
        None => "usual segments".to_owned(),
    };
    let how = match &answer.code {
        None => "got through".to_owned(),
        Some(code) => format!("did not get through, {}", plain(code.as_str())),
    };
    let mut line = format!(
        "{what}, {segments}: {how} after {}",
        duration(answer.elapsed_us)
    );
    if let Some(counters) = &answer.counters {
        line += &format!(
            "; {} segments sent again, path of {} bytes",
            counters.retransmitted, counters.path_mtu
        );
    }
    vec![line]
}
