//! The networks themselves: hosts reach each other, a cut is silence, and counters count.

use std::io::{self, Read as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;
use tests::net::{Answer, Counters, Kind, NameServer, Net};

/// Long enough for hosts on one machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough for a packet to leave; nobody answers.
const MOMENT: Duration = Duration::from_millis(30);

#[tokio::test]
async fn hosts_reach_each_other_until_they_are_cut_off() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_ground", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let listener = b.inside(|| TcpListener::bind((b.address(), 0)).expect("a port"));
    let end = listener.local_addr().expect("its number");
    let connect = |patience| a.inside(|| TcpStream::connect_timeout(&end, patience).map(drop));
    let counters = Counters::start(&a, &[Kind::To(b.address().into()), Kind::Loopback]);
    assert_eq!(counters.read()[&Kind::To(b.address().into())], 0);

    connect(PATIENCE).expect("connects");
    b.cut();
    let cut = connect(MOMENT).expect_err("cut off");
    assert_eq!(cut.kind(), io::ErrorKind::TimedOut, "a cut is silence");
    b.mend();
    connect(PATIENCE).expect("connects");
    a.unplug();
    let unplugged = connect(PATIENCE).expect_err("no network");
    assert_eq!(unplugged.kind(), io::ErrorKind::NetworkUnreachable);
    a.plug_in();
    connect(PATIENCE).expect("connects");

    let here: SocketAddr = "127.0.0.1:9".parse().expect("an address");
    assert!(
        a.inside(|| TcpStream::connect_timeout(&here, MOMENT))
            .is_err()
    );
    let counted = counters.read();
    assert!(counted[&Kind::To(b.address().into())] > 3, "{counted:?}");
    assert!(counted[&Kind::Loopback] > 0, "{counted:?}");
}

#[tokio::test]
async fn programs_of_a_host_have_its_names() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_names", &reason);
    }
    let net = Net::of(&["a"]);
    let a = net.host("a");
    let address: IpAddr = "10.77.9.9".parse().expect("an address");
    let other: IpAddr = "fd77:9::9".parse().expect("an address");
    let table = vec![
        ("db.corp.example", Answer::Address(address)),
        ("alias.corp.example", Answer::Alias("db.corp.example")),
    ];
    let _names = NameServer::start(&net.router(), table).await;
    a.resolver(net.router_of(&a));
    a.hosts(&[(other, "written.down.example")]);
    let ask = |name: &str| {
        let mut command = a.command("getent");
        let output = command.args(["ahosts", name]).output().expect("getent");
        String::from_utf8_lossy(&output.stdout)
            .split_whitespace()
            .next()
            .and_then(|word| word.parse::<IpAddr>().ok())
    };
    assert_eq!(ask("db.corp.example"), Some(address));
    assert_eq!(ask("alias.corp.example"), Some(address));
    assert_eq!(ask("written.down.example"), Some(other));
    assert_eq!(ask("none.corp.example"), None);
}

#[test]
fn a_test_that_panics_leaves_nothing_behind() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_leftovers", &reason);
    }
    let (say, hear) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let net = Net::of(&["doomed"]);
        let host = net.host("doomed");
        host.hosts(&[]);
        let mut shell = host.command("sh");
        shell.args(["-c", "echo there; exec sleep 600"]);
        let mut child = shell.stdout(Stdio::piped()).spawn().expect("starts");
        let mut there = [0];
        let mut stdout = child.stdout.take().expect("its output");
        stdout.read_exact(&mut there).expect("it runs");
        say.send(child).expect("somebody hears");
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    let mut child = hear.recv().expect("the child");
    assert!(!child.wait().expect("it is ended").success());
    let own = format!("linecheck-{}-", std::process::id());
    for folder in ["/run/netns", "/etc/netns"] {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let left: Vec<_> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(&own) && name.ends_with("-doomed"))
            .collect();
        assert!(left.is_empty(), "{left:?} in {folder}");
    }
}
