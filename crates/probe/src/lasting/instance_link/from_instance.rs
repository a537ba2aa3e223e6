//! From the instance to the SQL Server: an endpoint to connect to, the one that is there or one of our own; a look
//! whether the SQL Server reaches it itself; then a job of the instance, started and awaited by a procedure.

use super::readiness::Both;
use super::server::text;
use super::server_job::{Wanted, by_agent, by_job};
use super::statements as sql;
use super::{Link, answers, told};
use crate::failure::Failure;
use crate::record::StepLog;
use model::FailureCode;
use model::lasting::{LegBy, LegEnd, LinkLeg, LinkSide, LinkWay};

/// The SQL Server's own host, as a job there names it.
pub(super) const ITSELF: &str = "localhost";

/// Makes the direction.
pub(super) async fn make(link: &Link<'_>, both: &Both, step: StepLog<'_>) -> Result<(), Failure> {
    let port = match &both.server.endpoint {
        Some(endpoint) => endpoint.port,
        None => endpoint(link, both, step).await?,
    };
    let mut ends = vec![itself(link, both, port, step).await?];
    ends.push(to_server(link, port, step).await?);
    told(ends, step)
}

/// An endpoint of our own, with what it needs.
async fn endpoint(link: &Link<'_>, both: &Both, step: StepLog<'_>) -> Result<u16, Failure> {
    let (names, port) = (&link.names, link.asked.server_port);
    let mut server = link.open(LinkSide::Server).await?;
    if both.server.master_key == Some(false) {
        let key = sql::master_key(&names.master_key);
        link.create(&mut server, &key, step).await?;
    }
    for made in [
        sql::certificate(&names.certificate),
        sql::endpoint(&names.endpoint, &names.certificate, port),
    ] {
        link.create(&mut server, &made, step).await?;
    }
    server.close().await;
    Ok(port)
}

/// From the SQL Server's host. Where no job can do that, nobody says.
async fn itself(
    link: &Link<'_>,
    both: &Both,
    port: u16,
    step: StepLog<'_>,
) -> Result<LegEnd, Failure> {
    let wanted = |host: &str| Wanted {
        leg: LinkLeg::ServerItself,
        host: host.to_owned(),
        port,
    };
    match link.asked.way {
        LinkWay::Directly => Ok(by_agent(link, &wanted(&link.asked.address), step).await),
        LinkWay::ServerJob if both.no_server_job().is_some() => {
            Ok(wanted(ITSELF).end(LegBy::ServerJob))
        }
        LinkWay::ServerJob => {
            let wanted = [wanted(ITSELF)];
            let job = &link.names.server_itself;
            let mut ends = by_job(link, job, &wanted, step).await?;
            let none = || Failure::bare(FailureCode::Internal);
            ends.pop().ok_or_else(none)
        }
    }
}

/// From the instance.
async fn to_server(link: &Link<'_>, port: u16, step: StepLog<'_>) -> Result<LegEnd, Failure> {
    let names = &link.names;
    let wanted = Wanted {
        leg: LinkLeg::ToServer,
        host: link.asked.address.clone(),
        port,
    };
    let mut instance = link.open(LinkSide::Instance).await?;
    let limit_ms = link.asked.limit_ms;
    for made in [
        sql::instance_job(&names.from_instance, &wanted.goal()),
        sql::procedure(&names.procedure, &names.from_instance, limit_ms),
    ] {
        link.create(&mut instance, &made, step).await?;
    }
    // It waits for the job, and then has to answer.
    let limit = link.limit() + link.run.limits.query;
    let execute = sql::execute(&names.procedure);
    let reply = instance.ask_within(&execute, limit, step).await?;
    let log = reply.rows().next().and_then(|row| text(row.get(1)));
    instance.close().await;
    let Some(log) = log else {
        let limit = link.limit();
        let why = format!("{} has not ended after {limit:?}", names.from_instance);
        return Err(Failure::new(FailureCode::JobNeverEnded, why));
    };
    Ok(LegEnd {
        reached: answers::last_truth(&log),
        words: answers::kept(&log),
        ..wanted.end(LegBy::InstanceJob)
    })
}
