//! Facts of the further checks as lines of plain text.

use super::facts::list;
use crate::escape::plain;
use model::{
    DatabaseEntry, DeviceCode, GatewayRegion, RegionSource, RevocationAnswer, Route, RouteHop,
    SignInHost, SqlInstance, TlsOffer, TokenFacts, TokenRefusal, TokenSource, TraceFile,
    TracedConnection, TracedEnd,
};
use rules::words::{duration, phase_name};

pub(super) fn route(route: &Route) -> Vec<String> {
    let destination = plain(&route.destination);
    let Some(interface) = &route.interface else {
        return vec![format!("no route to {destination}")];
    };
    let mut line = format!("route to {destination} by {}", plain(interface));
    if let Some(gateway) = &route.gateway {
        line += &format!(", router {}", plain(gateway));
    }
    if let Some(source) = &route.source {
        line += &format!(", from {}", plain(source));
    }
    if let Some(mtu) = route.mtu {
        line += &format!(", MTU {mtu}");
    }
    vec![line]
}

pub(super) fn instances(instances: &[SqlInstance]) -> Vec<String> {
    if instances.is_empty() {
        return vec!["SQL Browser names no instance".to_owned()];
    }
    instances
        .iter()
        .map(|one| {
            format!(
                "SQL Browser: instance {} of {}, {}{}{}",
                plain(&one.instance),
                plain(&one.server),
                one.port
                    .map_or("no TCP port".to_owned(), |port| format!("port {port}")),
                one.version
                    .as_deref()
                    .map_or(String::new(), |version| format!(
                        ", version {}",
                        plain(version)
                    )),
                if one.clustered == Some(true) {
                    ", clustered"
                } else {
                    ""
                }
            )
        })
        .collect()
}

pub(super) fn gateway_region(region: &GatewayRegion) -> Vec<String> {
    let by = match region.by {
        RegionSource::Address => "address",
        RegionSource::Alias => "alias",
    };
    vec![
        format!(
            "region {} ({}), told by {by} {}, table of {}",
            plain(&region.region),
            plain(&region.cloud),
            plain(&region.told_by),
            plain(&region.as_of)
        ),
        format!("its gateways: {}", list(&region.gateways)),
    ]
}

pub(super) fn sign_in_host(host: &SignInHost) -> Vec<String> {
    let phases: Vec<String> = host
        .phases
        .iter()
        .map(|time| format!("{} {}", phase_name(time.phase), duration(time.elapsed_us)))
        .collect();
    let mut line = format!(
        "sign-in address {}: {}",
        plain(&host.host),
        list(&host.addresses)
    );
    if !phases.is_empty() {
        line += &format!("; {}", phases.join(", "));
    }
    if let Some(issuer) = &host.issuer {
        line += &format!("; certificate by {}", plain(issuer));
    }
    vec![line]
}

pub(super) fn tls_offer(offer: &TlsOffer) -> Vec<String> {
    let answer = match (&offer.cipher, &offer.code) {
        (Some(cipher), _) if offer.accepted => format!("accepted with {}", plain(cipher)),
        _ if offer.accepted => "accepted".to_owned(),
        (_, Some(code)) => format!("not accepted: {}", plain(code.as_str())),
        _ => "not accepted".to_owned(),
    };
    let detail = offer
        .detail
        .as_deref()
        .map_or(String::new(), |detail| format!(" ({})", plain(detail)));
    vec![format!(
        "{} at {} {answer}{detail}",
        plain(&offer.version),
        plain(&offer.endpoint)
    )]
}

pub(super) fn revocation(answer: &RevocationAnswer) -> Vec<String> {
    vec![format!(
        "{} {} for {}: {}{}, {} bytes in {}",
        plain(&answer.kind),
        plain(&answer.url),
        plain(&answer.subject),
        plain(
            answer
                .status
                .as_deref()
                .unwrap_or("no answer that can be read")
        ),
        answer
            .http_status
            .map_or(String::new(), |status| format!(", HTTP {status}")),
        answer.bytes,
        duration(answer.elapsed_us)
    )]
}

pub(super) fn route_hop(hop: &RouteHop) -> Vec<String> {
    vec![match &hop.from {
        Some(from) => format!(
            "hop {}: {} from {} in {}",
            hop.ttl,
            plain(&hop.answer),
            plain(from),
            duration(hop.elapsed_us)
        ),
        None => format!("hop {}: {}", hop.ttl, plain(&hop.answer)),
    }]
}

pub(super) fn database_entry(entry: &DatabaseEntry) -> Vec<String> {
    let name = plain(&entry.name);
    vec![match &entry.state {
        Some(state) if entry.found => format!("master lists {name}, {}", plain(state)),
        _ if entry.found => format!("master lists {name}"),
        _ => format!("master does not list {name} for this login"),
    }]
}

pub(super) fn token(token: &TokenFacts) -> Vec<String> {
    let source = match token.source {
        TokenSource::Pasted => "pasted",
        TokenSource::Password => "got with a password",
        TokenSource::ServicePrincipal => "got as an application",
        TokenSource::ManagedIdentity => "got as a managed identity",
        TokenSource::DeviceCode => "got with a code on another device",
    };
    let mut line = format!("access token {source}");
    for (what, text) in [
        ("from", &token.authority),
        ("for", &token.audience),
        ("tenant", &token.tenant),
        ("application", &token.application),
    ] {
        if let Some(text) = text {
            line += &format!(", {what} {}", plain(text));
        }
    }
    if let Some(time) = token.not_before {
        line += &format!(", good from {} UTC", time.format("%Y-%m-%d %H:%M:%S"));
    }
    if let Some(time) = token.expires_at {
        line += &format!(", good until {} UTC", time.format("%Y-%m-%d %H:%M:%S"));
    }
    vec![line]
}

pub(super) fn token_refused(refusal: &TokenRefusal) -> Vec<String> {
    let mut out = vec![format!(
        "no token from {}: {}",
        plain(&refusal.authority),
        plain(&refusal.error)
    )];
    if !refusal.description.is_empty() {
        out.push(plain(&refusal.description));
    }
    for (what, id) in [
        ("trace id", &refusal.trace_id),
        ("correlation id", &refusal.correlation_id),
    ] {
        if let Some(id) = id {
            out.push(format!("{what} {}", plain(id)));
        }
    }
    if let Some(time) = refusal.service_time {
        out.push(format!(
            "the service's clock: {} UTC",
            time.format("%Y-%m-%d %H:%M:%S")
        ));
    }
    out
}

pub(super) fn device_code(code: &DeviceCode) -> Vec<String> {
    vec![format!(
        "sign in at {} with the code {}, until {} UTC",
        plain(&code.verification_url),
        plain(&code.user_code),
        code.expires_at.format("%Y-%m-%d %H:%M:%S")
    )]
}

pub(super) fn trace_file(file: &TraceFile) -> Vec<String> {
    vec![format!(
        "network trace {}: {} packets, {} bytes, {} left out",
        plain(&file.name),
        file.packets,
        file.bytes,
        file.dropped
    )]
}

pub(super) fn traced(traced: &TracedConnection) -> Vec<String> {
    let end = match traced.ended_by {
        None => "no end seen",
        Some(TracedEnd::OurFin) => "ended by our FIN",
        Some(TracedEnd::OurRst) => "ended by our RST",
        Some(TracedEnd::PeerFin) => "ended by the peer's FIN",
        Some(TracedEnd::PeerRst) => "ended by an RST from the peer's address",
    };
    let mut line = format!(
        "on the wire, {} to {}: {} SYN, {}; {} segments sent again by us, {} by the peer; {end}",
        plain(&traced.local),
        plain(&traced.endpoint),
        traced.syns,
        if traced.answered {
            "answered"
        } else {
            "not answered"
        },
        traced.retransmitted,
        traced.peer_retransmitted
    );
    if let Some(ttl) = traced.rst_ttl {
        line += &format!(", RST with {ttl} hops left");
    }
    if let Some(ttl) = traced.data_ttl {
        line += &format!(", data with {ttl} hops left");
    }
    if !traced.icmp.is_empty() {
        line += &format!("; ICMP {}", list(&traced.icmp));
    }
    vec![line]
}
