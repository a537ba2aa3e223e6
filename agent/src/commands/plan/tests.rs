//! Arguments, and the plans or refusals they come to.

use super::{LoginArguments, OptionArguments, TargetArguments, plan};
use clap::Parser;
use model::PlanLogin;

#[derive(Parser)]
struct Both {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    login: LoginArguments,
    #[command(flatten)]
    options: OptionArguments,
}

fn planned(arguments: &[&str], has_secret: bool) -> Result<super::Planned, String> {
    let all = ["check"].iter().chain(arguments);
    let both = Both::try_parse_from(all).map_err(|error| error.to_string())?;
    plan(&both.target, &both.login, &both.options, has_secret).map_err(|error| format!("{error:#}"))
}

#[test]
fn a_server_string_is_understood_as_the_portal_does() {
    let plan = planned(&["--server", "Contoso.database.windows.net"], false)
        .expect("a plan")
        .plan;
    assert_eq!(plan.target.server, "tcp:contoso.database.windows.net,1433");
    assert_eq!(plan.target.database, "master");
    assert_eq!(
        (plan.login, plan.options),
        (PlanLogin::None, model::Options::default())
    );
}

#[test]
fn a_connection_string_fills_what_no_argument_says() {
    let pasted =
        "Server=tcp:db.example.net,1500;Database=sales;User ID=reader;Encrypt=Strict;Odd Key=1";
    let planned = planned(
        &["--server", pasted, "--database", "other", "--no-retries"],
        true,
    )
    .expect("a plan");
    let plan = planned.plan;
    assert_eq!(
        (plan.target.port, plan.target.database.as_str()),
        (Some(1500), "other")
    );
    let user = "reader".to_owned();
    assert_eq!(plan.login, PlanLogin::Sql { user });
    assert!(plan.options.driver.encrypt.is_some() && plan.options.retry_delays_ms.is_empty());
    assert!(
        planned.notes.iter().any(|note| note.contains("Odd Key")),
        "{:?}",
        planned.notes
    );
}

#[test]
fn what_cannot_be_run_is_refused_and_no_secret_is_repeated() {
    for (arguments, has_secret, why) in [
        (
            vec!["--server", "Server=h;User ID=u;Password=Canary-77"],
            true,
            "holds a password",
        ),
        (vec!["--server", "h;pwd=Canary-77"], true, "password"),
        (
            vec!["--server", "h", "--database", "d;Password=Canary-77"],
            true,
            "secret",
        ),
        (vec!["--server", "sa:Canary-77@h"], true, "password"),
        (
            vec!["--server", "h", "--user", "u"],
            false,
            "--user needs a password",
        ),
        (vec!["--server", "h"], true, "name one with --user"),
        (
            vec!["--server", "h", "--auth", "dummy", "--user", "u"],
            false,
            "--user does not go with --auth dummy",
        ),
        (
            vec!["--server", "h", "--auth", "none"],
            true,
            "--auth none takes no secret",
        ),
        (
            vec![
                "--server",
                "h",
                "--auth",
                "entra-service-principal",
                "--client-id",
                "x",
                "--tenant",
                "t",
            ],
            true,
            "client id",
        ),
        (
            vec![
                "--server",
                "h",
                "--auth",
                "entra-service-principal",
                "--tenant",
                "t",
            ],
            true,
            "needs --client-id",
        ),
        (
            vec![
                "--server",
                "h",
                "--auth",
                "entra-device-code",
                "--tenant",
                "a/b",
            ],
            false,
            "tenant",
        ),
        (
            vec!["--server", "h", "--auth", "entra-token"],
            false,
            "--token-env",
        ),
        (
            vec!["--server", "h", "--connection-attempts", "101"],
            false,
            "connection_attempts is 101",
        ),
        (
            vec!["--server", "h", "--encryption", "ssl3"],
            false,
            "tls1.0",
        ),
        (vec!["--server", "h,99999"], false, "port"),
        (
            vec!["--server", "h", "--tcp-attempts", "1000"],
            false,
            "tcp_attempts is 1000",
        ),
    ] {
        let Err(text) = planned(&arguments, has_secret) else {
            panic!("{arguments:?} is a plan");
        };
        assert!(text.contains(why), "{arguments:?}: {text}");
        assert!(!text.contains("Canary"), "{text}");
    }
}

#[test]
fn each_way_of_signing_in_has_its_flags() {
    let id = "01932c4f-0000-7000-8000-000000000001";
    let (user, client_id, tenant) = (
        "u@contoso.com".to_owned(),
        id.to_owned(),
        "contoso.com".to_owned(),
    );
    for (arguments, has_secret, expected) in [
        (vec!["--auth", "none"], false, PlanLogin::None),
        (vec!["--auth", "dummy"], false, PlanLogin::Dummy),
        (vec!["--auth", "integrated"], false, PlanLogin::Integrated),
        (vec!["--token-env", "T"], true, PlanLogin::EntraToken),
        (vec!["--auth", "entra-token"], true, PlanLogin::EntraToken),
        (
            vec!["--auth", "entra-password", "--user", &user],
            true,
            PlanLogin::EntraPassword { user: user.clone() },
        ),
        (
            vec![
                "--auth",
                "entra-service-principal",
                "--client-id",
                id,
                "--tenant",
                "contoso.com",
            ],
            true,
            PlanLogin::EntraServicePrincipal {
                tenant: tenant.clone(),
                client_id: client_id.clone(),
            },
        ),
        (
            vec!["--auth", "entra-managed-identity"],
            false,
            PlanLogin::EntraManagedIdentity { client_id: None },
        ),
        (
            vec!["--auth", "entra-managed-identity", "--client-id", id],
            false,
            PlanLogin::EntraManagedIdentity {
                client_id: Some(client_id),
            },
        ),
        (
            vec!["--auth", "entra-device-code", "--tenant", "contoso.com"],
            false,
            PlanLogin::EntraDeviceCode {
                tenant: Some(tenant),
            },
        ),
    ] {
        let all: Vec<&str> = ["--server", "h"].into_iter().chain(arguments).collect();
        let planned = planned(&all, has_secret).unwrap_or_else(|error| panic!("{all:?}: {error}"));
        assert_eq!(planned.plan.login, expected, "{all:?}");
    }
}

#[test]
fn every_choice_has_its_flag() {
    let usual = planned(&["--server", "h"], false)
        .expect("a plan")
        .plan
        .options;
    assert_eq!(usual, model::Options::default());
    let none = planned(
        &["--server", "h", "--no-further-checks", "--revocation"],
        false,
    );
    let none = none.expect("a plan").plan.options;
    assert!(!none.gateways && !none.external_resolver && !none.tls_versions && !none.route_trace);
    assert!(none.revocation && !none.redirect_sample && !none.sign_in_hosts);
    let all = [
        "--server",
        "h",
        "--encryption",
        "tls1.2",
        "--connection-attempts",
        "100",
        "--attempt-delay-ms",
        "0",
        "--sign-in-hosts",
        "--revocation",
        "--redirect-sample",
        "--network-trace",
        "--no-usage-data",
        "--no-gateways",
        "--no-external-resolver",
        "--no-tls-versions",
        "--no-route-trace",
    ];
    let all = planned(&all, false).expect("a plan").plan.options;
    assert_eq!(all.encryption, model::Encryption::Tls12);
    assert_eq!((all.connection_attempts, all.attempt_delay_ms), (100, 0));
    assert!(all.sign_in_hosts && all.revocation && all.redirect_sample && all.network_trace);
    assert!(
        !all.usage_data
            && !all.gateways
            && !all.external_resolver
            && !all.tls_versions
            && !all.route_trace
    );
}

#[test]
fn a_replica_has_its_peer_and_shares_the_session_time_out() {
    let with = |more: &[&str]| planned(&[&["--server", "sql-a"], more].concat(), false);
    let asked = [
        "--replica-session",
        "sql-b:5023",
        "--replica-for",
        "10min/500ms",
        "--session-timeout",
        "5s",
        "--heartbeat",
        "1min",
        "--lease-timeout",
        "20s",
        "--listener",
        "2min",
    ];
    let lasting = with(&asked).expect("a plan").plan.options.lasting;
    let session = lasting.replica_session.expect("a session");
    assert_eq!((session.peer.as_str(), session.port), ("sql-b", 5_023));
    assert_eq!((session.lasts_ms, session.every_ms), (600_000, 500));
    assert_eq!(session.session_timeout_ms, Some(5_000));
    assert_eq!(session.lease_timeout_ms, Some(20_000));
    assert_eq!(lasting.heartbeat.expect("too").session_timeout_ms, 5_000);
    assert_eq!(lasting.listener.expect("too").lasts_ms, 120_000);
    let alone = with(&["--replica-session", "sql-b", "--session-timeout", "10s"]);
    assert!(alone.is_ok(), "it needs no heartbeat");
    for wrong in [
        &["--session-timeout", "10s"][..],
        &["--replica-for", "1min"],
        &["--replica-session", "a b"],
    ] {
        assert!(with(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_link_is_a_dry_run_until_somebody_means_it() {
    let base = [
        "--server",
        "sql1.corp.example",
        "--link",
        "mi.abc123.database.windows.net",
        "--link-user",
        "u",
        "--link-address",
        "10.0.0.4",
    ];
    let with = |more: &[&str]| planned(&[&base, more].concat(), false);
    let dry = with(&["--user", "practice"])
        .expect("no password is needed")
        .plan;
    let link = dry.options.lasting.instance_link.clone().expect("a link");
    assert!(link.dry_run && !link.objects_allowed && !link.master_key_allowed);
    assert_eq!(link.directions, model::lasting::LinkDirection::all());
    let text = super::printed(&probe::link_statements(&dry));
    assert!(
        text.contains("-- on tcp:mi.abc123.database.windows.net,1433, once"),
        "{text}"
    );
    assert!(text.contains("CREATE ENDPOINT") && text.ends_with("GO\n\n"));
    for wrong in [
        &["--link-really"][..],
        &["--link-master-key"],
        &["--link-subnet", "10.1.0.0"],
        &["--link-address", "a b"],
    ] {
        assert!(with(wrong).is_err(), "{wrong:?}");
    }
    let meant = [
        "--link-really",
        "--link-password-env",
        "X",
        "--link-directly",
    ];
    assert!(
        with(&meant).is_ok(),
        "whoever signs in nowhere is told by the run"
    );
}
