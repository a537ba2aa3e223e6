//! An ordinary archive: its files, its bytes, its way back.

use crate::log::{archive, events, view};
use bundle::{Limits, open, report};
use model::{Artifact, ArtifactKind, EventBody, Observation, RunEvent, RunView, StepId};
use std::io::{self, Cursor, Write};

const HOST: &str = "contoso.database.windows.net";

#[test]
fn the_same_log_gives_the_same_bytes_in_the_same_order() {
    let events = events(HOST);
    let first = archive(&events);
    assert_eq!(first, archive(&events));
    let mut zip = zip::ZipArchive::new(Cursor::new(&first)).expect("a zip");
    let names: Vec<String> = (0..zip.len())
        .map(|index| {
            zip.by_index(index)
                .expect("a file")
                .name()
                .expect("a name")
                .into_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "manifest.json",
            "run.json",
            "report.md",
            "report.html",
            "Log_contoso_contoso_database_windows_net_20261120T121124.txt",
            "AdvancedTests_FullLog.txt",
            "AdvancedTests_LastRunLog.txt",
            "AdvancedTests_SummaryLog.txt",
        ]
    );
}

#[test]
fn an_archive_reads_back_as_it_was_written() {
    let events = events(HOST);
    let read = open(&archive(&events), &Limits::default()).expect("taken");
    assert_eq!(read.events, events);
    assert_eq!(read.run, view(&events));
    assert_eq!(read.manifest.files.len(), 7);
    assert_eq!(read.files.len(), 7);
    let text = |name: &str| String::from_utf8(read.files[name].clone()).expect("UTF-8");
    assert_eq!(text("report.md"), report::markdown(&read.run, &read.events));
    assert_eq!(text("report.html"), report::html(&read.run, &read.events));
    assert_eq!(
        text("Log_contoso_contoso_database_windows_net_20261120T121124.txt"),
        report::transcript(&read.run, &read.events)
    );
    for event in &events {
        let number = format!("{:>6} ", event.seq);
        assert!(
            text("AdvancedTests_FullLog.txt").contains(&number),
            "event {number}"
        );
    }
}

/// A log with a trace beside it.
struct Traced(Vec<RunEvent>);

/// Bytes in place of a trace.
fn trace() -> Vec<u8> {
    (0..10_000_u32).flat_map(u32::to_le_bytes).collect()
}

impl bundle::Log for Traced {
    fn each(
        &self,
        visit: &mut dyn FnMut(&RunEvent) -> Result<(), bundle::Error>,
    ) -> Result<(), bundle::Error> {
        self.0.iter().try_for_each(visit)
    }

    fn artifact(&self, _: &Artifact) -> Result<Box<dyn io::Read + '_>, bundle::Error> {
        Ok(Box::new(Cursor::new(trace())))
    }
}

#[test]
fn what_the_agent_made_beside_the_log_stands_last_as_it_is() {
    let events = events(HOST);
    let name = "NetworkTrace_20261120T121124.pcapng";
    let kind = ArtifactKind::of(name).expect("a kind");
    let run = RunView {
        artifacts: vec![Artifact {
            name: name.to_owned(),
            bytes: 40_000,
            sha256: hex(&trace()),
            kind,
            left_out: false,
        }],
        ..view(&events)
    };
    let mut out = Vec::new();
    bundle::write(&mut out, &run, &Traced(events)).expect("written");
    let read = open(&out, &Limits::default()).expect("taken");
    let last = read.manifest.files.last().expect("files");
    assert_eq!((last.name.as_str(), last.bytes), (name, 40_000));
    assert_eq!(read.files[name], trace());
}

fn hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn events_after_the_run_s_last_one_are_left_out() {
    let all = events(HOST);
    let run = view(&all);
    let mut more = all.clone();
    more.push(RunEvent {
        seq: all.len() as u64 + 1,
        body: EventBody::CancelRequested,
        ..all[0].clone()
    });
    let mut out = Vec::new();
    bundle::write(&mut out, &run, &more).expect("written");
    assert_eq!(out, archive(&all));
}

#[test]
fn the_verdict_comes_first_and_the_case_text_says_what_support_asks_for() {
    let events = events(HOST);
    let run = view(&events);
    let verdict = run.verdict.clone().expect("a verdict");
    assert_eq!(verdict.code, "login_rejected");
    let markdown = report::markdown(&run, &events);
    let heading = |text: &str| {
        markdown
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {markdown}"))
    };
    assert!(heading("`login_rejected`") < heading("## Run\n"));
    assert!(heading("## Run\n") < heading("## Steps\n"));
    let case = report::case_text(&run, &events);
    for wanted in [
        "contoso.database.windows.net",
        "2026-11-20 12:11:24.271 UTC",
        "TRACEID",
        "client address",
        "gateway or node address",
        "Error 18456, state 8, class 14",
    ] {
        assert!(case.contains(wanted), "{wanted}: {case}");
    }
    assert!(!case.contains('\n'), "one paragraph");
}

/// Counts and forgets.
#[derive(Default)]
struct Sink(u64);

impl Write for Sink {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0 += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_server_that_repeats_itself_makes_no_archive_that_looks_like_a_trap() {
    let mut log = events(HOST);
    let template = log[5].clone();
    let last = log.split_off(log.len() - 2);
    for _ in 0..600 {
        log.push(RunEvent {
            body: EventBody::Observed {
                step: StepId(1),
                attempt: None,
                observation: Observation::StatementSent {
                    sql: "A".repeat(4_000),
                },
            },
            ..template.clone()
        });
    }
    log.extend(last);
    for (event, seq) in log.iter_mut().zip(1..) {
        event.seq = seq;
    }
    let read = open(&archive(&log), &Limits::default()).expect("taken");
    assert_eq!(read.events, log);
}

#[test]
fn a_large_log_is_streamed_and_what_is_left_out_is_said() {
    let mut log = events(HOST);
    let template = log[5].clone();
    let last = log.split_off(log.len() - 2);
    for number in 0..10_000_u64 {
        log.push(RunEvent {
            body: EventBody::Observed {
                step: StepId(1),
                attempt: None,
                observation: Observation::StatementSent {
                    sql: format!("SELECT {number}"),
                },
            },
            ..template.clone()
        });
    }
    log.extend(last);
    for (event, seq) in log.iter_mut().zip(1..) {
        event.seq = seq;
    }
    let run = view(&log);
    let mut out = Sink::default();
    bundle::write(&mut out, &run, &log).expect("written");
    assert!(out.0 > 10_000);
    let transcript = report::transcript(&run, &log);
    assert!(transcript.contains("more, in AdvancedTests_FullLog.txt"));
    assert!(transcript.len() < 200_000, "{}", transcript.len());
}
