//! Titles of steps.

use crate::State;
use crate::words::one_line;
use model::{Step, StepKind, StepState, Subject};

/// A step in a few words, with what it was done to and, once it ended, how many of its tries worked.
#[must_use]
pub fn step_title(step: &Step) -> String {
    let subject = &step.subject;
    let place = place(subject);
    match step.kind {
        StepKind::HostFacts => "Facts about this host".to_owned(),
        StepKind::DnsLookup => {
            let name = subject.host.as_deref().unwrap_or("the name");
            format!("Look up {name}, {}", source(subject.source.as_deref()))
        }
        StepKind::TcpConnect => format!("TCP connect to {place}{}", tries(step)),
        StepKind::TdsPrelogin => format!("PRELOGIN at {place}"),
        StepKind::TlsHandshake => format!("TLS handshake at {place}"),
        StepKind::TdsLogin if step.attempts.len() > 1 => {
            format!("Login at {place}, {} tries", step.attempts.len())
        }
        StepKind::TdsLogin => format!("Login at {place}"),
        StepKind::TdsRedirect => format!("Redirect to {place}"),
        StepKind::SqlQuery => "Query".to_owned(),
        StepKind::InstanceLookup => format!("Ask SQL Browser at {place}"),
        StepKind::GatewayConnect => format!("TCP connect to gateway {place}{}", tries(step)),
        StepKind::SignInHost => format!("Sign-in address {place}"),
        StepKind::TokenRequest => "Access token".to_owned(),
        StepKind::TicketRequest => format!("Kerberos ticket for MSSQLSvc/{place}"),
        StepKind::DatabaseLookup => "Look up the database in master".to_owned(),
        StepKind::LoginAttempt => format!("Further login at {place}"),
        StepKind::RedirectSample => format!("Some redirect ports of {place}{}", tries(step)),
        StepKind::TlsVersions => format!("Versions of TLS at {place}"),
        StepKind::Revocation => format!("Revocation, {place}"),
        StepKind::RouteTrace => format!("Route to {place}"),
        StepKind::NetworkTrace => "Network trace".to_owned(),
        StepKind::IdleLadder => "Idle connections".to_owned(),
        StepKind::Heartbeat => "Heartbeat".to_owned(),
        StepKind::RetryLoop => "Logins in a loop".to_owned(),
        StepKind::TrackedWrites => "Writes that are cut off".to_owned(),
        StepKind::CleanUp => "Clean-up on the server".to_owned(),
        StepKind::DataFlow => "Connections that return data".to_owned(),
        StepKind::Capacity => "More and more connections".to_owned(),
        StepKind::PathSurvey => format!("What the way to {place} carries"),
        StepKind::ReplicaSession => format!("Connects to the replica's endpoint {place}"),
        StepKind::ReplicaCatalog => "What the server says of its replicas".to_owned(),
        StepKind::ListenerView => format!("Logins at the listener {place}"),
        StepKind::InstanceLink => "What the two servers of the link are and have".to_owned(),
        StepKind::LinkToInstance => "From the SQL Server to the managed instance".to_owned(),
        StepKind::LinkFromInstance => "From the managed instance to the SQL Server".to_owned(),
        StepKind::Unknown => "A step that this version does not know".to_owned(),
    }
}

/// What is being done now, for a run that lives.
#[must_use]
pub fn doing_now(state: &State) -> String {
    if state.is_over() {
        return "Done.".to_owned();
    }
    match state.current() {
        Some(step) if step.kind.lasts() => {
            let going = state.steps().iter();
            let going = going.filter(|it| it.kind.lasts() && it.state == StepState::Running);
            let titles: Vec<String> = going.map(step_title).collect();
            format!("Now: {}.", titles.join(", "))
        }
        Some(step) => format!("Now: {}.", step_title(step)),
        None if state.steps().is_empty() => "Waits for its agent.".to_owned(),
        None => "Goes on to the next step.".to_owned(),
    }
}

fn place(subject: &Subject) -> String {
    // After a redirect the host is a peer's word.
    let host = subject.host.as_deref().map(|host| one_line(host, 253));
    match (&subject.endpoint, host, subject.port) {
        (Some(endpoint), _, _) => endpoint.clone(),
        (None, Some(host), Some(port)) if host.contains(':') => format!("[{host}]:{port}"),
        (None, Some(host), Some(port)) => format!("{host}:{port}"),
        (None, Some(host), None) => host,
        (None, None, _) => "the server".to_owned(),
    }
}

fn source(source: Option<&str>) -> String {
    match source {
        Some("system") => "this host's own way".to_owned(),
        Some("hosts_file") => "hosts file".to_owned(),
        Some("literal") => "an address already".to_owned(),
        Some(resolver) => format!("resolver {resolver}"),
        None => "source not told".to_owned(),
    }
}

fn tries(step: &Step) -> String {
    if step.attempts.is_empty() || step.state == StepState::Skipped {
        return String::new();
    }
    let worked = step.attempts.iter().filter(|a| a.code.is_none()).count();
    format!(", {worked} of {}", step.attempts.len())
}

#[cfg(test)]
mod tests {
    use super::{doing_now, step_title};
    use crate::State;
    use crate::testing::Log;
    use model::{FailureCode, StepKind};

    #[test]
    fn titles_name_what_and_where() {
        let log = Log::new()
            .dns("system", Ok(&["20.61.99.193"]))
            .tcp("20.61.99.193:1433", None)
            .tcp("20.61.99.194:1433", Some(FailureCode::TcpTimeout))
            .prelogin("20.61.99.193:1433", None)
            .tls("20.61.99.193:1433", None)
            .login("20.61.99.193:1433", None)
            .routed_to("node1.worker.database.windows.net", 11_042);
        let titles: Vec<String> = log.state().steps().iter().map(step_title).collect();
        assert_eq!(
            titles,
            [
                "Look up contoso.database.windows.net, this host's own way",
                "TCP connect to 20.61.99.193:1433, 5 of 5",
                "TCP connect to 20.61.99.194:1433, 0 of 5",
                "PRELOGIN at 20.61.99.193:1433",
                "TLS handshake at 20.61.99.193:1433",
                "Login at 20.61.99.193:1433",
                "Redirect to node1.worker.database.windows.net:11042",
            ]
        );
        assert_eq!(
            doing_now(log.state()),
            "Now: Redirect to node1.worker.database.windows.net:11042."
        );
        assert_eq!(doing_now(&State::default()), "Waits for its agent.");
        assert_eq!(doing_now(log.finish().state()), "Done.");
        let log = Log::new()
            .running(StepKind::IdleLadder, "20.61.99.193:1433")
            .running(StepKind::Heartbeat, "20.61.99.193:1433");
        assert_eq!(doing_now(log.state()), "Now: Idle connections, Heartbeat.");
    }
}
