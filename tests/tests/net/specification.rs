//! The checker that Linecheck replaces, branch by branch, for real: a network is made that way, a run is made in it, and
//! the verdict, its words and its advice are what the specification asks for. The rules' own table (`specification` in
//! the crate `rules`) has every branch as facts; here is each that a lab, name servers and namespaces can bring about.
//!
//! Branches that ran for real before stand where they are, and are not repeated here:
//!
//! | Branch | Where |
//! |---|---|
//! | 0, 5: exit code, files and summary of `check` | `check/table.rs`, `check/files.rs` |
//! | 1: wait between attempts, client id of an identity, quotes in names | `probe/further.rs`, `probe/entra.rs`, `canary.rs` |
//! | 1: a dummy login by choice, and what it costs | `scenarios.rs`, `probe/further.rs` |
//! | C2, 4.3.5: no cipher in common, versions of TLS, each with its login | `probe/hostile.rs`, `tls_logins.rs` |
//! | C3: a trace, its bounds and its rights | `net/trace.rs` |
//! | C4: time to live, aliases, AAAA, NXDOMAIN and SERVFAIL told apart | `probe/name_servers.rs` |
//! | C6: hosts of the right cloud, each by itself | `probe/beside.rs` |
//! | 4.3.2, 4.3.4: limits of every read | `probe/hostile.rs` |
//! | 4.3.7, 4.3.8: tokens, FEATUREEXTACK, read-only intent | `lab/peers.rs`, `lab/wire.rs` |
//! | 4.3.9: tokens and who gives them | `probe/entra.rs` |
//! | verdicts of practice targets, without and with a login | `scenarios.rs` |
//! | every way to break a connection, again and again | `net/faults.rs` |

#[path = "specification/logins.rs"]
mod logins;
#[path = "specification/places.rs"]
mod places;
#[path = "specification/wires.rs"]
mod wires;

use crate::break_it::{self as b, Broken};
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use lab::Scenario;
use model::{Options, Plan};
use std::net::Ipv4Addr;
use tds::TdsVersion;
use tds::prelogin::Encryption;
use tds::token::{Body, Done, DoneStatus, EnvChange, LoginAck, ServerMessage};
use tests::judged::{self, Judged};
use tests::net::{Azure, GATEWAYS, HOST, NODE, UNLISTED};
use tests::peer::{Act, prelogin_reply, tokens};

/// Networks at a time.
const AT_A_TIME: usize = 4;

/// What a row expects of the judgement.
enum Expect {
    /// This verdict, with this text somewhere in its words or advice.
    Verdict(&'static str, &'static str),
    /// This finding beside another verdict, likewise.
    Beside(&'static str, &'static str),
    /// Nothing of the kind.
    Not(&'static str),
}
use Expect::{Beside, Not, Verdict};

/// Who answers at the server's port.
#[derive(Clone, Copy)]
enum Server {
    /// The lab, over TLS.
    Lab(Scenario),
    /// A peer in clear text that refuses every login with this number, state and text.
    Refuses(i32, u8, &'static str),
    /// A peer in clear text that sends everybody to a node whose name nobody knows.
    RoutesOn,
    /// The same, and its name is known.
    RoutesToIt,
    /// A peer in clear text that lets every second connection in and closes the others.
    EverySecond,
}

/// One branch.
struct Row {
    check: &'static str,
    branch: &'static str,
    /// As somebody types it.
    typed: &'static str,
    server: Server,
    /// Where every name leads.
    addresses: &'static [Ipv4Addr],
    fault: for<'a> fn(&'a Azure) -> BoxFuture<'a, Broken>,
    plan: fn(&mut Plan),
    expected: &'static [Expect],
}

const FIRST: &[Ipv4Addr] = &[GATEWAYS[0]];
const MI: &str = "mi.0a1b2c.database.windows.net";
const MI_PUBLIC: &str = "mi.public.0a1b2c.database.windows.net,3342";

/// All is well.
const ROW: Row = Row {
    check: "",
    branch: "",
    typed: HOST,
    server: Server::Lab(Scenario::Healthy),
    addresses: FIRST,
    fault: b::nothing,
    plan: as_it_is,
    expected: &[],
};

fn as_it_is(_: &mut Plan) {}

/// Brief where nothing will ever come.
fn options() -> Options {
    Options {
        tcp_attempts: 3,
        tcp_timeout_ms: 1_500,
        dns_timeout_ms: 1_500,
        prelogin_timeout_ms: 1_500,
        tls_timeout_ms: 1_500,
        retry_delays_ms: vec![10, 20, 40],
        ..Options::default()
    }
}

fn accepted() -> Vec<Body> {
    let ack = LoginAck {
        interface: 1,
        tds_version: TdsVersion::V7_4,
        program: "Peer".into(),
        major: 16,
        minor: 0,
        build: 1,
    };
    vec![
        Body::LoginAck(ack),
        Body::Done(Done::new(DoneStatus::empty())),
    ]
}

impl Server {
    /// What the peer says to a connection; `None` where the lab answers.
    fn script(self) -> Option<impl Fn(usize) -> Vec<Act> + Send + 'static> {
        let Self::Lab(_) = self else {
            return Some(move |number: usize| {
                let mut acts = vec![
                    Act::Hear,
                    Act::Say(prelogin_reply(Encryption::NOT_SUPPORTED)),
                    Act::Hear,
                ];
                match self {
                    Self::Refuses(number, state, text) => {
                        let error = ServerMessage {
                            number,
                            state,
                            class: 14,
                            text: text.into(),
                            ..ServerMessage::default()
                        };
                        let done = Body::Done(Done::new(DoneStatus::ERROR));
                        acts.push(Act::Say(tokens(&[Body::Error(error), done])));
                    }
                    Self::RoutesOn | Self::RoutesToIt => {
                        let known = matches!(self, Self::RoutesToIt);
                        let node = if known {
                            "tr2.eastus1-a.worker.database.windows.net"
                        } else {
                            NODE
                        };
                        let routed = Body::EnvChange(EnvChange::routing(node, 11_042));
                        acts.push(Act::Say(tokens(&[routed])));
                    }
                    Self::EverySecond if number.is_multiple_of(2) => {
                        acts.extend([Act::Say(tokens(&accepted())), Act::Hold]);
                    }
                    Self::EverySecond | Self::Lab(_) => {}
                }
                acts
            });
        };
        None
    }
}

impl Row {
    async fn run(&self) -> Judged {
        let scenario = match self.server {
            Server::Lab(scenario) => scenario,
            _ => Scenario::Healthy,
        };
        let azure = Azure::start(&[scenario]).await;
        let mut broken = (self.fault)(&azure).await;
        let mut plan = judged::plan(self.typed, options(), true);
        if let Some(script) = self.server.script() {
            broken.peer = Some(azure.serve_script(script).await);
            plan.options.allow_clear_text = true;
        }
        (self.plan)(&mut plan);
        let mut context = azure.context(self.addresses);
        if let Some(names) = &broken.names {
            context.names = names.clone();
        }
        azure.run(plan, context).await
    }
}

/// What is wrong with a judgement, if anything is.
fn amiss(judged: &Judged, expected: &Expect) -> Option<String> {
    let codes = judged.codes();
    let (code, part, verdict) = match expected {
        Not(code) => return codes.contains(code).then(|| format!("{code} was found")),
        Verdict(code, part) => (*code, *part, true),
        Beside(code, part) => (*code, *part, false),
    };
    let Some(finding) = judged.finding(code) else {
        let why = &judged.judgement.verdict.explanation;
        return Some(format!("{code} is not in {codes:?}: {why}"));
    };
    if (codes[0] == code) != verdict {
        return Some(format!("{code} is not where it belongs: {codes:?}"));
    }
    let advice = finding.recommendation.join(" ");
    let said = format!("{} {} {advice}", finding.title, finding.explanation);
    (!said.contains(part)).then(|| format!("{code} does not say {part:?}: {said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_branch_that_a_network_can_bring_about() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_specification", &reason);
    }
    let rows: Vec<Row> = [
        places::names(),
        places::endpoints(),
        logins::rows(),
        wires::rows(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let count = rows.len();
    let wrong: Vec<String> = stream::iter(rows)
        .map(|row| async move {
            let judged = row.run().await;
            let wrong = row.expected.iter().filter_map(|one| amiss(&judged, one));
            wrong
                .map(|why| format!("{}, {}: {why}", row.check, row.branch))
                .collect::<Vec<_>>()
        })
        .buffer_unordered(AT_A_TIME)
        .concat()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 60, "{count} rows");
}
