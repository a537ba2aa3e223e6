//! What several rules say alike: where, how often, how long, and what a server's number means.

use crate::case::{Case, StepRef};
use crate::idle::Bracket;
use crate::path::{Stage, Stop};
use crate::words::{code_sentence, count, duration, list, one_line};
use model::{FailureCode, Observation, Owner, ServerMessage, StepKind};
use std::collections::BTreeMap;
use target::Kind;

/// Longest part of a server's text that is repeated.
const LONGEST_QUOTE: usize = 400;

/// `contoso.database.windows.net:1433`, of the hop's name and port; brackets around IPv6.
pub(crate) fn server_at(case: &Case<'_>, hop: u32) -> String {
    let port = case
        .redirect(hop)
        .map_or_else(|| case.port(), |step| step.subject.port);
    // After a redirect the name is a peer's word.
    let host = one_line(case.host_at(hop), 253);
    match port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

/// What happened at each address of a stop: `10.0.0.4:1433: the connection was refused at once (5 of 5).`
pub(crate) fn by_address(stop: &Stop<'_>) -> String {
    const MOST: usize = 6;
    let mut text: Vec<String> = stop.steps.iter().take(MOST).map(one_address).collect();
    if stop.steps.len() > MOST {
        text.push(format!(
            "{} more addresses likewise failed.",
            stop.steps.len() - MOST
        ));
    }
    text.join(" ")
}

fn one_address(step: &StepRef<'_>) -> String {
    let code = step.code.clone().unwrap_or(FailureCode::Internal);
    let sentence = code_sentence(&code);
    let mut said = sentence.trim_end_matches('.').chars();
    let first: String = said
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .collect();
    let rest: String = said.collect();
    let mut times: BTreeMap<bool, usize> = BTreeMap::new();
    for (_, attempt) in step.attempts() {
        *times.entry(attempt.code.is_some()).or_default() += 1;
    }
    let failed = times.get(&true).copied().unwrap_or(0);
    let all: usize = times.values().sum();
    let tries = if all > 1 {
        format!(" ({failed} of {all})")
    } else {
        String::new()
    };
    format!("{}: {first}{rest}{tries}.", step.place())
}

/// How long the first of these steps took, as words.
pub(crate) fn took(step: &StepRef<'_>) -> String {
    let longest = step
        .attempts()
        .map(|(_, attempt)| attempt.elapsed_us)
        .max()
        .or(step.elapsed_us);
    duration(longest.unwrap_or(0))
}

/// What had worked at this hop before the stop: a contrast, and where to look no further.
pub(crate) fn worked_before(case: &Case<'_>, stop: &Stop<'_>) -> String {
    let kinds = [
        (Stage::Connect, StepKind::TcpConnect, "TCP"),
        (Stage::Prelogin, StepKind::TdsPrelogin, "PRELOGIN"),
        (Stage::Tls, StepKind::TlsHandshake, "TLS"),
    ];
    let worked: Vec<String> = kinds
        .into_iter()
        .filter(|(stage, _, _)| *stage < stop.stage)
        .filter_map(|(_, kind, name)| {
            let steps = case.ok_at(stop.hop, kind);
            let step = steps.first()?;
            Some(format!("{name} ({})", took(step)))
        })
        .collect();
    if worked.is_empty() {
        return String::new();
    }
    format!("Before that, {} worked.", list(&worked))
}

/// The region's service tag for firewall rules, when the agent told the region or an address at this hop is a known
/// gateway.
pub(crate) fn service_tag(case: &Case<'_>, hop: u32) -> Option<String> {
    if let Some(region) = case.region() {
        return Some(format!(
            "Sql.{}",
            one_line(&region.region, 60).replace(' ', "")
        ));
    }
    case.at(hop, StepKind::TcpConnect).find_map(|step| {
        let endpoint = step.subject.endpoint.as_deref()?;
        let (ip, _) = endpoint.rsplit_once(':')?;
        let ip = ip.trim_matches(['[', ']']).parse().ok()?;
        let region = target::facts::region_of(ip)?.region.name.replace(' ', "");
        Some(format!("Sql.{region}"))
    })
}

/// How to let this host through to where the server is.
pub(crate) fn open_the_way(case: &Case<'_>) -> String {
    let port = case
        .port()
        .map_or_else(|| "1433".to_owned(), |p| p.to_string());
    let tag = service_tag(case, 0).filter(|_| !case.kind().is_some_and(Kind::is_managed_instance));
    match (case.kind(), tag) {
        (_, Some(tag)) => format!(
            "Allow outbound TCP {port} from this host to all gateways of the region (service tag {tag})."
        ),
        (Some(Kind::ManagedInstancePublic), None) => format!(
            "Check that the public endpoint is enabled and that the instance's network security group allows \
             inbound TCP {port} from this host's public address."
        ),
        (Some(Kind::ManagedInstanceVnetLocal), None) => format!(
            "Run from a host inside the instance's network, a peered one or one joined by VPN or ExpressRoute, and \
             allow TCP {port} on both network security groups."
        ),
        (Some(kind), None) if kind.is_azure() => format!(
            "Allow outbound TCP {port} from this host to the service tag Sql of the server's region, not to single \
             addresses."
        ),
        _ => format!(
            "Allow TCP {port} from this host to {} on every firewall between the two, the server's own included.",
            case.host()
        ),
    }
}

/// The error that explains a refused login: of the last try, the first that says more than "login failed".
pub(crate) fn decisive<'a>(step: &StepRef<'a>) -> Option<(u64, &'a ServerMessage)> {
    let last = step.errors().filter_map(|(fact, _)| fact.attempt).max();
    let mut errors = step
        .errors()
        .filter(|(fact, _)| fact.attempt.is_none() || fact.attempt == last);
    let all: Vec<_> = errors.by_ref().collect();
    all.iter()
        .find(|(_, error)| error.number != 18456)
        .or_else(|| all.first())
        .map(|(fact, error)| (fact.seq, *error))
}

/// A login that the server refused, and the error that explains it.
pub(crate) struct Refusal<'a> {
    pub(crate) step: StepRef<'a>,
    pub(crate) seq: u64,
    pub(crate) error: &'a ServerMessage,
}

/// The login that stopped the run, when the server refused it with a number.
pub(crate) fn refusal<'a>(case: &Case<'a>) -> Option<Refusal<'a>> {
    let stop = case.stopped(Stage::Login, &FailureCode::LoginRejected)?;
    let step = stop.step()?;
    let (seq, error) = decisive(&step)?;
    Some(Refusal { step, seq, error })
}

/// `Error 40615, state 1: “Cannot open server…”`; the text without its last full stop.
pub(crate) fn quoted(error: &ServerMessage) -> String {
    format!(
        "Error {}, state {}: “{}”",
        error.number,
        error.state,
        one_line(error.message.trim().trim_end_matches('.'), LONGEST_QUOTE).trim()
    )
}

/// What is known to help against a number; empty when the number is not known.
pub(crate) fn advice(number: i32) -> &'static str {
    target::facts::error(number).map_or("", |fact| fact.action)
}

/// What lies behind a number, in a sentence; empty when the number is not known.
pub(crate) fn cause(number: i32) -> &'static str {
    target::facts::error(number).map_or("", |fact| fact.cause)
}

/// Whose job a number is.
pub(crate) fn owner_of(case: &Case<'_>, number: i32) -> Owner {
    match target::facts::error(number).map(|fact| fact.owner) {
        Some("network") => Owner::Network,
        Some("app") => Owner::App,
        Some("host") => Owner::ThisHost,
        Some("nobody") => Owner::Nobody,
        Some("azure") if case.is_azure() => Owner::Azure,
        _ => Owner::Dba,
    }
}

/// Hops left of an RST to an idle connection and of the server's data, as far as the network trace tells.
fn reset_hops(case: &Case<'_>, bracket: &Bracket<'_>) -> Option<(u8, u8)> {
    let local = &bracket.died.fact.local;
    case.of(StepKind::NetworkTrace).find_map(|step| {
        step.facts().find_map(|fact| match &fact.seen {
            Observation::TracedConnection(traced) if traced.local == *local => {
                Some((traced.rst_ttl?, traced.data_ttl?))
            }
            _ => None,
        })
    })
}

/// Whether an RST to an idle connection came from as far as the server's data; `None` where the network trace does not
/// tell.
pub(crate) fn reset_from_there(case: &Case<'_>, bracket: &Bracket<'_>) -> Option<bool> {
    reset_hops(case, bracket).map(|(rst, data)| rst == data)
}

/// Who sent an RST to an idle connection: a device between has other hops left than the server.
pub(crate) fn reset_by(case: &Case<'_>, bracket: &Bracket<'_>) -> String {
    match reset_hops(case, bracket) {
        Some((rst, data)) if rst != data => format!(
            "The RST came with {rst} hops left and the server's data with {data}: something between sent it."
        ),
        Some((rst, _)) => format!(
            "The RST came with {rst} hops left, as the server's data did: it came from there, or from a device that passes its packets on unchanged."
        ),
        None => String::new(),
    }
}

/// How often a login was tried, over how long; empty for a single try.
pub(crate) fn tried(step: &StepRef<'_>) -> String {
    let attempts: Vec<_> = step.attempts().map(|(_, attempt)| attempt).collect();
    match (attempts.first(), attempts.last()) {
        (Some(first), Some(last)) if attempts.len() > 1 => {
            let end = last.started_us.saturating_add(last.elapsed_us);
            format!(
                "It was tried {} over {}.",
                count(attempts.len(), "time", "times"),
                duration(end.saturating_sub(first.started_us))
            )
        }
        _ => String::new(),
    }
}

/// The application the peer seems to be, when the first bytes tell.
pub(crate) fn banner<'a>(step: &StepRef<'a>) -> Option<(u64, Option<&'a str>, &'a str)> {
    step.find(|seen| match seen {
        Observation::NotTds {
            looks_like, text, ..
        } => Some((looks_like.as_deref(), text.as_str())),
        _ => None,
    })
    .map(|(seq, (looks_like, text))| (seq, looks_like, text))
}
