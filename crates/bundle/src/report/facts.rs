//! Facts as lines of plain text. What a peer chose is made harmless here; nothing after this escapes it again
//! for a terminal.

use super::{beats, checks, held, instance_link, path, replica, writes};
use crate::escape::plain;
use model::{
    Certificate, ChainVerdict, Closer, Closing, DnsRecord, DnsSource, Observation, PreloginOption,
    ServerMessage,
};
use rules::words::{duration, phase_name as phase};

/// A fact in one or more lines, the first saying what it is.
pub(crate) fn lines(fact: &Observation) -> Vec<String> {
    match fact {
        Observation::Host { .. } => host(fact),
        Observation::DnsAnswer { .. } => dns(fact),
        Observation::Route(route) => checks::route(route),
        Observation::Instances { instances } => checks::instances(instances),
        Observation::GatewayRegion(region) => checks::gateway_region(region),
        Observation::SignInHost(host) => checks::sign_in_host(host),
        Observation::TlsOffer(offer) => checks::tls_offer(offer),
        Observation::RevocationAnswer(answer) => checks::revocation(answer),
        Observation::RouteHop(hop) => checks::route_hop(hop),
        Observation::DatabaseEntry(entry) => checks::database_entry(entry),
        Observation::Token(token) => checks::token(token),
        Observation::TokenRefused(refusal) => checks::token_refused(refusal),
        Observation::DeviceCode(code) => checks::device_code(code),
        Observation::TraceFile(file) => checks::trace_file(file),
        Observation::TracedConnection(traced) => checks::traced(traced),
        Observation::LoopFailure(failure) => beats::loop_failure(failure),
        Observation::LoopMinute(minute) => beats::loop_minute(minute),
        Observation::BeatMinute(minute) => beats::beat_minute(minute),
        Observation::LinkChange(change) => beats::link_change(change),
        Observation::FreshLoginFailed(failed) => beats::fresh_login_failed(failed),
        Observation::IdleRung(rung) => held::idle_rung(rung),
        Observation::IdleProgress(progress) => held::idle_progress(progress),
        Observation::FlowEnd(end) => held::flow_end(end),
        Observation::LocalPorts(ports) => path::local_ports(ports),
        Observation::RampStage(stage) => path::ramp_stage(stage),
        Observation::RampEnd(end) => path::ramp_end(end),
        Observation::SynTimes(times) => path::syn_times(times),
        Observation::AddressesTried(tried) => path::addresses_tried(tried),
        Observation::SizeAnswer(answer) => path::size_answer(answer),
        Observation::Replica(fact) => replica::lines(fact),
        Observation::ConnectTimes { .. } => vec![connect_times(fact)],
        Observation::TraceId {
            connection_id,
            activity_id,
            at,
            endpoint,
            local,
        } => vec![format!(
            "TRACEID {} (activity {}) at {} UTC, {} from {}",
            plain(connection_id),
            plain(activity_id),
            at.format("%Y-%m-%d %H:%M:%S%.3f"),
            plain(endpoint),
            plain(local)
        )],
        Observation::PreloginReply { .. } => prelogin(fact),
        Observation::NotTds {
            first_bytes,
            looks_like,
            text,
        } => vec![
            match looks_like {
                Some(kind) => format!("answered, but not in TDS: looks like {}", plain(kind)),
                None => "answered, but not in TDS".to_owned(),
            },
            format!("first bytes {} \"{}\"", plain(first_bytes), plain(text)),
        ],
        Observation::FragmentedReply {
            phase: of,
            reads,
            bytes,
            elapsed_us,
        } => vec![format!(
            "the {} reply came in {reads} reads: {bytes} bytes over {}",
            phase(*of),
            duration(*elapsed_us)
        )],
        Observation::TlsSession {
            protocol,
            cipher,
            wrapper_type,
        } => vec![format!(
            "TLS {} with {}{}",
            plain(protocol),
            plain(cipher),
            wrapper_type.map_or(String::new(), |kind| format!(
                ", wrapped in packets of type 0x{kind:02x}"
            ))
        )],
        Observation::TlsChain {
            server_name,
            certificates,
            verdict,
            overridden,
        } => chain(server_name, certificates, verdict, *overridden),
        Observation::TlsAlert { number, name } => vec![format!(
            "TLS alert {}{}",
            plain(name),
            number.map_or(String::new(), |number| format!(" ({number})"))
        )],
        Observation::LoginSent {
            endpoint,
            server_name,
            database,
            user,
            application,
            encrypted,
        } => vec![format!(
            "LOGIN7 to {} for server {}, database {}, user {}, application {}, {}",
            plain(endpoint),
            plain(server_name),
            plain(database),
            plain(user),
            plain(application),
            if *encrypted {
                "inside TLS"
            } else {
                "in clear text"
            }
        )],
        Observation::ServerError(message) => server_message("error", message),
        Observation::ServerInfo(message) => server_message("message", message),
        Observation::LoginAck {
            program,
            version,
            tds_version,
        } => vec![format!(
            "login accepted by {} {} (TDS {})",
            plain(program),
            plain(version),
            plain(tds_version)
        )],
        Observation::EnvChange {
            change,
            name,
            new,
            old,
        } => vec![format!(
            "environment change {change} ({}): \"{}\", before \"{}\"",
            plain(name),
            plain(new),
            plain(old)
        )],
        Observation::Routing(hop) => vec![format!(
            "routed to {} port {}{}{}",
            plain(&hop.host),
            hop.port,
            hop.raw
                .as_deref()
                .map_or(String::new(), |raw| format!(", as it came: {}", plain(raw))),
            hop.database
                .as_deref()
                .map_or(String::new(), |name| format!(", database {}", plain(name)))
        )],
        Observation::FeatureAck { features } => features
            .iter()
            .map(|(id, data)| format!("feature 0x{id:02x} acknowledged: {}", plain(data)))
            .collect(),
        Observation::FedAuthInfo { sts_url, spn } => vec![format!(
            "federated authentication: STS {}, SPN {}",
            plain(sts_url.as_deref().unwrap_or("not given")),
            plain(spn.as_deref().unwrap_or("not given"))
        )],
        Observation::OddToken {
            token,
            offset,
            bytes,
            why,
        } => vec![format!(
            "odd token 0x{token:02x} at {offset}: {} ({})",
            plain(why),
            plain(bytes)
        )],
        Observation::Done { status, rows } => vec![format!(
            "DONE, status 0x{status:04x}{}",
            rows.map_or(String::new(), |rows| format!(", {rows} rows"))
        )],
        Observation::RetryScheduled { number, delay_ms } => vec![format!(
            "error {number} is transient: tried again after {}",
            duration(delay_ms.saturating_mul(1_000))
        )],
        Observation::StatementSent { sql } => vec![format!("sent: {}", plain(sql))],
        Observation::QueryResult { columns, rows } => {
            let row = |cells: &[String]| {
                cells
                    .iter()
                    .map(|cell| plain(cell))
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            let mut out = vec![format!("columns: {}", row(columns))];
            out.extend(rows.iter().map(|cells| format!("row: {}", row(cells))));
            out
        }
        Observation::PlannedStatement(statement) => writes::statement(statement),
        Observation::ServerObject(fact) => writes::object(fact),
        Observation::WriteRound(round) => writes::round(round),
        Observation::WriteCount(count) => writes::count(count),
        Observation::OddWrite(write) => writes::odd(write),
        Observation::LinkReadiness(seen) => instance_link::readiness(seen),
        Observation::InstanceAddresses(seen) => instance_link::addresses(seen),
        Observation::LegEnd(end) => instance_link::end(end),
        Observation::Closed(closing) => closed(closing),
        Observation::SecretEchoed { place } => vec![format!(
            "the server repeated the secret (in {}); it was taken out before anything was written",
            plain(place)
        )],
        Observation::Unknown(value) => {
            vec![format!(
                "a fact that this version does not know: {}",
                plain(&value.to_string())
            )]
        }
    }
}

fn host(fact: &Observation) -> Vec<String> {
    let Observation::Host {
        hostname,
        os,
        arch,
        interfaces,
        resolvers,
        proxy_variables,
        trusted_roots,
        ephemeral_ports,
        tls_versions,
        tls_suites,
    } = fact
    else {
        return Vec::new();
    };
    let mut out = vec![format!(
        "host {}, {} {}, {trusted_roots} trusted roots",
        plain(hostname),
        plain(os),
        plain(arch)
    )];
    for interface in interfaces {
        out.push(format!(
            "interface {}: {}{}",
            plain(&interface.name),
            list(&interface.addresses),
            interface
                .mtu
                .map_or(String::new(), |mtu| format!(", MTU {mtu}"))
        ));
    }
    if !resolvers.is_empty() {
        out.push(format!("resolvers {}", list(resolvers)));
    }
    if !proxy_variables.is_empty() {
        out.push(format!("proxy variables set: {}", list(proxy_variables)));
    }
    if let Some((from, to)) = ephemeral_ports {
        out.push(format!("ephemeral ports {from} to {to}"));
    }
    if !tls_versions.is_empty() {
        out.push(format!(
            "speaks {} with {}",
            list(tls_versions),
            list(tls_suites)
        ));
    }
    out
}

fn dns(fact: &Observation) -> Vec<String> {
    let Observation::DnsAnswer {
        source,
        name,
        records,
        addresses,
        code,
        rcode,
        elapsed_us,
    } = fact
    else {
        return Vec::new();
    };
    let answer = match code {
        Some(code) => plain(code.as_str()),
        None if addresses.is_empty() => "no address".to_owned(),
        None => list(addresses),
    };
    let mut out = vec![format!(
        "{} says of {}: {answer}{} in {}",
        dns_source(source),
        plain(name),
        rcode
            .as_deref()
            .map_or(String::new(), |rcode| format!(" ({})", plain(rcode))),
        duration(*elapsed_us)
    )];
    out.extend(records.iter().map(dns_record));
    out
}

pub(super) fn dns_source(source: &DnsSource) -> String {
    match source {
        DnsSource::System => "the system".to_owned(),
        DnsSource::HostsFile => "the hosts file".to_owned(),
        DnsSource::Resolver { server } => format!("resolver {}", plain(server)),
        DnsSource::External { server } => format!("public resolver {}", plain(server)),
        DnsSource::Literal => "the literal itself".to_owned(),
    }
}

fn dns_record(record: &DnsRecord) -> String {
    format!(
        "{} {} {}{}",
        plain(&record.name),
        plain(&record.kind),
        plain(&record.data),
        record
            .ttl_s
            .map_or(String::new(), |ttl| format!(" (TTL {ttl} s)"))
    )
}

fn connect_times(fact: &Observation) -> String {
    let Observation::ConnectTimes {
        endpoint,
        attempts,
        established,
        min_us,
        median_us,
        max_us,
    } = fact
    else {
        return String::new();
    };
    let mut out = format!(
        "{}: {established} of {attempts} connects established",
        plain(endpoint)
    );
    if let (Some(min), Some(median), Some(max)) = (min_us, median_us, max_us) {
        out.push_str(&format!(
            "; min {}, median {}, max {}",
            duration(*min),
            duration(*median),
            duration(*max)
        ));
    }
    out
}

fn prelogin(fact: &Observation) -> Vec<String> {
    let Observation::PreloginReply {
        version,
        encryption,
        instance_matches,
        fed_auth_required,
        mars,
        options,
        packet_type,
    } = fact
    else {
        return Vec::new();
    };
    let said = |answer: &Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not said",
    };
    let encryption = match encryption {
        Some(0) => "off (0)".to_owned(),
        Some(1) => "on (1)".to_owned(),
        Some(2) => "not supported (2)".to_owned(),
        Some(3) => "required (3)".to_owned(),
        Some(other) => format!("{other}"),
        None => "not said".to_owned(),
    };
    let mut out = vec![format!(
        "PRELOGIN reply: version {}, encryption {encryption}, instance matches {}, federated authentication required {}, MARS {}, packet type 0x{packet_type:02x}",
        plain(version.as_deref().unwrap_or("not said")),
        said(instance_matches),
        said(fed_auth_required),
        said(mars)
    )];
    out.extend(options.iter().map(prelogin_option));
    out
}

fn prelogin_option(option: &PreloginOption) -> String {
    format!(
        "option 0x{:02x} at {} of {} bytes: {}",
        option.id,
        option.offset,
        option.length,
        plain(&option.bytes)
    )
}

fn chain(
    name: &str,
    certificates: &[Certificate],
    verdict: &ChainVerdict,
    overridden: bool,
) -> Vec<String> {
    let mut out = vec![match verdict {
        ChainVerdict::Verified => format!("certificate verified for {}", plain(name)),
        ChainVerdict::Refused { code, detail } => format!(
            "certificate refused for {}: {} ({}){}",
            plain(name),
            plain(code.as_str()),
            plain(detail),
            if overridden {
                "; gone on, as the options say"
            } else {
                ""
            }
        ),
    }];
    for certificate in certificates {
        out.push(format!(
            "certificate of {} by {}, for {}, {} to {}, serial {}, SHA-256 {}{}",
            plain(&certificate.subject),
            plain(&certificate.issuer),
            list(&certificate.names),
            certificate.not_before.format("%Y-%m-%d"),
            certificate.not_after.format("%Y-%m-%d"),
            plain(&certificate.serial),
            plain(&certificate.sha256),
            if certificate.is_ca {
                ", an authority"
            } else {
                ""
            }
        ));
    }
    out
}

fn server_message(what: &str, message: &ServerMessage) -> Vec<String> {
    let mut out = vec![format!(
        "{what} {}, state {}, class {}: {}",
        message.number,
        message.state,
        message.class,
        plain(&message.message)
    )];
    if !message.server.is_empty() || !message.procedure.is_empty() || message.line > 0 {
        out.push(format!(
            "from server {}, procedure {}, line {}",
            or_none(&message.server),
            or_none(&message.procedure),
            message.line
        ));
    }
    out
}

fn closed(closing: &Closing) -> Vec<String> {
    let who = match closing.closer {
        Closer::Us => "by us, being done",
        Closer::PeerFin => "by the peer (FIN)",
        Closer::PeerRst => "by a reset (RST) from the peer or from something between",
        Closer::Timeout => "by us, because nothing came in time",
        Closer::Cancelled => "by us, because the run was ended",
    };
    let phases = closing
        .phases
        .iter()
        .map(|time| format!("{} {}", phase(time.phase), duration(time.elapsed_us)))
        .collect::<Vec<_>>()
        .join(", ");
    vec![format!(
        "connection {} to {} closed {who} in {}; {} bytes sent, {} received{}",
        plain(&closing.local),
        plain(&closing.endpoint),
        phase(closing.last_phase),
        closing.sent,
        closing.received,
        if phases.is_empty() {
            String::new()
        } else {
            format!("; {phases}")
        }
    )]
}

fn or_none(text: &str) -> String {
    if text.is_empty() {
        "not given".to_owned()
    } else {
        plain(text)
    }
}

pub(super) fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        return "none".to_owned();
    }
    texts
        .iter()
        .map(|text| plain(text))
        .collect::<Vec<_>>()
        .join(", ")
}
