//! Microsoft Entra, every way to sign in by it, against stand-ins for whoever gives the tokens.

use crate::bench::{lab, lab_context, options, plan, short};
use crate::story::{Recording, Story};
use agent::check::{self, Check};
use lab::{Lab, Scenario};
use model::{
    EventBody, FailureCode, Observation, Options, Phase, Plan, PlanLogin, StepKind, StepState,
    TokenFacts, TokenSource,
};
use probe::{Context, IdentityEndpoints, Metadata, Secret};
use serde_json::json;
use tests::sign_in::{APP_SERVICE_HEADER, Manner, SignIn, USER_CODE, token};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

const CLIENT: &str = "0f1e2d3c-0000-4000-8000-0000000000aa";
const TENANT: &str = "contoso.example";
const SECRET: &str = "Hidden-Secret-7788";
const RESOURCE: &str = "https://database.windows.net/";

fn password() -> PlanLogin {
    PlanLogin::EntraPassword {
        user: "ada@contoso.example".to_owned(),
    }
}

fn application() -> PlanLogin {
    PlanLogin::EntraServicePrincipal {
        tenant: TENANT.to_owned(),
        client_id: CLIENT.to_owned(),
    }
}

fn managed() -> PlanLogin {
    PlanLogin::EntraManagedIdentity {
        client_id: Some(CLIENT.to_owned()),
    }
}

const CODE: PlanLogin = PlanLogin::EntraDeviceCode { tenant: None };

struct Ground {
    lab: Lab,
    sign_in: SignIn,
    plan: Plan,
    context: Context,
}

async fn ground(scenario: Scenario, manner: Manner, login: PlanLogin, options: Options) -> Ground {
    let (lab, sign_in) = tokio::join!(lab_of(scenario), SignIn::start(manner));
    let port = lab.port(scenario).expect("the scenario is available here");
    let mut plan = plan("localhost", port, true, options);
    plan.login = login;
    let mut context = lab_context(&lab);
    context.identity = IdentityEndpoints {
        authority: Some(sign_in.url().parse().expect("an address")),
        metadata: Metadata::At(sign_in.url().parse().expect("an address")),
    };
    Ground {
        lab,
        sign_in,
        plan,
        context,
    }
}

async fn lab_of(scenario: Scenario) -> Lab {
    lab(&[scenario]).await
}

impl Ground {
    async fn run(&self, secret: Option<&str>) -> Story {
        let sink = Recording::default();
        let secret = secret.map(|secret| Secret::new(secret.to_owned()));
        probe::run(
            &self.plan,
            secret,
            &self.context,
            &sink,
            CancellationToken::new(),
        )
        .await;
        let written = serde_json::to_string(&sink.so_far()).expect("written");
        for hidden in [
            lab::TOKEN_SIGNATURE,
            "refresh-token",
            "device-code-4242",
            APP_SERVICE_HEADER,
        ] {
            assert!(!written.contains(hidden), "{hidden} stands in an event");
        }
        sink.story()
    }
}

fn tokens(story: &Story) -> Vec<&TokenFacts> {
    story
        .facts()
        .filter_map(|fact| match fact {
            Observation::Token(token) => Some(token),
            _ => None,
        })
        .collect()
}

fn login(story: &Story) -> String {
    let steps = story.of(StepKind::TdsLogin);
    let tried = steps
        .iter()
        .find(|step| step.state != StepState::Skipped)
        .expect("a login was tried");
    tried
        .code
        .as_ref()
        .map_or_else(|| "ok".to_owned(), ToString::to_string)
}

#[tokio::test]
async fn every_way_to_a_token_logs_in_and_asks_once() {
    let pasted = token(&json!({"aud": RESOURCE, "tid": "t", "exp": 4_102_444_800_i64}));
    let table = [
        (
            PlanLogin::EntraToken,
            Some(pasted.as_str()),
            TokenSource::Pasted,
            0,
        ),
        (password(), Some(SECRET), TokenSource::Password, 1),
        (
            application(),
            Some(SECRET),
            TokenSource::ServicePrincipal,
            1,
        ),
        (managed(), None, TokenSource::ManagedIdentity, 1),
        // The code, a question too early, and the token.
        (CODE, None, TokenSource::DeviceCode, 3),
    ];
    for (login_, secret, source, questions) in table {
        let options = Options {
            connection_attempts: 2,
            attempt_delay_ms: 0,
            ..options()
        };
        let mut ground = ground(Scenario::FederatedLogin, Manner::Gives, login_, options).await;
        ground.plan.target.database = "shop".to_owned();
        let story = ground.run(secret).await;
        assert_eq!(login(&story), "ok", "{source:?}");
        assert_eq!(story.codes(StepKind::TokenRequest), ["ok"], "{source:?}");
        // The driver brings the same token, here and in `master`; so does a further login.
        assert_eq!(story.code(StepKind::SqlQuery), "ok", "{source:?}");
        assert_eq!(story.code(StepKind::DatabaseLookup), "ok", "{source:?}");
        assert_eq!(story.code(StepKind::LoginAttempt), "ok", "{source:?}");
        assert_eq!(ground.sign_in.asked().len(), questions, "{source:?}");
        let tokens = tokens(&story);
        assert_eq!(tokens.len(), 1);
        assert_eq!(tokens[0].source, source);
        assert_eq!(tokens[0].audience.as_deref(), Some(RESOURCE));
        assert!(
            tokens[0]
                .expires_at
                .is_some_and(|at| at > chrono::Utc::now())
        );
        assert_eq!(tokens[0].authority.is_none(), source == TokenSource::Pasted);
        assert!(story.facts().any(|fact| matches!(
            fact,
            Observation::PreloginReply {
                fed_auth_required: Some(true),
                ..
            }
        )));
        let asked_for = story.facts().any(|fact| {
            matches!(fact, Observation::FedAuthInfo { spn: Some(spn), .. } if spn == RESOURCE)
        });
        assert_eq!(asked_for, source != TokenSource::Pasted);
        let timed = story
            .closings()
            .any(|end| end.phases.iter().any(|one| one.phase == Phase::FedAuth));
        assert_eq!(timed, source != TokenSource::Pasted, "{source:?}");
    }
}

#[tokio::test]
async fn a_token_is_asked_for_as_the_drivers_do() {
    let ground = ground(
        Scenario::FederatedLogin,
        Manner::Gives,
        password(),
        options(),
    )
    .await;
    ground.run(Some(SECRET)).await;
    let asked = ground.sign_in.asked();
    // The server's tenant, the agent's own authority.
    assert_eq!(
        asked[0].path,
        "/6d8f0c1e-0000-4000-8000-00000000c0de/oauth2/v2.0/token"
    );
    assert_eq!(asked[0].form["grant_type"], "password");
    assert_eq!(
        asked[0].form["scope"],
        "https://database.windows.net//.default"
    );
}

#[tokio::test]
async fn a_server_that_wants_somebody_else_s_token_gets_none_of_it() {
    for login in [password(), application(), managed()] {
        let ground = ground(Scenario::FederatedGreedy, Manner::Gives, login, options()).await;
        ground.run(Some(SECRET)).await;
        for asked in ground.sign_in.asked() {
            assert!(!asked.path.contains("6d8f0c1e"), "{asked:?}");
            let what = asked.form.get("scope").or(asked.form.get("resource"));
            assert!(
                what.is_some_and(|what| what.starts_with(RESOURCE)),
                "{asked:?}"
            );
        }
    }
}

#[tokio::test]
async fn app_service_is_asked_in_its_own_way() {
    let mut ground = ground(
        Scenario::FederatedLogin,
        Manner::Gives,
        managed(),
        options(),
    )
    .await;
    ground.context.identity.metadata = Metadata::AppService {
        endpoint: format!("{}/msi/token", ground.sign_in.url())
            .parse()
            .expect("an address"),
        header: Secret::new(APP_SERVICE_HEADER.to_owned()),
    };
    let story = ground.run(None).await;
    assert_eq!(login(&story), "ok");
    let asked = &ground.sign_in.asked()[0];
    assert_eq!(asked.form["api-version"], "2019-08-01");
    assert_eq!(
        (
            asked.form["client_id"].as_str(),
            asked.form["resource"].as_str()
        ),
        (CLIENT, RESOURCE)
    );
}

/// Manner, login, code of the step and of the login, numbers of Entra.
#[tokio::test]
async fn what_a_token_service_may_do_instead() {
    let table = [
        (
            Manner::WrongClient,
            application(),
            "token_refused",
            vec![700_016],
        ),
        (Manner::WrongClient, managed(), "token_refused", vec![]),
        (Manner::WrongClient, CODE, "token_refused", vec![700_016]),
        (
            Manner::Refuses,
            application(),
            "token_refused",
            vec![7_000_215],
        ),
        (Manner::Refuses, password(), "token_refused", vec![50_126]),
        (Manner::Silent, password(), "token_timeout", vec![]),
        (Manner::Silent, managed(), "token_timeout", vec![]),
        (Manner::Silent, CODE, "token_timeout", vec![]),
        (Manner::Babbles, application(), "token_malformed", vec![]),
        (Manner::Babbles, managed(), "token_malformed", vec![]),
        (Manner::NobodySignsIn, CODE, "token_timeout", vec![]),
    ];
    for (manner, login_, code, numbers) in table {
        let what = format!("{manner:?} {login_:?}");
        let limits = Options {
            login_timeout_ms: if manner == Manner::Silent {
                300
            } else {
                30_000
            },
            connection_attempts: 2,
            attempt_delay_ms: 0,
            ..options()
        };
        let ground = ground(Scenario::FederatedLogin, manner, login_, limits).await;
        let story = ground.run(Some(SECRET)).await;
        assert_eq!(story.codes(StepKind::TokenRequest), [code], "{what}");
        assert_eq!(login(&story), code, "{what}");
        // Nobody is asked twice, so nothing counts twice.
        assert_eq!(story.code(StepKind::LoginAttempt), code, "{what}");
        assert_eq!(story.code(StepKind::SqlQuery), "not_reached", "{what}");
        let refusals: Vec<_> = story
            .facts()
            .filter_map(|fact| match fact {
                Observation::TokenRefused(refusal) => Some(refusal),
                _ => None,
            })
            .collect();
        let told: Vec<u32> = refusals
            .iter()
            .flat_map(|one| one.numbers.clone())
            .collect();
        assert_eq!(told, numbers, "{what}");
        assert_eq!(
            refusals.len(),
            usize::from(code == "token_refused"),
            "{what}"
        );
        assert!(
            refusals.iter().all(|one| one.service_time.is_some()),
            "{what}"
        );
        assert_eq!(ground.lab.counter(Scenario::FederatedLogin).accepted, 0);
    }
}

#[tokio::test]
async fn a_token_service_that_is_not_there() {
    let mut ground = ground(
        Scenario::FederatedLogin,
        Manner::Gives,
        application(),
        short(),
    )
    .await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    ground.context.identity.authority = Some(gone.parse().expect("an address"));
    let story = ground.run(Some(SECRET)).await;
    assert_eq!(story.code(StepKind::TokenRequest), "token_unreachable");
    assert_eq!(login(&story), "token_unreachable");
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_the_token() {
    let ground = ground(
        Scenario::FederatedLogin,
        Manner::ClockAhead,
        application(),
        options(),
    )
    .await;
    let story = ground.run(Some(SECRET)).await;
    let begins = tokens(&story)[0].not_before.expect("a start");
    assert!(begins > chrono::Utc::now() + chrono::TimeDelta::minutes(50));
}

#[tokio::test]
async fn a_code_is_shown_while_the_run_goes_on() {
    let ground = ground(Scenario::FederatedLogin, Manner::Gives, CODE, options()).await;
    let story = ground.run(None).await;
    let request = story.of(StepKind::TokenRequest)[0];
    assert!(matches!(
        request.facts.first(),
        Some(Observation::DeviceCode(code)) if code.user_code == USER_CODE
    ));
    // The server was not kept waiting for the person.
    let login = story
        .of(StepKind::TdsLogin)
        .into_iter()
        .find(|step| step.state == StepState::Ok)
        .expect("logged in");
    let ends = login
        .facts
        .iter()
        .filter(|fact| matches!(fact, Observation::Closed(_)));
    assert_eq!(ends.count(), 2);
}

#[tokio::test]
async fn a_token_that_the_server_does_not_take() {
    let ground = ground(
        Scenario::FederatedLogin,
        Manner::Gives,
        PlanLogin::EntraToken,
        options(),
    )
    .await;
    let story = ground.run(Some("opaque-token-of-nobody")).await;
    assert_eq!(login(&story), "login_rejected");
    assert!(story.facts().any(|fact| matches!(
        fact,
        Observation::ServerError(error) if error.number == 18_456 && error.state == 132
    )));
    assert!(tokens(&story)[0].audience.is_none());
}

#[tokio::test]
async fn without_the_secret_nobody_signs_in_and_integrated_is_not_built_in() {
    for (login, code) in [
        (password(), FailureCode::NoCredentials),
        (PlanLogin::EntraToken, FailureCode::NoCredentials),
        (PlanLogin::Integrated, FailureCode::NotBuiltIn),
    ] {
        let ground = ground(Scenario::FederatedLogin, Manner::Gives, login, options()).await;
        let story = ground.run(None).await;
        assert_eq!(story.code(StepKind::TdsLogin), code.as_str());
    }
}

/// Through the agent, whose log leaves this process: what a service repeats does not get into it.
#[tokio::test]
async fn no_secret_and_no_token_reaches_the_agent_s_log() {
    for manner in [Manner::Refuses, Manner::Gives] {
        let ground = ground(Scenario::FederatedLogin, manner, application(), options()).await;
        let check = Check {
            plan: ground.plan.clone(),
            password: Some(Zeroizing::new(SECRET.to_owned())),
            instance_password: None,
            context: ground.context.clone(),
            host: "here".to_owned(),
        };
        let log = check::run(check, CancellationToken::new(), |_| {}).await;
        let written = serde_json::to_string(log.events()).expect("written");
        assert!(!written.contains(SECRET) && !written.contains(lab::TOKEN_SIGNATURE));
        let echoed = log.events().iter().any(|event| {
            matches!(
                &event.body,
                EventBody::Observed {
                    observation: Observation::SecretEchoed { .. },
                    ..
                }
            )
        });
        assert_eq!(echoed, manner == Manner::Refuses);
    }
}

/// Through the agent and the rules: what a person is told.
#[tokio::test]
async fn each_way_not_to_get_a_token_has_its_verdict() {
    let table = [
        (Manner::Gives, application(), "healthy"),
        (Manner::WrongClient, application(), "token_refused"),
        (Manner::Refuses, password(), "token_refused"),
        (Manner::Silent, password(), "token_timeout"),
        (Manner::Silent, managed(), "token_timeout"),
        (Manner::Babbles, managed(), "token_malformed"),
        (Manner::NobodySignsIn, CODE, "device_code_not_used"),
    ];
    for (manner, login_, verdict) in table {
        let what = format!("{manner:?} {login_:?}");
        let limits = Options {
            login_timeout_ms: if manner == Manner::Silent {
                300
            } else {
                30_000
            },
            ..options()
        };
        let ground = ground(Scenario::FederatedLogin, manner, login_, limits).await;
        let check = Check {
            plan: ground.plan.clone(),
            password: Some(Zeroizing::new(SECRET.to_owned())),
            instance_password: None,
            context: ground.context.clone(),
            host: "here".to_owned(),
        };
        let log = check::run(check, CancellationToken::new(), |_| {}).await;
        let told = log
            .view()
            .and_then(|run| run.verdict)
            .map(|finding| finding.code);
        assert_eq!(told.as_deref(), Some(verdict), "{what}");
    }
}
