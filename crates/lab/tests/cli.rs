//! `linecheck-lab` as people use it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linecheck-lab"));
    command.args(arguments);
    command
}

fn finished(arguments: &[&str]) -> (Output, String) {
    let output = lab(arguments).output().unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output, String::from_utf8(text).unwrap())
}

/// Runs until it has said where its CA is; what it said until then, and that place.
fn running(arguments: &[&str]) -> (Child, String, String) {
    let mut child = lab(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    for line in BufReader::new(child.stdout.as_mut().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(ca) = line.strip_prefix("CA certificate: ") {
            return (child, said, ca.to_owned());
        }
        said += &line;
        said.push('\n');
    }
    let status = child.wait().unwrap();
    panic!("it ended, {status}: {said}");
}

fn port(said: &str) -> u16 {
    let after = said.split("tcp:localhost,").nth(1).unwrap();
    after.lines().next().unwrap().parse().unwrap()
}

#[test]
fn list_names_every_scenario() {
    let (output, said) = finished(&["--list"]);
    assert!(output.status.success());
    assert_eq!(said.lines().count(), lab::Scenario::ALL.len());
    for (line, scenario) in said.lines().zip(lab::Scenario::ALL) {
        assert!(line.starts_with(scenario.as_str()), "{line}");
        assert!(line.ends_with(scenario.explains()), "{line}");
    }
}

#[test]
fn help_tells_every_option() {
    let (output, said) = finished(&["--help"]);
    assert!(output.status.success());
    for part in [
        "SCENARIO",
        "--all",
        "--list",
        "--port",
        "--scale",
        "--ca-out",
        "Examples:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (arguments, reason) in [
        (&["nothing"][..], "there is no scenario"),
        (&[], "SCENARIO"),
        (&["healthy", "--port", "70000"], "70000"),
        (&["healthy", "--scale", "NaN"], "scale"),
        (&["healthy", "--scale", "-1"], "-1"),
        (&["healthy", "--all"], "--all"),
    ] {
        let (output, said) = finished(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn listens_on_the_port_it_is_given_and_writes_the_ca_where_it_is_told() {
    let folder = std::env::temp_dir().join(format!("linecheck-lab-cli-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("ca.pem");
    let (mut first, said, ca) = running(&["healthy", "--ca-out", file.to_str().unwrap()]);
    assert_eq!(ca, file.to_str().unwrap());
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    let port = port(&said);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert!(
        said.contains(&format!("127.0.0.1:{port}")) && said.contains(lab::PASSWORD),
        "{said}"
    );

    let number = port.to_string();
    let (taken, why) = finished(&["healthy", "--port", &number]);
    assert!(!taken.status.success() && why.contains(&number), "{why}");
    first.kill().unwrap();
    first.wait().unwrap();
    let (mut second, said, _) = running(&["healthy", "--port", &number]);
    assert!(said.contains(&format!("tcp:localhost,{number}")), "{said}");
    second.kill().unwrap();
    second.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn ends_well_when_it_is_told_to_and_takes_its_file_along() {
    let (mut child, said, ca) = running(&["silent_after_connect"]);
    assert!(std::path::Path::new(&ca).exists());
    let mut client = TcpStream::connect(("127.0.0.1", port(&said))).unwrap();
    let killed = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(child.wait().unwrap().success());
    assert!(!std::path::Path::new(&ca).exists());
    // The client is not left hanging.
    let _ended = client.read(&mut [0]);
}
