//! The advanced part: PRELOGIN, TLS, attempts, redirects (4.3 to 4.5).

use super::{Beside, HOST, MI, Not, ROW, Row, Server, Verdict};
use crate::break_it as b;
use lab::Scenario;

/// A server that behaves so.
const fn lab(
    check: &'static str,
    branch: &'static str,
    scenario: Scenario,
    expected: &'static [super::Expect],
) -> Row {
    Row {
        check,
        branch,
        server: Server::Lab(scenario),
        expected,
        ..ROW
    }
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        lab(
            "4.3.3",
            "no PRELOGIN reply (SNI time-out)",
            Scenario::SilentAfterConnect,
            &[Verdict("prelogin_no_reply", "")],
        ),
        lab(
            "4.3.4",
            "what answers is no SQL server",
            Scenario::NotSql,
            &[Verdict("not_sql_server", "")],
        ),
        lab(
            "4.3.5 [defect]",
            "no password goes in clear text",
            Scenario::EncryptionNotSupported,
            &[Verdict("encryption_not_offered", "password")],
        ),
        lab(
            "4.3.5",
            "certificate of another name",
            Scenario::TlsWrongName,
            &[Verdict("tls_name_mismatch", "sql.elsewhere.example")],
        ),
        lab(
            "4.3.5",
            "certificate expired",
            Scenario::TlsExpired,
            &[Verdict("tls_expired", "")],
        ),
        lab(
            "4.3.5",
            "nobody trusts the issuer",
            Scenario::TlsUntrusted,
            &[
                Verdict("tls_untrusted", ""),
                Beside("tls_intercepted", "TLS inspection"),
            ],
        ),
        lab(
            "4.3.5 [defect]",
            "no version in common: TLS 1.3 is known of",
            Scenario::Tls13Only,
            &[Verdict("tls_version_refused", "TLS 1.3")],
        ),
        lab(
            "4.3.5",
            "the server is silent at ClientHello",
            Scenario::SilentAfterPrelogin,
            &[Verdict("tls_no_reply", "MTU")],
        ),
        Row {
            plan: |plan| {
                plan.options.slow_phase_ms = 500;
                plan.options.prelogin_timeout_ms = 15_000;
            },
            ..lab(
                "4.3.6",
                "PRELOGIN takes longer than the limit",
                Scenario::Slow,
                &[Verdict("phase_slow", "PRELOGIN")],
            )
        },
        lab(
            "4.3 [defect]",
            "redirects without an end are ended",
            Scenario::RedirectLoop,
            &[Verdict("redirect_loop", "")],
        ),
        Row {
            check: "4.3 [defect]",
            branch: "attempts are judged together",
            server: Server::EverySecond,
            plan: |plan| {
                plan.options.tcp_attempts = 1;
                plan.options.gateways = false;
                plan.options.tls_versions = false;
                plan.options.query = false;
                plan.options.connection_attempts = 4;
                plan.options.attempt_delay_ms = 10;
            },
            expected: &[Verdict("logins_intermittent", "5 s at first")],
            ..ROW
        },
        Row {
            check: "4.4",
            branch: "the name of the node is not found",
            server: Server::RoutesOn,
            expected: &[Verdict("redirect_failed", "tr1.eastus1-a.worker")],
            ..ROW
        },
        lab(
            "4.4",
            "redirect is told when the reply proves it",
            Scenario::Redirect,
            &[Verdict("healthy", ""), Beside("redirected", HOST)],
        ),
        Row {
            check: "4.4 [defect]",
            branch: "without a login nothing is said of proxy or redirect",
            fault: b::dropped,
            expected: &[Verdict("tcp_timeout", ""), Not("redirected")],
            ..ROW
        },
        Row {
            fault: b::node_dropped,
            ..lab(
                "4.5 [defect]",
                "root cause: the node cannot be reached (SQL Database)",
                Scenario::Redirect,
                &[Verdict("redirect_blocked", "service tag")],
            )
        },
        Row {
            check: "4.5 [defect]",
            branch: "root cause: the node cannot be reached (managed instance)",
            typed: MI,
            server: Server::RoutesToIt,
            fault: b::node_dropped,
            expected: &[Verdict("redirect_blocked", "both network security groups")],
            ..ROW
        },
    ]
}
