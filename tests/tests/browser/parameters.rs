//! What can be asked for: the script's own block pasted, every way to sign in, options in a line.

use crate::steps::{self, Stage};
use chrono::{DateTime, TimeDelta, Utc};
use model::api::{Auth, NewRun};
use model::{
    AgentEvent, DeviceCode, EventBody, Observation, Options, StepId, StepKind, StepState, Subject,
};
use serde_json::json;
use server::Config;
use std::time::Duration;
use tests::hand::Hand;

#[tokio::test]
async fn a_pasted_block_fills_the_form_and_the_run_gives_the_string_back() {
    let name = "parameters::a_pasted_block_fills_the_form_and_the_run_gives_the_string_back";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    // The target and its public credentials, from the practice list.
    let practice = browser
        .script(
            "const got = new XMLHttpRequest(); got.open('GET', '/api/practice', false); got.send();
             return JSON.parse(got.responseText).find((one) => one.scenario === 'healthy');",
        )
        .await;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let (server, user) = (text(&practice["server"]), text(&practice["auth"]["user"]));
    let password = text(&practice["auth"]["password"]);
    let block = format!(
        "$parameters = @{{\n  Server = '{server}'\n  Database = 'orders'\n  User = '{user}'\n  Password = '{password}'\n  \
         EncryptionProtocol = ''\n  RunAdvancedConnectivityPolicyTests = $false\n  ConnectionAttempts = 2\n  \
         DelayBetweenConnections = 0\n  CollectNetworkTrace = $false\n  SendAnonymousUsageData = $false\n}}"
    );
    browser
        .script(&format!(
            "const data = new DataTransfer(); data.setData('text', {});
             one('#server').dispatchEvent(new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}}));",
            json!(block)
        ))
        .await;
    browser
        .until("one('#sign-in').value === 'sql' && one('#database').value === 'orders' && one('#password').value")
        .await;
    browser
        .until("words(one('#limits')).includes('no gateways') && shown(one('#connection-string'))")
        .await;
    let server_field = browser.script("return one('#server').value;").await;
    assert!(!text(&server_field).contains(&password), "{server_field}");
    steps::start(browser).await;
    let (code, _) = steps::verdict(browser, Duration::from_secs(60)).await;
    assert_eq!(code, "healthy");
    browser.press("Connection string").await;
    let right = browser.until("words(one('#connection-string pre'))").await;
    assert!(
        text(&right).contains("orders") && !text(&right).contains(&password),
        "{right}"
    );
    browser
        .until("words(one('#connection-string')).includes('System.Data.SqlClient')")
        .await;
    browser.press("Further checks").await;
    browser
        .until("shown(one('#further-logins .id button'))")
        .await;
    stage.close().await;
}

#[tokio::test]
async fn each_sign_in_shows_its_own_fields_and_says_what_is_missing() {
    let name = "parameters::each_sign_in_shows_its_own_fields_and_says_what_is_missing";
    let Some(stage) = Stage::set(name).await else {
        return;
    };
    let browser = &stage.browser;
    steps::open_start(browser, &stage.portal.url).await;
    for (how, fields) in [
        ("none", ""),
        ("sql", "user password"),
        ("entra_password", "user password"),
        ("entra_token", "password"),
        ("entra_service_principal", "tenant client-id password"),
        ("entra_managed_identity", "client-id"),
        ("entra_device_code", "tenant"),
        ("integrated", ""),
        ("dummy", ""),
    ] {
        browser
            .script(&format!(
                "const how = one('#sign-in'); how.value = '{how}'; how.dispatchEvent(new Event('change'));"
            ))
            .await;
        let shown = "['user', 'tenant', 'client-id', 'password'].filter((id) => shown(one('#' + id))).join(' ')";
        browser
            .until(&format!("{shown} === '{fields}' || '{fields}' === ''"))
            .await;
        let seen = browser.script(&format!("return {shown};")).await;
        assert_eq!(seen, fields, "{how}");
    }
    browser
        .script("const how = one('#sign-in'); how.value = 'entra_service_principal'; how.dispatchEvent(new Event('change'));")
        .await;
    browser.fill("#server", "db.example.test").await;
    browser.fill("#tenant", "contoso.com").await;
    browser.fill("#client-id", "no guid").await;
    browser.press("Start run").await;
    browser
        .until("document.activeElement.id === 'client-id' && words(one('#client-id-hint')).includes('is a GUID')")
        .await;
    stage.close().await;
}

/// Events of an agent that waits for somebody to sign in.
fn waits_for_a_person() -> Vec<AgentEvent> {
    let at: DateTime<Utc> = DateTime::from_timestamp(1_760_000_000, 0).unwrap_or_default();
    [
        EventBody::RunStarted {
            agent_version: "by hand".to_owned(),
            clock_ahead_ms: None,
        },
        EventBody::StepStarted {
            step: StepId(1),
            parent: None,
            step_kind: StepKind::TokenRequest,
            hop: 0,
            subject: Subject::default(),
        },
        EventBody::Observed {
            step: StepId(1),
            attempt: None,
            observation: Observation::DeviceCode(DeviceCode {
                user_code: "ABCD-EFGH".to_owned(),
                verification_url: "https://microsoft.com/devicelogin".to_owned(),
                expires_at: at + TimeDelta::minutes(15),
            }),
        },
        EventBody::StepFinished {
            step: StepId(1),
            state: StepState::Ok,
            code: None,
            detail: None,
            elapsed_us: 9_000_000,
        },
        EventBody::RunFinished { cancelled: false },
    ]
    .into_iter()
    .zip(1..)
    .map(|(body, n)| AgentEvent {
        at,
        elapsed_us: n,
        body,
    })
    .collect()
}

#[tokio::test]
async fn the_code_to_sign_in_with_is_shown_while_the_run_waits_for_it() {
    let name = "parameters::the_code_to_sign_in_with_is_shown_while_the_run_waits_for_it";
    // The agent is played by hand and sends no heartbeats.
    let patient = |config: &mut Config| config.timing.lease = Duration::from_secs(600);
    let Some(stage) = Stage::set_with(name, patient).await else {
        return;
    };
    let browser = &stage.browser;
    let admitted = stage
        .portal
        .admit("by hand", "a-key", "a-fingerprint")
        .await;
    let hand = Hand::new(&stage.portal.url, admitted.id, &admitted.token);
    let new = NewRun {
        server: "db.example.test".to_owned(),
        database: String::new(),
        auth: Auth::EntraDeviceCode { tenant: None },
        options: Options::default(),
        agents: vec![hand.id],
        instance_sealed: std::collections::BTreeMap::new(),
    };
    let created = stage.portal.client().create(&new).await.expect("created");
    let claim = hand.claim().await;
    let events = waits_for_a_person();
    hand.post(&claim, 1, &events[..3]).await.expect("stored");
    let page = format!("{}{}", stage.portal.url, created.runs[0].url);
    browser.open(&page).await;
    browser
        .until("words(one('#device-code .big')) === 'ABCD-EFGH'")
        .await;
    let link = browser.script("return one('#device-code a').href;").await;
    assert_eq!(link, "https://microsoft.com/devicelogin");
    hand.post(&claim, 4, &events[3..]).await.expect("stored");
    browser
        .until("!one('#device-code') && shown(one('#verdict .code'))")
        .await;
    stage.close().await;
}
