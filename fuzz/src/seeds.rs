//! Writes what the fuzz targets start from into `corpus/`: the captures of crate `tds`, and a few texts.
//!
//! `cargo +nightly run --bin seeds` in this folder.

use std::path::Path;
use std::{fs, io};

const TEXTS: &[(&str, &[&str])] = &[
    (
        "target",
        &[
            "tcp:db.database.windows.net,1433",
            r"host\inst,1434",
            "[::1]:1433",
            "(local)",
            "tcp:[fe80::1],1433",
            "a.b:5",
        ],
    ),
    (
        "connection_string",
        &[
            "Server=tcp:db.database.windows.net,1433;Initial Catalog=x;User ID=u;Password={a;b};Encrypt=True",
            "jdbc:sqlserver://h:1433;databaseName=x;user=u;password=p",
            "Driver={ODBC Driver 18 for SQL Server};Server=h\\i;Uid=u;Pwd=p",
        ],
    ),
    (
        "run_event",
        &[
            r#"{"seq":1,"at":"2026-11-21T08:00:00Z","elapsed_us":5,"body":{"kind":"run_started"}}"#,
            r#"{"seq":2,"at":"2026-11-21T08:00:00Z","body":{"kind":"later","x":[1.5,null,{"a":"b"}]}}"#,
        ],
    ),
    (
        "sniff",
        &["SSH-2.0-x\r\n", "220 mail ESMTP\r\n", "HTTP/1.1 200 OK\r\n"],
    ),
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::chars)
        .filter_map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
        .collect()
}

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(HERE).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

/// A small bundle that is whole.
fn bundle() -> io::Result<Vec<u8>> {
    let uuid = "0193f0a0-0000-7000-8000-000000000001";
    let run = serde_json::json!({
        "id": uuid, "group": null, "state": "completed", "interruption": null, "outcome": "inconclusive",
        "cancelling": false, "login": {"kind": "none"}, "options": {}, "agent": uuid, "agent_name": "here",
        "target": {
            "server": "tcp:db.example,1433", "host": "db.example", "port": 1433, "instance": null,
            "database": "master", "kind": "sql_server",
        },
        "created_at": "2026-11-21T08:00:00Z", "started_at": "2026-11-21T08:00:00Z",
        "settled_at": "2026-11-21T08:00:01Z", "last_seq": 1, "steps": [], "findings": [], "verdict": null,
        "rules_version": 1,
    });
    let run: model::RunView = serde_json::from_value(run)?;
    let event = r#"{"seq":1,"at":"2026-11-21T08:00:00Z","body":{"kind":"later","x":1}}"#;
    let log: Vec<model::RunEvent> = vec![serde_json::from_str(event)?];
    let mut archive = Vec::new();
    bundle::write(&mut archive, &run, &log).map_err(io::Error::other)?;
    Ok(archive)
}

fn main() -> io::Result<()> {
    write("bundle", "whole", &bundle()?)?;
    for (target, texts) in TEXTS {
        for (number, text) in texts.iter().enumerate() {
            write(target, &format!("text{number}"), text.as_bytes())?;
        }
    }
    for entry in fs::read_dir(Path::new(HERE).join("../crates/tds/tests/captures"))? {
        let path = entry?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
            continue;
        };
        let packets = unhex(&fs::read_to_string(&path)?);
        let payload = packets.get(8..).unwrap_or_default();
        write("packet", name, &[&[3], packets.as_slice()].concat())?;
        write("tls", name, &[&[3], packets.as_slice()].concat())?;
        write("sniff", name, &packets)?;
        let target = match packets.first() {
            Some(0x12) => "prelogin",
            Some(0x10) => "login7",
            Some(0x01) => "batch",
            Some(0x03) => "rpc",
            _ if name.contains("prelogin") => "prelogin",
            _ => "token",
        };
        write(target, name, payload)?;
    }
    let row = [
        &[2, 3, 5, 7, 0xD1, 4, 1, 0, 0, 0, 2, 0, 0x61, 0][..],
        &[6, 0, 0, 0, 1, 0, 0],
    ]
    .concat();
    write("rows", "row", &row)?;
    let browser = b"ServerName;A;InstanceName;B;IsClustered;No;Version;16.0;tcp;1433;;";
    let length = u16::try_from(browser.len()).map_err(io::Error::other)?;
    let browser = [&[5], &length.to_le_bytes()[..], browser].concat();
    write("ssrp", "answer", &browser)?;
    write("ssrp", "request", b"\x04B\0")?;
    write("hello", "alert", &[0x15, 3, 1, 0, 2, 2, 70])?;
    write("fedauth", "msal", &[0x05, 0x01])?;
    write("fedauth", "token", &[2, 2, 0, 0, 0, 0x61, 0])?;
    write("fedauth", "message", &[6, 0, 0, 0, 2, 0, 0, 0, 0x61, 0])
}
