//! Connects made from the SQL Server's side: by a job there, or by the agent on its host.

use super::Link;
use super::answers;
use super::server::{Server, number, text};
use super::statements::{self as sql, Goal};
use crate::failure::Failure;
use crate::policy::Purpose;
use crate::record::StepLog;
use crate::{names, tcp};
use model::lasting::{LegBy, LegEnd, LinkLeg, LinkSide};
use model::{Closer, FailureCode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::time::{Instant, sleep};

/// A job that has ended says less.
const IN_PROGRESS: i64 = 4;

/// One connect that is to be made.
pub(super) struct Wanted {
    pub(super) leg: LinkLeg,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Wanted {
    /// As PowerShell gets it.
    pub(super) fn goal(&self) -> Goal {
        Goal {
            step: step_name(self.leg),
            host: self.host.clone(),
            port: self.port.to_string(),
        }
    }

    /// How it ended.
    pub(super) fn end(&self, by: LegBy) -> LegEnd {
        LegEnd {
            leg: self.leg,
            by,
            host: self.host.clone(),
            port: self.port,
            reached: None,
            remote_address: None,
            in_subnet: None,
            words: None,
        }
    }
}

pub(super) fn step_name(leg: LinkLeg) -> &'static str {
    match leg {
        LinkLeg::ToInstance => "to the instance's endpoint",
        LinkLeg::ToNode => "to the instance's node",
        LinkLeg::ServerItself => "to this server's own endpoint",
        LinkLeg::ToServer => "to the SQL Server's endpoint",
    }
}

/// By a job: made, started, asked after until it ends or its time is over, and read.
pub(super) async fn by_job(
    link: &Link<'_>,
    job: &str,
    wanted: &[Wanted],
    step: StepLog<'_>,
) -> Result<Vec<LegEnd>, Failure> {
    let mut server = link.open(LinkSide::Server).await?;
    let goals: Vec<Goal> = wanted.iter().map(Wanted::goal).collect();
    link.create(&mut server, &sql::server_job(job, &goals), step)
        .await?;
    server.ask(&sql::start(job), step).await?;
    let said = poll(link, &mut server, job, step).await?;
    server.close().await;
    let ends = (1..).zip(wanted).map(|(number, wanted)| {
        let words: &str = said.get(&number).map(String::as_str).unwrap_or_default();
        let (reached, remote_address) = answers::connected(words);
        LegEnd {
            reached,
            in_subnet: in_subnet(link, wanted.leg, remote_address.as_deref()),
            remote_address,
            words: answers::kept(words),
            ..wanted.end(LegBy::ServerJob)
        }
    });
    Ok(ends.collect())
}

/// What each step said, once the job has ended.
async fn poll(
    link: &Link<'_>,
    server: &mut Server<'_>,
    job: &str,
    step: StepLog<'_>,
) -> Result<BTreeMap<i64, String>, Failure> {
    let until = Instant::now() + link.limit();
    let history = sql::history(job);
    loop {
        let reply = server.ask(&history, step).await?;
        let rows: Vec<_> = reply.rows().collect();
        let ended = rows.iter().any(|row| {
            number(row.first()) == Some(0)
                && number(row.get(1)).is_some_and(|status| status < IN_PROGRESS)
        });
        if ended {
            let said = rows.iter().filter_map(|row| {
                let words = text(row.get(2)).unwrap_or_default();
                Some((number(row.first())?, words))
            });
            return Ok(said.collect());
        }
        if Instant::now() >= until {
            let limit = link.limit();
            return Err(Failure::new(
                FailureCode::JobNeverEnded,
                format!("{job} has not ended after {limit:?}"),
            ));
        }
        sleep(crate::run::wait(link.asked.poll_ms)).await;
    }
}

/// By the agent, which runs on the SQL Server's host.
pub(super) async fn by_agent(link: &Link<'_>, wanted: &Wanted, step: StepLog<'_>) -> LegEnd {
    let mut end = wanted.end(LegBy::Agent);
    match connect(link, wanted, step).await {
        Ok(endpoint) => {
            let address = endpoint.ip().to_canonical().to_string();
            end.reached = Some(true);
            end.in_subnet = in_subnet(link, wanted.leg, Some(&address));
            end.remote_address = Some(address);
        }
        Err(failure) => {
            end.reached = (failure.code != FailureCode::PolicyRefused).then_some(false);
            let words = failure.detail.unwrap_or_default();
            end.words = answers::kept(&format!("{}: {words}", failure.code));
        }
    }
    end
}

/// The first address that connects.
async fn connect(
    link: &Link<'_>,
    wanted: &Wanted,
    step: StepLog<'_>,
) -> Result<SocketAddr, Failure> {
    let (context, limits) = (link.run.context, &link.run.limits);
    let found = names::of_system(&wanted.host, &context.names, limits.dns).await?;
    let mut last = Failure::new(FailureCode::NameNoAddress, "the name has no address");
    for address in found {
        let endpoint = SocketAddr::new(address, wanted.port);
        if let Err(refusal) = context.policy.decide(endpoint, Purpose::Target) {
            last = Failure::new(FailureCode::PolicyRefused, refusal.to_string());
            continue;
        }
        match tcp::connect(endpoint, limits.tcp.timeout, step, 1).await {
            Ok(connection) => {
                connection.close(Closer::Us).await;
                return Ok(endpoint);
            }
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

/// Only what leads to the instance can lie in its subnet.
fn in_subnet(link: &Link<'_>, leg: LinkLeg, address: Option<&str>) -> Option<bool> {
    match leg {
        LinkLeg::ToInstance | LinkLeg::ToNode => link.asked.in_subnet(address?),
        LinkLeg::ServerItself | LinkLeg::ToServer => None,
    }
}
