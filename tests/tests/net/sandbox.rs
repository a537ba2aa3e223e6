//! A run where almost nothing is allowed: no privilege, no files, no resolver, and a network that ends at the target.

use lab::Scenario;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use tests::net::{Counters, Host, Kind, Site};
use tests::tools;

/// Makes `/etc` empty and the rest unwritable, takes every privilege away, and becomes the program.
const SANDBOX: &str = "mount --bind \"$PROGRAMS\" /mnt && mount -t tmpfs -o ro tmpfs /etc \
     && cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
     --inh-caps=-all --bounding-set=-all /mnt/linecheck-agent \"$@\"";

/// `check` in the sandbox, with nothing in its environment.
fn check(host: &Host, arguments: &[&str]) -> Output {
    let program = tools::program("linecheck-agent");
    let mut command: Command = host.command("sh");
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("PROGRAMS", program.parent().unwrap_or(Path::new("/")))
        .args(["-c", SANDBOX, "sh", "check"])
        .args(arguments);
    command.output().expect("it starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_needs_no_privilege_no_files_no_resolver_and_no_network_but_the_target_s() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_sandbox", &reason);
    }
    if tools::find("setpriv").is_none() {
        return tests::skip("net_sandbox", "setpriv is missing");
    }
    let site = Site::of(&["agent-a"]);
    let host = site.net.host("agent-a");
    let _target = site.target(Scenario::Healthy).await;
    let router = site.net.router_of(&host).into();
    let kinds = [
        Kind::To(site.lab.address().into()),
        Kind::To(router),
        Kind::Multicast4,
        Kind::Multicast6,
    ];
    let counters = Counters::start(&host, &kinds);
    let server = format!("tcp:{},1433", site.lab.address());
    let output = check(&host, &["--server", &server, "--no-files", "--json"]);
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    let document: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{told}"));
    assert_eq!(document["state"], "completed", "{said}");
    assert_eq!(document["files"], Value::Null);
    assert!(document["verdict"]["code"].is_string(), "{said}");
    assert_ne!(document["verdict"]["code"], "inconclusive", "{said}");
    let steps = document["steps"].as_array().expect("steps");
    for kind in ["tcp_connect", "tds_prelogin"] {
        let ok = |step: &&Value| step["kind"] == kind && step["state"] == "ok";
        assert!(steps.iter().any(|step| ok(&step)), "{kind}: {said}");
    }
    let counted = counters.read();
    assert!(counted[&kinds[0]] > 3, "{counted:?}");
    for others in &kinds[1..] {
        assert_eq!(counted[others], 0, "{others:?}");
    }

    // Asked for files where none can be, it says what to do, before anything is sent.
    let output = check(&host, &["--server", &server]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--no-files"));
    assert_eq!(counters.read(), counted);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
