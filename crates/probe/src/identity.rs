//! Where access tokens are asked for: the agent's own configuration, never a server's word.

use crate::context::Secret;
use std::str::FromStr;
use url::{Host, ParseError, Url};

/// The metadata service of every virtual machine of Azure.
const METADATA: &str = "http://169.254.169.254";

/// An address that passwords and tokens may go to: `https`, or plain `http` on loopback and on the host's own link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityAddress(Url);

impl IdentityAddress {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// An address that no password may go to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not https://HOST[:PORT][/PATH], or http:// on loopback or a link-local address")]
pub struct BadIdentityAddress(String);

impl FromStr for IdentityAddress {
    type Err = BadIdentityAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadIdentityAddress(text.to_owned());
        let url: Url = text.parse().map_err(|_| bad())?;
        let near = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_link_local(),
            Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unicast_link_local(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(bad()),
        };
        let plain = url.username().is_empty() && url.password().is_none();
        let fits = url.scheme() == "https" || (url.scheme() == "http" && near);
        if plain && fits {
            Ok(Self(url))
        } else {
            Err(bad())
        }
    }
}

/// Where a managed identity's token is asked for.
#[derive(Clone, Debug, Default)]
pub enum Metadata {
    /// The usual metadata service of a virtual machine.
    #[default]
    Usual,
    /// One like it, elsewhere.
    At(IdentityAddress),
    /// App Service and its kin, which say where by variables of their own.
    AppService {
        /// `IDENTITY_ENDPOINT`.
        endpoint: IdentityAddress,
        /// `IDENTITY_HEADER`.
        header: Secret,
    },
}

impl Metadata {
    pub(crate) fn address(&self) -> Result<Url, ParseError> {
        match self {
            Self::Usual => METADATA.parse(),
            Self::At(IdentityAddress(url))
            | Self::AppService {
                endpoint: IdentityAddress(url),
                ..
            } => Ok(url.clone()),
        }
    }
}

/// Where access tokens are asked for: agent configuration, given by tests as they like. The default are the clouds'
/// own token services and a virtual machine's metadata service.
#[derive(Clone, Debug, Default)]
pub struct IdentityEndpoints {
    /// In place of the token service of the target's cloud.
    pub authority: Option<IdentityAddress>,
    /// Where a managed identity's token is asked for.
    pub metadata: Metadata,
}

impl IdentityEndpoints {
    /// As this host's variables say.
    #[must_use]
    pub fn of_this_host() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        let endpoint = variable("IDENTITY_ENDPOINT").and_then(|text| text.parse().ok());
        let metadata = match (endpoint, variable("IDENTITY_HEADER")) {
            (Some(endpoint), Some(header)) => Metadata::AppService {
                endpoint,
                header: Secret::new(header),
            },
            _ => Metadata::Usual,
        };
        Self {
            authority: None,
            metadata,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IdentityAddress;

    #[test]
    fn passwords_go_to_https_or_to_this_host_only() {
        for good in [
            "https://login.microsoftonline.us",
            "https://sts.example:8443/base",
            "http://127.0.0.1:5000",
            "http://[::1]:5000/",
            "http://169.254.169.254",
            "http://localhost:42/token",
        ] {
            assert!(good.parse::<IdentityAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "login.microsoftonline.com",
            "http://login.microsoftonline.com",
            "http://10.0.0.1",
            "https://user:pw@host",
            "ftp://localhost",
            "file:///etc/passwd",
        ] {
            assert!(bad.parse::<IdentityAddress>().is_err(), "{bad}");
        }
    }
}
