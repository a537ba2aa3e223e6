//! The table of gateways: the one that came with the program, or one that an operator gives in its place.
//!
//! ```text
//! {"as_of":"2026-11-20","regions":[
//!   {"name":"West Europe","cloud":"public","ranges":["20.61.99.192/27"],"exact":["52.236.184.163"],"retired":[]}]}
//! ```
//!
//! Unknown keys are left alone, so that a newer file serves an older program. What is wrong is named with its place.

use super::gateways::{Cloud, Known, Region};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

/// Regions of a table at most.
const MOST_REGIONS: usize = 1_000;
/// Ranges or addresses of one list of a region at most.
const MOST_ENTRIES: usize = 1_000;

/// Clouds, regions and their gateways, at a date.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Gateways {
    as_of: String,
    #[serde(default)]
    clouds: Vec<Cloud>,
    regions: Vec<Region>,
}

/// Why a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// It is not JSON of this shape.
    #[error("the table of gateways cannot be read: {0}")]
    Unreadable(String),
    /// Its date is not YYYY-MM-DD.
    #[error("as_of must be a date, YYYY-MM-DD")]
    Date,
    /// It names no region, or more than there can be.
    #[error("the table of gateways must name between 1 and {MOST_REGIONS} regions, not {0}")]
    Regions(usize),
    /// Something is wrong with a region.
    #[error("regions[{index}] ({name}): {why}")]
    Region {
        /// Its place in the file, from 0.
        index: usize,
        /// Its name, as far as it goes.
        name: String,
        /// In words.
        why: String,
    },
}

impl Gateways {
    /// The table that came with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static TABLE: OnceLock<Gateways> = OnceLock::new();
        TABLE.get_or_init(|| {
            serde_json::from_str(include_str!("../../data/gateways.json")).unwrap_or_default()
        })
    }

    /// Reads a table from the text of a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, BadTable> {
        let table: Self =
            serde_json::from_str(text).map_err(|error| BadTable::Unreadable(error.to_string()))?;
        if !is_date(&table.as_of) {
            return Err(BadTable::Date);
        }
        if !(1..=MOST_REGIONS).contains(&table.regions.len()) {
            return Err(BadTable::Regions(table.regions.len()));
        }
        for (index, region) in table.regions.iter().enumerate() {
            if let Some(why) = reason_refused(region) {
                let name = region.name.chars().take(100).collect();
                return Err(BadTable::Region { index, name, why });
            }
        }
        Ok(table)
    }

    /// Its date, `YYYY-MM-DD`.
    #[must_use]
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// Every cloud; empty in a table that an operator gives without them.
    #[must_use]
    pub fn clouds(&self) -> &[Cloud] {
        &self.clouds
    }

    /// Every region.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region of an address: by range, then on the lists. `None` means unknown, not invalid.
    #[must_use]
    pub fn region_of(&self, address: IpAddr) -> Option<(&Region, Known)> {
        let IpAddr::V4(address) = address.to_canonical() else {
            return None;
        };
        let find = |known, matches: &dyn Fn(&Region) -> bool| {
            let region = self.regions.iter().find(|region| matches(region))?;
            Some((region, known))
        };
        find(Known::Range, &|region| {
            region.ranges.iter().any(|range| is_inside(range, address))
        })
        .or_else(|| find(Known::Exact, &|region| region.exact.contains(&address)))
        .or_else(|| find(Known::Retired, &|region| region.retired.contains(&address)))
    }

    /// The region that an alias names: a label such as `westeurope1-a` in `cr4.westeurope1-a.control.database.…`,
    /// under the suffix of a cloud.
    #[must_use]
    pub fn region_by_alias(&self, alias: &str) -> Option<&Region> {
        let alias = alias.trim_end_matches('.').to_ascii_lowercase();
        let cloud = super::clouds().iter().find(|cloud| {
            alias
                .strip_suffix(cloud.sql.as_str())
                .is_some_and(|head| head.ends_with('.'))
        })?;
        let head = alias.strip_suffix(cloud.sql.as_str())?;
        // One label alone is a server's name, whatever it is called.
        let head = head.strip_suffix('.').filter(|head| head.contains('.'))?;
        let named = |region: &&Region| {
            let key = key(&region.name);
            head.split('.').any(|label| {
                label.strip_prefix(key.as_str()).is_some_and(is_ring) && region.cloud == cloud.id
            })
        };
        // The longest wins: `eastus2` before `eastus`.
        self.regions
            .iter()
            .filter(named)
            .max_by_key(|region| region.name.len())
    }
}

/// A region's name as host names carry it.
fn key(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// What follows a region in a label: nothing, or a ring such as `1-a`.
fn is_ring(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match rest.strip_prefix('-') {
        None => rest.is_empty(),
        Some(letter) => letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase()),
    }
}

fn reason_refused(region: &Region) -> Option<String> {
    if region.name.trim().is_empty() || region.name.chars().any(char::is_control) {
        return Some("a region needs a name".to_owned());
    }
    if region.cloud.trim().is_empty() {
        return Some("a region needs a cloud".to_owned());
    }
    if region.ranges.is_empty() && region.exact.is_empty() {
        return Some("it has neither ranges nor exact addresses".to_owned());
    }
    let lists = [
        region.ranges.len(),
        region.exact.len(),
        region.retired.len(),
    ];
    if lists.iter().any(|length| *length > MOST_ENTRIES) {
        return Some(format!("a list holds more than {MOST_ENTRIES} entries"));
    }
    let bad = region.ranges.iter().find(|range| parts(range).is_none())?;
    let bad: String = bad.chars().take(50).collect();
    Some(format!(
        "`{bad}` is not ADDRESS/PREFIX with a prefix from 8 to 32"
    ))
}

fn is_date(text: &str) -> bool {
    let part = |text: &str, digits: usize, most: u32| {
        text.len() == digits
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n))
    };
    let mut parts = text.split('-');
    let [year, month, day] = [(); 3].map(|()| parts.next().unwrap_or_default());
    parts.next().is_none() && part(year, 4, 9_999) && part(month, 2, 12) && part(day, 2, 31)
}

fn parts(range: &str) -> Option<(Ipv4Addr, u32)> {
    let (base, bits) = range.split_once('/')?;
    let bits = bits.parse().ok().filter(|bits| (8..=32).contains(bits))?;
    Some((base.parse().ok()?, bits))
}

fn is_inside(range: &str, address: Ipv4Addr) -> bool {
    let Some((base, bits)) = parts(range) else {
        return false;
    };
    let mask = u32::MAX
        .checked_shl(32_u32.saturating_sub(bits))
        .unwrap_or(0);
    u32::from(base) & mask == u32::from(address) & mask
}

#[cfg(test)]
mod tests {
    use super::{BadTable, Gateways, is_inside};

    const GOOD: &str = r#"{"as_of":"2027-01-31","new":1,"regions":[
        {"name":"Here","cloud":"public","ranges":["10.0.0.0/8"],"exact":["10.0.0.1"],"retired":[]}]}"#;

    #[test]
    fn a_table_takes_the_place_of_the_built_in_one() {
        let table = Gateways::parse(GOOD).expect("a table");
        assert_eq!((table.as_of(), table.regions().len()), ("2027-01-31", 1));
        let hit = table.region_of("10.1.1.1".parse().expect("an address"));
        assert_eq!(hit.map(|(region, _)| region.name.as_str()), Some("Here"));
        assert!(
            table
                .region_of("20.36.105.33".parse().expect("one"))
                .is_none()
        );
        // The one that came with the program passes its own rules.
        Gateways::parse(include_str!("../../data/gateways.json")).expect("the built-in table");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (from, to, says) in [
            ("{\"as_of\"", "[\"as_of\"", "cannot be read"),
            ("2027-01-31", "2027-13-31", "as_of must be a date"),
            ("2027-01-31", "31.1.2027", "as_of must be a date"),
            ("\"Here\"", "\" \"", "regions[0] ( ): a region needs a name"),
            ("\"public\"", "\"\"", "a region needs a cloud"),
            (
                "10.0.0.0/8",
                "10.0.0.0/7",
                "`10.0.0.0/7` is not ADDRESS/PREFIX",
            ),
            ("10.0.0.0/8", "10.0.0/8", "`10.0.0/8` is not"),
            ("10.0.0.1", "10.0.0.256", "cannot be read"),
            ("\"exact\"", "\"other\"", "missing field `exact`"),
        ] {
            let text = GOOD.replace(from, to);
            let error = Gateways::parse(&text).expect_err(to).to_string();
            assert!(error.contains(says), "{to}: {error}");
        }
        let none = r#"{"as_of":"2027-01-31","regions":[]}"#;
        assert_eq!(Gateways::parse(none).err(), Some(BadTable::Regions(0)));
        let empty = GOOD
            .replace("\"10.0.0.0/8\"", "")
            .replace("\"10.0.0.1\"", "");
        let error = Gateways::parse(&empty).expect_err("empty").to_string();
        assert!(error.contains("neither ranges nor"), "{error}");
    }

    #[test]
    fn regions_by_alias() {
        let table = Gateways::built_in();
        for (alias, region) in [
            (
                "cr4.westeurope1-a.control.database.windows.net",
                Some("West Europe"),
            ),
            (
                "CR4.WestEurope1-a.control.database.windows.net.",
                Some("West Europe"),
            ),
            ("dataslice6.eastus2.database.windows.net", Some("East US 2")),
            (
                "cr1.eastus1-a.control.database.windows.net",
                Some("East US"),
            ),
            (
                "cr1.chinaeast21-a.control.database.chinacloudapi.cn",
                Some("China East 2"),
            ),
            ("cr1.chinaeast21-a.control.database.windows.net", None),
            ("westeurope.example.com", None),
            ("westeurope-db.database.windows.net", None),
            ("westeurope.database.windows.net", None),
            ("contoso.database.windows.net", None),
            (
                "cr4.westeurope1-a.control.database.windows.net.example",
                None,
            ),
        ] {
            let found = table.region_by_alias(alias).map(|r| r.name.as_str());
            assert_eq!(found, region, "{alias}");
        }
    }

    #[test]
    fn ranges_hold_their_edges() {
        let inside = |range, ip: &str| is_inside(range, ip.parse().expect("an address"));
        assert!(inside("20.36.105.32/29", "20.36.105.32"));
        assert!(inside("20.36.105.32/29", "20.36.105.39"));
        assert!(!inside("20.36.105.32/29", "20.36.105.40"));
        assert!(inside("1.2.3.4/32", "1.2.3.4"));
        assert!(!inside("0.0.0.0/0", "9.9.9.9"));
        assert!(!inside("nonsense", "9.9.9.9"));
    }
}
