//! One file per rule: what it looks for, its wording, its tests.
//!
//! A rule reads a [`Case`] and answers a finding or nothing. It cites the events it rests on. It never guesses
//! beyond them: where the evidence does not fit, it stays silent, and `inconclusive` says what was seen.

use crate::case::Case;
use model::{Finding, Outcome};

pub(crate) mod common;

pub(crate) mod addresses_in_turn;
pub(crate) mod addresses_partly_dead;
pub(crate) mod cancelled;
pub(crate) mod certificate_not_verified;
pub(crate) mod clock_wrong;
pub(crate) mod closed_during_login;
pub(crate) mod connections_limited;
pub(crate) mod connects_intermittent;
pub(crate) mod database_access_denied;
pub(crate) mod database_missing;
pub(crate) mod deadline_passed;
pub(crate) mod dummy_refused;
pub(crate) mod encryption_not_offered;
pub(crate) mod firewall_blocked;
pub(crate) mod flow_cut;
pub(crate) mod fragmented_reply;
pub(crate) mod fresh_logins_failed;
pub(crate) mod gateway_known;
pub(crate) mod gateways_unreachable;
pub(crate) mod healthy;
pub(crate) mod held_connections_lost;
pub(crate) mod hosts_file_pins;
pub(crate) mod idle_session_closed;
pub(crate) mod idle_survived;
pub(crate) mod idle_timer;
pub(crate) mod inconclusive;
pub(crate) mod instance_port_unknown;
pub(crate) mod instance_unknown;
pub(crate) mod interrupted;
pub(crate) mod known_outside_only;
pub(crate) mod large_packets_lost;
pub(crate) mod link;
pub(crate) mod listener_outage;
pub(crate) mod log_truncated;
pub(crate) mod login_budget_spent;
pub(crate) mod login_malformed;
pub(crate) mod login_no_reply;
pub(crate) mod login_rejected;
pub(crate) mod logins_intermittent;
pub(crate) mod name_not_found;
pub(crate) mod no_local_port;
pub(crate) mod not_done_here;
pub(crate) mod not_sql_server;
pub(crate) mod objects_left;
pub(crate) mod phase_slow;
pub(crate) mod policy_refused;
pub(crate) mod pool_dead_connection;
pub(crate) mod prelogin_closed;
pub(crate) mod prelogin_no_reply;
pub(crate) mod private_link;
pub(crate) mod query_failed;
pub(crate) mod query_timeout;
pub(crate) mod reachable_login_not_tried;
pub(crate) mod redirect_blocked;
pub(crate) mod redirect_failed;
pub(crate) mod redirect_loop;
pub(crate) mod redirect_ports;
pub(crate) mod redirected;
pub(crate) mod replica_disconnected;
pub(crate) mod replica_endpoint;
pub(crate) mod replica_limits;
pub(crate) mod replica_session_lost;
pub(crate) mod replica_timeouts;
pub(crate) mod replica_would_trip;
pub(crate) mod resolver_failed;
pub(crate) mod resolvers_disagree;
pub(crate) mod revocation;
pub(crate) mod route_stops;
pub(crate) mod secret_echoed;
pub(crate) mod secret_refused;
pub(crate) mod server_error;
pub(crate) mod server_string_odd;
pub(crate) mod session_lost;
pub(crate) mod sign_in_hosts;
pub(crate) mod syns_lost;
pub(crate) mod tcp_error;
pub(crate) mod tcp_refused;
pub(crate) mod tcp_reset;
pub(crate) mod tcp_timeout;
pub(crate) mod tcp_unreachable;
pub(crate) mod temporarily_unavailable;
pub(crate) mod throttled;
pub(crate) mod ticket_missing;
pub(crate) mod tls_alert;
pub(crate) mod tls_closed;
pub(crate) mod tls_error;
pub(crate) mod tls_expired;
pub(crate) mod tls_intercepted;
pub(crate) mod tls_name_mismatch;
pub(crate) mod tls_no_reply;
pub(crate) mod tls_reset;
pub(crate) mod tls_untrusted;
pub(crate) mod tls_versions;
pub(crate) mod token_missing;
pub(crate) mod token_refused;
pub(crate) mod token_unfit;
pub(crate) mod too_many_redirects;
pub(crate) mod traced;
pub(crate) mod tracked_writes;
pub(crate) mod transient_faults;
pub(crate) mod transient_recovered;

/// A rule, and what a run is called whose verdict it gives.
pub(crate) struct Rule {
    pub(crate) outcome: Outcome,
    pub(crate) find: fn(&Case<'_>) -> Option<Finding>,
}

impl Rule {
    const fn problem(find: fn(&Case<'_>) -> Option<Finding>) -> Self {
        Self {
            outcome: Outcome::Problem,
            find,
        }
    }

    const fn ok(find: fn(&Case<'_>) -> Option<Finding>) -> Self {
        Self {
            outcome: Outcome::Ok,
            find,
        }
    }

    const fn inconclusive(find: fn(&Case<'_>) -> Option<Finding>) -> Self {
        Self {
            outcome: Outcome::Inconclusive,
            find,
        }
    }
}
