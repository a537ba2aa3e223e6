//! Every practice target, without and with its credentials: the verdict in the document, and the exit code.

use crate::bench::{Desk, document, ended, findings, lab};
use futures::StreamExt as _;
use lab::{Lab, Scenario};
use tests::scenarios::{Expected, TABLE};

/// Programs at the same time.
const TOGETHER: usize = 4;

/// Brief where nothing will ever come.
fn limits(scenario: &str) -> &'static [&'static str] {
    match scenario {
        "blackhole" | "redirect_blocked" => &["--tcp-timeout-ms", "1500"],
        "silent_after_connect" => &["--prelogin-timeout-ms", "1500"],
        "silent_after_prelogin" => &["--tls-timeout-ms", "1500"],
        "slow" => &["--slow-phase-ms", "500"],
        _ => &[],
    }
}

/// What is wrong with a row, in words.
async fn complaints(lab: &Lab, row: &Expected, login: bool) -> Vec<String> {
    let scenario = Scenario::ALL
        .iter()
        .find(|one| one.as_str() == row.scenario);
    let scenario = *scenario.expect("a scenario");
    let Some(server) = lab.server(scenario) else {
        tests::skip(row.scenario, "this host cannot offer it");
        return Vec::new();
    };
    let (verdict, finding) = if login {
        (row.with, row.finding)
    } else {
        (row.without, row.finding_without)
    };
    let desk = Desk::new(Some(lab));
    let mut command = desk.check(&server, &["--json", "--no-files", "--tcp-attempts", "3"]);
    command.args(limits(row.scenario));
    if login {
        command
            .args(["--user", lab::USER, "--password-env", "THE_PASSWORD"])
            .env("THE_PASSWORD", lab::PASSWORD);
    }
    let output = ended(command).await;
    let document = document(&output);
    let fine = [
        "healthy",
        "reachable_login_not_tried",
        "transient_recovered",
    ];
    let code = i32::from(!fine.contains(&verdict));
    let found = findings(&document);
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{} (login: {login}): {what}", row.scenario));
        }
    };
    check(
        document["verdict"]["code"] == verdict,
        format!("{found:?}, not {verdict}"),
    );
    check(
        output.status.code() == Some(code) && document["exit_code"] == code,
        format!("ended with {}", output.status),
    );
    check(
        finding.is_none_or(|wanted| found.iter().any(|code| code == wanted)),
        format!("{found:?} lacks {finding:?}"),
    );
    check(
        document["state"] == "completed" && document["files"].is_null(),
        "is not a whole run without files".to_owned(),
    );
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_practice_target_has_its_verdict_and_its_exit_code() {
    let lab = lab(&Scenario::ALL).await;
    // `drip` keeps its own pace: faster, its bytes would arrive together on a busy host.
    let slow = crate::bench::lab_in_real_time(Scenario::Drip).await;
    let rows = TABLE.iter().flat_map(|row| [(row, false), (row, true)]);
    let wrong: Vec<String> = futures::stream::iter(rows)
        .map(|(row, login)| {
            let lab = if row.scenario == "drip" { &slow } else { &lab };
            complaints(lab, row, login)
        })
        .buffer_unordered(TOGETHER)
        .collect::<Vec<_>>()
        .await
        .concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_cannot_be_run_ends_with_2_and_an_empty_standard_output() {
    let desk = Desk::new(None);
    for arguments in [
        &["check"][..],
        &["check", "--server", "h", "--no-such-thing"],
        &["check", "--server", "h,99999"],
        &["check", "--server", ""],
        &["check", "--server", "h", "--user", "u"],
        &["check", "--server", "h", "--trust", "no-such-file"],
        &[
            "check",
            "--server",
            "h",
            "--user",
            "u",
            "--password-env",
            "NOT_SET",
        ],
        &["check", "--server", "h", "--deadline-ms", "1"],
        &["check", "--server", "h", "--out", "/proc/nowhere"],
        &["watch", "https://portal.example.test/"],
        &[
            "watch",
            "http://127.0.0.1:1/runs/01890a5d-ac96-774b-bcce-b302099a8057",
        ],
    ] {
        let output = ended(desk.command(arguments)).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    assert!(crate::bench::files_below(&desk.work).is_empty());
}
