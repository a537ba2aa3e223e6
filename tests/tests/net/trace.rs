//! Network traces: what stands in the file, what it says of connections, and what it never holds. Others' programs read
//! it, too.

use agent::check::Kept;
use model::{
    AgentEvent, EventBody, FailureCode, Observation, Options, Plan, PlanLogin, RunId, StepKind,
    StepState, Target, TraceFile, TracedConnection, TracedEnd,
};
use probe::trace::Trace;
use probe::{Context, Secret, Sink};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tds::prelogin::Encryption;
use tests::net::{Host, Net};
use tests::peer::{Act, Peer, prelogin_reply};
use tests::{canary, tools};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What nobody's packets but another program's hold.
const FOREIGN: &[u8] = b"FOREIGN-PROGRAM-FOREIGN-PROGRAM";

/// Why packets cannot be recorded here, if they cannot.
fn unable() -> Option<String> {
    if let Some(reason) = tests::net::unable() {
        return Some(reason);
    }
    let missing = |program: &&str| tools::find(program).is_none();
    let program = ["tshark", "capinfos"].into_iter().find(missing)?;
    Some(format!("{program} is missing"))
}

#[derive(Default)]
struct Heard(Mutex<Vec<AgentEvent>>);

impl Sink for Heard {
    fn emit(&self, event: AgentEvent) {
        self.0.lock().expect("whole").push(event);
    }
}

/// A recorded run.
struct Story {
    run: RunId,
    events: Vec<AgentEvent>,
    file: Option<Vec<u8>>,
}

impl Story {
    fn connections(&self) -> Vec<TracedConnection> {
        let observed = self.events.iter().filter_map(|event| match &event.body {
            EventBody::Observed {
                observation: Observation::TracedConnection(traced),
                ..
            } => Some(traced.clone()),
            _ => None,
        });
        observed.collect()
    }

    fn only(&self) -> TracedConnection {
        let mut all = self.connections();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn trace_file(&self) -> TraceFile {
        let mut observed = self.events.iter().filter_map(|event| match &event.body {
            EventBody::Observed {
                observation: Observation::TraceFile(file),
                ..
            } => Some(file.clone()),
            _ => None,
        });
        observed.next().expect("a file is told of")
    }

    /// How the network trace ended.
    fn end(&self) -> (StepState, Option<FailureCode>, Option<String>) {
        let step = self.events.iter().find_map(|event| match &event.body {
            EventBody::StepStarted {
                step,
                step_kind: StepKind::NetworkTrace,
                ..
            } => Some(*step),
            _ => None,
        });
        let step = step.expect("the step is there");
        let ended = self.events.iter().find_map(|event| match &event.body {
            EventBody::StepFinished {
                step: of,
                state,
                code,
                detail,
                ..
            } if *of == step => Some((*state, code.clone(), detail.clone())),
            _ => None,
        });
        ended.expect("it ends")
    }

    /// The file as tshark reads it: the fields of the packets that a filter lets through, a line each.
    fn tshark(&self, filter: &str, fields: &[&str]) -> Vec<String> {
        let folder = tests::folder();
        let path = self.written(folder.path());
        let mut command = Command::new("tshark");
        command.args(["-n", "-r"]).arg(path);
        command.args(["-Y", filter, "-T", "fields"]);
        for field in fields {
            command.args(["-e", field]);
        }
        let output = command.output().expect("tshark starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
        assert!(!words.contains("appears to"), "{words}");
        let lines = String::from_utf8(output.stdout).expect("text");
        lines.lines().map(str::to_owned).collect()
    }

    fn written(&self, folder: &Path) -> std::path::PathBuf {
        let path = folder.join("trace.pcapng");
        std::fs::write(&path, self.file.as_ref().expect("a file")).expect("written");
        path
    }

    /// What must hold of every trace.
    fn assert_sound(&self) {
        let told = self.trace_file();
        let file = self.file.as_ref().expect("a file");
        assert_eq!(told.bytes, file.len() as u64);
        assert_eq!(self.end().0, StepState::Ok);
        assert!(matches!(
            self.events.last().map(|event| &event.body),
            Some(EventBody::RunFinished { .. })
        ));
        let folder = tests::folder();
        let path = self.written(folder.path());
        let output = Command::new("capinfos").arg(path).output();
        let output = output.expect("capinfos starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{output:?}");
        assert!(text.contains("pcapng") && text.contains("Raw IP"), "{text}");
        assert!(text.contains(&self.run.to_string()), "{text}");
        assert!(output.stderr.is_empty(), "{output:?}");
        let all = self.tshark("frame", &["frame.number"]);
        assert_eq!(all.len() as u64, told.packets);
        assert_eq!(self.tshark("_ws.malformed", &["frame.number"]), [""; 0]);
        let fields = [
            "tcp.srcport",
            "tcp.flags.syn",
            "tcp.analysis.retransmission",
        ];
        let segments = self.tshark("tcp", &fields);
        for one in self.connections() {
            let local: SocketAddr = one.local.parse().expect("an address");
            let (mut syns, mut again) = (0, 0);
            for segment in &segments {
                let mut parts = segment.split('\t');
                if parts.next() != Some(&*local.port().to_string()) {
                    continue;
                }
                let is_syn = matches!(parts.next(), Some("1" | "True"));
                let is_again = parts.next().is_some_and(|text| !text.is_empty());
                syns += u32::from(is_syn);
                again += u32::from(is_again && !is_syn);
            }
            assert_eq!((one.syns, one.retransmitted), (syns, again), "{one:?}");
        }
    }
}

fn plan(to: SocketAddr) -> Plan {
    Plan {
        run: RunId(Uuid::new_v4()),
        target: Target {
            server: format!("tcp:{},{}", to.ip(), to.port()),
            host: to.ip().to_string(),
            port: Some(to.port()),
            instance: None,
            database: "master".to_owned(),
            kind: "sql_server".to_owned(),
        },
        login: PlanLogin::None,
        options: Options {
            network_trace: true,
            // One connection, or as many as a test asks for.
            tls_versions: false,
            gateways: false,
            sign_in_hosts: false,
            route_trace: false,
            tcp_attempts: 1,
            tcp_timeout_ms: 1_500,
            prelogin_timeout_ms: 2_500,
            ..Options::default()
        },
    }
}

/// Makes the run and records it.
async fn make(plan: Plan, secret: Option<&str>, limit_bytes: u64) -> Story {
    let kept = Kept::default();
    let context = Context {
        trace: Trace {
            allowed: true,
            limit_bytes,
        },
        keep: Some(Arc::new(kept.clone())),
        ..Context::offline()
    };
    let heard = Heard::default();
    let secret = secret.map(|secret| Secret::new(secret.to_owned()));
    probe::run(&plan, secret, &context, &heard, CancellationToken::new()).await;
    Story {
        run: plan.run,
        events: heard.0.into_inner().expect("whole"),
        file: kept.take().into_iter().next().map(|(_, bytes)| bytes),
    }
}

async fn recorded(host: &Host, plan: Plan) -> Story {
    host.run(make(plan, None, Trace::LIMIT_BYTES)).await
}

/// A server in clear text that answers PRELOGIN and then holds the line.
async fn server(host: &Host, encryption: Encryption) -> Peer {
    let listen = SocketAddr::new(host.address().into(), 1433);
    host.run(async move {
        let listener = TcpListener::bind(listen).await.expect("the port");
        Peer::serve(listener, move |_| {
            vec![Act::Hear, Act::Say(prelogin_reply(encryption)), Act::Hold]
        })
    })
    .await
}

#[tokio::test]
async fn an_rst_that_a_box_on_the_way_forged_has_another_hop_limit() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_rst", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let peer = server(&b, Encryption::NOT_SUPPORTED).await;
    net.router().rules(
        "table inet middle { chain forward { type filter hook forward priority 0;
            tcp dport 1433 tcp flags & psh == psh reject with tcp reset
        }
        }",
    );
    let story = recorded(&a, plan(peer.address)).await;
    story.assert_sound();
    let one = story.only();
    assert!(one.answered && one.syns == 1, "{one:?}");
    assert_eq!(one.ended_by, Some(TracedEnd::PeerRst));
    assert_eq!((one.rst_ttl, one.data_ttl), (Some(64), Some(63)));
    let seen = story.tshark("tcp.flags.reset == 1", &["ip.src", "ip.ttl"]);
    assert_eq!(seen, [format!("{}\t64", b.address())]);
}

#[tokio::test]
async fn syns_that_vanish_and_one_that_a_router_forbids() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_syn", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let router = net.router();
    let rules = |what: &str| {
        router.rules(&format!(
            "table inet middle {{ chain forward {{ type filter hook forward priority 0; \
             tcp dport 1433 {what}; }}\n}}"
        ));
    };
    let to = SocketAddr::new(b.address().into(), 1433);
    rules("drop");
    let story = recorded(&a, plan(to)).await;
    story.assert_sound();
    let one = story.only();
    assert_eq!((one.syns, one.answered, one.ended_by), (2, false, None));
    router.rules("delete table inet middle");
    rules("reject with icmp type admin-prohibited");
    let story = recorded(&a, plan(to)).await;
    story.assert_sound();
    let one = story.only();
    assert_eq!((one.syns, one.answered), (1, false));
    assert_eq!(one.icmp, [format!("3/13 from {}", net.router_of(&a))]);
}

#[tokio::test]
async fn segments_that_are_lost_are_seen_sent_again() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_loss", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let peer = server(&b, Encryption::NOT_SUPPORTED).await;
    // The handshake passes, PRELOGIN is lost, and lost again.
    net.router().rules(
        "table inet middle { chain forward { type filter hook forward priority 0;
            tcp dport 1433 tcp flags & psh == psh ct original packets < 5 drop
        }
        }",
    );
    let story = recorded(&a, plan(peer.address)).await;
    story.assert_sound();
    let one = story.only();
    assert!(one.answered && one.retransmitted >= 2, "{one:?}");
    assert_eq!(one.peer_retransmitted, 0);
    assert_eq!(one.ended_by, Some(TracedEnd::OurFin));
}

/// Talks to both until it is told to stop, from ports below those that the system hands out, so that the run never gets
/// one of them; answers the ports that it used.
async fn talk(from: IpAddr, to: [SocketAddr; 2], stop: Arc<AtomicBool>) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for port in (20_000..30_000).cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let socket = TcpSocket::new_v4().expect("a socket");
        if socket.bind(SocketAddr::new(from, port)).is_err() {
            continue;
        }
        let to = to[usize::from(port % 2)];
        let Ok(mut stream) = socket.connect(to).await else {
            continue;
        };
        ports.insert(port);
        // The other end may be gone by now; the bytes are what counts.
        let _ = stream.write_all(FOREIGN).await;
    }
    ports
}

#[tokio::test]
async fn no_packet_of_another_program_is_in_it() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_own", &reason);
    }
    let net = Net::of(&["a", "b", "c"]);
    let (a, b, c) = (net.host("a"), net.host("b"), net.host("c"));
    let peer = server(&b, Encryption::NOT_SUPPORTED).await;
    let other = server(&c, Encryption::NOT_SUPPORTED).await;
    let mut plan = plan(peer.address);
    plan.options.tcp_attempts = 8;
    plan.options.tcp_spacing_ms = 10;
    plan.options.prelogin_timeout_ms = 300;
    let stop = Arc::new(AtomicBool::new(false));
    let to = [peer.address, other.address];
    let talking = a
        .runtime()
        .spawn(talk(a.address().into(), to, stop.clone()));
    let story = recorded(&a, plan).await;
    stop.store(true, Ordering::Relaxed);
    let foreign = talking.await.expect("no panic");
    assert!(foreign.len() > 10, "it talked all the while");
    story.assert_sound();
    let told: BTreeSet<u16> = story
        .connections()
        .iter()
        .map(|one| one.local.parse::<SocketAddr>().expect("an address").port())
        .collect();
    assert_eq!(told.len(), 8);
    assert!(told.is_disjoint(&foreign));
    let ports: BTreeSet<u16> = story
        .tshark("tcp", &["tcp.srcport", "tcp.dstport"])
        .iter()
        .flat_map(|line| line.split('\t').map(|port| port.parse().expect("a port")))
        .filter(|port: &u16| *port != 1433)
        .collect();
    assert_eq!(ports, told);
    let ends = story.tshark("frame", &["ip.src", "ip.dst"]);
    let both = [a.address().to_string(), b.address().to_string()];
    let only = |line: &String| line.split('\t').all(|end| both.contains(&end.to_owned()));
    assert!(ends.iter().all(only), "{ends:?}");
    let file = story.file.expect("a file");
    assert!(!file.windows(FOREIGN.len()).any(|part| part == FOREIGN));
}

#[tokio::test]
async fn no_login_in_clear_text_is_in_it() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_login", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let peer = server(&b, Encryption::NOT_SUPPORTED).await;
    let password = canary::password();
    let mut plan = plan(peer.address);
    plan.login = PlanLogin::Sql {
        user: "canary".to_owned(),
    };
    plan.options.allow_clear_text = true;
    plan.options.login_timeout_ms = 300;
    let secret = password.clone();
    let work = async move { make(plan, Some(&secret), Trace::LIMIT_BYTES).await };
    let story = a.run(work).await;
    story.assert_sound();
    let login = story.tshark(
        "tcp.payload[0:1] == 10",
        &["tcp.len", "frame.cap_len", "frame.len"],
    );
    assert_eq!(login.len(), 1, "LOGIN7 was sent, and its header is there");
    let file = story.file.expect("a file");
    canary::assert_absent("the trace", &file, &canary::needles(&password));
    let user: Vec<u8> = "canary".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!file.windows(user.len()).any(|part| part == user));
}

#[tokio::test]
async fn the_file_keeps_its_bound_and_how_connections_began() {
    if let Some(reason) = unable() {
        return tests::skip("net_trace_bound", &reason);
    }
    let net = Net::of(&["a", "b"]);
    let (a, b) = (net.host("a"), net.host("b"));
    let listen = SocketAddr::new(b.address().into(), 1433);
    // A server that talks and talks.
    let peer = b
        .run(async move {
            let listener = TcpListener::bind(listen).await.expect("the port");
            // TLS, by its frames.
            let record = [&[0x17, 3, 3, 0x40, 0][..], &[0; 0x4000]].concat();
            let noise = record.repeat(200);
            Peer::serve(listener, move |_| {
                vec![Act::Hear, Act::Say(noise.clone()), Act::Hold]
            })
        })
        .await;
    let mut plan = plan(peer.address);
    plan.options.tcp_attempts = 3;
    let work = async move { make(plan, None, 20_000).await };
    let story = a.run(work).await;
    story.assert_sound();
    let told = story.trace_file();
    assert!(told.bytes <= 20_000 && told.dropped > 0, "{told:?}");
    let syns = story.tshark(
        "tcp.flags.syn == 1 && tcp.flags.ack == 0",
        &["frame.number"],
    );
    assert_eq!(syns.len(), 3);
}

#[test]
fn without_the_capability_the_step_says_how_to_give_it() {
    let (send, story) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        // Of this thread alone; it ends with the test.
        let mut sets = rustix::thread::capabilities(None).expect("its capabilities");
        let raw = rustix::thread::CapabilitySet::NET_RAW;
        sets.effective.remove(raw);
        sets.permitted.remove(raw);
        sets.inheritable.remove(raw);
        rustix::thread::set_capabilities(None, sets).expect("it may give them up");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let to = "127.0.0.1:1433".parse().expect("an address");
        let story = runtime.block_on(make(plan(to), None, Trace::LIMIT_BYTES));
        send.send(story).expect("somebody waits");
    });
    let story = story.recv().expect("it is made");
    thread.join().expect("no panic");
    let (state, code, detail) = story.end();
    assert_eq!(state, StepState::Skipped);
    assert_eq!(code, Some(FailureCode::NotPermitted));
    let detail = detail.expect("a sentence");
    for way in ["CAP_NET_RAW", "setcap", "--cap-add", "root"] {
        assert!(detail.contains(way), "{detail}");
    }
    assert!(story.file.is_none() && story.connections().is_empty());
}
