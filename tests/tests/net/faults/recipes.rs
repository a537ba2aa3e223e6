//! What is broken, and what has to be said of it.

use crate::break_it::{self as b, Broken};
use futures::future::BoxFuture;
use lab::Scenario;
use model::{Encryption, Options, Plan};
use probe::Context;
use std::net::Ipv4Addr;
use tests::judged;
use tests::net::{Azure, GATEWAYS, HOST, UNLISTED};

/// One way to break a connection.
pub(super) struct Recipe {
    /// In a few words, as the table prints it.
    pub(super) name: &'static str,
    /// What the server is.
    pub(super) scenarios: &'static [Scenario],
    /// Where its name leads.
    pub(super) addresses: &'static [Ipv4Addr],
    /// Whether the run brings the lab's login.
    pub(super) login: bool,
    pub(super) options: fn() -> Options,
    /// Breaks it; what is returned keeps it broken.
    pub(super) fault: for<'a> fn(&'a Azure) -> BoxFuture<'a, Broken>,
    /// What has to be on top.
    pub(super) verdict: &'static str,
    /// What has to stand beside it.
    pub(super) beside: &'static [&'static str],
    /// What is so, and may be called proven.
    pub(super) proven: &'static [&'static str],
}

impl Recipe {
    /// One run of it.
    pub(super) fn run(&self, azure: &Azure, broken: &Broken) -> (Plan, Context) {
        let plan = judged::plan(HOST, (self.options)(), self.login);
        let mut context = azure.context(self.addresses);
        if let Some(names) = &broken.names {
            context.names = names.clone();
        }
        (plan, context)
    }
}

/// Limits of a run that meets silence: the rules do not depend on how long it waits.
fn brief() -> Options {
    Options {
        tcp_timeout_ms: 2_000,
        dns_timeout_ms: 2_000,
        prelogin_timeout_ms: 3_000,
        tls_timeout_ms: 3_000,
        ..Options::default()
    }
}

/// Twenty connects, patient enough for a request that is sent again.
fn many() -> Options {
    Options {
        tcp_attempts: 20,
        tcp_spacing_ms: 50,
        tcp_timeout_ms: 5_000,
        ..brief()
    }
}

/// Ten connects at once.
fn ten() -> Options {
    Options {
        tcp_attempts: 10,
        tcp_spacing_ms: 0,
        ..brief()
    }
}

fn tls13() -> Options {
    Options {
        encryption: Encryption::Tls13,
        ..brief()
    }
}

const FIRST: &[Ipv4Addr] = &[GATEWAYS[0]];
const LAST: &[Ipv4Addr] = &[GATEWAYS[7]];
const BOTH: &[Ipv4Addr] = &[GATEWAYS[0], GATEWAYS[7]];
const STALE: &[Ipv4Addr] = &[UNLISTED];

/// A fault between the client and a server where all is well.
const ON_THE_WAY: Recipe = Recipe {
    name: "",
    scenarios: &[Scenario::Healthy],
    addresses: FIRST,
    login: true,
    options: brief,
    fault: b::nothing,
    verdict: "",
    beside: &[],
    proven: &[],
};

/// A server that fails by itself, by what its scenario says.
const fn server(
    name: &'static str,
    scenario: &'static [Scenario],
    verdict: &'static str,
) -> Recipe {
    Recipe {
        name,
        scenarios: scenario,
        verdict,
        ..ON_THE_WAY
    }
}

/// All of them; the last line of each says what is true of it.
pub(super) fn recipes() -> Vec<Recipe> {
    let mut all = connects();
    all.extend(names());
    all.extend(redirects());
    all.extend(tls());
    all.extend(capacity());
    all
}

fn connects() -> Vec<Recipe> {
    vec![
        Recipe {
            name: "no fault",
            verdict: "healthy",
            proven: &["healthy"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "SYN dropped",
            fault: b::dropped,
            verdict: "tcp_timeout",
            beside: &["gateways_all_unreachable"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "refused (reset)",
            fault: b::reset,
            verdict: "tcp_refused",
            ..ON_THE_WAY
        },
        Recipe {
            name: "administratively prohibited",
            fault: b::prohibited,
            verdict: "tcp_unreachable",
            beside: &["route_prohibited"],
            proven: &["route_prohibited"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "host unreachable",
            fault: b::unreachable,
            verdict: "tcp_unreachable",
            beside: &["route_prohibited"],
            proven: &["route_prohibited"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "half of the gateways dropped, ours answers",
            fault: b::half_dropped,
            verdict: "healthy",
            beside: &["gateways_partly_unreachable"],
            proven: &["healthy", "gateways_partly_unreachable"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "half of the gateways dropped, ours among them",
            addresses: LAST,
            fault: b::half_dropped,
            verdict: "tcp_timeout",
            beside: &["gateways_partly_unreachable"],
            proven: &["gateways_partly_unreachable"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "one of two addresses dropped",
            addresses: BOTH,
            fault: b::half_dropped,
            verdict: "healthy",
            beside: &["addresses_partly_dead", "gateways_partly_unreachable"],
            proven: &[
                "healthy",
                "addresses_partly_dead",
                "gateways_partly_unreachable",
            ],
            ..ON_THE_WAY
        },
    ]
}

fn names() -> Vec<Recipe> {
    vec![
        Recipe {
            name: "DNS split: the system finds nothing, a resolver does",
            fault: b::system_knows_nothing,
            verdict: "resolvers_disagree",
            proven: &["resolvers_disagree", "healthy"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "DNS split: an old address that nobody answers at",
            addresses: STALE,
            fault: b::old_address,
            verdict: "tcp_timeout",
            beside: &["resolvers_disagree"],
            proven: &["resolvers_disagree"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "DNS split: private address inside, gateway outside",
            fault: b::private_and_public,
            verdict: "healthy",
            beside: &["resolvers_disagree"],
            proven: &["healthy", "resolvers_disagree"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "DNS: alias of a private endpoint without a record",
            fault: b::no_record,
            verdict: "private_link_no_record",
            proven: &["name_not_found"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "DNS: nobody knows the name",
            fault: b::no_name,
            verdict: "name_not_found",
            proven: &["name_not_found"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "DNS: resolvers are silent",
            fault: b::silent_resolvers,
            verdict: "resolver_failed",
            ..ON_THE_WAY
        },
    ]
}

fn redirects() -> Vec<Recipe> {
    let redirect = || Recipe {
        scenarios: &[Scenario::Redirect],
        proven: &["redirected"],
        ..ON_THE_WAY
    };
    vec![
        Recipe {
            name: "redirect, ports open",
            verdict: "healthy",
            beside: &["redirected"],
            proven: &["healthy", "redirected"],
            ..redirect()
        },
        Recipe {
            name: "redirect, ports dropped",
            fault: b::node_dropped,
            verdict: "redirect_blocked",
            proven: &["redirect_blocked", "redirected"],
            ..redirect()
        },
        Recipe {
            name: "redirect, ports prohibited",
            fault: b::node_prohibited,
            verdict: "redirect_blocked",
            proven: &["redirect_blocked", "redirected", "route_prohibited"],
            ..redirect()
        },
        Recipe {
            name: "redirect, ports refused (reset)",
            fault: b::node_reset,
            verdict: "redirect_failed",
            ..redirect()
        },
    ]
}

fn tls() -> Vec<Recipe> {
    vec![
        Recipe {
            proven: &["tls_name_mismatch"],
            ..server(
                "TLS: wrong name",
                &[Scenario::TlsWrongName],
                "tls_name_mismatch",
            )
        },
        Recipe {
            proven: &["tls_expired"],
            ..server("TLS: expired", &[Scenario::TlsExpired], "tls_expired")
        },
        Recipe {
            proven: &["tls_untrusted"],
            ..server("TLS: untrusted", &[Scenario::TlsUntrusted], "tls_untrusted")
        },
        server(
            "TLS: reset after PRELOGIN",
            &[Scenario::ResetAfterPrelogin],
            "tls_reset",
        ),
        server(
            "TLS: silent after PRELOGIN",
            &[Scenario::SilentAfterPrelogin],
            "tls_no_reply",
        ),
        Recipe {
            proven: &["tls_version_refused"],
            ..server(
                "TLS: version refused",
                &[Scenario::Tls13Only],
                "tls_version_refused",
            )
        },
        Recipe {
            options: tls13,
            proven: &["tls_version_refused"],
            ..server(
                "TLS: version refused, chosen by hand",
                &[Scenario::Healthy],
                "tls_version_refused",
            )
        },
    ]
}

fn capacity() -> Vec<Recipe> {
    vec![
        Recipe {
            name: "30 % of SYNs lost",
            login: false,
            options: many,
            fault: b::lossy,
            verdict: "connects_intermittent",
            proven: &["connects_intermittent", "reachable_login_not_tried"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "no local port left",
            fault: b::no_local_port,
            verdict: "no_local_port",
            ..ON_THE_WAY
        },
        Recipe {
            name: "SNAT: no port left",
            fault: b::no_translated_port,
            verdict: "tcp_timeout",
            // So it is: ports are counted for each destination.
            proven: &["gateways_partly_unreachable"],
            ..ON_THE_WAY
        },
        Recipe {
            name: "SNAT: two ports left",
            login: false,
            options: ten,
            fault: b::few_translated_ports,
            verdict: "connects_intermittent",
            proven: &[
                "connects_intermittent",
                "reachable_login_not_tried",
                "gateways_partly_unreachable",
            ],
            ..ON_THE_WAY
        },
        Recipe {
            name: "MTU black hole",
            fault: b::black_hole,
            verdict: "tls_no_reply",
            ..ON_THE_WAY
        },
    ]
}
