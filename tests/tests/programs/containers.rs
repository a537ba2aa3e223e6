//! `Dockerfile` and `docker-compose.yml`: no flag and no variable in them that the programs do not have, and a file
//! that the tool of Debian reads.

use crate::help::{commands, flags, help, variables};
use std::collections::BTreeMap;
use std::process::Command;
use tests::tools;

const DOCKERFILE: &str = include_str!("../../../Dockerfile");
const COMPOSE: &str = include_str!("../../../docker-compose.yml");

/// Which program a service runs; the others are not ours.
const OURS: [(&str, &str); 2] = [("portal", "linecheck"), ("agent", "linecheck-agent")];

/// The parts of a file, by what their first line says: a stage's or a service's name.
fn parts(text: &str, name: fn(&str) -> Option<&str>) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    let mut current = String::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        if let Some(name) = name(line) {
            current = name.to_owned();
        }
        let part: &mut String = parts.entry(current.clone()).or_default();
        part.push_str(line);
        part.push('\n');
    }
    parts
}

fn stages() -> BTreeMap<String, String> {
    parts(DOCKERFILE, |line| {
        line.strip_prefix("FROM ")?.split(" AS ").nth(1)
    })
}

fn services() -> BTreeMap<String, String> {
    parts(COMPOSE, |line| {
        let name = line.strip_prefix("  ")?.strip_suffix(':')?;
        (!name.starts_with(' ')).then_some(name)
    })
}

/// Asserts that a program, told this command, takes all flags and variables of a text.
fn takes(program: &str, command: &str, text: &str) {
    let help = help(program, &[command]);
    let foreign: Vec<_> = flags(text).difference(&flags(&help)).cloned().collect();
    assert!(
        foreign.is_empty(),
        "{program} {command} does not take {foreign:?}"
    );
    // A variable may be for another command of the same program.
    let all: String = commands(program)
        .iter()
        .map(|command| crate::help::help(program, &[command]))
        .collect();
    let foreign: Vec<_> = variables(text)
        .difference(&variables(&all))
        .cloned()
        .collect();
    assert!(foreign.is_empty(), "{program} does not know {foreign:?}");
}

#[test]
fn every_flag_and_variable_of_the_containers_is_one_of_the_programs() {
    let (stages, services) = (stages(), services());
    for (name, program) in OURS {
        let stage = &stages[name];
        let line = |start: &str| {
            let line = stage.lines().find_map(|line| line.strip_prefix(start));
            let list = line.unwrap_or_else(|| panic!("{name} has no {start}"));
            serde_json::from_str::<Vec<String>>(list.trim()).expect("a list")
        };
        assert_eq!(line("ENTRYPOINT "), [format!("/{program}")]);
        let command = line("CMD ").remove(0);
        assert!(commands(program).contains(&command), "{program} {command}");
        let settings: String = stage
            .lines()
            .filter(|line| line.starts_with("ENV "))
            .collect();
        assert!(
            !variables(&settings).is_empty(),
            "{name} has its own folder"
        );
        takes(program, &command, &settings);
        assert!(stage.lines().any(|line| line.starts_with("USER 65532")));

        let service = &services[name];
        assert!(service.contains(&format!("target: {name}")), "{service}");
        assert!(service.contains(&command), "{name} runs {command}");
        takes(program, &command, service);
    }
    let check = stages["portal"]
        .lines()
        .find(|line| line.starts_with("HEALTHCHECK"));
    let asks = check
        .and_then(|line| line.split("CMD ").nth(1))
        .expect("a check");
    assert_eq!(asks, "[\"/linecheck\", \"health\"]");
    assert!(commands("linecheck").contains(&"health".to_owned()));
}

#[test]
fn no_secret_stands_in_the_compose_file() {
    let portal = &services()["portal"];
    for secret in ["tls_key", "password_hash", "database_url"] {
        assert!(
            portal.contains(&format!("=/run/secrets/{secret}")),
            "{secret}"
        );
        assert!(COMPOSE.contains(&format!("{secret}: {{file: ./secrets/{secret}}}")));
    }
    assert!(COMPOSE.contains("POSTGRES_PASSWORD_FILE: /run/secrets/database_password"));
    assert!(
        COMPOSE.contains("MSSQL_SA_PASSWORD:\n"),
        "it comes from outside"
    );
    let ignored = include_str!("../../../.gitignore");
    assert!(ignored.lines().any(|line| line == "/secrets"));
}

#[test]
fn docker_compose_reads_the_file() {
    let Some(compose) = tools::find("docker-compose") else {
        tests::skip(
            "containers::docker_compose_reads_the_file",
            "docker-compose is missing",
        );
        return;
    };
    for (words, expected) in [
        (vec!["config"], "image: linecheck-agent"),
        (
            vec!["--profile", "sqlserver", "config"],
            "image: mcr.microsoft.com/mssql/server",
        ),
    ] {
        let output = Command::new(&compose)
            .args(words)
            .current_dir(tools::workspace())
            .output()
            .expect("it starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let read = String::from_utf8(output.stdout).expect("text");
        assert!(read.contains(expected), "{read}");
    }
}
