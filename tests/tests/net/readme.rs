//! The README tried as a new user would: its commands, as they stand there, on a portal's host and an agent's; a run
//! made, and its link opened by somebody who is not logged in, from a third host.

use model::api::{AgentState, AgentView, Enrolment, RunsCreated, ShareCreated, SharedRun};
use model::{RunState, RunView};
use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Certificate, Client, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tests::net::{Host, PASSWORD, PORTAL_NAME, Paper, Program, Site};
use tests::{eventually, tools};

const PATIENCE: Duration = Duration::from_secs(60);

/// The commands under a heading of the README, block by block.
fn commands(heading: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(tools::workspace().join("README.md")).expect("the README");
    let section = text.split_once(heading).expect("the section").1;
    let section = section.split("\n#").next().unwrap_or_default();
    section
        .split("```sh\n")
        .skip(1)
        .map(|rest| {
            let block = rest.split("```").next().unwrap_or_default();
            block.lines().map(str::to_owned).collect()
        })
        .collect()
}

/// A line of the README as a command of a host, in a folder and with a home of its own.
fn shell(host: &Host, folder: &Path, line: &str) -> Command {
    let programs = tools::program("linecheck");
    let programs = programs.parent().expect("their folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = host.command("sh");
    command
        // Killed, it is the program that ends.
        .args(["-c", &line.replacen("linecheck", "exec linecheck", 1)])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("HOME", folder)
        .env_remove("XDG_STATE_HOME");
    command
}

/// Runs a line to its end, with words for its standard input.
fn finish(mut command: Command, input: &str) {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("sh starts");
    let mut stdin = child.stdin.take().expect("its input");
    // One that reads nothing may have ended before.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{command:?}: {status}");
}

/// A browser on a host, as far as HTTP goes: knows the name, trusts the CA, keeps the login.
struct Browser {
    host: Arc<Host>,
    client: Client,
    base: String,
    cookie: Option<String>,
}

impl Browser {
    fn on(host: Arc<Host>, portal: SocketAddr, ca: &Path) -> Self {
        let ca = std::fs::read(ca).expect("the CA");
        let ca = Certificate::from_pem(&ca).expect("a certificate");
        let client = Client::builder()
            .tls_certs_merge([ca])
            .resolve(PORTAL_NAME, portal)
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            host,
            client,
            base: format!("https://{PORTAL_NAME}:{}", portal.port()),
            cookie: None,
        }
    }

    /// Status, headers and text of an answer; `None` when there is none.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Option<Answer> {
        let path = path.strip_prefix(&self.base).unwrap_or(path);
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.host
            .run(async move {
                let answer = request.send().await.ok()?;
                let (status, headers) = (answer.status(), answer.headers().clone());
                let text = answer.text().await.ok()?;
                Some((status, headers, text))
            })
            .await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        let (_, _, text) = self.call(Method::GET, path, None).await?;
        serde_json::from_str(&text).ok()
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> T {
        let answer = self.call(Method::POST, path, Some(body)).await;
        let (status, _, text) = answer.expect("an answer");
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).expect("its JSON")
    }

    async fn login(&mut self) {
        let body = json!({"password": PASSWORD});
        let answer = self.call(Method::POST, "/api/login", Some(body)).await;
        let (status, headers, text) = answer.expect("an answer");
        assert!(status.is_success(), "{text}");
        let cookies: Vec<_> = headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        self.cookie = Some(cookies.join("; "));
    }
}

type Answer = (StatusCode, HeaderMap, String);

#[tokio::test(flavor = "multi_thread")]
async fn the_readme_s_commands_make_a_team_s_portal_with_an_agent_and_a_shared_run() {
    if let Some(reason) = tests::net::unable() {
        return tests::skip("net_readme", &reason);
    }
    let blocks = commands("### On a team's host\n");
    let [portal_s, agent_s] = blocks.as_slice() else {
        panic!("the README has other blocks: {blocks:?}");
    };
    let [hash, serve] = portal_s.as_slice() else {
        panic!("the portal's commands: {portal_s:?}");
    };
    let [enroll, run] = agent_s.as_slice() else {
        panic!("the agent's commands: {agent_s:?}");
    };
    let site = Site::of(&["agent-a"]);
    let host = site.net.host("agent-a");
    let (here, there) = (site.path("portal"), site.path("agent"));
    for folder in [&here, &there] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let paper = Paper::write(&here, site.portal.address().into());
    std::fs::copy(&paper.ca, there.join("ca.pem")).expect("the CA is brought along");

    finish(shell(&site.portal, &here, hash), &format!("{PASSWORD}\n"));
    let portal = Program::start(shell(&site.portal, &here, serve), &site.path("portal.log"));
    let mut operator = Browser::on(site.viewer.clone(), site.address(), &paper.ca);
    eventually("the portal answers", PATIENCE, async || {
        let (status, _, _) = operator.call(Method::GET, "/readyz", None).await?;
        status.is_success().then_some(())
    })
    .await;
    operator.login().await;

    let enrolment: Enrolment = operator.post("/api/agents/enrolments", json!({})).await;
    let enroll = enroll.replace("TOKEN", &enrolment.token);
    finish(shell(&host, &there, &enroll), "");
    let agent = Program::start(shell(&host, &there, run), &site.path("agent.log"));

    let _target = site.target(lab::Scenario::Healthy).await;
    let agent_s = eventually("the agent is there", PATIENCE, async || {
        let agents: Vec<AgentView> = operator.get("/api/agents").await?;
        let mut others = agents.into_iter().filter(|agent| !agent.built_in);
        others.find(|agent| agent.state == AgentState::Connected)
    })
    .await;
    let server = format!("tcp:{},1433", site.lab.address());
    let asked = json!({"server": server, "agents": [agent_s.id]});
    let created: RunsCreated = operator.post("/api/runs", asked).await;
    let path = format!("/api/runs/{}", created.runs[0].id);
    let made = eventually("the run settles", PATIENCE, async || {
        let run: RunView = operator.get(&path).await?;
        run.state.is_settled().then_some(run)
    })
    .await;
    let share: ShareCreated = operator.post(&format!("{path}/shares"), json!({})).await;
    let link = share.url;
    assert_eq!(made.state, RunState::Completed);
    let tcp = |run: &RunView| {
        let kind = model::StepKind::TcpConnect;
        run.steps.iter().filter(|step| step.kind == kind).count()
    };
    assert!(tcp(&made) > 0, "{made:?}");

    // Somebody else, elsewhere, without a login.
    assert!(
        link.starts_with(&format!("https://{PORTAL_NAME}:8443/s/")),
        "{link}"
    );
    let anybody = Browser::on(site.lab.clone(), site.address(), &paper.ca);
    let page = anybody.call(Method::GET, &link, None).await;
    let (status, headers, _) = page.expect("a page");
    assert!(status.is_success());
    assert_eq!(headers["referrer-policy"], "no-referrer");
    let token = link.rsplit('/').next().unwrap_or_default();
    let shared: Option<SharedRun> = anybody.get(&format!("/api/shares/{token}")).await;
    let shared = shared.expect("the run, as it is shared");
    let list = anybody.call(Method::GET, "/api/runs", None).await;
    assert_eq!(list.expect("an answer").0, StatusCode::UNAUTHORIZED);
    assert_eq!(shared.run.id, made.id);
    assert_eq!(tcp(&shared.run), tcp(&made));
    agent.kill();
    portal.kill();
}
