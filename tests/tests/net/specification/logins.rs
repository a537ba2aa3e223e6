//! Logins and what they are refused with: C9.

use super::{HOST, MI, MI_PUBLIC, Not, ROW, Row, Server, Verdict};
use lab::Scenario;
use model::PlanLogin;

/// Refused with a number.
const fn number(branch: &'static str, number: i32, expected: &'static [super::Expect]) -> Row {
    refused(branch, HOST, Server::Refuses(number, 1, "Words."), expected)
}

const fn refused(
    branch: &'static str,
    typed: &'static str,
    server: Server,
    expected: &'static [super::Expect],
) -> Row {
    Row {
        check: "C9",
        branch,
        typed,
        server,
        expected,
        ..ROW
    }
}

fn made_up(plan: &mut model::Plan) {
    plan.login = PlanLogin::Dummy;
}

fn shop(plan: &mut model::Plan) {
    plan.target.database = "shop".to_owned();
}

pub(super) fn rows() -> Vec<Row> {
    let number_40532 = Server::Refuses(40532, 1, "Words.");
    vec![
        Row {
            check: "C9",
            branch: "the login works",
            expected: &[Verdict("healthy", "")],
            ..ROW
        },
        number(
            "121",
            121,
            &[Verdict(
                "temporarily_unavailable",
                "another SQL driver or tool",
            )],
        ),
        number(
            "916",
            916,
            &[Verdict("database_access_denied", "CREATE USER")],
        ),
        number(
            "10060",
            10060,
            &[Verdict("temporarily_unavailable", "outbound")],
        ),
        Row {
            plan: made_up,
            ..number(
                "18456, made-up user",
                18456,
                &[Verdict("dummy_refused", "as it should")],
            )
        },
        Row {
            plan: made_up,
            ..number(
                "40615, made-up user",
                40615,
                &[Verdict("firewall_blocked", "firewall")],
            )
        },
        number(
            "18456, real user",
            18456,
            &[Verdict("login_rejected", "refuses the address for a while")],
        ),
        refused(
            "18456 by state",
            HOST,
            Server::Refuses(18456, 58, "Words."),
            &[Verdict("login_rejected", "enable SQL auth")],
        ),
        refused(
            "40532, public endpoint",
            MI_PUBLIC,
            number_40532,
            &[Verdict(
                "server_error",
                "public endpoint of the managed instance is enabled",
            )],
        ),
        refused(
            "40532, managed instance",
            MI,
            number_40532,
            &[Verdict("server_error", "old address")],
        ),
        refused(
            "40532, otherwise",
            HOST,
            number_40532,
            &[Verdict("server_error", "service endpoint Microsoft.Sql")],
        ),
        refused(
            "40615 names the client's address",
            HOST,
            Server::Refuses(
                40615,
                1,
                "Client with IP address '203.0.113.9' is not allowed to access the server.",
            ),
            &[Verdict("firewall_blocked", "203.0.113.9")],
        ),
        number(
            "40914",
            40914,
            &[Verdict("firewall_blocked", "virtual network rule")],
        ),
        number(
            "47073",
            47073,
            &[Verdict("firewall_blocked", "private endpoint")],
        ),
        number("4060", 4060, &[Verdict("database_missing", "name")]),
        number(
            "40613",
            40613,
            &[Verdict("temporarily_unavailable", "60 s")],
        ),
        number(
            "a number that nobody knows",
            123_456,
            &[Verdict("server_error", "Look the number up")],
        ),
        Row {
            plan: shop,
            ..refused(
                "the database is looked for in master, and is not listed",
                HOST,
                Server::Lab(Scenario::DatabaseMissing),
                &[Verdict("database_missing", "does not have that name")],
            )
        },
        Row {
            check: "C9.2 [defect]",
            plan: shop,
            ..refused(
                "a look-up that was not made is not a missing database",
                HOST,
                Server::Lab(Scenario::LoginRejected),
                &[Verdict("login_rejected", ""), Not("database_missing")],
            )
        },
        Row {
            check: "C9 [defect]",
            ..refused(
                "what is no SQL error is a finding too",
                HOST,
                Server::Lab(Scenario::CloseAfterLogin),
                &[Verdict("closed_during_login", "")],
            )
        },
        Row {
            check: "C9 [defect]",
            ..refused(
                "a retry that worked is not hidden",
                HOST,
                Server::Lab(Scenario::Failover),
                &[Verdict("transient_recovered", "40613")],
            )
        },
    ]
}
