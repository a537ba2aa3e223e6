//! Clouds and gateways of Azure SQL. Absence from the lists proves nothing: they age.

use super::table::Gateways;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};

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
    /// Hosts that Microsoft Entra sign-in needs.
    pub sign_in: Vec<String>,
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

/// Every cloud.
#[must_use]
pub fn clouds() -> &'static [Cloud] {
    Gateways::built_in().clouds()
}

/// Every region.
#[must_use]
pub fn regions() -> &'static [Region] {
    Gateways::built_in().regions()
}

/// Whether a host name stands under a suffix of a known cloud, so that a resolver outside may be asked.
#[must_use]
pub fn is_cloud_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let kind = crate::kind::of_name(&host);
    kind.is_azure() && !crate::kind::is_bare_suffix(&host)
}

/// Whether clients reach this name by a region's gateways.
#[must_use]
pub fn has_gateways(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    is_cloud_name(&host) && crate::kind::of_name(&host).has_gateways()
}

/// The cloud that a host name belongs to; the public one when none can be told.
#[must_use]
pub fn cloud_of(host: &str) -> Option<&'static Cloud> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let under = |suffix: &str| {
        !suffix.is_empty()
            && host
                .strip_suffix(suffix)
                .is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    clouds()
        .iter()
        .find(|cloud| under(&cloud.sql) || under(&cloud.synapse))
        .or_else(|| clouds().iter().find(|cloud| cloud.id == "public"))
}

/// The gateway at an address, by the table that came with the program. `None` means unknown, not invalid.
#[must_use]
pub fn region_of(address: IpAddr) -> Option<GatewayHit> {
    let (region, known) = Gateways::built_in().region_of(address)?;
    Some(GatewayHit { region, known })
}

#[cfg(test)]
mod tests {
    use super::{Known, cloud_of, clouds, has_gateways, is_cloud_name, region_of, regions};

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
    fn only_cloud_names_go_outside() {
        assert!(is_cloud_name("Contoso.Database.Windows.Net."));
        assert!(!is_cloud_name("database.windows.net"));
        assert!(!is_cloud_name("sql01.corp.example"));
        assert!(!is_cloud_name("localhost"));
    }

    #[test]
    fn who_has_gateways_and_in_which_cloud() {
        for (host, has, cloud) in [
            ("contoso.database.windows.net", true, "public"),
            ("ws-ondemand.sql.azuresynapse.net", true, "public"),
            ("contoso.database.chinacloudapi.cn", true, "china"),
            ("contoso.database.usgovcloudapi.net.", true, "usgov"),
            ("mi.abc123.database.windows.net", false, "public"),
            ("x.database.fabric.microsoft.com", false, "public"),
            ("database.windows.net", false, "public"),
            ("sql01.corp.example", false, "public"),
        ] {
            assert_eq!(has_gateways(host), has, "{host}");
            assert_eq!(cloud_of(host).map(|c| c.id.as_str()), Some(cloud), "{host}");
        }
        for cloud in clouds() {
            assert!(!cloud.sign_in.is_empty(), "{}", cloud.id);
        }
    }
}
