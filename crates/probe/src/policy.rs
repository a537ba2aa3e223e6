//! What an agent may connect to. Pure: decides on a resolved address and port, never on a name, and is asked
//! again at every redirect. What is refused gets no packet.
//!
//! ```text
//! exempt exactly?            yes → allowed
//! metadata, multicast,
//! broadcast, unspecified?    yes → refused, whatever is allowed besides
//! inside an allow rule?      yes → allowed
//! loopback, link-local?      yes → refused
//! port of the design?        yes → allowed
//! private redirect, ≥ 1433?  yes → allowed
//! port of the purpose?       yes → allowed    (SQL Browser, its word, sign-in, revocation)
//!                            no  → refused
//! ```

use crate::ip_class::{Class, class, normalise, normalise_endpoint};
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// TCP ports that SQL Server and Azure SQL are reached at.
const PORTS: [RangeInclusive<u16>; 4] = [1433..=1433, 3342..=3342, 5022..=5022, 11000..=11999];
/// Ports that a private endpoint may redirect to, at private addresses.
const PRIVATE_REDIRECT: RangeInclusive<u16> = 1433..=65535;

/// Why something is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person named it.
    Target,
    /// A server at this endpoint routed us there.
    Redirect {
        /// The endpoint whose login reply routed us.
        from: SocketAddr,
    },
    /// SQL Browser is asked there, by UDP.
    Browser,
    /// SQL Browser on this very host told the port.
    Instance,
    /// Microsoft Entra sign-in needs it.
    SignIn,
    /// A certificate names it for its revocation.
    Revocation,
}

/// UDP port of SQL Browser.
const BROWSER_PORT: u16 = 1434;
/// Ports that SQL Browser may tell.
const INSTANCE_PORTS: RangeInclusive<u16> = 1024..=65535;

/// Why an endpoint is refused, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The address is never to be reached.
    #[error("the agent's policy refuses {0}: {1} addresses are not reached")]
    Address(IpAddr, &'static str),
    /// The port is none that SQL Server is reached at.
    #[error("the agent's policy refuses port {0}: it is not one that SQL Server is reached at")]
    Port(u16),
}

/// The rules, and what the agent's own configuration adds to them.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    allowed: Vec<Allow>,
    exempt: HashSet<SocketAddr>,
}

impl Policy {
    /// Adds a rule that allows more.
    #[must_use]
    pub fn allow(mut self, rule: Allow) -> Self {
        self.allowed.push(rule);
        self
    }

    /// Allows exactly this endpoint, whatever the rules say.
    #[must_use]
    pub fn exempt(mut self, endpoint: SocketAddr) -> Self {
        self.exempt.insert(normalise_endpoint(endpoint));
        self
    }

    /// Whether an endpoint may be reached.
    ///
    /// # Errors
    /// The reason, when it may not.
    pub fn decide(&self, endpoint: SocketAddr, purpose: Purpose) -> Result<(), Refusal> {
        let endpoint = normalise_endpoint(endpoint);
        let class = class(endpoint.ip());
        if self.exempt.contains(&endpoint) {
            return Ok(());
        }
        let never = match class {
            Class::Metadata => Some("metadata"),
            Class::Multicast => Some("multicast"),
            Class::Broadcast => Some("broadcast and reserved"),
            Class::Unspecified => Some("unspecified"),
            _ => None,
        };
        if let Some(what) = never {
            return Err(Refusal::Address(endpoint.ip(), what));
        }
        if self.allowed.iter().any(|rule| rule.covers(endpoint)) {
            return Ok(());
        }
        match class {
            Class::Loopback => return Err(Refusal::Address(endpoint.ip(), "loopback")),
            Class::LinkLocal => return Err(Refusal::Address(endpoint.ip(), "link-local")),
            _ => {}
        }
        let port = endpoint.port();
        match purpose {
            Purpose::Revocation if class != Class::Public => {
                return Err(Refusal::Address(endpoint.ip(), "private"));
            }
            Purpose::Revocation if port == 80 => return Ok(()),
            Purpose::SignIn if port == 443 => return Ok(()),
            Purpose::Browser if port == BROWSER_PORT => return Ok(()),
            Purpose::SignIn | Purpose::Browser | Purpose::Revocation => {
                return Err(Refusal::Port(port));
            }
            Purpose::Instance if INSTANCE_PORTS.contains(&port) => return Ok(()),
            _ => {}
        }
        if PORTS.iter().any(|range| range.contains(&port)) {
            return Ok(());
        }
        match purpose {
            Purpose::Redirect { from }
                if class == Class::Private
                    && crate::ip_class::class(from.ip()) == Class::Private
                    && PRIVATE_REDIRECT.contains(&endpoint.port()) =>
            {
                Ok(())
            }
            _ => Err(Refusal::Port(port)),
        }
    }
}

/// A rule of the agent's own configuration: `ADDRESS[/PREFIX][:PORT[-PORT]]`, IPv6 in brackets when a port
/// follows. Without ports it allows the design's ports; with them, exactly these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    network: IpAddr,
    prefix: u8,
    ports: Option<RangeInclusive<u16>>,
}

impl Allow {
    fn covers(&self, endpoint: SocketAddr) -> bool {
        let ports = match &self.ports {
            Some(range) => range.contains(&endpoint.port()),
            None => PORTS.iter().any(|range| range.contains(&endpoint.port())),
        };
        ports && same_prefix(self.network, endpoint.ip(), self.prefix)
    }
}

fn same_prefix(network: IpAddr, address: IpAddr, prefix: u8) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    let dropped = u32::from(width - prefix.min(width));
    (network ^ address).checked_shr(dropped).unwrap_or(0) == 0
}

/// An allow rule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not ADDRESS[/PREFIX][:PORT[-PORT]]")]
pub struct BadRule(String);

impl FromStr for Allow {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadRule(text.to_owned());
        let (place, ports) = split_ports(text);
        let (address, prefix) = match place.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (place, None),
        };
        let network = normalise(address.parse().map_err(|_| bad())?);
        let width = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(text) => text.parse().ok().filter(|bits| *bits <= width),
            None => Some(width),
        };
        let ports = match ports {
            Some(text) => Some(parse_ports(text).ok_or_else(bad)?),
            None => None,
        };
        Ok(Self {
            network,
            prefix: prefix.ok_or_else(bad)?,
            ports,
        })
    }
}

/// Separates the ports, if any, from the address; takes brackets off.
fn split_ports(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((place, "")) => (place, None),
            Some((place, after)) => (place, Some(after.strip_prefix(':').unwrap_or(after))),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((place, ports)) if !ports.contains(':') => (place, Some(ports)),
        _ => (text, None),
    }
}

fn parse_ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests;
