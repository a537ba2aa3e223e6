//! Clouds and gateways of Azure SQL. Absence from the lists proves nothing: they age.

use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

/// A cloud and its suffixes.
#[derive(Clone, Debug, Deserialize)]
pub struct Cloud {
    /// `public`, `china`, `usgov`, `germany_legacy`.
    pub id: String,
    /// In words.
    pub name: String,
    /// `database.windows.net`.
    pub sql: String,
    /// `sql.azuresynapse.net`; empty when there is none.
    pub synapse: String,
}

/// A region and its gateways.
#[derive(Clone, Debug, Deserialize)]
pub struct Region {
    /// `West Europe`.
    pub name: String,
    /// The cloud's id.
    pub cloud: String,
    /// Published ranges, `a.b.c.d/n`.
    pub ranges: Vec<String>,
    /// Known addresses.
    pub exact: Vec<Ipv4Addr>,
    /// Addresses that were gateways once.
    pub retired: Vec<Ipv4Addr>,
}

/// How an address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Inside a published range.
    Range,
    /// On the list of gateways.
    Exact,
    /// On a list of former gateways: stale, if the name resolves elsewhere by another resolver.
    Retired,
}

/// A gateway, recognised.
#[derive(Clone, Copy, Debug)]
pub struct GatewayHit {
    /// Its region.
    pub region: &'static Region,
    /// How it is known.
    pub known: Known,
}

#[derive(Default, Deserialize)]
struct File {
    clouds: Vec<Cloud>,
    regions: Vec<Region>,
}

fn file() -> &'static File {
    static FILE: OnceLock<File> = OnceLock::new();
    FILE.get_or_init(|| {
        serde_json::from_str(include_str!("../../data/gateways.json")).unwrap_or_default()
    })
}

/// Every cloud.
#[must_use]
pub fn clouds() -> &'static [Cloud] {
    &file().clouds
}

/// Every region.
#[must_use]
pub fn regions() -> &'static [Region] {
    &file().regions
}

/// Whether a host name stands under a suffix of a known cloud, so that a resolver outside may be asked.
#[must_use]
pub fn is_cloud_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let kind = crate::kind::of_name(&host);
    kind.is_azure() && !crate::kind::is_bare_suffix(&host)
}

/// The gateway at an address: by range, then on the lists. `None` means unknown, not invalid.
#[must_use]
pub fn region_of(address: IpAddr) -> Option<GatewayHit> {
    let IpAddr::V4(address) = address.to_canonical() else {
        return None;
    };
    let find = |known, matches: &dyn Fn(&Region) -> bool| {
        regions()
            .iter()
            .find(|region| matches(region))
            .map(|region| GatewayHit { region, known })
    };
    find(Known::Range, &|region| {
        region.ranges.iter().any(|range| is_inside(range, address))
    })
    .or_else(|| find(Known::Exact, &|region| region.exact.contains(&address)))
    .or_else(|| find(Known::Retired, &|region| region.retired.contains(&address)))
}

fn is_inside(range: &str, address: Ipv4Addr) -> bool {
    let Some((base, bits)) = range.split_once('/') else {
        return false;
    };
    let (Ok(base), Ok(bits)) = (base.parse::<Ipv4Addr>(), bits.parse::<u32>()) else {
        return false;
    };
    let mask = u32::MAX
        .checked_shl(32_u32.saturating_sub(bits))
        .unwrap_or(0);
    u32::from(base) & mask == u32::from(address) & mask
}

#[cfg(test)]
mod tests {
    use super::{Known, clouds, is_cloud_name, is_inside, region_of, regions};

    fn region(text: &str) -> Option<(&'static str, Known)> {
        let hit = region_of(text.parse().expect("an address"))?;
        Some((hit.region.name.as_str(), hit.known))
    }

    #[test]
    fn the_data_is_whole() {
        assert_eq!((clouds().len(), regions().len()), (4, 82));
        for region in regions() {
            for range in &region.ranges {
                let (base, bits) = range.split_once('/').expect("a prefix length");
                base.parse::<std::net::Ipv4Addr>().expect("an address");
                assert!((8..=32).contains(&bits.parse::<u32>().expect("a number")));
            }
            assert!(!region.ranges.is_empty() || !region.exact.is_empty());
        }
    }

    #[test]
    fn regions_by_address() {
        assert_eq!(
            region("20.36.105.33"),
            Some(("Australia Central", Known::Range))
        );
        assert_eq!(
            region("20.36.105.38"),
            Some(("Australia Central", Known::Range))
        );
        assert_eq!(
            region("::ffff:20.36.105.33"),
            Some(("Australia Central", Known::Range))
        );
        assert_eq!(
            region("20.36.104.6"),
            Some(("Australia Central", Known::Retired))
        );
        assert_eq!(
            region("104.41.11.5"),
            Some(("Brazil South", Known::Retired))
        );
        assert_eq!(region("127.0.0.1"), None);
        assert_eq!(region("::1"), None);
    }

    #[test]
    fn ranges_hold_their_edges() {
        let inside = |range, ip: &str| is_inside(range, ip.parse().expect("an address"));
        assert!(inside("20.36.105.32/29", "20.36.105.32"));
        assert!(inside("20.36.105.32/29", "20.36.105.39"));
        assert!(!inside("20.36.105.32/29", "20.36.105.40"));
        assert!(inside("1.2.3.4/32", "1.2.3.4"));
        assert!(inside("0.0.0.0/0", "9.9.9.9"));
        assert!(!inside("nonsense", "9.9.9.9"));
    }

    #[test]
    fn only_cloud_names_go_outside() {
        assert!(is_cloud_name("Contoso.Database.Windows.Net."));
        assert!(!is_cloud_name("database.windows.net"));
        assert!(!is_cloud_name("sql01.corp.example"));
        assert!(!is_cloud_name("localhost"));
    }
}
