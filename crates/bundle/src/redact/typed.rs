//! Values whose field says what they are: masked as a whole, whatever they look like.

use super::Masker;
use super::forms;
use super::names::Kind;
use super::public_names::{
    is_public_constant, is_public_host, is_system_database, is_usual_instance,
};
use super::text::Voice;
use model::{FailureCode, Redaction};
use std::net::{IpAddr, Ipv4Addr};

/// Instances and procedures that setup brings.
const PROCEDURES: [&str; 4] = ["sp_", "xp_", "sys.sp_", "master.sys."];

impl Masker {
    pub(super) fn is_public(&self) -> bool {
        self.redaction == Redaction::Public
    }

    /// Of a peer or an agent.
    pub(super) fn peer(&mut self, text: &str) -> String {
        self.text(text, Voice::Peer)
    }

    /// Of the rules.
    pub(super) fn ours(&mut self, text: &str) -> String {
        self.text(text, Voice::Ours)
    }

    pub(super) fn code(&mut self, code: &FailureCode) -> FailureCode {
        match code {
            FailureCode::Other(text) => FailureCode::from(self.peer(text)),
            known => known.clone(),
        }
    }

    /// A host name or literal.
    pub(super) fn host(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        if text.trim().is_empty() || is_public_host(text) {
            return text.to_owned();
        }
        if let Some(rest) = text.strip_prefix("*.") {
            return format!("*.{}", self.host(rest));
        }
        if let Some(masked) = self.whole_address(text) {
            return masked;
        }
        let pseudonym = self.names.of(Kind::Host, text, true);
        self.names.alias_short(text, &pseudonym);
        pseudonym
    }

    /// A text that is an address and nothing else.
    fn whole_address(&mut self, text: &str) -> Option<String> {
        let found = forms::address(text).filter(|found| found.bytes == text.len())?;
        Some(self.ip(found.ip).unwrap_or_else(|| text.to_owned()))
    }

    /// The pseudonym of an address; none when it is the same on every host.
    pub(super) fn ip(&mut self, ip: IpAddr) -> Option<String> {
        if is_public_constant(ip) {
            return None;
        }
        Some(self.names.of_address(Kind::Address, ip, class(ip)))
    }

    /// `tcp:host,1433`, `host\instance`, `host:port`.
    pub(super) fn server(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        let start = if text
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case("tcp:"))
        {
            4
        } else {
            0
        };
        let (protocol, rest) = text.split_at_checked(start).unwrap_or(("", text));
        let (rest, port) = match rest.rsplit_once(',') {
            Some((host, port)) if is_port(port) => (host, format!(",{port}")),
            _ => (rest, String::new()),
        };
        let masked = match rest.split_once('\\') {
            Some((host, instance)) => {
                format!("{}\\{}", self.endpoint(host), self.instance(instance))
            }
            None => self.endpoint(rest),
        };
        format!("{protocol}{masked}{port}")
    }

    /// `ip:port`, brackets around IPv6; or either of both.
    pub(super) fn endpoint(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        if let Some(masked) = self.whole_address(text) {
            return masked;
        }
        match text.rsplit_once(':') {
            Some((host, port)) if is_port(port) => format!("{}:{port}", self.host(host)),
            _ => self.host(text),
        }
    }

    /// A resolver's `ip:port`, or a word for where a name was looked up.
    pub(super) fn resolver(&mut self, text: &str) -> String {
        if ["system", "hosts_file", "literal"].contains(&text) {
            return text.to_owned();
        }
        if self.is_public() {
            return self.endpoint(text);
        }
        let Some(found) = forms::address(text) else {
            return self.names.of(Kind::Resolver, text, false);
        };
        if !["private-address", "link-local-address"].contains(&class(found.ip)) {
            return self.peer(text);
        }
        self.names.of_address(Kind::Resolver, found.ip, "resolver");
        let port = text
            .get(found.bytes..)
            .and_then(|rest| rest.strip_prefix(':'));
        if let Some(port) = port.filter(|port| is_port(port)) {
            self.resolver_ports.insert((found.ip, port.to_owned()));
        }
        self.peer(text)
    }

    /// The name somebody signs in with: `user`, `user@server`, `DOMAIN\user`.
    pub(super) fn user(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        if text.is_empty() {
            return String::new();
        }
        if let Some((user, host)) = text.rsplit_once('@').filter(|(user, _)| !user.is_empty()) {
            return format!(
                "{}@{}",
                self.names.of(Kind::User, user, true),
                self.host(host)
            );
        }
        if let Some((domain, user)) = text.split_once('\\').filter(|(_, user)| !user.is_empty()) {
            return format!(
                "{}\\{}",
                self.host(domain),
                self.names.of(Kind::User, user, true)
            );
        }
        self.names.of(Kind::User, text, true)
    }

    pub(super) fn database(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        if text.is_empty() || is_system_database(text) {
            return text.to_owned();
        }
        self.names.of(Kind::Database, text, true)
    }

    pub(super) fn instance(&mut self, text: &str) -> String {
        if self.is_public() && is_usual_instance(text) {
            return text.to_owned();
        }
        self.name(text)
    }

    pub(super) fn procedure(&mut self, text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        if PROCEDURES.iter().any(|known| lower.starts_with(known)) {
            return self.peer(text);
        }
        self.name(text)
    }

    /// Where a run is made from, as its people call it.
    pub(super) fn agent_name(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        self.names.of(Kind::Agent, text, true)
    }

    /// A name of something that is none of the above.
    pub(super) fn name(&mut self, text: &str) -> String {
        if !self.is_public() {
            return self.peer(text);
        }
        if text.is_empty() {
            return String::new();
        }
        self.names.of(Kind::Name, text, true)
    }

    /// Bytes in hex may spell anything: the public sees how many they are.
    pub(super) fn bytes(&mut self, hex: &str) -> String {
        if !self.is_public() || hex.is_empty() {
            return self.peer(hex);
        }
        format!("[{} bytes]", hex.len().div_ceil(2))
    }

    pub(super) fn interface_name(&mut self, text: &str) -> String {
        let anywhere = self.is_public();
        self.names.of(Kind::Interface, text, anywhere)
    }

    /// An address of one of the host's own interfaces.
    pub(super) fn interface_address(&mut self, text: &str) -> String {
        if self.is_public() {
            return self.endpoint(text);
        }
        match forms::address(text) {
            Some(found) => class(found.ip).to_owned(),
            None => "address".to_owned(),
        }
    }

    /// `MSSQLSvc/host:port@REALM`, or a URL: the service, then names.
    pub(super) fn service_name(&mut self, text: &str) -> String {
        const SERVICES: [&str; 4] = ["mssqlsvc", "http:", "https:", "host"];
        const PATH: [&str; 7] = [
            "common",
            "organizations",
            "oauth2",
            "token",
            "authorize",
            "v2.0",
            ".default",
        ];
        if !self.is_public() {
            return self.peer(text);
        }
        let mut parts = Vec::new();
        for (place, part) in text.split('/').enumerate() {
            let lower = part.to_ascii_lowercase();
            let kept = part.is_empty()
                || is_port(part)
                || (place == 0 && SERVICES.contains(&lower.as_str()))
                || PATH.contains(&lower.as_str());
            parts.push(if kept {
                part.to_owned()
            } else if forms::guid(part) == Some(part.len()) {
                self.name(part)
            } else {
                match part.split_once('@') {
                    Some((host, realm)) => format!("{}@{}", self.endpoint(host), self.host(realm)),
                    None => self.endpoint(part),
                }
            });
        }
        parts.join("/")
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What others may know of an address.
fn class(ip: IpAddr) -> &'static str {
    match ip {
        IpAddr::V4(ip) if ip.is_private() || is_shared(ip) => "private-address",
        IpAddr::V6(ip) if ip.is_unique_local() => "private-address",
        IpAddr::V4(ip) if ip.is_link_local() => "link-local-address",
        IpAddr::V6(ip) if ip.is_unicast_link_local() => "link-local-address",
        ip if ip.is_loopback() => "loopback-address",
        ip if ip.is_multicast() => "multicast-address",
        _ => "address",
    }
}

/// Carrier-grade NAT.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    a == 100 && (64..128).contains(&b)
}
