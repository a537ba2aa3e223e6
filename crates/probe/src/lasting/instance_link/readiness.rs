//! What the two servers are and have before anything is made, and what of it is in the way.

use super::server::{Server, number, text};
use super::statements as sql;
use crate::failure::Failure;
use crate::record::StepLog;
use model::FailureCode;
use model::lasting::{
    InstanceLink, LinkDirection, LinkReadiness, LinkSide, LinkWay, MirroringEndpoint,
};

/// `EngineEdition` of a managed instance.
const MANAGED_INSTANCE: i32 = 8;
/// The oldest SQL Server with a link is 2016.
const OLDEST: u32 = 13;

/// Asks one of them.
pub(super) async fn ask(
    server: &mut Server<'_>,
    side: LinkSide,
    port: u16,
    step: StepLog<'_>,
) -> Result<LinkReadiness, Failure> {
    let what = server
        .look(sql::WHAT_IT_IS, step)
        .await?
        .unwrap_or_default();
    let row = what.first().map(Vec::as_slice).unwrap_or_default();
    let yes = |at: usize| number(row.get(at)).map(|number| number == 1);
    let mut seen = LinkReadiness {
        side,
        version: text(row.first()),
        edition: number(row.get(1)).and_then(|number| i32::try_from(number).ok()),
        platform: None,
        sysadmin: yes(2),
        may_make_jobs: yes(3),
        agent_service: None,
        master_key: None,
        endpoint: None,
        port_taken_by: None,
    };
    if side == LinkSide::Instance {
        return Ok(seen);
    }
    let one = |rows: Option<Vec<Vec<tds::rows::Value>>>| {
        rows.and_then(|rows| text(rows.first().and_then(|row| row.first())))
    };
    seen.platform = one(server.look(sql::PLATFORM, step).await?);
    seen.agent_service = one(server.look(sql::AGENT_SERVICE, step).await?);
    seen.master_key = server
        .look(sql::MASTER_KEY, step)
        .await?
        .map(|rows| !rows.is_empty());
    let endpoints = server.look(sql::MIRRORING_ENDPOINT, step).await?;
    seen.endpoint = endpoints.and_then(|rows| {
        let row = rows.first()?;
        Some(MirroringEndpoint {
            name: text(row.first())?,
            port: u16::try_from(number(row.get(1))?).ok()?,
            state: text(row.get(2)).unwrap_or_default(),
        })
    });
    if seen.endpoint.is_none() {
        seen.port_taken_by = one(server.look(&sql::listener(port), step).await?);
    }
    Ok(seen)
}

/// What both say.
pub(super) struct Both {
    pub(super) server: LinkReadiness,
    pub(super) instance: LinkReadiness,
}

impl Both {
    /// What is in the way of a direction.
    pub(super) fn in_the_way(
        &self,
        link: &InstanceLink,
        direction: LinkDirection,
    ) -> Option<Failure> {
        if let Some(edition) = self.instance.edition
            && edition != MANAGED_INSTANCE
        {
            let why = format!("the instance says engine edition {edition}, not {MANAGED_INSTANCE}");
            return Some(Failure::new(FailureCode::ServerUnfit, why));
        }
        if let Some(version) = self.server.version.as_deref().filter(|text| is_old(text)) {
            let why = format!("version {version} of SQL Server knows no link");
            return Some(Failure::new(FailureCode::ServerUnfit, why));
        }
        match direction {
            LinkDirection::ToInstance if link.way == LinkWay::ServerJob => self.no_server_job(),
            LinkDirection::ToInstance => None,
            LinkDirection::FromInstance => {
                self.no_endpoint(link).or_else(|| may_not(&self.instance))
            }
        }
    }

    /// Why a job on the SQL Server cannot connect.
    pub(super) fn no_server_job(&self) -> Option<Failure> {
        let server = &self.server;
        if let Some(platform) = server.platform.as_deref()
            && !platform.eq_ignore_ascii_case("Windows")
        {
            let why = format!("jobs on {platform} have no PowerShell steps");
            return Some(Failure::new(FailureCode::ServerUnfit, why));
        }
        if let Some(service) = server.agent_service.as_deref()
            && !service.eq_ignore_ascii_case("Running")
        {
            let why = format!("SQL Server Agent is {service}");
            return Some(Failure::new(FailureCode::AgentServiceStopped, why));
        }
        may_not(server)
    }

    /// Why the SQL Server can have no endpoint for it.
    fn no_endpoint(&self, link: &InstanceLink) -> Option<Failure> {
        let server = &self.server;
        if server.endpoint.is_some() {
            return None;
        }
        if let Some(other) = &server.port_taken_by {
            let why = format!("port {}: {other}", link.server_port);
            return Some(Failure::new(FailureCode::PortTaken, why));
        }
        if server.sysadmin == Some(false) {
            let why = "the login is no sysadmin of the SQL Server, and may make no endpoint";
            return Some(Failure::new(FailureCode::PermissionMissing, why));
        }
        (server.master_key == Some(false) && !link.master_key_allowed)
            .then(|| Failure::bare(FailureCode::MasterKeyMissing))
    }
}

/// Whether the login may not make jobs there.
fn may_not(seen: &LinkReadiness) -> Option<Failure> {
    let may = seen.sysadmin == Some(true) || seen.may_make_jobs != Some(false);
    let place = match seen.side {
        LinkSide::Server => "the SQL Server",
        LinkSide::Instance => "the instance",
    };
    (!may).then(|| {
        let why = format!("the login may not make jobs on {place}");
        Failure::new(FailureCode::PermissionMissing, why)
    })
}

fn is_old(version: &str) -> bool {
    let major = version.split('.').next().and_then(|text| text.parse().ok());
    major.is_some_and(|major: u32| major < OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(side: LinkSide) -> LinkReadiness {
        LinkReadiness {
            side,
            version: Some("16.0.4185.3".to_owned()),
            edition: Some(if side == LinkSide::Instance { 8 } else { 3 }),
            platform: Some("Windows".to_owned()),
            sysadmin: Some(true),
            may_make_jobs: Some(true),
            agent_service: Some("Running".to_owned()),
            master_key: Some(true),
            endpoint: None,
            port_taken_by: None,
        }
    }

    fn both(change: impl FnOnce(&mut Both)) -> Both {
        let mut both = Both {
            server: seen(LinkSide::Server),
            instance: seen(LinkSide::Instance),
        };
        change(&mut both);
        both
    }

    fn link(more: &str) -> InstanceLink {
        let json = format!(r#"{{"instance": "mi", "user": "u", "address": "10.0.0.4"{more}}}"#);
        serde_json::from_str(&json).expect("a link")
    }

    #[test]
    fn each_thing_in_the_way_is_told_for_the_direction_that_needs_it() {
        use FailureCode as C;
        type Change = fn(&mut Both);
        let nobody: Change = |both| {
            both.server.sysadmin = Some(false);
            both.server.may_make_jobs = Some(false);
        };
        let table: [(Change, Option<C>, Option<C>); 9] = [
            (|_| {}, None, None),
            (
                |both| both.server.agent_service = Some("Stopped".to_owned()),
                Some(C::AgentServiceStopped),
                None,
            ),
            (
                |both| both.server.platform = Some("Linux".to_owned()),
                Some(C::ServerUnfit),
                None,
            ),
            (
                nobody,
                Some(C::PermissionMissing),
                Some(C::PermissionMissing),
            ),
            (
                |both| {
                    both.instance.sysadmin = Some(false);
                    both.instance.may_make_jobs = Some(false);
                },
                None,
                Some(C::PermissionMissing),
            ),
            (
                |both| both.server.master_key = Some(false),
                None,
                Some(C::MasterKeyMissing),
            ),
            (
                |both| both.server.port_taken_by = Some("TSQL".to_owned()),
                None,
                Some(C::PortTaken),
            ),
            (
                |both| both.instance.edition = Some(3),
                Some(C::ServerUnfit),
                Some(C::ServerUnfit),
            ),
            (
                |both| both.server.version = Some("12.0.1".to_owned()),
                Some(C::ServerUnfit),
                Some(C::ServerUnfit),
            ),
        ];
        for (number, (change, to, from)) in table.into_iter().enumerate() {
            let both = both(change);
            let code = |direction| both.in_the_way(&link(""), direction).map(|why| why.code);
            assert_eq!(code(LinkDirection::ToInstance), to, "{number}");
            assert_eq!(code(LinkDirection::FromInstance), from, "{number}");
        }
    }

    #[test]
    fn what_is_there_or_allowed_or_not_needed_is_not_in_the_way() {
        let bare = both(|both| {
            both.server.master_key = Some(false);
            both.server.platform = Some("Linux".to_owned());
        });
        let allowed = link(r#","master_key_allowed": true, "way": "directly""#);
        for direction in LinkDirection::all() {
            assert_eq!(bare.in_the_way(&allowed, direction), None);
        }
        let has_endpoint = both(|both| {
            both.server.master_key = Some(false);
            both.server.sysadmin = Some(false);
            both.server.endpoint = Some(MirroringEndpoint {
                name: "Hadr_endpoint".to_owned(),
                port: 5022,
                state: "STARTED".to_owned(),
            });
        });
        let from = LinkDirection::FromInstance;
        assert_eq!(has_endpoint.in_the_way(&link(""), from), None);
    }

    #[test]
    fn what_nobody_said_is_tried() {
        let silent = both(|both| {
            for one in [&mut both.server, &mut both.instance] {
                *one = LinkReadiness {
                    version: None,
                    edition: None,
                    platform: None,
                    sysadmin: None,
                    may_make_jobs: None,
                    agent_service: None,
                    master_key: None,
                    ..one.clone()
                };
            }
        });
        for direction in LinkDirection::all() {
            assert_eq!(silent.in_the_way(&link(""), direction), None);
        }
    }
}
