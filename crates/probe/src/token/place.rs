//! Where a token is asked for, and what it is to be good for.
//!
//! A server tells both in FEDAUTHINFO, and a server may lie. Its word is taken as far as it cannot do harm: the
//! tenant, when it names a token service of the target's own cloud; the resource, when it is Azure SQL in one of the
//! clouds. A password never goes to a place that a server made up, and no server gets a token for something else.

use crate::identity::IdentityEndpoints;
use tds::token::FedAuthInfo;

/// Where tokens are asked for when no cloud can be told.
const USUAL_HOST: &str = "login.microsoftonline.com";
/// What they are good for then.
const USUAL_SQL: &str = "database.windows.net";
/// For whoever has an account at work, when nobody names a tenant.
const ANY_TENANT: &str = "organizations";

/// Where, whose, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `https://host`, without a slash at its end.
    pub(super) authority: String,
    /// Tenant id or domain.
    pub(super) tenant: String,
    /// `https://database.windows.net/`, as the cloud has it.
    pub(super) resource: String,
}

impl Place {
    /// For a target; `tenant` is the plan's.
    pub(super) fn of(
        host: &str,
        tenant: Option<&str>,
        endpoints: &IdentityEndpoints,
        told: Option<&FedAuthInfo>,
    ) -> Self {
        let cloud = target::facts::cloud_of(host);
        let own = cloud.and_then(|cloud| cloud.sign_in.first());
        let authority = match &endpoints.authority {
            Some(address) => address.as_str().trim_end_matches('/').to_owned(),
            None => format!("https://{}", own.map_or(USUAL_HOST, String::as_str)),
        };
        let told_tenant = told
            .and_then(FedAuthInfo::sts_url)
            .and_then(|url| tenant_of(&url, cloud));
        let told_resource = told
            .and_then(FedAuthInfo::spn)
            .filter(|spn| is_azure_sql(spn));
        let sql = cloud.map_or(USUAL_SQL, |cloud| cloud.sql.as_str());
        Self {
            authority,
            tenant: tenant
                .map(str::to_owned)
                .or(told_tenant)
                .unwrap_or_else(|| ANY_TENANT.to_owned()),
            resource: told_resource.unwrap_or_else(|| format!("https://{sql}/")),
        }
    }
}

/// The tenant in an STS URL of the cloud's own.
fn tenant_of(url: &str, cloud: Option<&target::facts::Cloud>) -> Option<String> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let tenant = path.split('/').next().unwrap_or_default();
    let own = match cloud {
        Some(cloud) => cloud.sign_in.iter().any(|one| one == host),
        None => host == USUAL_HOST,
    };
    (own && is_tenant(tenant)).then(|| tenant.to_owned())
}

/// It becomes part of an address.
fn is_tenant(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && !text.starts_with('.')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

fn is_azure_sql(spn: &str) -> bool {
    let Some(host) = spn.strip_prefix("https://") else {
        return false;
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    target::facts::clouds()
        .iter()
        .any(|cloud| cloud.sql == host)
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::identity::IdentityEndpoints;
    use tds::token::FedAuthInfo;

    const TENANT: &str = "11112222-3333-4444-5555-666677778888";

    fn place(host: &str, sts: &str, spn: &str) -> Place {
        let told = FedAuthInfo::new(sts, spn);
        Place::of(host, None, &IdentityEndpoints::default(), Some(&told))
    }

    #[test]
    fn a_server_s_word_is_taken_as_far_as_it_does_no_harm() {
        let azure = "x.database.windows.net";
        let good = format!("https://login.windows.net/{TENANT}");
        let spn = "https://database.windows.net/";
        let table = [
            (azure, good.as_str(), spn, TENANT, spn),
            (
                azure,
                "https://login.windows.net/common",
                spn,
                "common",
                spn,
            ),
            // Somebody else's token service, and something that is no tenant.
            (azure, "https://evil.example/t", spn, "organizations", spn),
            (
                azure,
                "http://login.windows.net/t",
                spn,
                "organizations",
                spn,
            ),
            (
                azure,
                "https://login.windows.net/..%2f",
                spn,
                "organizations",
                spn,
            ),
            // A token for something else.
            (azure, &good, "https://graph.microsoft.com/", TENANT, spn),
            (
                azure,
                &good,
                "https://database.windows.net.evil/",
                TENANT,
                spn,
            ),
            (
                "x.database.usgovcloudapi.net",
                "https://login.microsoftonline.us/t",
                "https://database.usgovcloudapi.net/",
                "t",
                "https://database.usgovcloudapi.net/",
            ),
        ];
        for (host, sts, spn, tenant, resource) in table {
            let place = place(host, sts, spn);
            assert_eq!(
                (place.tenant.as_str(), place.resource.as_str()),
                (tenant, resource),
                "{sts} {spn}"
            );
        }
    }

    #[test]
    fn each_cloud_has_its_own_token_service_and_the_agent_s_configuration_wins() {
        let none = IdentityEndpoints::default();
        let authority = |host: &str| Place::of(host, None, &none, None).authority;
        assert_eq!(
            authority("x.database.windows.net"),
            "https://login.microsoftonline.com"
        );
        assert_eq!(
            authority("sql01.corp.example"),
            "https://login.microsoftonline.com"
        );
        assert_eq!(
            authority("x.database.usgovcloudapi.net"),
            "https://login.microsoftonline.us"
        );
        let own = IdentityEndpoints {
            authority: Some("https://sts.example/".parse().expect("an address")),
            ..none
        };
        let place = Place::of(
            "x.database.windows.net",
            Some("contoso.example"),
            &own,
            None,
        );
        assert_eq!(
            (place.authority.as_str(), place.tenant.as_str()),
            ("https://sts.example", "contoso.example")
        );
    }
}
