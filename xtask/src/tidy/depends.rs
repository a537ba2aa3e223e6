//! Who may use whom. The table is the design's; what is used is read from `cargo metadata`.

use crate::tools;
use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Each crate, and the crates of ours that it may use.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("target", &[]),
    ("tds", &[]),
    ("seal", &[]),
    ("rules", &["model", "target"]),
    ("bundle", &["model", "rules"]),
    ("client", &["model"]),
    ("probe", &["model", "tds", "target"]),
    ("lab", &["tds"]),
    (
        "agent",
        &[
            "model", "target", "seal", "rules", "bundle", "client", "probe",
        ],
    ),
    (
        "server",
        &[
            "model", "target", "rules", "bundle", "client", "agent", "lab",
        ],
    ),
    ("frontend", &["model", "target", "seal", "rules", "bundle"]),
    ("fuzz", &["tds", "target", "bundle", "model", "probe"]),
];

/// May use any, in every way.
const ANY: [&str; 2] = ["tests", "xtask"];

/// That one crate of ours uses another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    who: String,
    whom: String,
    /// As a normal dependency; otherwise for tests or build scripts.
    normal: bool,
    /// The features it asks for.
    features: Vec<String>,
    /// Whether it takes the default ones too.
    defaults: bool,
}

/// What is used in the workspace, and by the fuzz targets outside it.
pub(super) fn uses() -> Result<Vec<Use>> {
    let workspace = MetadataCommand::new()
        .manifest_path(tools::root().join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut packages = workspace.packages;
    let ours: Vec<String> = packages.iter().map(|one| one.name.to_string()).collect();
    let fuzz = tools::root().join("fuzz/Cargo.toml");
    if fuzz.is_file() {
        let metadata = MetadataCommand::new()
            .manifest_path(fuzz)
            .no_deps()
            .exec()?;
        packages.extend(metadata.packages.into_iter().map(|mut package| {
            package.name = cargo_metadata::PackageName::new("fuzz".to_owned());
            package
        }));
    }
    Ok(packages
        .iter()
        .flat_map(|one| uses_of(one, &ours))
        .collect())
}

fn uses_of(package: &Package, ours: &[String]) -> Vec<Use> {
    package
        .dependencies
        .iter()
        .filter(|one| one.path.is_some() && ours.contains(&one.name))
        .map(|one| Use {
            who: package.name.to_string(),
            whom: one.name.clone(),
            normal: one.kind == DependencyKind::Normal,
            features: one.features.clone(),
            defaults: one.uses_default_features,
        })
        .collect()
}

/// What the table forbids.
pub(super) fn breaches(uses: &[Use]) -> Vec<String> {
    uses.iter().filter_map(breach).collect()
}

fn breach(one: &Use) -> Option<String> {
    let Use { who, whom, .. } = one;
    if ANY.contains(&who.as_str()) {
        return None;
    }
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| name == who) else {
        return Some(format!("{who} is not in the table of who may use whom"));
    };
    if !one.normal {
        return Some(format!(
            "{who} uses {whom} for its tests or its build; only `tests` may"
        ));
    }
    if !allowed.contains(&whom.as_str()) {
        return Some(format!("{who} may not use {whom}"));
    }
    let writes = one.defaults || one.features.iter().any(|name| name != "read");
    if who == "frontend" && whom == "bundle" && writes {
        return Some("frontend may use bundle with the feature `read` only".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{TABLE, Use, breaches};

    fn one(who: &str, whom: &str) -> Use {
        Use {
            who: who.to_owned(),
            whom: whom.to_owned(),
            normal: true,
            features: Vec::new(),
            defaults: false,
        }
    }

    #[test]
    fn the_table_has_no_circle() {
        let mut known: Vec<&str> = Vec::new();
        for _ in TABLE {
            for (name, allowed) in TABLE {
                if !known.contains(name) && allowed.iter().all(|one| known.contains(one)) {
                    known.push(name);
                }
            }
        }
        assert_eq!(known.len(), TABLE.len());
    }

    #[test]
    fn what_the_table_allows_is_tidy_and_the_rest_is_named() {
        assert!(breaches(&[one("rules", "model"), one("tests", "lab")]).is_empty());
        assert_eq!(
            breaches(&[one("probe", "rules"), one("novel", "model")]),
            [
                "probe may not use rules",
                "novel is not in the table of who may use whom"
            ]
        );
    }

    #[test]
    fn only_tests_may_use_ours_for_testing() {
        let mut of_server = one("server", "model");
        of_server.normal = false;
        assert_eq!(breaches(&[of_server]).len(), 1);
        let mut of_tests = one("tests", "model");
        of_tests.normal = false;
        assert!(breaches(&[of_tests]).is_empty());
    }

    #[test]
    fn the_page_takes_only_the_reading_half_of_bundle() {
        let mut reads = one("frontend", "bundle");
        reads.features = vec!["read".to_owned()];
        assert!(breaches(&[reads]).is_empty());
        let mut all = one("frontend", "bundle");
        all.defaults = true;
        assert_eq!(breaches(&[all]).len(), 1);
    }
}
