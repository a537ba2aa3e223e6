//! What the portal refuses to start with, and how a password's hash is made.

use crate::support::{Ca, PASSWORD, hash};
use server::access::{Password, Refusal};
use server::config::{Access, Tls};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tests::process::Process;

fn own() -> Tls {
    Tls::Own {
        cert: PathBuf::from("cert.pem"),
        key: PathBuf::from("key.pem"),
    }
}

#[test]
fn listen_address_password_tls_and_name_decide_together() {
    let none = "";
    let password = "needs an operator password";
    let tls = "needs TLS";
    let scheme = "--public-url begins with";
    let lines: &[(&str, bool, Tls, &str, &str)] = &[
        ("127.0.0.1:0", false, Tls::None, none, none),
        ("[::1]:0", false, Tls::None, none, none),
        ("127.0.0.1:0", true, Tls::None, none, none),
        ("127.0.0.1:0", false, own(), none, none),
        ("127.0.0.1:0", false, Tls::None, "http://localhost:9", none),
        ("0.0.0.0:0", false, Tls::None, none, password),
        ("[::]:0", false, own(), none, password),
        ("192.0.2.1:0", false, Tls::Proxy, none, password),
        ("0.0.0.0:0", true, Tls::None, none, tls),
        ("192.0.2.1:0", true, Tls::None, none, tls),
        ("0.0.0.0:0", true, own(), none, none),
        ("[::]:0", true, Tls::Proxy, none, none),
        ("0.0.0.0:0", true, own(), "https://a.example", none),
        // A proxy or a public name on loopback is reached from elsewhere all the same.
        ("127.0.0.1:0", false, Tls::Proxy, none, password),
        (
            "127.0.0.1:0",
            true,
            Tls::Proxy,
            "https://a.example:8443/",
            none,
        ),
        (
            "127.0.0.1:0",
            false,
            Tls::None,
            "http://a.example",
            password,
        ),
        ("127.0.0.1:0", true, Tls::None, "http://a.example", tls),
        ("127.0.0.1:0", true, Tls::None, "https://a.example", scheme),
        ("127.0.0.1:0", true, Tls::Proxy, "http://a.example", scheme),
        (
            "127.0.0.1:0",
            true,
            Tls::Proxy,
            "https://a.example/path",
            "must be https://NAME",
        ),
        (
            "127.0.0.1:0",
            true,
            Tls::Proxy,
            "https://u:p@a.example",
            "must be https://NAME",
        ),
        (
            "127.0.0.1:0",
            true,
            Tls::Proxy,
            "ftp://a.example",
            "must be https://NAME",
        ),
    ];
    for (listen, has_password, tls, public, expected) in lines {
        let access = Access {
            password_hash: has_password.then(hash),
            tls: tls.clone(),
            public_url: public.parse().ok(),
            ..Access::default()
        };
        let listen = listen.parse().expect("an address");
        let said = Refusal::check(&access, listen)
            .err()
            .map(|refusal| refusal.to_string());
        let said = said.unwrap_or_default();
        let line = format!("{listen} {has_password} {tls:?} {public}: {said}");
        assert_eq!(said.is_empty(), expected.is_empty(), "{line}");
        assert!(said.contains(expected), "{line}");
    }
    let broken = Access {
        password_hash: Some(PASSWORD.into()),
        ..Access::default()
    };
    let refused = Refusal::check(&broken, "127.0.0.1:0".parse().expect("an address"));
    assert_eq!(refused, Err(Refusal::Password));
}

fn linecheck(arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(tests::tools::program("linecheck"))
        .args(arguments)
        .env_remove("LINECHECK_PASSWORD_HASH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // It may end without reading.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("it ends")
}

#[test]
fn hash_password_reads_a_line_and_writes_a_hash_of_it() {
    let made = linecheck(&["hash-password"], &format!("{PASSWORD}\n"));
    assert!(made.status.success(), "{made:?}");
    let written = String::from_utf8(made.stdout).expect("text");
    assert!(written.ends_with('\n') && written.lines().count() == 1);
    assert!(Password::read(&written).expect("a hash").is(PASSWORD));
    for (bad, said) in [
        ("short", "at least 12"),
        ("", "at least 12"),
        ("one line long enough\nand another\n", "one line"),
    ] {
        let refused = linecheck(&["hash-password"], bad);
        assert!(!refused.status.success() && refused.stdout.is_empty());
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(words.contains(said), "{words}");
        assert!(bad.is_empty() || !words.contains(bad), "not repeated");
    }
}

#[test]
fn the_program_refuses_in_a_sentence_and_starts_with_what_the_sentence_asks_for() {
    let folder = tests::folder();
    let text = |path: PathBuf| path.to_str().expect("text").to_owned();
    let data = text(folder.path().join("data"));
    let file = text(folder.path().join("hash"));
    std::fs::write(&file, hash() + "\n").expect("written");
    let Tls::Own { cert, key } = Ca::new().files(folder.path()) else {
        panic!("files");
    };
    let (cert, key) = (text(cert), text(key));
    let all = ["serve", "--listen", "0.0.0.0:0", "--data-dir", &data];
    for (more, said) in [
        (vec![], "linecheck hash-password"),
        (
            vec!["--password-hash-file", &file],
            "--tls-cert FILE and --tls-key FILE",
        ),
        (
            vec!["--password-hash-file", &cert],
            "the password hash is none",
        ),
        (
            vec!["--password-hash-file", "nowhere"],
            "cannot be read from nowhere",
        ),
        (vec!["--tls-cert", &cert], "--tls-key"),
        (vec!["--public-url", "portal"], "no address"),
    ] {
        let refused = linecheck(&[&all[..], &more].concat(), "");
        assert!(!refused.status.success() && refused.stdout.is_empty());
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(words.contains(said), "{more:?}: {words}");
    }
    // On loopback, as all that a test starts.
    let log = folder.path().join("log");
    let more = [
        "--password-hash-file",
        &file,
        "--tls-cert",
        &cert,
        "--tls-key",
        &key,
        "--no-agent",
    ];
    let portal = Process::start(folder.path().join("data").as_path(), &log, &more);
    assert!(
        portal.url.starts_with("https://127.0.0.1:"),
        "{}",
        portal.url
    );
    let (status, _) = portal.terminate();
    assert!(status.success());
}
