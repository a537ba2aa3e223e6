//! What an operator gives an agent to ask and to know: a table of gateways, a resolver outside, where tokens are asked
//! for; and whether it may record packets.

use probe::{Context, IdentityAddress, Metadata};
use std::borrow::Cow;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use target::facts::{BadTable, Gateways};
use thiserror::Error;

/// Bytes of a table that are read at most.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Where resolvers listen.
const DNS_PORT: u16 = 53;

/// What was given; what was not stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// File with a table of gateways.
    pub gateways: Option<PathBuf>,
    /// The resolver outside.
    pub external_resolver: Option<External>,
    /// Where access tokens are asked for.
    pub sign_in: SignInAt,
    /// Records no packets, whatever a run asks for.
    pub no_trace: bool,
}

/// Where access tokens of Microsoft Entra are asked for, in place of what the cloud and this host say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInAt {
    /// The token service.
    pub authority: Option<IdentityAddress>,
    /// The metadata service of a managed identity.
    pub metadata: Option<IdentityAddress>,
}

impl SignInAt {
    /// Puts it into a context.
    pub fn give(&self, context: &mut Context) {
        if self.authority.is_some() {
            context.identity.authority.clone_from(&self.authority);
        }
        if let Some(address) = &self.metadata {
            context.identity.metadata = Metadata::At(address.clone());
        }
    }
}

/// The resolver outside, or none: `ADDRESS[:PORT]`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct External(pub Option<SocketAddr>);

/// Why a table of gateways cannot be used.
#[derive(Debug, Error)]
pub enum BadSource {
    /// The file cannot be read.
    #[error("cannot read {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no table.
    #[error("{path} cannot be used: {error}")]
    Table {
        /// Which.
        path: PathBuf,
        /// Why.
        error: BadTable,
    },
}

impl FromStr for External {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        let with_port = text.parse::<SocketAddr>().ok();
        let alone = || Some(SocketAddr::new(text.parse().ok()?, DNS_PORT));
        match with_port.or_else(alone) {
            Some(server) => Ok(Self(Some(server))),
            None => Err("this is neither ADDRESS[:PORT] nor off"),
        }
    }
}

impl Sources {
    /// Puts them into a context.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub fn give(&self, context: &mut Context) -> Result<(), BadSource> {
        if let Some(path) = &self.gateways {
            context.gateways = Arc::new(Cow::Owned(read(path)?));
        }
        if let Some(External(server)) = self.external_resolver {
            context.names.external = server;
        }
        self.sign_in.give(context);
        context.trace.allowed &= !self.no_trace;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Gateways, BadSource> {
    let file = |error| BadSource::File {
        path: path.to_owned(),
        error,
    };
    let mut text = String::new();
    let opened = std::fs::File::open(path).map_err(file)?;
    opened
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .map_err(file)?;
    Gateways::parse(&text).map_err(|error| BadSource::Table {
        path: path.to_owned(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::{External, SignInAt, Sources};

    #[test]
    fn a_resolver_outside_is_an_address_or_off() {
        let some = |text: &str| Some(External(Some(text.parse().expect("an endpoint"))));
        for (text, expected) in [
            ("off", Some(External(None))),
            ("9.9.9.9", some("9.9.9.9:53")),
            ("127.0.0.1:5353", some("127.0.0.1:5353")),
            ("2620:fe::fe", some("[2620:fe::fe]:53")),
            ("[2620:fe::fe]:54", some("[2620:fe::fe]:54")),
            ("dns.example", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn sign_in_and_recording_are_as_given() {
        let mut context = probe::Context::offline();
        Sources::default().give(&mut context).expect("nothing");
        assert!(context.trace.allowed && context.identity.authority.is_none());
        let address = |text: &str| Some(text.parse().expect("an address"));
        let sources = Sources {
            sign_in: SignInAt {
                authority: address("https://sts.example"),
                metadata: address("http://127.0.0.1:5000"),
            },
            no_trace: true,
            ..Sources::default()
        };
        sources.give(&mut context).expect("given");
        let identity = &context.identity;
        assert_eq!(identity.authority, sources.sign_in.authority);
        assert!(matches!(&identity.metadata, probe::Metadata::At(at)
            if Some(at) == sources.sign_in.metadata.as_ref()));
        assert!(!context.trace.allowed);
    }

    #[test]
    fn a_table_is_taken_or_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("gateways.json");
        let sources = Sources {
            gateways: Some(path.clone()),
            external_resolver: Some(External(None)),
            ..Sources::default()
        };
        let mut context = probe::Context::offline();
        let error = sources.give(&mut context).expect_err("no file");
        assert!(error.to_string().contains("gateways.json"));
        std::fs::write(&path, "{}").expect("written");
        let error = sources.give(&mut context).expect_err("no table");
        assert!(error.to_string().contains("missing field"));
        let table = r#"{"as_of":"2027-01-31","regions":[
            {"name":"Here","cloud":"public","ranges":[],"exact":["10.0.0.1"],"retired":[]}]}"#;
        std::fs::write(&path, table).expect("written");
        sources.give(&mut context).expect("a table");
        assert_eq!(context.gateways.as_of(), "2027-01-31");
    }
}
