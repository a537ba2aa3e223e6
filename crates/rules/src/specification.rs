//! The checker that Linecheck replaces, branch by branch: what is seen, what is said of it, what is advised. One row for
//! each branch of its specification ("C4", condition, advice), and one for each of its defects that must not come back.

use crate::testing::{Log, chain, error};
use model::FailureCode::{self, *};
use model::{DatabaseEntry, GatewayRegion, Observation, PlanLogin, RegionSource, Route, StepKind};

/// What a row expects of the judgement.
enum Expect {
    /// This verdict, with this text somewhere in its advice or explanation.
    Verdict(&'static str, &'static str),
    /// This finding beside another verdict, likewise.
    Beside(&'static str, &'static str),
    /// Nothing of the kind.
    Not(&'static str),
}
use Expect::{Beside, Not, Verdict};

/// Check, branch, log, expectations.
type Row = (&'static str, &'static str, Log, Vec<Expect>);

const DB: &str = "contoso.database.windows.net";
const MI: &str = "mi.0a1b2c.database.windows.net";
const MI_PUBLIC: &str = "mi.public.0a1b2c.database.windows.net";
const IP: &str = "20.61.99.193";
const EP: &str = "20.61.99.193:1433";
const NODE: &str = "tr1.westeurope1-a.worker.database.windows.net";
const NODE_EP: &str = "20.61.104.17:11042";
const ALIAS: &str = "contoso.privatelink.database.windows.net";

fn found(server: &str) -> Log {
    Log::to(server).signed_in().dns("system", Ok(&[IP]))
}

fn connect(server: &str, code: FailureCode) -> Log {
    found(server).taking(5_000).tcp(EP, Some(code)).finish()
}

/// Refused with a number and state.
fn refused(server: &str, number: i32, state: u8, text: &str) -> Log {
    found(server)
        .secured(EP)
        .login(EP, Some(LoginRejected))
        .error(number, state, text)
        .finish()
}

fn dummy(number: i32) -> Log {
    Log::new()
        .signs_in(PlanLogin::Dummy)
        .dns("system", Ok(&[IP]))
        .secured(EP)
        .login(EP, Some(LoginRejected))
        .error(number, 1, "Words.")
        .finish()
}

fn healthy() -> Log {
    found(DB).secured(EP).login(EP, None).query(None)
}

fn routed(server: &str) -> Log {
    found(server)
        .secured(EP)
        .login(EP, None)
        .routed_to(NODE, 11_042)
        .dns("system", Ok(&["20.61.104.17"]))
}

fn gateway(log: Log, place: &str, code: Option<FailureCode>) -> Log {
    log.running(StepKind::GatewayConnect, place)
        .seen(Observation::GatewayRegion(GatewayRegion {
            region: "West Europe".into(),
            cloud: "public".into(),
            by: RegionSource::Address,
            told_by: IP.into(),
            gateways: vec![IP.into()],
            as_of: "2026-11-20".into(),
        }))
        .ends(code)
}

fn listed(found: bool) -> Log {
    Log::new()
        .signed_in()
        .secured(EP)
        .login(EP, Some(LoginRejected))
        .error(4060, 1, "Cannot open database.")
        .running(StepKind::DatabaseLookup, EP)
        .seen(Observation::DatabaseEntry(DatabaseEntry {
            name: "orders".into(),
            found,
            state: None,
        }))
        .ends((!found).then_some(DatabaseNotListed))
        .finish()
}

fn host_and_names() -> Vec<Row> {
    vec![
        (
            "C1",
            "no network: said, and the run goes on to its verdict",
            Log::new()
                .running(StepKind::HostFacts, "host")
                .ends(None)
                .dns("system", Err(DnsError))
                .finish(),
            vec![Verdict("resolver_failed", "resolver")],
        ),
        (
            "C2",
            "no cipher suite in common",
            found(DB)
                .tcp(EP, None)
                .prelogin(EP, None)
                .tls(EP, Some(TlsAlert))
                .seen(Observation::TlsAlert {
                    number: Some(40),
                    name: "handshake_failure".into(),
                })
                .finish(),
            vec![Verdict("tls_alert", "cipher")],
        ),
        (
            "C3",
            "no right to record packets: a word, and nothing else is lost",
            healthy()
                .skipped(StepKind::NetworkTrace, NotPermitted)
                .finish(),
            vec![
                Verdict("healthy", ""),
                Beside("not_done_here", "CAP_NET_RAW"),
            ],
        ),
        (
            "C4b",
            "the hosts file pins the name",
            Log::new()
                .dns("hosts_file", Ok(&["20.61.99.200"]))
                .dns("10.0.0.2:53", Ok(&[IP]))
                .dns("system", Ok(&["20.61.99.200"]))
                .secured("20.61.99.200:1433")
                .finish(),
            vec![Beside("hosts_file_pins", "hosts file")],
        ),
        (
            "C4b [defect]",
            "an answer from the cache is no hosts file",
            Log::new()
                .dns("hosts_file", Err(NameNotFound))
                .dns("10.0.0.2:53", Ok(&[IP]))
                .dns("system", Ok(&[IP]))
                .secured(EP)
                .finish(),
            vec![Not("hosts_file_pins"), Not("resolvers_disagree")],
        ),
        (
            "C4c",
            "the configured resolver does not answer",
            Log::new()
                .dns("system", Err(DnsTimeout))
                .dns("10.0.0.2:53", Err(DnsTimeout))
                .finish(),
            vec![Verdict("resolver_failed", "resolver")],
        ),
        (
            "C4d [defect]",
            "a public resolver that is blocked is no finding",
            healthy()
                .dns("outside 208.67.222.222:53", Err(DnsTimeout))
                .finish(),
            vec![
                Verdict("healthy", ""),
                Not("known_outside_only"),
                Not("resolvers_disagree"),
            ],
        ),
        (
            "C4",
            "addresses differ and there is no private link",
            Log::new()
                .dns("10.0.0.2:53", Ok(&["198.51.100.7"]))
                .dns("10.0.0.3:53", Ok(&["203.0.113.9"]))
                .secured("198.51.100.7:1433")
                .finish(),
            vec![Beside("resolvers_disagree", "198.51.100.7")],
        ),
        (
            "C4 [defect]",
            "an answer of several addresses is compared as a set",
            Log::new()
                .dns("10.0.0.2:53", Ok(&["198.51.100.7", "203.0.113.9"]))
                .dns("10.0.0.3:53", Ok(&["203.0.113.9", "198.51.100.7"]))
                .secured("198.51.100.7:1433")
                .finish(),
            vec![Not("resolvers_disagree")],
        ),
        (
            "C4",
            "gateways of one region in turn are normal",
            Log::new()
                .dns("10.0.0.2:53", Ok(&["20.61.99.193"]))
                .dns("10.0.0.3:53", Ok(&["20.61.99.192"]))
                .secured(EP)
                .finish(),
            vec![Not("resolvers_disagree")],
        ),
        (
            "C4",
            "inside and outside may differ with a private link",
            Log::new()
                .dns_by("10.0.0.2:53", &[ALIAS], Ok(&["10.4.4.4"]))
                .dns_by("outside 208.67.222.222:53", &[ALIAS], Ok(&[IP]))
                .secured("10.4.4.4:1433")
                .finish(),
            vec![
                Not("resolvers_disagree"),
                Not("private_link_public_gateway"),
            ],
        ),
        (
            "C5",
            "the name does not exist",
            Log::new()
                .dns("system", Err(NameNotFound))
                .dns("10.0.0.2:53", Err(NameNotFound))
                .finish(),
            vec![Verdict("name_not_found", "spell")],
        ),
        (
            "C5",
            "the name of a public endpoint exists only while it is enabled",
            Log::to(MI_PUBLIC).dns("system", Err(NameNotFound)).finish(),
            vec![Verdict("name_not_found", "public endpoint")],
        ),
        (
            "C5 [defect]",
            "every address is tried, not only the first",
            Log::new()
                .dns("system", Ok(&["198.51.100.7", IP]))
                .tcp("198.51.100.7:1433", Some(TcpTimeout))
                .secured(EP)
                .finish(),
            vec![
                Verdict("reachable_login_not_tried", ""),
                Beside("addresses_partly_dead", "198.51.100.7"),
            ],
        ),
    ]
}

fn sign_in_hosts() -> Vec<Row> {
    let dead = |log: Log, code| {
        log.running(StepKind::SignInHost, "login.windows.net")
            .ends(Some(code))
    };
    let entra = || {
        Log::new().signs_in(PlanLogin::EntraPassword {
            user: "a@contoso.example".into(),
        })
    };
    vec![
        (
            "C6",
            "not reached within 10 s",
            dead(entra(), TcpTimeout)
                .secured(EP)
                .login(EP, Some(TokenUnreachable))
                .finish(),
            vec![
                Verdict("token_unreachable", "login.windows.net"),
                Beside("sign_in_hosts_unreachable", "443"),
            ],
        ),
        (
            "C6 [defect]",
            "a refusal or a missing name ends nothing",
            dead(dead(healthy(), TcpRefused), NameNotFound).finish(),
            vec![
                Verdict("healthy", ""),
                Beside("sign_in_hosts_unreachable", "443"),
            ],
        ),
        (
            "C6 [defect]",
            "they matter only to sign-ins that need them",
            healthy().finish(),
            vec![Not("sign_in_hosts_unreachable")],
        ),
    ]
}

fn endpoints() -> Vec<Row> {
    let private = |code| {
        Log::new()
            .dns_by("system", &[ALIAS], Ok(&["10.4.4.4"]))
            .tcp("10.4.4.4:1433", code)
    };
    vec![
        (
            "C7",
            "Fabric does not answer",
            connect("x.datawarehouse.fabric.microsoft.com", TcpTimeout),
            vec![Verdict("tcp_timeout", "1433")],
        ),
        (
            "C7",
            "the public endpoint of a managed instance does not answer",
            connect(MI_PUBLIC, TcpTimeout),
            vec![Verdict("tcp_timeout", "public endpoint is enabled")],
        ),
        (
            "C7",
            "a managed instance inside its network does not answer",
            connect(MI, TcpTimeout),
            vec![Verdict("tcp_timeout", "VPN or ExpressRoute")],
        ),
        (
            "C7 [defect]",
            "3342 inside the network is tried, and explained",
            connect("mi.0a1b2c.database.windows.net,3342", TcpTimeout),
            vec![
                Verdict("tcp_timeout", "3342"),
                Beside("server_string_odd", "1433"),
            ],
        ),
        (
            "C7 [defect]",
            "a public endpoint without 3342 is tried, and explained",
            connect("mi.public.0a1b2c.database.windows.net,1433", TcpTimeout),
            vec![
                Verdict("tcp_timeout", "1433"),
                Beside("server_string_odd", "3342"),
            ],
        ),
        (
            "C7.2",
            "an address that no list knows is unknown, not wrong, and is tried",
            Log::new()
                .dns("system", Ok(&["198.51.100.7"]))
                .tcp("198.51.100.7:1433", Some(TcpTimeout))
                .skipped(StepKind::GatewayConnect, NotAvailable)
                .finish(),
            vec![
                Verdict("tcp_timeout", ""),
                Beside("gateway_unknown", "proves nothing"),
            ],
        ),
        (
            "C7.2 [defect]",
            "an unknown address that answers is no finding",
            Log::new()
                .dns("system", Ok(&["198.51.100.7"]))
                .secured("198.51.100.7:1433")
                .finish(),
            vec![Not("gateway_unknown")],
        ),
        (
            "C7.2",
            "private link: no gateway is looked for",
            private(None)
                .skipped(StepKind::GatewayConnect, NotAvailable)
                .finish(),
            vec![Not("gateway_unknown"), Not("gateways_partly_unreachable")],
        ),
        (
            "C7.2 [defect]",
            "a private endpoint is tried over TCP",
            private(Some(TcpTimeout)).finish(),
            vec![Verdict("private_link_unreachable", "peered")],
        ),
        (
            "C7.2",
            "a private address that this host has no route to",
            private(Some(TcpUnreachable))
                .seen(Observation::Route(Route {
                    destination: "10.4.4.4".into(),
                    gateway: None,
                    interface: None,
                    source: None,
                    mtu: None,
                }))
                .finish(),
            vec![Verdict("private_link_unreachable", "no way to 10.4.4.4")],
        ),
        (
            "C7.3",
            "the alias is there, but DNS gives a regular gateway",
            Log::new()
                .dns_by("system", &[ALIAS], Ok(&[IP]))
                .secured(EP)
                .finish(),
            vec![Beside("private_link_public_gateway", "private DNS zone")],
        ),
        (
            "C7.3",
            "the alias has no record",
            Log::new()
                .dns_by("system", &[ALIAS], Err(NameNoAddress))
                .finish(),
            vec![Verdict("private_link_no_record", "private DNS zone")],
        ),
        (
            "C7.3",
            "this address fails and another gateway of the region works",
            gateway(
                gateway(found(DB).tcp(EP, Some(TcpTimeout)), EP, Some(TcpTimeout)),
                "20.61.99.192:1433",
                None,
            )
            .finish(),
            vec![
                Verdict("tcp_timeout", "Sql.WestEurope"),
                Beside("gateways_partly_unreachable", "Sql.WestEurope"),
            ],
        ),
        (
            "C7.3 [defect]",
            "another gateway that fails does not weigh like all",
            gateway(
                gateway(healthy(), EP, None),
                "20.61.99.192:1433",
                Some(TcpTimeout),
            )
            .finish(),
            vec![
                Verdict("healthy", ""),
                Beside("gateways_partly_unreachable", "20.61.99.192"),
                Not("gateways_all_unreachable"),
            ],
        ),
        (
            "C7.4",
            "no gateway works: this host's own network",
            gateway(
                gateway(found(DB).tcp(EP, Some(TcpTimeout)), EP, Some(TcpTimeout)),
                "20.61.99.192:1433",
                Some(TcpTimeout),
            )
            .finish(),
            vec![
                Verdict("tcp_timeout", ""),
                Beside("gateways_all_unreachable", "own network"),
            ],
        ),
        (
            "C7 [defect]",
            "the redirect range is sampled by choice, as a forecast",
            healthy()
                .running(StepKind::RedirectSample, IP)
                .attempt(1, Some(TcpTimeout))
                .ends(Some(TcpTimeout))
                .finish(),
            vec![
                Verdict("healthy", ""),
                Beside("redirect_ports_blocked", "11000-11999"),
            ],
        ),
        (
            "C8 [defect]",
            "connects that take long are a finding",
            found(DB)
                .taking(6_000)
                .tcp(EP, None)
                .prelogin(EP, None)
                .tls(EP, None)
                .login(EP, None)
                .query(None)
                .finish(),
            vec![Verdict("phase_slow", "TCP")],
        ),
    ]
}

fn logins() -> Vec<Row> {
    let number = |number| refused(DB, number, 1, "Words.");
    vec![
        (
            "C9",
            "the login works",
            healthy().finish(),
            vec![Verdict("healthy", "")],
        ),
        (
            "C9",
            "121",
            number(121),
            vec![Verdict(
                "temporarily_unavailable",
                "another SQL driver or tool",
            )],
        ),
        (
            "C9",
            "916",
            number(916),
            vec![Verdict("database_access_denied", "CREATE USER")],
        ),
        (
            "C9",
            "10060",
            number(10060),
            vec![Verdict("temporarily_unavailable", "outbound")],
        ),
        (
            "C9",
            "18456, made-up user",
            dummy(18456),
            vec![Verdict("dummy_refused", "as it should")],
        ),
        (
            "C9",
            "40615, made-up user",
            dummy(40615),
            vec![Verdict("firewall_blocked", "firewall")],
        ),
        (
            "C9",
            "18456, real user",
            number(18456),
            vec![Verdict("login_rejected", "refuses the address for a while")],
        ),
        (
            "C9",
            "18456 by state",
            refused(DB, 18456, 58, "Words."),
            vec![Verdict("login_rejected", "enable SQL auth")],
        ),
        (
            "C9",
            "40532, public endpoint",
            refused(MI_PUBLIC, 40532, 1, "Words."),
            vec![Verdict(
                "server_error",
                "public endpoint of the managed instance is enabled",
            )],
        ),
        (
            "C9",
            "40532, managed instance",
            refused(MI, 40532, 1, "Words."),
            vec![Verdict("server_error", "old address")],
        ),
        (
            "C9",
            "40532, otherwise",
            number(40532),
            vec![Verdict("server_error", "service endpoint Microsoft.Sql")],
        ),
        (
            "C9",
            "40615 names the client's address",
            refused(
                DB,
                40615,
                1,
                "Client with IP address '203.0.113.9' is not allowed to access the server.",
            ),
            vec![Verdict("firewall_blocked", "203.0.113.9")],
        ),
        (
            "C9",
            "40914",
            number(40914),
            vec![Verdict("firewall_blocked", "virtual network rule")],
        ),
        (
            "C9",
            "47073",
            number(47073),
            vec![Verdict("firewall_blocked", "private endpoint")],
        ),
        (
            "C9",
            "4060",
            number(4060),
            vec![Verdict("database_missing", "name")],
        ),
        (
            "C9",
            "40613",
            number(40613),
            vec![Verdict("temporarily_unavailable", "60 s")],
        ),
        (
            "C9",
            "a number that nobody knows",
            number(123_456),
            vec![Verdict("server_error", "Look the number up")],
        ),
        (
            "C9.2 [defect]",
            "the database is listed in master",
            listed(true),
            vec![Verdict("database_missing", "master has it")],
        ),
        (
            "C9.2",
            "the database is not listed",
            listed(false),
            vec![Verdict("database_missing", "does not have that name")],
        ),
        (
            "C9.2 [defect]",
            "a look-up that failed is not a missing database",
            healthy()
                .running(StepKind::DatabaseLookup, EP)
                .ends(Some(LoginRejected))
                .finish(),
            vec![Verdict("healthy", ""), Not("database_missing")],
        ),
        (
            "C9 [defect]",
            "what is no SQL error is a finding too",
            found(DB).secured(EP).login(EP, Some(LoginNoReply)).finish(),
            vec![Verdict("login_no_reply", "")],
        ),
        (
            "C9 [defect]",
            "a retry that worked is not hidden",
            found(DB)
                .secured(EP)
                .login(EP, None)
                .attempt(1, Some(LoginRejected))
                .seen_in(1, error(40613, 1, "Words."))
                .attempt(2, None)
                .query(None)
                .finish(),
            vec![Verdict("transient_recovered", "40613")],
        ),
    ]
}

fn advanced() -> Vec<Row> {
    let tls = |code: FailureCode| {
        found(DB)
            .tcp(EP, None)
            .prelogin(EP, None)
            .tls(EP, Some(code.clone()))
            .seen(chain("other.example", -20, -10, code))
            .finish()
    };
    vec![
        (
            "4.3.3",
            "no PRELOGIN reply (SNI time-out)",
            found(DB)
                .tcp(EP, None)
                .prelogin(EP, Some(PreloginNoReply))
                .finish(),
            vec![Verdict("prelogin_no_reply", "")],
        ),
        (
            "4.3.5 [defect]",
            "no password goes in clear text",
            found(DB)
                .tcp(EP, None)
                .prelogin(EP, None)
                .tls(EP, Some(EncryptionNotOffered))
                .finish(),
            vec![Verdict("encryption_not_offered", "password")],
        ),
        (
            "4.3.5",
            "certificate of another name",
            tls(TlsNameMismatch),
            vec![Verdict("tls_name_mismatch", "other.example")],
        ),
        (
            "4.3.5",
            "certificate expired",
            tls(TlsExpired),
            vec![Verdict("tls_expired", "")],
        ),
        (
            "4.3.5",
            "nobody trusts the issuer",
            tls(TlsUntrusted),
            vec![
                Verdict("tls_untrusted", ""),
                Beside("tls_intercepted", "TLS inspection"),
            ],
        ),
        (
            "4.3.6",
            "PRELOGIN takes more than 5 s",
            found(DB)
                .tcp(EP, None)
                .taking(6_000)
                .prelogin(EP, None)
                .tls(EP, None)
                .login(EP, None)
                .query(None)
                .finish(),
            vec![Verdict("phase_slow", "5 s")],
        ),
        (
            "4.3.9",
            "no token within the limit",
            Log::new()
                .signs_in(PlanLogin::EntraManagedIdentity { client_id: None })
                .secured(EP)
                .login(EP, Some(TokenTimeout))
                .finish(),
            vec![Verdict("token_timeout", "identity service")],
        ),
        (
            "4.3 [defect]",
            "redirects without an end are ended",
            routed(DB)
                .secured(NODE_EP)
                .login(NODE_EP, None)
                .routed_to(NODE, 11_042)
                .redirect_ends(Some(RedirectLoop))
                .finish(),
            vec![Verdict("redirect_loop", "")],
        ),
        (
            "4.3 [defect]",
            "attempts are judged together",
            healthy()
                .running(StepKind::LoginAttempt, EP)
                .ends(Some(TcpTimeout))
                .finish(),
            vec![Verdict("logins_intermittent", "5 s at first")],
        ),
        (
            "4.4",
            "the name of the node is not found",
            found(DB)
                .secured(EP)
                .login(EP, None)
                .routed_to(NODE, 11_042)
                .dns("system", Err(NameNotFound))
                .redirect_ends(Some(RedirectFailed))
                .finish(),
            vec![Verdict("redirect_failed", NODE)],
        ),
        (
            "4.4",
            "redirect is told when the reply proves it",
            routed(DB)
                .secured(NODE_EP)
                .login(NODE_EP, None)
                .query(None)
                .finish(),
            vec![Verdict("healthy", ""), Beside("redirected", NODE)],
        ),
        (
            "4.4 [defect]",
            "without a login nothing is said of proxy or redirect",
            connect(DB, TcpTimeout),
            vec![Not("redirected")],
        ),
        (
            "4.5 [defect]",
            "root cause: the node cannot be reached (SQL Database)",
            routed(DB)
                .taking(5_000)
                .tcp(NODE_EP, Some(TcpTimeout))
                .redirect_ends(Some(RedirectFailed))
                .finish(),
            vec![Verdict("redirect_blocked", "service tag")],
        ),
        (
            "4.5 [defect]",
            "root cause: the node cannot be reached (managed instance)",
            routed(MI)
                .taking(5_000)
                .tcp(NODE_EP, Some(TcpTimeout))
                .redirect_ends(Some(RedirectFailed))
                .finish(),
            vec![Verdict("redirect_blocked", "both network security groups")],
        ),
        (
            "5",
            "nothing explains it: generic advice, and a verdict all the same",
            found(DB).secured(EP).login(EP, Some(Internal)).finish(),
            vec![Verdict("inconclusive", "Run again")],
        ),
    ]
}

/// What is wrong with a judgement, if anything is.
fn amiss(judged: &crate::Judgement, expected: &Expect) -> Option<String> {
    let codes: Vec<&str> = judged.findings.iter().map(|f| f.code.as_str()).collect();
    let (code, part, verdict) = match expected {
        Not(code) => return codes.contains(code).then(|| format!("{code} was found")),
        Verdict(code, part) => (*code, *part, true),
        Beside(code, part) => (*code, *part, false),
    };
    if (judged.verdict.code == code) != verdict {
        return Some(format!("{code} is not where it belongs: {codes:?}"));
    }
    let Some(finding) = judged.findings.iter().find(|f| f.code == code) else {
        return Some(format!("{code} is not in {codes:?}"));
    };
    let advice = finding.recommendation.join(" ");
    let said = format!("{} {} {advice}", finding.title, finding.explanation);
    (!said.contains(part)).then(|| format!("{code} does not say {part:?}: {said}"))
}

#[test]
fn every_branch_of_the_specification() {
    let tables = [
        host_and_names(),
        sign_in_hosts(),
        endpoints(),
        logins(),
        advanced(),
    ];
    let mut rows = 0;
    let mut wrong = Vec::new();
    for (check, branch, log, expected) in tables.into_iter().flatten() {
        rows += 1;
        let judged = log.judge();
        for one in &expected {
            if let Some(why) = amiss(&judged, one) {
                wrong.push(format!("{check}, {branch}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 70, "{rows} rows");
}
