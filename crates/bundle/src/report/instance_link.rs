//! The link between a SQL Server and a managed instance, as lines of plain text.

use crate::escape::plain;
use model::lasting::{InstanceAddresses, LegEnd, LinkReadiness, LinkSide};
use rules::words::{leg, leg_by};

pub(super) fn readiness(seen: &LinkReadiness) -> Vec<String> {
    let LinkReadiness {
        side,
        version,
        edition,
        platform,
        sysadmin,
        may_make_jobs,
        agent_service,
        master_key,
        endpoint,
        port_taken_by,
    } = seen;
    let text = |text: &Option<String>| text.as_deref().map_or("not said".to_owned(), plain);
    let said = |answer: &Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not said",
    };
    let who = match side {
        LinkSide::Server => "SQL Server",
        LinkSide::Instance => "managed instance",
    };
    let mut lines = vec![format!(
        "{who}: version {}, engine edition {}, platform {}, sysadmin {}, may make jobs {}",
        text(version),
        edition.map_or("not said".to_owned(), |number| number.to_string()),
        text(platform),
        said(sysadmin),
        said(may_make_jobs),
    )];
    if *side == LinkSide::Server {
        lines.push(format!(
            "SQL Server Agent {}, master key in master {}, mirroring endpoint {}",
            text(agent_service),
            said(master_key),
            endpoint.as_ref().map_or("none".to_owned(), |one| format!(
                "{} on port {}, {}",
                plain(&one.name),
                one.port,
                plain(&one.state)
            )),
        ));
    }
    if let Some(other) = port_taken_by {
        lines.push(format!("the port is taken by {}", plain(other)));
    }
    lines
}

pub(super) fn addresses(seen: &InstanceAddresses) -> Vec<String> {
    vec![format!(
        "the instance says that it is {}, its primary on {} with port {} for replication",
        plain(&seen.dns_name),
        plain(&seen.node),
        seen.hadr_port
    )]
}

pub(super) fn end(end: &LegEnd) -> Vec<String> {
    let mut line = format!(
        "{}, {}:{}, by {}: {}",
        leg(end.leg),
        plain(&end.host),
        end.port,
        leg_by(end.by),
        match end.reached {
            Some(true) => "connected",
            Some(false) => "not connected",
            None => "nobody said",
        }
    );
    if let Some(address) = &end.remote_address {
        line += &format!(", address {}", plain(address));
    }
    match end.in_subnet {
        Some(true) => line += " in the instance's subnet",
        Some(false) => line += " outside the instance's subnet",
        None => {}
    }
    let mut lines = vec![line];
    if let Some(words) = &end.words {
        lines.extend(words.lines().map(|line| format!("    {}", plain(line))));
    }
    lines
}
