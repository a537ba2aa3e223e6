//! `replica_endpoint_stopped`: the own endpoint for replicas is not there or not started. `replica_endpoint_port`: it
//! listens elsewhere than the replica's URL says, or the run connected elsewhere than the other's URL says.
//! `replica_no_connect_permission`: nobody may connect to it.

use super::Rule;
use crate::case::Case;
use crate::draft::Draft;
use crate::links;
use crate::replica::{CheckState, checklist};
use crate::words::one_line;
use model::lasting::ReplicaRow;
use model::{Confidence, Finding, Owner, Severity};

pub(crate) const STOPPED: Rule = Rule::problem(stopped);
pub(crate) const PORT: Rule = Rule::problem(port);
pub(crate) const NO_PERMISSION: Rule = Rule::problem(no_permission);

/// What the list says of one of its items, when that is not as it should be.
fn failed(case: &Case<'_>, key: &str) -> Option<(String, Option<u64>)> {
    let check = checklist(case.state.replica())
        .into_iter()
        .find(|check| check.key == key && check.state == CheckState::Failed)?;
    Some((check.told, check.seq))
}

fn stopped(case: &Case<'_>) -> Option<Finding> {
    let step = case.state.replica().catalog_step?;
    let (told, seq) = failed(case, "enabled").or_else(|| failed(case, "endpoint"))?;
    Draft::problem("replica_endpoint_stopped", Owner::Dba)
        .title(format!("{} takes no connection from other replicas.", case.host()))
        .because(told)
        .because("No replica can connect to this server until that is so, whatever the network does.")
        .then("Start it: ALTER ENDPOINT … STATE = STARTED; where there is none, create it, and enable Always On first.")
        .then("Look in the error log for who stopped it, and when.")
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250)
        .cite(step, seq)
        .done(case)
}

/// Host and port of `TCP://host:port`.
fn place(url: &str) -> Option<(String, u16)> {
    let (host, port) = url.rsplit_once(':')?;
    let host = host.rsplit('/').next()?.trim_matches(['[', ']']);
    Some((
        host.to_ascii_lowercase(),
        port.trim_end_matches('/').parse().ok()?,
    ))
}

/// The other replica on the peer's host, whose URL has another port than the run was told.
fn elsewhere<'a>(case: &Case<'a>) -> Option<(u64, &'a ReplicaRow, u16, u16)> {
    let asked = case.plan()?.options.lasting.replica_session.as_ref()?;
    let (seq, row, named) = case.state.replica().others().find_map(|(seq, row)| {
        let (host, port) = place(row.endpoint_url.as_deref()?)?;
        let same = host == asked.peer.to_ascii_lowercase();
        same.then_some((*seq, row, port))
    })?;
    (named != asked.port).then_some((seq, row, named, asked.port))
}

fn port(case: &Case<'_>) -> Option<Finding> {
    let step = case.state.replica().catalog_step?;
    let draft = Draft::problem("replica_endpoint_port", Owner::Dba)
        .sure(Confidence::Likely)
        .link(links::REPLICA_35250);
    if let Some((told, seq)) = failed(case, "port") {
        return draft
            .title(format!(
                "The endpoint of {} listens on another port than its replica's URL names.",
                case.host()
            ))
            .because(told)
            .because("The other replica connects to what the URL says.")
            .then("Make them the same: ALTER ENDPOINT … AS TCP (LISTENER_PORT = …), or ALTER AVAILABILITY GROUP … MODIFY REPLICA … WITH (ENDPOINT_URL = …).")
            .then("Open the right port on the firewalls between the two.")
            .cite(step, seq)
            .done(case);
    }
    let (seq, row, named, connected) = elsewhere(case)?;
    draft
        .title(format!(
            "This run connected to port {connected}; the URL of {} says {named}.",
            one_line(&row.replica, 128)
        ))
        .because("What was seen on the port says nothing of the session that this server makes.")
        .then(format!(
            "Run it again with port {named}, or correct the replica's ENDPOINT_URL."
        ))
        .cite(step, [seq])
        .done(case)
}

fn no_permission(case: &Case<'_>) -> Option<Finding> {
    let step = case.state.replica().catalog_step?;
    let (told, seq) = failed(case, "permission")?;
    let owner = case.state.replica().endpoints.first();
    let owner = owner.and_then(|(_, row)| row.owner.as_deref());
    Draft::new("replica_no_connect_permission", Severity::Warning, Owner::Dba)
        .title("Nobody has CONNECT permission on the endpoint for replicas.")
        .because(told)
        .because(match owner {
            Some(owner) => format!(
                "Only its owner ({}) and members of sysadmin may connect without one.",
                one_line(owner, 128)
            ),
            None => String::new(),
        })
        .then("Grant it to the login of the other server's service account, or of its certificate: GRANT CONNECT ON ENDPOINT::… TO ….")
        .then("If both services run as the same account and that is a sysadmin here, nothing is missing.")
        .sure(Confidence::Possible)
        .link(links::REPLICA_35250)
        .cite(step, seq)
        .done(case)
}

#[cfg(test)]
mod tests {
    use crate::findings::replica_session_lost::tests::{begun, minute, replica};
    use crate::findings::replica_timeouts::tests::row;
    use crate::testing::{Log, expect, expect_beside, expect_no};
    use model::lasting::{CatalogPart, EndpointRow, ReplicaFact, ReplicaServer, Untold};
    use model::{Confidence, Outcome, StepKind};

    fn endpoint(state: &str, port: u16, may_connect: &[&str]) -> EndpointRow {
        EndpointRow {
            name: "Hadr_endpoint".into(),
            state: Some(state.into()),
            port: Some(port),
            owner: Some("sa".into()),
            may_connect: Some(may_connect.iter().map(|one| (*one).to_owned()).collect()),
            ..EndpointRow::default()
        }
    }

    fn with(facts: Vec<ReplicaFact>) -> Log {
        let mut log = begun()
            .seen(minute(60, &[], 0))
            .ends(None)
            .running(StepKind::ReplicaCatalog, "10.0.0.1:1433")
            .seen(replica(ReplicaFact::Server(ReplicaServer {
                enabled: Some(true),
                sees_definitions: Some(true),
                ..ReplicaServer::default()
            })));
        for fact in facts {
            log = log.seen(replica(fact));
        }
        log.ends(None).finish()
    }

    fn catalog(endpoint: Option<EndpointRow>) -> Log {
        let rows = ["SQL-A", "SQL-B"].map(|name| ReplicaFact::Replica(Box::new(row(name, 10))));
        let mut facts = rows.to_vec();
        facts.extend(endpoint.map(|row| ReplicaFact::Endpoint(Box::new(row))));
        with(facts)
    }

    #[test]
    fn an_endpoint_that_is_stopped_or_missing_takes_nobody() {
        for endpoint in [Some(endpoint("STOPPED", 5_022, &["D\\svc"])), None] {
            let log = catalog(endpoint);
            expect(
                &log,
                "replica_endpoint_stopped",
                Confidence::Likely,
                Outcome::Problem,
            );
        }
        expect_no(
            &catalog(Some(endpoint("STARTED", 5_022, &["D\\svc"]))),
            "replica_endpoint_stopped",
        );
    }

    #[test]
    fn ports_that_differ_are_named() {
        let log = catalog(Some(endpoint("STARTED", 5_023, &["D\\svc"])));
        let finding = expect(
            &log,
            "replica_endpoint_port",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert!(
            finding
                .explanation
                .contains("listens on 5023; the URL says 5022"),
            "{finding:?}"
        );
        let mut other = row("SQL-B", 10);
        other.endpoint_url = Some("TCP://SQL-B:5055".into());
        let log = with(vec![
            ReplicaFact::Replica(Box::new(row("SQL-A", 10))),
            ReplicaFact::Replica(Box::new(other)),
            ReplicaFact::Endpoint(Box::new(endpoint("STARTED", 5_022, &["x"]))),
        ]);
        let finding = expect(
            &log,
            "replica_endpoint_port",
            Confidence::Likely,
            Outcome::Problem,
        );
        assert!(finding.title.contains("5055"), "{finding:?}");
    }

    #[test]
    fn who_may_connect_is_missing_only_where_it_could_be_seen() {
        let log = catalog(Some(endpoint("STARTED", 5_022, &[])));
        expect_beside(&log, "replica_no_connect_permission");
        let log = catalog(Some(endpoint("STARTED", 5_022, &["D\\svc"])));
        expect_no(&log, "replica_no_connect_permission");
        let log = with(vec![ReplicaFact::Untold(Untold {
            what: CatalogPart::Endpoints,
            number: Some(229),
            text: "The SELECT permission was denied.".into(),
        })]);
        expect_no(&log, "replica_no_connect_permission");
        expect_no(&log, "replica_endpoint_stopped");
    }
}
