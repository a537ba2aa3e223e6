//! What of availability replicas is masked, field by field.

use super::Masker;
use model::lasting::{
    ConnectFailed, EndpointRow, LastConnectError, ListenerFailure, ListenerMinute, LogLine,
    PeerName, ReplicaFact, ReplicaMinute, ReplicaRow, ReplicaServer, ReplicaSession, SessionGap,
    Untold,
};

impl Masker {
    pub(super) fn replica_session(&mut self, asked: &ReplicaSession) -> ReplicaSession {
        let ReplicaSession {
            peer,
            port,
            every_ms,
            lasts_ms,
            session_timeout_ms,
            lease_timeout_ms,
            cluster_silence_ms,
        } = asked;
        ReplicaSession {
            peer: self.host(peer),
            port: *port,
            every_ms: *every_ms,
            lasts_ms: *lasts_ms,
            session_timeout_ms: *session_timeout_ms,
            lease_timeout_ms: *lease_timeout_ms,
            cluster_silence_ms: *cluster_silence_ms,
        }
    }

    pub(super) fn replica(&mut self, fact: &ReplicaFact) -> ReplicaFact {
        match fact {
            ReplicaFact::Watch(watch) => ReplicaFact::Watch(watch.clone()),
            ReplicaFact::Named(name) => ReplicaFact::Named(self.peer_name(name)),
            ReplicaFact::Minute(minute) => ReplicaFact::Minute(self.replica_minute(minute)),
            ReplicaFact::Failed(failed) => ReplicaFact::Failed(self.connect_failed(failed)),
            ReplicaFact::Gap(gap) => ReplicaFact::Gap(self.session_gap(gap)),
            ReplicaFact::Change(change) => ReplicaFact::Change(self.link_change(change)),
            ReplicaFact::Server(server) => ReplicaFact::Server(self.replica_server(server)),
            ReplicaFact::Clock(clock) => ReplicaFact::Clock(*clock),
            ReplicaFact::Replica(row) => ReplicaFact::Replica(Box::new(self.replica_row(row))),
            ReplicaFact::Endpoint(row) => ReplicaFact::Endpoint(Box::new(self.endpoint_row(row))),
            ReplicaFact::Log(line) => ReplicaFact::Log(self.log_line(line)),
            ReplicaFact::Untold(untold) => ReplicaFact::Untold(self.untold(untold)),
            ReplicaFact::ListenerMinute(minute) => {
                ReplicaFact::ListenerMinute(self.listener_minute(minute))
            }
            ReplicaFact::ListenerFailure(failure) => {
                ReplicaFact::ListenerFailure(self.listener_failure(failure))
            }
        }
    }

    fn peer_name(&mut self, answer: &PeerName) -> PeerName {
        let PeerName {
            at_us,
            name,
            addresses,
            code,
            elapsed_us,
        } = answer;
        PeerName {
            at_us: *at_us,
            name: self.host(name),
            addresses: addresses.iter().map(|text| self.endpoint(text)).collect(),
            code: code.as_ref().map(|code| self.code(code)),
            elapsed_us: *elapsed_us,
        }
    }

    fn replica_minute(&mut self, minute: &ReplicaMinute) -> ReplicaMinute {
        let ReplicaMinute {
            from_us,
            until_us,
            established,
            failed,
            again,
            passed_over,
            lag_max_us,
            left_out,
        } = minute;
        ReplicaMinute {
            from_us: *from_us,
            until_us: *until_us,
            established: established.clone(),
            failed: failed.iter().map(|one| self.failed_alike(one)).collect(),
            again: *again,
            passed_over: *passed_over,
            lag_max_us: *lag_max_us,
            left_out: *left_out,
        }
    }

    fn connect_failed(&mut self, failed: &ConnectFailed) -> ConnectFailed {
        let ConnectFailed {
            started_us,
            elapsed_us,
            code,
            endpoint,
            detail,
        } = failed;
        ConnectFailed {
            started_us: *started_us,
            elapsed_us: *elapsed_us,
            code: self.code(code),
            endpoint: endpoint.as_ref().map(|text| self.endpoint(text)),
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }

    fn session_gap(&mut self, gap: &SessionGap) -> SessionGap {
        let SessionGap {
            from_us,
            until_us,
            open,
            failed,
            code,
            said_us,
            lag_max_us,
            lag_whole_us,
        } = gap;
        SessionGap {
            from_us: *from_us,
            until_us: *until_us,
            open: *open,
            failed: *failed,
            code: code.as_ref().map(|code| self.code(code)),
            said_us: *said_us,
            lag_max_us: *lag_max_us,
            lag_whole_us: *lag_whole_us,
        }
    }

    fn replica_server(&mut self, server: &ReplicaServer) -> ReplicaServer {
        let ReplicaServer {
            name,
            host,
            version,
            enabled,
            sees_state,
            sees_definitions,
        } = server;
        ReplicaServer {
            name: name.as_ref().map(|text| self.server(text)),
            host: host.as_ref().map(|text| self.host(text)),
            version: version.as_ref().map(|text| self.peer(text)),
            enabled: *enabled,
            sees_state: *sees_state,
            sees_definitions: *sees_definitions,
        }
    }

    fn replica_row(&mut self, row: &ReplicaRow) -> ReplicaRow {
        let ReplicaRow {
            at_us,
            group,
            replica,
            local,
            endpoint_url,
            availability_mode,
            failover_mode,
            session_timeout_s,
            health_check_ms,
            role,
            connected,
            health,
            joined,
            last_error,
        } = row;
        ReplicaRow {
            at_us: *at_us,
            group: self.name(group),
            replica: self.server(replica),
            local: *local,
            endpoint_url: self.of(endpoint_url, Self::endpoint_url),
            availability_mode: self.of(availability_mode, Self::peer),
            failover_mode: self.of(failover_mode, Self::peer),
            session_timeout_s: *session_timeout_s,
            health_check_ms: *health_check_ms,
            role: self.of(role, Self::peer),
            connected: self.of(connected, Self::peer),
            health: self.of(health, Self::peer),
            joined: self.of(joined, Self::peer),
            last_error: last_error.as_ref().map(|error| self.last_error(error)),
        }
    }

    fn last_error(&mut self, error: &LastConnectError) -> LastConnectError {
        let LastConnectError {
            number,
            text,
            at,
            at_us,
        } = error;
        LastConnectError {
            number: *number,
            text: self.peer(text),
            at: self.of(at, Self::peer),
            at_us: *at_us,
        }
    }

    /// `TCP://host:port`.
    fn endpoint_url(&mut self, url: &str) -> String {
        match url.split_once("://") {
            Some((scheme, place)) if scheme.eq_ignore_ascii_case("tcp") => {
                format!("{scheme}://{}", self.endpoint(place))
            }
            _ => self.endpoint(url),
        }
    }

    fn endpoint_row(&mut self, row: &EndpointRow) -> EndpointRow {
        let EndpointRow {
            name,
            state,
            port,
            address,
            role,
            authentication,
            encryption,
            owner,
            may_connect,
        } = row;
        EndpointRow {
            name: self.name(name),
            state: self.of(state, Self::peer),
            port: *port,
            address: self.of(address, Self::endpoint),
            role: self.of(role, Self::peer),
            authentication: self.of(authentication, Self::peer),
            encryption: self.of(encryption, Self::peer),
            owner: self.of(owner, Self::user),
            may_connect: may_connect
                .as_ref()
                .map(|names| names.iter().map(|name| self.user(name)).collect()),
        }
    }

    fn log_line(&mut self, line: &LogLine) -> LogLine {
        let LogLine {
            at,
            at_us,
            number,
            text,
        } = line;
        LogLine {
            at: self.peer(at),
            at_us: *at_us,
            number: *number,
            text: self.peer(text),
        }
    }

    fn untold(&mut self, untold: &Untold) -> Untold {
        let Untold { what, number, text } = untold;
        Untold {
            what: *what,
            number: *number,
            text: self.peer(text),
        }
    }

    fn listener_minute(&mut self, minute: &ListenerMinute) -> ListenerMinute {
        let ListenerMinute {
            at_once,
            logins,
            endpoints,
        } = minute;
        ListenerMinute {
            at_once: *at_once,
            logins: self.loop_minute(logins),
            endpoints: endpoints
                .iter()
                .map(|(endpoint, count)| (self.endpoint(endpoint), *count))
                .collect(),
        }
    }

    fn listener_failure(&mut self, failure: &ListenerFailure) -> ListenerFailure {
        let ListenerFailure { at_once, login } = failure;
        ListenerFailure {
            at_once: *at_once,
            login: self.loop_failure(login),
        }
    }

    fn of(&mut self, text: &Option<String>, mask: fn(&mut Self, &str) -> String) -> Option<String> {
        text.as_ref().map(|text| mask(self, text))
    }
}
