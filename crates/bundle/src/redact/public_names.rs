//! Names that are the same everywhere and name nobody: they stay, whatever is masked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Hosts of the public clouds themselves, and what they end all names with.
const HOSTS: &[&str] = &[
    "allfiles.zip",
    "aka.ms",
    "database.chinacloudapi.cn",
    "database.cloudapi.de",
    "database.fabric.microsoft.com",
    "database.usgovcloudapi.net",
    "database.windows.net",
    "datawarehouse.fabric.microsoft.com",
    "docs.microsoft.com",
    "go.microsoft.com",
    "learn.microsoft.com",
    "login.chinacloudapi.cn",
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.windows.net",
    "microsoft.sql",
    "privatelink.database.windows.net",
    "privatelink.sql.azuresynapse.net",
    "sql.azuresynapse.net",
    "sts.windows.net",
    "support.microsoft.com",
];

/// Words that a public certificate authority's names are made of.
const AUTHORITY_WORDS: &[&str] = &[
    "azure",
    "baltimore",
    "ca",
    "corporation",
    "cybertrust",
    "digicert",
    "ecc",
    "ev",
    "fallback",
    "global",
    "globalsign",
    "inc",
    "issuing",
    "microsoft",
    "nv",
    "ov",
    "root",
    "rsa",
    "secure",
    "self",
    "server",
    "sha2",
    "sha256",
    "signed",
    "ssl",
    "tls",
    "trust",
    "www.digicert.com",
    "nv-sa",
    "g1",
    "g2",
    "g3",
    "xts",
    "aoc",
    "ocsp",
];

/// Whether a host is one of the cloud's own.
pub(super) fn is_public_host(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || HOSTS.contains(&name.as_str())
}

/// Whether it is a service tag, as our own sentences name them: `Sql.WestEurope`.
pub(super) fn is_service_tag(name: &str) -> bool {
    name.strip_prefix("Sql.").is_some_and(|region| {
        region.starts_with(|first: char| first.is_ascii_uppercase())
            && region.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

/// Whether an address is the same on every host.
pub(super) fn is_public_constant(ip: IpAddr) -> bool {
    const HOST_AGENT: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    const METADATA: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
    const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    ip.is_loopback()
        || ip.is_unspecified()
        || ip == IpAddr::V4(HOST_AGENT)
        || ip == IpAddr::V4(METADATA)
        || ip == IpAddr::V6(METADATA_V6)
}

/// Whether every server has a database of this name.
pub(super) fn is_system_database(name: &str) -> bool {
    ["master", "tempdb", "model", "msdb"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether every database has a schema of this name.
pub(super) fn is_usual_schema(name: &str) -> bool {
    name.eq_ignore_ascii_case("dbo")
}

/// Whether an instance has the name that setup gives it.
pub(super) fn is_usual_instance(name: &str) -> bool {
    ["mssqlserver", "sqlexpress"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a name, or the domain before it, is Windows' own.
pub(super) fn is_kept_principal(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["nt authority", "nt service", "authority", "builtin"]
        .iter()
        .any(|known| name == *known)
        || name.starts_with("nt authority\\")
}

/// Whether a name in a certificate is a public authority's, or the one SQL Server gives its own.
pub(super) fn is_authority(name: &str) -> bool {
    name.split([' ', '_', ','])
        .filter(|word| !word.is_empty())
        .all(|word| {
            let word = word.to_ascii_lowercase();
            (word.len() < 3 && word.parse::<u8>().is_ok())
                || AUTHORITY_WORDS.contains(&word.as_str())
        })
}
