//! Names in a text: the server, as a run takes it, the database, ids for support. Never a user, never a secret.

use super::numbers::NumberKind;
use super::rows::Kind;
use super::{Named, Number};
use target::facts;

/// Suffixes under which a name is a server of Azure.
const SUFFIXES: [&str; 6] = [
    ".database.windows.net",
    ".database.chinacloudapi.cn",
    ".database.usgovcloudapi.net",
    ".sql.azuresynapse.net",
    ".database.fabric.microsoft.com",
    ".datawarehouse.fabric.microsoft.com",
];
/// Errors that only Azure SQL's gateway words.
const AZURE_NUMBERS: [&str; 9] = [
    "40613", "40197", "40501", "40615", "40914", "47073", "40532", "42109", "40540",
];
/// Longest name that is looked at.
const LONGEST: usize = 260;
/// More servers are not compared.
const MOST: usize = 40;

/// What rows gave.
#[derive(Default)]
pub(super) struct Names {
    servers: Vec<(String, Option<u16>)>,
    cloud: Vec<String>,
    databases: Vec<String>,
    routed: Option<String>,
    address: Option<String>,
    ids: Vec<String>,
    /// Of the row that is being read.
    server: Option<String>,
    port: Option<u16>,
    host: Option<String>,
}

impl Names {
    /// One value of a row.
    pub(super) fn take(&mut self, kind: Kind, value: &str) {
        let value = value.trim_matches(['.', '-', '_']);
        match kind {
            Kind::Server => self.server = Some(value.to_owned()),
            Kind::Port => self.port = value.parse().ok(),
            Kind::Routed => self.host = Some(value.to_owned()),
            Kind::RoutedPort => {
                let host = self.host.take().unwrap_or_default();
                self.routed.get_or_insert_with(|| format!("{host}:{value}"));
            }
            Kind::Database if self.databases.len() < MOST && !value.is_empty() => {
                self.databases.push(value.to_owned());
            }
            Kind::Address => {
                self.address.get_or_insert_with(|| value.to_owned());
            }
            Kind::ConnectionId | Kind::TracingId => {
                let id = value.trim_matches(['{', '}']);
                let known = self.ids.iter().any(|known| known == id);
                let is_id = id.len() >= 8 && id.bytes().any(|byte| byte.is_ascii_digit());
                if !known && self.ids.len() < 6 && is_id && !id.starts_with("00000000-0000") {
                    self.ids.push(id.to_owned());
                }
            }
            _ => {}
        }
    }

    /// The row is over.
    pub(super) fn end_of_row(&mut self) {
        let port = self.port.take();
        if let Some(server) = self.server.take()
            && self.servers.len() < MOST
        {
            self.servers.push((server, port));
        }
    }

    /// Names under a cloud's suffix, wherever they stand.
    pub(super) fn find_cloud_names(&mut self, lower: &str) {
        for suffix in SUFFIXES {
            for (at, _) in lower.match_indices(suffix).take(MOST) {
                let head = lower.get(at.saturating_sub(LONGEST)..at);
                let Some(head) = head else { continue };
                let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
                let start = head.rfind(|c| !letters(c)).map_or(0, |before| before + 1);
                let name = head.get(start..).unwrap_or_default().trim_matches('.');
                // Nodes behind the gateway are no names to connect to.
                if !name.is_empty() && !name.contains(".worker") && !name.contains("privatelink") {
                    self.cloud.push(format!("{name}{suffix}"));
                }
            }
        }
    }

    /// Whether the server is on Azure; `None` when nothing tells.
    pub(super) fn azure(&self, numbers: &[Number]) -> Option<bool> {
        let by_number = numbers.iter().any(|number| {
            number.kind == NumberKind::Server && AZURE_NUMBERS.contains(&number.value.as_str())
        });
        if by_number || !self.cloud.is_empty() {
            return Some(true);
        }
        let named = self.servers.iter().map(|(server, _)| server);
        let telling = named.filter(|server| server.parse::<std::net::IpAddr>().is_err());
        telling.clone().next()?;
        Some(telling.clone().any(|server| facts::is_cloud_name(server)))
    }

    /// What is told of them.
    pub(super) fn named(&self, azure: Option<bool>) -> Named {
        let (server, completed) = self.best(azure);
        Named {
            server,
            completed,
            database: self.databases.first().cloned(),
            routed: self.routed.clone(),
            client_address: self.address.clone(),
            ids: self.ids.clone(),
        }
    }

    /// The server to name in a run: a full name of a cloud, then any name, then an address.
    fn best(&self, azure: Option<bool>) -> (Option<String>, bool) {
        let port_of = |name: &str| {
            let same = self
                .servers
                .iter()
                .filter(|(server, _)| server.eq_ignore_ascii_case(name));
            same.filter_map(|(_, port)| *port).next()
        };
        if let Some(name) = self.cloud.first() {
            return (canonical(name, port_of(name)), false);
        }
        let is_address = |server: &str| server.parse::<std::net::IpAddr>().is_ok();
        let mut servers: Vec<&(String, Option<u16>)> = self.servers.iter().collect();
        servers.sort_by_key(|(server, port)| {
            (is_address(server), !server.contains('.'), port.is_none())
        });
        for (server, port) in servers {
            let bare = !server.contains(['.', '\\']);
            if azure == Some(true) && bare {
                let full = format!("{server}.database.windows.net");
                if let Some(canonical) = canonical(&full, *port) {
                    return (Some(canonical), true);
                }
            }
            if let Some(canonical) = canonical(server, *port) {
                return (Some(canonical), false);
            }
        }
        (None, false)
    }
}

/// As a run takes it.
fn canonical(server: &str, port: Option<u16>) -> Option<String> {
    let text = port.map_or_else(|| server.to_owned(), |port| format!("{server},{port}"));
    target::parse(&text).ok().map(|parsed| parsed.server)
}
