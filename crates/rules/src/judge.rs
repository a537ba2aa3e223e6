//! The verdict: which finding explains the run.

use crate::case::Case;
use crate::findings::{self as f, Rule};
use crate::state::{State, forced_outcome};
use model::{Finding, Interruption, Outcome, RunState};

/// What the rules say of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The finding that explains the run.
    pub verdict: Finding,
    /// Every finding, the verdict first.
    pub findings: Vec<Finding>,
    /// The run in one word.
    pub outcome: Outcome,
}

/// Rules that may give the verdict. The first that holds does; the others that hold stand beside it.
///
/// The order: what we ourselves refused; then why it does not work, where it stopped (a run stops at one place, so
/// these hardly meet); then what ended the run early; then what works with a reservation; then what works.
const VERDICTS: &[Rule] = &[
    f::secret_refused::RULE,
    f::login_budget_spent::RULE,
    f::policy_refused::RULE,
    f::instance_port_unknown::RULE,
    f::instance_unknown::SILENT,
    f::instance_unknown::NOT_FOUND,
    // The name.
    f::private_link::NO_RECORD,
    f::name_not_found::RULE,
    f::resolver_failed::RULE,
    f::resolvers_disagree::SYSTEM,
    // The redirect, before what stopped it.
    f::redirect_loop::RULE,
    f::too_many_redirects::RULE,
    f::redirect_blocked::RULE,
    f::redirect_failed::RULE,
    // The connection.
    f::private_link::UNREACHABLE,
    f::tcp_refused::RULE,
    f::tcp_timeout::RULE,
    f::tcp_unreachable::RULE,
    f::tcp_reset::RULE,
    f::no_local_port::RULE,
    f::tcp_error::RULE,
    // PRELOGIN.
    f::prelogin_no_reply::RULE,
    f::prelogin_closed::CLOSED,
    f::prelogin_closed::RESET,
    f::not_sql_server::RULE,
    f::not_sql_server::MALFORMED,
    f::encryption_not_offered::RULE,
    // Large packets, before what they stopped.
    f::large_packets_lost::RULE,
    // TLS: the version that was asked for, then what stopped it.
    f::tls_versions::REFUSED,
    f::tls_name_mismatch::RULE,
    f::tls_expired::EXPIRED,
    f::tls_expired::NOT_YET,
    f::tls_untrusted::RULE,
    f::tls_no_reply::RULE,
    f::tls_reset::RULE,
    f::tls_closed::RULE,
    f::tls_alert::RULE,
    f::tls_error::RULE,
    // The login: by the server's own number, then by how the connection ended.
    f::firewall_blocked::RULE,
    f::token_refused::RULE,
    f::token_missing::RULE,
    f::ticket_missing::RULE,
    f::not_done_here::LOGIN,
    f::dummy_refused::RULE,
    f::login_rejected::RULE,
    f::database_missing::RULE,
    f::database_access_denied::RULE,
    f::temporarily_unavailable::RULE,
    f::server_error::RULE,
    f::closed_during_login::CLOSED,
    f::closed_during_login::RESET,
    f::login_no_reply::RULE,
    f::login_malformed::RULE,
    // The query.
    f::query_timeout::RULE,
    f::query_failed::RULE,
    f::query_failed::PANICKED,
    // The writes.
    f::tracked_writes::REFUSED,
    f::tracked_writes::FAILED,
    // The link: what was in the way, what could not be made, which connect came to nothing.
    f::link::unreached::RULE,
    f::link::unfit::RULE,
    f::link::permission::RULE,
    f::link::agent_stopped::RULE,
    f::link::master_key::RULE,
    f::link::name_taken::RULE,
    f::link::creation_failed::RULE,
    f::link::never_ended::RULE,
    f::link::instance_port::RULE,
    f::link::node_port::RULE,
    f::link::itself::RULE,
    f::link::server_port::RULE,
    f::link::subnet::RULE,
    // Ended early.
    f::cancelled::RULE,
    f::interrupted::RULE,
    f::deadline_passed::RULE,
    // Replicas: what stops every session, then what was lost.
    f::replica_session_lost::UNREACHABLE,
    f::replica_endpoint::STOPPED,
    f::replica_endpoint::PORT,
    f::replica_session_lost::HARD,
    f::replica_session_lost::SOFT,
    f::replica_disconnected::RULE,
    // Logged in, and did not last.
    f::listener_outage::OUTAGE,
    f::session_lost::LOST,
    f::session_lost::STARVED,
    f::fresh_logins_failed::RULE,
    f::idle_session_closed::RULE,
    f::idle_timer::RULE,
    f::held_connections_lost::NEEDS_LOGIN,
    f::held_connections_lost::LOST,
    f::held_connections_lost::IRREGULAR,
    f::flow_cut::RULE,
    f::transient_faults::FAILED,
    f::transient_faults::RULE,
    f::transient_faults::FAILED_TOO,
    f::transient_faults::STARVED,
    // Worked once, and not for more at once.
    f::connections_limited::PORTS,
    f::connections_limited::RULE,
    // Worked, with a reservation.
    f::logins_intermittent::RULE,
    f::transient_recovered::RULE,
    f::connects_intermittent::RULE,
    f::phase_slow::RULE,
    f::tracked_writes::UNKNOWN,
    // Worked.
    f::tracked_writes::HELD,
    f::tracked_writes::DRY,
    f::link::passed::RULE,
    f::link::passed::DRY,
    f::healthy::RULE,
    f::reachable_login_not_tried::RULE,
];

/// Rules that stand beside a verdict, and only there.
const BESIDE: &[Rule] = &[
    f::secret_echoed::RULE,
    f::objects_left::RULE,
    f::known_outside_only::RULE,
    f::gateways_unreachable::ALL,
    f::gateways_unreachable::PARTLY,
    f::tls_intercepted::RULE,
    f::revocation::REVOKED,
    f::route_stops::PROHIBITED,
    f::traced::RESET,
    f::pool_dead_connection::RULE,
    f::throttled::RULE,
    f::replica_would_trip::WOULD_TRIP,
    f::replica_timeouts::CONTRADICT,
    f::replica_timeouts::SHORT,
    f::replica_endpoint::NO_PERMISSION,
    f::replica_disconnected::LAST_ERROR,
    f::throttled::MULTIPLY,
    f::token_unfit::RULE,
    f::sign_in_hosts::RULE,
    f::resolvers_disagree::RULE,
    f::hosts_file_pins::RULE,
    f::private_link::PUBLIC_GATEWAY,
    f::gateway_known::RETIRED,
    f::gateway_known::UNKNOWN,
    f::server_string_odd::RULE,
    f::addresses_partly_dead::RULE,
    f::addresses_in_turn::RULE,
    f::syns_lost::RULE,
    f::certificate_not_verified::RULE,
    f::redirected::RULE,
    f::redirect_ports::RULE,
    f::tls_versions::ONLY_OLD,
    f::tls_versions::OLD_ACCEPTED,
    f::revocation::UNREACHABLE,
    f::revocation::SLOW,
    f::route_stops::STOPS,
    f::traced::UNANSWERED,
    f::traced::AGAIN,
    f::not_done_here::RULE,
    f::fragmented_reply::RULE,
    f::clock_wrong::RULE,
    f::idle_survived::RULE,
    f::session_lost::HELD,
    f::replica_would_trip::HELD,
    f::listener_outage::STEADY,
    f::replica_limits::RULE,
    f::transient_faults::WORKED,
    f::log_truncated::RULE,
];

/// Judges a run by its log so far. Before the run is over this is provisional: a verdict that is not
/// `inconclusive` then already stands on finished steps, but a later one may outweigh it.
#[must_use]
pub fn judge(state: &State) -> Judgement {
    let case = Case::new(state);
    let mut outcome = Outcome::Inconclusive;
    let mut findings: Vec<Finding> = Vec::new();
    for rule in VERDICTS {
        if let Some(finding) = (rule.find)(&case) {
            if findings.is_empty() {
                outcome = rule.outcome;
            }
            findings.push(finding);
        }
    }
    let verdict = match findings.first() {
        Some(verdict) => verdict.clone(),
        None => {
            let finding = f::inconclusive::find(&case);
            findings.push(finding.clone());
            finding
        }
    };
    findings.extend(BESIDE.iter().filter_map(|rule| (rule.find)(&case)));
    Judgement {
        verdict,
        findings,
        outcome: forced_outcome(state).unwrap_or(outcome),
    }
}

/// Judges a run that is about to settle: as if its log ended with `RunSettled` in this state.
#[must_use]
pub fn settle(state: &State, run_state: RunState, interruption: Option<Interruption>) -> Judgement {
    let mut state = state.clone();
    state.settle_as(run_state, interruption);
    judge(&state)
}
