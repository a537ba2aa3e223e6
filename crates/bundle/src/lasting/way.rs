//! What the way carries: how many connections at once, lost SYNs, addresses, sizes.

use super::{Cell, Lasting, Table, Tone};
use model::FailureCode;
use model::lasting::{AddressOrder, RampStage, SizeAnswer, SizedMessage};
use rules::words::{bytes, code_sentence, duration, one_line};

/// Seconds of a ramp in a table.
const MOST_STAGES: usize = 200;

fn time(us: Option<u64>) -> Cell {
    Cell::num(us.map_or(String::new(), duration))
}

fn word(code: &FailureCode) -> String {
    one_line(&code.as_str().replace('_', " "), 100)
}

/// The host's own ports.
pub(super) fn ports(all: &Lasting) -> Table {
    let mut table = Table::new("ports", "This host's own ports, before", &["", ""]);
    let Some(ports) = &all.ports else {
        return table;
    };
    let range = ports.range.map(|(low, high)| {
        let many = u32::from(high).saturating_sub(u32::from(low)) + 1;
        format!("{low} to {high} ({many})")
    });
    let rows = [
        (
            "Handed out by the system",
            range.unwrap_or_else(|| "not known".to_owned()),
        ),
        ("Connections of all programs", ports.connections.to_string()),
        (
            "Of those, ended ones that still hold their port",
            ports.waiting.to_string(),
        ),
        ("To this server and port", ports.to_endpoint.to_string()),
    ];
    let row = |(name, value): (&str, String)| vec![Cell::text(name), Cell::num(value)];
    table.rows = rows.into_iter().map(row).collect();
    table
}

/// Connections at once, second by second.
pub(super) fn ramp(all: &Lasting) -> Table {
    let head = [
        "From",
        "Asked for",
        "Connected",
        "Open at its end",
        "Median",
        "Longest",
    ];
    let mut table = Table::new("ramp", "More and more connections at once", &head);
    table.rows = all.stages.iter().take(MOST_STAGES).map(stage).collect();
    let Some(end) = &all.ramp else {
        return table;
    };
    table.told = format!(
        "{} asked for, at most {} open at once, {} not connected, {} ended by the other side while held.",
        end.tried, end.most_open, end.failed, end.lost
    );
    if let Some(first) = &end.first_failure {
        let detail = first
            .detail
            .as_deref()
            .map(|it| format!(" ({})", one_line(it, 200)));
        table.notes.push(format!(
            "It stopped with {} open: {}{}",
            first.open,
            code_sentence(&first.code),
            detail.unwrap_or_default()
        ));
    }
    table.notes.extend(end.worked_after.map(|worked| {
        let how = if worked {
            "worked: there was a limit, and closing made room"
        } else {
            "failed too"
        };
        format!("One more, once all were closed, {how}.")
    }));
    table
}

fn stage(stage: &RampStage) -> Vec<Cell> {
    let connected = if stage.failed.is_empty() {
        Cell::of(Tone::Ok, stage.established.to_string())
    } else {
        let failed = stage
            .failed
            .iter()
            .map(|(code, times)| format!("{times}: {}", word(code)));
        let failed: Vec<_> = failed.collect();
        Cell::of(Tone::Bad, stage.established.to_string()).with(failed.join(", "))
    };
    vec![
        Cell::num(format!("+{}", duration(stage.from_us))),
        Cell::num(stage.tried.to_string()),
        connected,
        Cell::num(stage.open.to_string()),
        time(stage.median_us),
        time(stage.max_us),
    ]
}

/// Lost SYNs.
pub(super) fn syns(all: &Lasting) -> Table {
    let head = [
        "Connects to",
        "Established",
        "SYN sent again",
        "Median",
        "Longest",
    ];
    let mut table = Table::new("syns", "Connects one after another", &head);
    table.rows = all
        .syns
        .iter()
        .map(|one| {
            let tone = if one.established == one.tried {
                Tone::Ok
            } else {
                Tone::Bad
            };
            let again = if one.again == 0 { Tone::Ok } else { Tone::Warn };
            vec![
                Cell::text(one_line(&one.endpoint, 200)),
                Cell::of(tone, format!("{} of {}", one.established, one.tried)),
                Cell::of(again, one.again.to_string()),
                time(one.median_us),
                time(one.max_us),
            ]
        })
        .collect();
    table
}

/// Addresses of the name, in turn and all at once.
pub(super) fn addresses(all: &Lasting) -> Table {
    let head = ["Address", "In turn", "At once"];
    let mut table = Table::new("addresses", "The name's addresses", &head);
    let mut endpoints: Vec<&str> = Vec::new();
    for answer in all.addresses.iter().flat_map(|tried| &tried.answers) {
        if !endpoints.contains(&answer.endpoint.as_str()) {
            endpoints.push(&answer.endpoint);
        }
    }
    let cell = |endpoint: &str, order: AddressOrder| {
        let mut tries = all.addresses.iter().filter(|tried| tried.order == order);
        let answer =
            tries.find_map(|tried| tried.answers.iter().find(|one| one.endpoint == endpoint));
        match answer {
            None => Cell::of(Tone::Idle, "not tried"),
            Some(one) => match &one.code {
                None => Cell::of(Tone::Ok, "connected").with(duration(one.elapsed_us)),
                Some(code) => Cell::of(Tone::Bad, word(code)).with(duration(one.elapsed_us)),
            },
        }
    };
    table.rows = endpoints
        .into_iter()
        .map(|endpoint| {
            vec![
                Cell::text(one_line(endpoint, 200)),
                cell(endpoint, AddressOrder::InTurn),
                cell(endpoint, AddressOrder::AtOnce),
            ]
        })
        .collect();
    let first = all.addresses.iter().map(|tried| {
        let how = match tried.order {
            AddressOrder::InTurn => "One after another",
            AddressOrder::AtOnce => "All at once, as with MultiSubnetFailover",
        };
        match tried.first_us {
            Some(us) => format!("{how}: connected after {}.", duration(us)),
            None => format!("{how}: no connection."),
        }
    });
    table.notes = first.collect();
    table
}

/// Messages by size, with the system's segments and with small ones.
pub(super) fn sizes(all: &Lasting) -> Table {
    let segment = all.sizes.iter().find_map(|one| one.segment);
    let small = segment.map_or("Small segments".to_owned(), |most| {
        format!("Segments of at most {most} bytes")
    });
    let head = ["Message", "Usual segments", small.as_str()];
    let mut table = Table::new("sizes", "Messages by size", &head);
    let mut messages: Vec<(SizedMessage, u32)> = Vec::new();
    for one in &all.sizes {
        if !messages.contains(&(one.message, one.bytes)) {
            messages.push((one.message, one.bytes));
        }
    }
    let cell = |(message, bytes): (SizedMessage, u32), is_small: bool| {
        let same = |one: &&SizeAnswer| {
            one.message == message && one.bytes == bytes && one.segment.is_some() == is_small
        };
        all.sizes
            .iter()
            .find(same)
            .map_or_else(|| Cell::of(Tone::Idle, "not tried"), passed)
    };
    table.rows = messages
        .into_iter()
        .map(|message| {
            vec![
                Cell::text(sized(message)),
                cell(message, false),
                cell(message, true),
            ]
        })
        .collect();
    table
}

fn sized((message, size): (SizedMessage, u32)) -> String {
    let size = bytes(u64::from(size));
    match message {
        SizedMessage::Handshake => "PRELOGIN and TLS".to_owned(),
        SizedMessage::Request => format!("Up: a request of {size}"),
        SizedMessage::Answer => format!("Down: an answer of {size}"),
    }
}

fn passed(one: &SizeAnswer) -> Cell {
    let again = one.counters.map_or(0, |counted| counted.retransmitted);
    let mut more = duration(one.elapsed_us);
    if again > 0 {
        more += &format!(", {again} segments sent again");
    }
    match &one.code {
        None => Cell::of(Tone::Ok, "got through").with(more),
        Some(code) => Cell::of(Tone::Bad, word(code)).with(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::lasting::{AddressAnswer, AddressesTried, RampEnd, RampFailure};
    use model::{Observation, StepKind};

    fn lines(table: &Table) -> Vec<Vec<String>> {
        let row = |row: &Vec<Cell>| row.iter().map(Cell::line).collect();
        table.rows.iter().map(row).collect()
    }

    fn size(message: SizedMessage, bytes: u32, segment: Option<u32>, ok: bool) -> Observation {
        Observation::SizeAnswer(SizeAnswer {
            message,
            bytes,
            segment,
            elapsed_us: 5_000_000,
            code: (!ok).then_some(FailureCode::QueryTimeout),
            counters: None,
        })
    }

    #[test]
    fn a_size_stands_beside_its_contrast() {
        let mut all = Lasting::default();
        all.see(&size(SizedMessage::Request, 1_200, None, true));
        all.see(&size(SizedMessage::Request, 4_000, None, false));
        all.see(&size(SizedMessage::Request, 4_000, Some(536), true));
        let tables = all.tables(StepKind::PathSurvey);
        assert_eq!(tables[0].head[2], "Segments of at most 536 bytes");
        assert_eq!(
            lines(&tables[0]),
            [
                [
                    "Up: a request of 1.17 KiB",
                    "✓ got through (5 s)",
                    "– not tried"
                ],
                [
                    "Up: a request of 3.91 KiB",
                    "✕ query timeout (5 s)",
                    "✓ got through (5 s)"
                ],
            ]
        );
    }

    #[test]
    fn addresses_in_turn_stand_beside_all_at_once() {
        let mut all = Lasting::default();
        let answer = |endpoint: &str, code: Option<FailureCode>| AddressAnswer {
            endpoint: endpoint.into(),
            elapsed_us: 21_000_000,
            code,
        };
        for order in [AddressOrder::InTurn, AddressOrder::AtOnce] {
            all.see(&Observation::AddressesTried(AddressesTried {
                order,
                first_us: Some(1_000),
                answers: vec![answer("10.0.0.1:1433", Some(FailureCode::TcpTimeout))],
            }));
        }
        let table = &all.tables(StepKind::PathSurvey)[0];
        assert_eq!(lines(table)[0][1], "✕ tcp timeout (21 s)");
        assert_eq!(table.notes.len(), 2);
    }

    #[test]
    fn a_ramp_says_where_it_stopped_and_why() {
        let mut all = Lasting::default();
        all.see(&Observation::RampStage(RampStage {
            from_us: 1_000_000,
            tried: 20,
            established: 18,
            open: 98,
            median_us: Some(900),
            max_us: Some(2_000),
            failed: vec![(FailureCode::TcpTimeout, 2)],
        }));
        all.see(&Observation::RampEnd(RampEnd {
            endpoint: String::new(),
            tried: 100,
            most_open: 98,
            failed: 2,
            first_failure: Some(RampFailure {
                open: 98,
                code: FailureCode::TcpTimeout,
                detail: None,
            }),
            lost: 0,
            worked_after: Some(true),
        }));
        let table = &all.tables(StepKind::Capacity)[0];
        assert_eq!(lines(table)[0][2], "✕ 18 (2: tcp timeout)");
        assert!(table.notes[0].starts_with("It stopped with 98 open: The connection request"));
        assert!(table.notes[1].contains("made room"));
    }
}
