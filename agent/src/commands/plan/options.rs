//! Limits and choices of a run, as arguments: the words of the API, with hyphens.

use super::lasting::{LastingArguments, lasting_of};
use super::link::LinkArguments;
use super::writes::WritesArguments;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use model::lasting::Lasting;
use model::{DriverSettings, Encryption, Options};

/// Limits and choices. Those that are not given have the portal's defaults.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits and choices")]
pub(in crate::commands) struct OptionArguments {
    /// Sends the password although the server's certificate cannot be verified
    #[arg(long)]
    trust_server_certificate: bool,
    /// Sends the password although the server offers no encryption
    #[arg(long)]
    allow_clear_text: bool,
    /// Makes no query after a login that worked
    #[arg(long)]
    no_query: bool,
    /// Tries no login again that was refused by a transient error
    #[arg(long)]
    no_retries: bool,
    /// Connects to each address [default: 5]
    #[arg(long, value_name = "N")]
    tcp_attempts: Option<u32>,
    /// Redirects that are followed [default: 10]
    #[arg(long, value_name = "N")]
    max_redirects: Option<u32>,
    /// Longest wait for one connect [default: 5000]
    #[arg(long, value_name = "MS")]
    tcp_timeout_ms: Option<u64>,
    /// Longest wait for one resolver [default: 5000]
    #[arg(long, value_name = "MS")]
    dns_timeout_ms: Option<u64>,
    /// Longest wait for the answer to PRELOGIN [default: 15000]
    #[arg(long, value_name = "MS")]
    prelogin_timeout_ms: Option<u64>,
    /// Longest wait for the TLS handshake [default: 15000]
    #[arg(long, value_name = "MS")]
    tls_timeout_ms: Option<u64>,
    /// Longest wait for the answer to the login [default: 30000]
    #[arg(long, value_name = "MS")]
    login_timeout_ms: Option<u64>,
    /// Longest wait for the query's answer [default: 30000]
    #[arg(long, value_name = "MS")]
    query_timeout_ms: Option<u64>,
    /// A phase that takes longer is a finding [default: 5000]
    #[arg(long, value_name = "MS")]
    slow_phase_ms: Option<u64>,
    /// The whole run ends after this [default: 180000]
    #[arg(long, value_name = "MS")]
    deadline_ms: Option<u64>,
    /// The version of TLS that logins are made with [default: auto]
    #[arg(long, value_name = "VERSION", value_parser = encryption())]
    encryption: Option<Encryption>,
    /// Logins in all, each with its own clocks, up to 100 [default: 1]
    #[arg(long, value_name = "N")]
    connection_attempts: Option<u32>,
    /// End of one login to the start of the next [default: 1000]
    #[arg(long, value_name = "MS")]
    attempt_delay_ms: Option<u64>,
    /// Leaves the findings of this run out of a portal's patterns
    #[arg(long)]
    no_usage_data: bool,
    #[command(flatten)]
    further: FurtherArguments,
    #[command(flatten)]
    lasting: LastingArguments,
    #[command(flatten)]
    writes: WritesArguments,
    #[command(flatten)]
    pub(in crate::commands) link: LinkArguments,
}

/// What is looked at beside the path of the login.
#[derive(Args, Debug)]
#[command(next_help_heading = "Further checks")]
struct FurtherArguments {
    /// Makes none of the further checks but those that are named here
    #[arg(long)]
    no_further_checks: bool,
    /// Does not connect to the other gateways of the target's region
    #[arg(long)]
    no_gateways: bool,
    /// Does not ask an external resolver
    #[arg(long)]
    no_external_resolver: bool,
    /// Reaches the addresses that Microsoft Entra sign-in needs, although the run signs in otherwise
    #[arg(long)]
    sign_in_hosts: bool,
    /// Does not try each version of TLS
    #[arg(long)]
    no_tls_versions: bool,
    /// Asks the addresses in the certificates about their revocation
    #[arg(long)]
    revocation: bool,
    /// Does not follow the route to addresses that fail
    #[arg(long)]
    no_route_trace: bool,
    /// Connects to some ports of the range that redirects go to (11000-11999)
    #[arg(long)]
    redirect_sample: bool,
    /// Records the run's own packets; needs the right to do so
    #[arg(long)]
    network_trace: bool,
}

/// The versions by the words of the API.
fn encryption() -> impl TypedValueParser<Value = Encryption> {
    PossibleValuesParser::new(["auto", "tls1.0", "tls1.1", "tls1.2", "tls1.3", "strict"])
        .try_map(|word| serde_json::from_value(word.into()))
}

/// The options that the arguments come to.
pub(super) fn options_of(asked: &OptionArguments, driver: DriverSettings) -> Options {
    let usual = Options::default();
    let further = &asked.further;
    let none = further.no_further_checks;
    Options {
        tcp_attempts: asked.tcp_attempts.unwrap_or(usual.tcp_attempts),
        tcp_spacing_ms: usual.tcp_spacing_ms,
        tcp_timeout_ms: asked.tcp_timeout_ms.unwrap_or(usual.tcp_timeout_ms),
        dns_timeout_ms: asked.dns_timeout_ms.unwrap_or(usual.dns_timeout_ms),
        prelogin_timeout_ms: asked
            .prelogin_timeout_ms
            .unwrap_or(usual.prelogin_timeout_ms),
        tls_timeout_ms: asked.tls_timeout_ms.unwrap_or(usual.tls_timeout_ms),
        login_timeout_ms: asked.login_timeout_ms.unwrap_or(usual.login_timeout_ms),
        query_timeout_ms: asked.query_timeout_ms.unwrap_or(usual.query_timeout_ms),
        max_redirects: asked.max_redirects.unwrap_or(usual.max_redirects),
        retry_delays_ms: if asked.no_retries {
            Vec::new()
        } else {
            usual.retry_delays_ms
        },
        slow_phase_ms: asked.slow_phase_ms.unwrap_or(usual.slow_phase_ms),
        query: !asked.no_query,
        encryption: asked.encryption.unwrap_or(usual.encryption),
        connection_attempts: asked
            .connection_attempts
            .unwrap_or(usual.connection_attempts),
        attempt_delay_ms: asked.attempt_delay_ms.unwrap_or(usual.attempt_delay_ms),
        gateways: !none && !further.no_gateways,
        external_resolver: !none && !further.no_external_resolver,
        sign_in_hosts: further.sign_in_hosts,
        tls_versions: !none && !further.no_tls_versions,
        revocation: further.revocation,
        route_trace: !none && !further.no_route_trace,
        redirect_sample: further.redirect_sample,
        network_trace: further.network_trace,
        usage_data: !asked.no_usage_data,
        trust_server_certificate: asked.trust_server_certificate,
        allow_clear_text: asked.allow_clear_text,
        deadline_ms: asked.deadline_ms.unwrap_or(usual.deadline_ms),
        lasting: Lasting {
            tracked_writes: asked.writes.asked(),
            instance_link: asked.link.asked(),
            ..lasting_of(&asked.lasting)
        },
        driver,
    }
}
