//! The link between a SQL Server and a managed instance, as arguments: a dry run, unless somebody says that it is meant.

use crate::commands::secret::of_environment;
use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use model::lasting::{InstanceLink, LinkDirection, LinkWay, PlannedStatement};
use zeroize::Zeroizing;

/// Connects between the server and a managed instance, made by the two themselves.
#[derive(Args, Debug)]
#[command(next_help_heading = "Link with a managed instance")]
pub(in crate::commands) struct LinkArguments {
    /// The managed instance of the link; --server is the SQL Server. A dry run: the T-SQL for both is printed, and nobody
    /// is connected to
    #[arg(long, value_name = "INSTANCE", requires = "link_user")]
    link: Option<String>,
    /// Login at the managed instance
    #[arg(long, value_name = "LOGIN", requires = "link")]
    link_user: Option<String>,
    /// Environment variable that holds the password of that login
    #[arg(long, value_name = "VARIABLE", requires = "link")]
    link_password_env: Option<String>,
    /// From where to where [default: both]
    #[arg(long, value_enum, value_name = "DIRECTION", requires = "link")]
    link_direction: Option<Direction>,
    /// Name or address under which the instance is to reach the SQL Server
    #[arg(long, value_name = "HOST", requires = "link")]
    link_address: Option<String>,
    /// The instance's subnet, like 10.1.0.0/24
    #[arg(long, value_name = "CIDR", requires = "link")]
    link_subnet: Option<String>,
    /// Connects from this host, which is the SQL Server's, in place of a job there
    #[arg(long, requires = "link")]
    link_directly: bool,
    /// Port for the SQL Server's endpoint, where it has none [default: 5022]
    #[arg(long, value_name = "PORT", requires = "link")]
    link_server_port: Option<u16>,
    /// Sends the T-SQL: makes jobs, a procedure, a certificate and an endpoint, and takes them away again
    #[arg(long, requires = "link_password_env")]
    link_really: bool,
    /// Makes a master key in master where there is none, and takes it away again
    #[arg(long, requires = "link_really")]
    link_master_key: bool,
}

/// Of the connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From the SQL Server to the instance
    ToInstance,
    /// From the instance to the SQL Server
    FromInstance,
    /// First the one, then the other
    Both,
}

impl LinkArguments {
    /// What they ask for.
    pub(super) fn asked(&self) -> Option<InstanceLink> {
        Some(InstanceLink {
            instance: self.link.clone()?,
            user: self.link_user.clone().unwrap_or_default(),
            directions: match self.link_direction {
                None | Some(Direction::Both) => LinkDirection::all(),
                Some(Direction::ToInstance) => vec![LinkDirection::ToInstance],
                Some(Direction::FromInstance) => vec![LinkDirection::FromInstance],
            },
            way: if self.link_directly {
                LinkWay::Directly
            } else {
                LinkWay::ServerJob
            },
            address: self.link_address.clone().unwrap_or_default(),
            subnet: self.link_subnet.clone(),
            server_port: self.link_server_port.unwrap_or(5022),
            instance_port: 5022,
            objects_allowed: self.link_really,
            master_key_allowed: self.link_master_key,
            dry_run: !self.link_really,
            poll_ms: 1_000,
            limit_ms: 90_000,
        })
    }

    /// The password at the instance, when it is to be signed in to.
    pub(in crate::commands) fn password(&self) -> anyhow::Result<Option<Zeroizing<String>>> {
        if !self.link_really {
            return Ok(None);
        }
        let name = self.link_password_env.as_deref();
        let name = name.context("--link-really needs --link-password-env VARIABLE")?;
        let password = of_environment("--link-password-env", name)?;
        ensure!(
            !password.is_empty(),
            "the password at the instance is empty"
        );
        Ok(Some(password))
    }
}

/// Statements as they are printed: whose, and how often, in a comment above each.
pub(in crate::commands) fn printed(statements: &[PlannedStatement]) -> String {
    let mut text = String::new();
    for one in statements {
        let server = one.server.as_deref().unwrap_or("the server");
        let times = match one.times {
            Some(1) => "once",
            Some(_) => "several times",
            None => "if it is needed",
        };
        let sql: Vec<String> = one.sql.lines().map(bundle::escape::plain).collect();
        let server = bundle::escape::plain(server);
        text += &format!("-- on {server}, {times}\n{}\nGO\n\n", sql.join("\n"));
    }
    text
}
