//! A password is in nothing that the program says or leaves, and is never taken from its arguments.

use crate::bench::{Desk, document, ended, ended_with, findings, lab, text};
use lab::Scenario;
use tests::{archive, canary};

#[tokio::test]
async fn a_password_that_the_server_repeats_is_nowhere_to_be_found() {
    let lab = lab(&[Scenario::EchoSecret]).await;
    let server = lab.server(Scenario::EchoSecret).expect("offered");
    let password = canary::password();
    let needles = canary::needles(&password);
    let desk = Desk::new(Some(&lab));
    let user = ["--user", lab::USER, "--out"];

    let mut from_environment = desk.check(&server, &["--json", "--password-env", "THE_PASSWORD"]);
    from_environment
        .args(user)
        .arg("one")
        .env("THE_PASSWORD", &password);
    let mut from_stdin = desk.check(&server, &["--json", "--password-stdin"]);
    from_stdin.args(user).arg("two");
    let mut words = desk.check(&server, &["--password-stdin"]);
    words.args(user).arg("three");
    let outputs = [
        ended(from_environment).await,
        ended_with(from_stdin, &password).await,
        ended_with(words, &password).await,
    ];
    assert_eq!(
        lab.counter(Scenario::EchoSecret).logins,
        3,
        "it saw the password"
    );
    for output in &outputs {
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        canary::assert_absent("standard output", &output.stdout, &needles);
        canary::assert_absent("standard error", &output.stderr, &needles);
    }
    assert!(findings(&document(&outputs[0])).contains(&"secret_echoed".to_owned()));
    assert!(text(&outputs[2].stdout).contains("secret_echoed"));
    assert!(canary::assert_absent_below(&desk.work, &needles) > 10_000);
    canary::assert_absent_below(&desk.home, &needles);
    for out in ["one", "two", "three"] {
        let zip = std::fs::read(desk.work.join(out).join("AllFiles.zip")).expect("the archive");
        for (name, bytes) in archive::files(&zip) {
            canary::assert_absent(&name, &bytes, &needles);
        }
    }
}

#[tokio::test]
async fn a_password_among_the_arguments_is_refused_and_not_repeated() {
    let desk = Desk::new(None);
    let password = canary::password();
    let needles = canary::needles(&password);
    let pasted = format!(
        "Server=h;User ID=u;Password=\"{}\"",
        password.replace('"', "\"\"")
    );
    let cases: [Vec<&str>; 5] = [
        vec!["--server", &pasted],
        vec!["--server", "h", "--user", "u", "--password", &password],
        vec!["--server", "h", "--user", "u", "-P", &password],
        vec!["--server", "h", "--database", &pasted],
        vec!["--server", &password],
    ];
    for arguments in cases {
        let mut all = vec!["check"];
        all.extend(&arguments);
        let output = ended(desk.command(&all)).await;
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        canary::assert_absent("standard error", &output.stderr, &needles);
        canary::assert_absent("standard output", &output.stdout, &needles);
    }
}

#[tokio::test]
async fn the_fourth_failed_login_is_not_sent_by_whichever_process() {
    let lab = lab(&[Scenario::LoginRejected]).await;
    let server = lab.server(Scenario::LoginRejected).expect("offered");
    let desk = Desk::new(Some(&lab));
    for wanted in [
        "login_rejected",
        "login_rejected",
        "login_rejected",
        "login_budget_spent",
    ] {
        let mut command = desk.check(&server, &["--json", "--password-env", "P"]);
        command.args(["--user", "u"]).env("P", "wrong-Passw0rd");
        let output = ended(command).await;
        assert_eq!(document(&output)["verdict"]["code"], wanted);
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(lab.counter(Scenario::LoginRejected).logins, 3);
}
