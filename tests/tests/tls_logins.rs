//! Whole logins over each version of TLS: 1.2 and strict (1.3) always, 1.0 and 1.1 with the feature `legacy-tls`.

#[path = "probe/bench.rs"]
#[allow(dead_code)]
mod bench;
#[path = "probe/story.rs"]
#[allow(dead_code)]
mod story;

use bench::{lab, lab_context, make, options, plan};
use lab::Scenario;
use model::{ChainVerdict, Encryption, FailureCode, Observation, Options, Plan, StepKind};
use probe::Context;
use rustls::RootCertStore;
use std::sync::Arc;
use story::Story;

/// Scenario, what the plan wants, what is spoken.
const LOGINS: &[(Scenario, Encryption, &str)] = &[
    (Scenario::Healthy, Encryption::Auto, "TLSv1.2"),
    (Scenario::Healthy, Encryption::Tls12, "TLSv1.2"),
    (Scenario::Tls13Only, Encryption::Tls13, "TLSv1.3"),
    (Scenario::Strict, Encryption::Strict, "TLSv1.3"),
    #[cfg(feature = "legacy-tls")]
    (Scenario::Tls10, Encryption::Tls10, "TLSv1.0"),
    #[cfg(feature = "legacy-tls")]
    (Scenario::Tls11, Encryption::Tls11, "TLSv1.1"),
];

async fn meet(
    scenario: Scenario,
    encryption: Encryption,
    change: impl FnOnce(&mut Plan, &mut Context),
) -> Story {
    let lab = lab(&[scenario]).await;
    let port = lab.port(scenario).expect("the scenario is available here");
    let options = Options {
        encryption,
        tls_versions: false,
        connection_attempts: 2,
        attempt_delay_ms: 0,
        ..options()
    };
    let mut plan = plan("localhost", port, true, options);
    let mut context = lab_context(&lab);
    change(&mut plan, &mut context);
    make(&plan, &context).await
}

#[tokio::test]
async fn a_login_over_each_version() {
    for (scenario, encryption, spoken) in LOGINS {
        let story = meet(*scenario, *encryption, |_, _| {}).await;
        let logins = story.codes(StepKind::TdsLogin);
        assert!(
            logins.contains(&"ok".to_owned()),
            "{scenario} {encryption:?}: {logins:?}"
        );
        assert_eq!(story.code(StepKind::SqlQuery), "ok", "{scenario}");
        assert_eq!(story.code(StepKind::LoginAttempt), "ok", "{scenario}");
        let sessions: Vec<_> = story
            .facts()
            .filter_map(|fact| match fact {
                Observation::TlsSession { protocol, .. } => Some(protocol.as_str()),
                _ => None,
            })
            .collect();
        assert!(
            !sessions.is_empty() && sessions.iter().all(|one| one == spoken),
            "{sessions:?}"
        );
        assert!(story.facts().any(|fact| matches!(
            fact,
            Observation::TlsChain {
                verdict: ChainVerdict::Verified,
                ..
            }
        )));
    }
}

/// A certificate that does not hold ends each of them before the login, and only a tick goes past it.
#[tokio::test]
async fn certificates_are_checked_alike() {
    for (scenario, encryption, _) in LOGINS {
        let distrust = |context: &mut Context| context.trust = Arc::new(RootCertStore::empty());
        let story = meet(*scenario, *encryption, |_, context| distrust(context)).await;
        assert_eq!(
            story.code(StepKind::TlsHandshake),
            "tls_untrusted",
            "{encryption:?}"
        );
        assert_eq!(story.logins_sent(), 0, "{encryption:?}");
        let story = meet(*scenario, *encryption, |plan, _| {
            plan.target.host = "db.example".to_owned();
        })
        .await;
        assert_eq!(
            story.code(StepKind::TlsHandshake),
            "tls_name_mismatch",
            "{encryption:?}"
        );
        let story = meet(*scenario, *encryption, |plan, context| {
            distrust(context);
            plan.options.trust_server_certificate = true;
        })
        .await;
        assert!(story.logins_sent() > 0, "{encryption:?}");
        assert!(story.facts().any(|fact| matches!(
            fact,
            Observation::TlsChain {
                overridden: true,
                ..
            }
        )));
    }
}

#[cfg(feature = "legacy-tls")]
#[tokio::test]
async fn a_server_that_speaks_another_version_ends_the_handshake() {
    let story = meet(Scenario::Tls10, Encryption::Tls11, |_, _| {}).await;
    let failed = story.of(StepKind::TlsHandshake)[0].code.clone();
    assert!(
        matches!(failed, Some(FailureCode::TlsAlert | FailureCode::TlsError)),
        "{failed:?}"
    );
    assert_eq!(story.logins_sent(), 0);
}

#[cfg(not(feature = "legacy-tls"))]
#[tokio::test]
async fn old_versions_are_not_built_in() {
    for encryption in [Encryption::Tls10, Encryption::Tls11] {
        let story = meet(Scenario::Healthy, encryption, |_, _| {}).await;
        let login = &story.of(StepKind::TdsLogin)[0];
        assert_eq!(login.code, Some(FailureCode::NotBuiltIn));
        assert_eq!(story.logins_sent(), 0);
    }
}
