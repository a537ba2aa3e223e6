//! The statements of the link: word for word in a file, sent as they were stated, and read by a parser that nobody here
//! wrote.
//!
//! After a change that is meant: `LINECHECK_GOLDEN=write cargo test -p tests --test probe link`, and read the difference.

use super::{Ground, link, secrets};
use crate::bench::{options, plan as plan_of};
use lab::Scenario;
use model::lasting::{Lasting, PlannedStatement};
use model::{Options, Plan, RunId};
use sqlparser::dialect::MsSqlDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use tests::judged;
use uuid::Uuid;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/probe/instance_link")
}

/// The file as it is to be.
fn golden(name: &str, text: &str) {
    let path = folder().join(name);
    if std::env::var_os("LINECHECK_GOLDEN").is_some_and(|word| word == "write") {
        std::fs::write(&path, text).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{name} is another");
}

/// A plan that never changes.
fn plan() -> Plan {
    let mut link = link("mi.abc123.database.windows.net");
    link.address = "10.0.0.4".to_owned();
    link.subnet = Some("10.1.0.0/24".to_owned());
    link.master_key_allowed = true;
    link.dry_run = true;
    link.limit_ms = 90_000;
    let options = Options {
        lasting: Lasting {
            instance_link: Some(link),
            ..Lasting::default()
        },
        ..options()
    };
    let mut plan = plan_of("sql1.corp.example", 1433, true, options);
    plan.run = RunId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_00aa));
    plan
}

fn written(planned: &[PlannedStatement]) -> String {
    planned.iter().fold(String::new(), |mut text, one| {
        let server = one.server.as_deref().unwrap_or("?");
        let purpose = serde_json::to_value(one.purpose).expect("a word");
        let times = one
            .times
            .map_or("if needed".to_owned(), |times| times.to_string());
        let purpose = purpose.as_str().expect("a word");
        let _ = writeln!(text, "-- {server}: {purpose}, {times}\n{}\n", one.sql);
        text
    })
}

#[test]
fn a_dry_run_is_word_for_word() {
    golden("dry_run.sql", &written(&probe::link_statements(&plan())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_nothing_and_says_all() {
    let ground = Ground::start(Scenario::LinkServer, Scenario::LinkInstance).await;
    let plan = ground.plan(|link| link.dry_run = true);
    let judged = judged::make(&plan, secrets(), &ground.context).await;
    assert_eq!(judged.judgement.verdict.code, "link_dry_run");
    assert_eq!(ground.lab.counter(ground.server).requests, 0);
    assert_eq!(ground.lab.counter(ground.instance).connections, 0);
    let told = judged.log.iter().filter(|event| {
        let body = serde_json::to_string(&event.body).expect("JSON");
        body.contains("\"planned_statement\"")
    });
    assert_eq!(told.count(), probe::link_statements(&plan).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_was_stated() {
    let ground = Ground::start(Scenario::LinkNoMasterKey, Scenario::LinkInstance).await;
    let plan = ground.plan(|link| link.master_key_allowed = true);
    let judged = judged::make(&plan, secrets(), &ground.context).await;
    assert_eq!(judged.judgement.verdict.code, "link_passed");
    let stated: BTreeSet<String> = probe::link_statements(&plan)
        .into_iter()
        .map(|one| one.sql)
        .collect();
    let mut sent = BTreeSet::new();
    for scenario in [ground.server, ground.instance] {
        sent.extend(ground.lab.sent(scenario));
    }
    let is_step = |sql: &&String| sql.contains("sp_add_jobstep") && sql.contains("mi.localhost");
    for sql in sent.iter().filter(|sql| !is_step(sql)) {
        assert!(stated.contains(sql), "not stated: {sql}");
    }
    assert_eq!(
        sent.iter().filter(is_step).count(),
        2,
        "what only the instance knows"
    );
    for sql in &stated {
        assert!(
            sent.contains(sql) || sql.contains('<'),
            "stated and not sent: {sql}"
        );
    }
}

fn parses(sql: &str) -> bool {
    Parser::parse_sql(&MsSqlDialect {}, sql).is_ok()
}

#[test]
fn another_s_parser_reads_them() {
    let planned = probe::link_statements(&plan());
    let (read, not): (Vec<_>, Vec<_>) = planned.into_iter().partition(|one| parses(&one.sql));
    let not: BTreeSet<String> = not.into_iter().map(|one| one.sql).collect();
    assert!(
        read.len() > 2 * not.len(),
        "{} read, {} not",
        read.len(),
        not.len()
    );
    // What the parser does not know is T-SQL for keys, certificates and endpoints.
    let text: Vec<String> = not.into_iter().map(|sql| sql + "\n").collect();
    golden("not_parsed.sql", &text.join("\n"));
}

#[test]
fn the_parser_rejects_what_is_broken() {
    let read: Vec<String> = probe::link_statements(&plan())
        .into_iter()
        .map(|one| one.sql)
        .filter(|sql| parses(sql))
        .collect();
    let of = |part: &str| {
        let found = read.iter().find(|sql| sql.contains(part));
        found.unwrap_or_else(|| panic!("none with {part}")).clone()
    };
    let job = of("EXEC [msdb].[dbo].[sp_add_job]");
    let history = of("sysjobhistory");
    let step = of("sp_add_jobstep");
    let look = of("[sys].[certificates]");
    for (broken, how) in [
        (
            job.replace("N'linecheck", "N'line'check"),
            "a quote that closes early",
        ),
        (
            job.replace("_to_instance'", "_to_instance"),
            "a quote left open",
        ),
        (
            job.replace("[sp_add_job]", "[sp_add_job"),
            "a bracket left open",
        ),
        (history.replace("ORDER BY", "ORDER"), "half a clause"),
        (
            history.replace("INNER JOIN", "INNER"),
            "a join without its word",
        ),
        (history.replacen("SELECT", "SELEC", 1), "a misspelt verb"),
        (history.replace(" WHERE ", " WHERE WHERE "), "a word twice"),
        (
            step.replace("@step_id = 1,", "@step_id = ,"),
            "a value that is missing",
        ),
        (look.replace(" FROM ", " FROM FROM "), "two words for one"),
        (
            look.replace("[name] = N", "[name] = = N"),
            "two signs for one",
        ),
    ] {
        assert!(
            read.iter().all(|sql| *sql != broken),
            "{how} changes nothing"
        );
        assert!(!parses(&broken), "{how} is read: {broken}");
    }
}
