//! What each practice target has to be called, without and with its credentials: the promise as a table.

/// A practice target's verdicts, by code.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Its key.
    pub scenario: &'static str,
    /// Without credentials.
    pub without: &'static str,
    /// With its own.
    pub with: &'static str,
    /// A finding that stands beside the verdict with credentials.
    pub finding: Option<&'static str>,
    /// A finding that stands beside it without.
    pub finding_without: Option<&'static str>,
    /// Whether a LOGIN7 may be sent to it: not where nothing proved who it is.
    pub logs_in: bool,
}

/// Reached, and what credentials show.
const fn login(scenario: &'static str, with: &'static str) -> Expected {
    Expected {
        scenario,
        without: "reachable_login_not_tried",
        with,
        finding: None,
        finding_without: None,
        logs_in: true,
    }
}

/// Ends before a login: credentials change nothing.
const fn before(scenario: &'static str, verdict: &'static str) -> Expected {
    Expected {
        scenario,
        without: verdict,
        with: verdict,
        finding: None,
        finding_without: None,
        logs_in: false,
    }
}

/// Every practice target.
pub const TABLE: [Expected; 42] = [
    login("healthy", "healthy"),
    login("writable", "healthy"),
    login("login_rejected", "login_rejected"),
    login("firewall_blocked", "firewall_blocked"),
    login("failover", "transient_recovered"),
    login("unsteady", "healthy"),
    login("database_missing", "database_missing"),
    Expected {
        finding: Some("redirected"),
        ..login("redirect", "healthy")
    },
    login("redirect_blocked", "redirect_blocked"),
    login("redirect_loop", "redirect_loop"),
    login("close_after_login", "closed_during_login"),
    Expected {
        finding: Some("secret_echoed"),
        ..login("echo_secret", "login_rejected")
    },
    before("refused", "tcp_refused"),
    before("blackhole", "tcp_timeout"),
    before("silent_after_connect", "prelogin_no_reply"),
    before("not_sql", "not_sql_server"),
    before("silent_after_prelogin", "tls_no_reply"),
    before("reset_after_prelogin", "tls_reset"),
    before("tls_wrong_name", "tls_name_mismatch"),
    before("tls_expired", "tls_expired"),
    before("tls_untrusted", "tls_untrusted"),
    before("encryption_not_supported", "encryption_not_offered"),
    Expected {
        logs_in: true,
        ..before("slow", "phase_slow")
    },
    Expected {
        finding: Some("fragmented_reply"),
        finding_without: Some("fragmented_reply"),
        ..login("drip", "healthy")
    },
    login("link_server", "healthy"),
    login("link_instance", "healthy"),
    login("link_no_master_key", "healthy"),
    login("link_agent_stopped", "healthy"),
    login("link_no_permission", "healthy"),
    login("link_name_taken", "healthy"),
    login("link_never_ends", "healthy"),
    login("link_endpoint_exists", "healthy"),
    login("link_half_way", "healthy"),
    login("link_connection_lost", "healthy"),
    login("link_server_blocked", "healthy"),
    login("link_instance_blocked", "healthy"),
    login("replica", "healthy"),
    login("replica_stopped", "healthy"),
    login("replica_no_permission", "healthy"),
    login("replica_timeouts", "healthy"),
    login("replica_disconnected", "healthy"),
    login("replica_blind", "healthy"),
];

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_table_has_every_scenario_of_the_lab_once() {
        let mut named: Vec<_> = TABLE.iter().map(|row| row.scenario).collect();
        let mut offered: Vec<_> = lab::Scenario::ALL.iter().map(|one| one.as_str()).collect();
        named.sort_unstable();
        offered.sort_unstable();
        assert_eq!(named, offered);
    }
}
