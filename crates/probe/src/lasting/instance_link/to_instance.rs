//! From the SQL Server to the instance: its own name at the mirroring port, and the node of its primary at the port
//! for replication.

use super::server::{Refusal, Server};
use super::server_job::{Wanted, by_agent, by_job};
use super::statements as sql;
use super::{Link, answers, told};
use crate::failure::Failure;
use crate::record::StepLog;
use model::Observation;
use model::lasting::{InstanceAddresses, LinkLeg, LinkSide, LinkWay};
use tds::rows::Value;
use tds::token::Reply;

/// Makes the direction.
pub(super) async fn make(link: &Link<'_>, step: StepLog<'_>) -> Result<(), Failure> {
    let mut instance = link.open(LinkSide::Instance).await?;
    let seen = addresses(&mut instance, step).await?;
    instance.close().await;
    step.observe(None, Observation::InstanceAddresses(seen.clone()));
    let wanted = [
        Wanted {
            leg: LinkLeg::ToInstance,
            host: seen.dns_name,
            port: link.asked.instance_port,
        },
        Wanted {
            leg: LinkLeg::ToNode,
            host: seen.node,
            port: seen.hadr_port,
        },
    ];
    let ends = match link.asked.way {
        LinkWay::ServerJob => by_job(link, &link.names.to_instance, &wanted, step).await?,
        LinkWay::Directly => {
            let mut ends = Vec::new();
            for one in &wanted {
                ends.push(by_agent(link, one, step).await);
            }
            ends
        }
    };
    told(ends, step)
}

async fn addresses(
    instance: &mut Server<'_>,
    step: StepLog<'_>,
) -> Result<InstanceAddresses, Failure> {
    let parameters = instance.ask(sql::INSTANCE_PARAMETERS, step).await;
    let parameters = rows(parameters)?;
    let nodes = rows(instance.ask(sql::PRIMARY_NODES, step).await)?;
    answers::addresses(&parameters, &nodes)
}

fn rows(asked: Result<Reply, Refusal>) -> Result<Vec<Vec<Value>>, Failure> {
    Ok(asked?.rows().map(<[Value]>::to_vec).collect())
}
