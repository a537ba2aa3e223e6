//! Files beside a run's log: handed in by the agent that holds it, once; read by the operator; gone with the run.

use crate::support::{Fake, LONG, Portal, finished, problem, started, step};
use model::agent_api::Claim;
use model::{Artifact, LeaseId, RunId};
use reqwest::Response;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use tests::eventually;

const NAME: &str = "NetworkTrace_20261121T150000.pcapng";

fn name(second: u32) -> String {
    format!("NetworkTrace_20261121T1500{second:02}.pcapng")
}

fn path(run: RunId, name: &str) -> String {
    format!("/api/runs/{run}/artifacts/{name}")
}

/// Hands a file in as any program would.
async fn hand_in(
    portal: &Portal,
    token: &str,
    (run, lease, name): (RunId, LeaseId, &str),
    body: impl Into<reqwest::Body>,
) -> Response {
    let url = portal.url(&format!(
        "/api/agent/runs/{run}/artifacts/{name}?lease={lease}"
    ));
    let request = portal.http.post(url).bearer_auth(token);
    let request = request.header("content-type", "application/octet-stream");
    request.body(body).send().await.expect("an answer")
}

async fn taken(portal: &Portal, claim: &Claim, name: &str, bytes: &[u8]) -> Artifact {
    let file = bytes.to_vec();
    let answer = portal
        .agent
        .portal
        .hand_in(claim.run, claim.lease, name, file);
    answer.await.expect("taken")
}

async fn manifest(portal: &Portal, path: &str) -> (Value, Option<Vec<u8>>) {
    let zip = portal.get(path).await.bytes().await.expect("all of it");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).expect("a zip");
    let mut text = String::new();
    let mut manifest = zip.by_name("manifest.json").expect("a manifest");
    manifest.read_to_string(&mut text).expect("text");
    drop(manifest);
    let file = zip.by_name(NAME).ok().map(|mut file| {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("read");
        bytes
    });
    (serde_json::from_str(&text).expect("JSON"), file)
}

#[tokio::test]
async fn a_file_is_kept_once_shown_downloaded_and_in_the_bundle() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
    let artifact = taken(&portal, &claim, NAME, &bytes).await;
    assert_eq!(artifact.bytes, 700_000);
    assert_eq!(artifact.sha256, hex_of(&bytes));
    // The answer was lost: the same again.
    assert_eq!(taken(&portal, &claim, NAME, &bytes).await, artifact);
    let whom = (claim.run, claim.lease, NAME);
    let other = hand_in(&portal, &portal.agent.token, whom, "other").await;
    problem(other, 409, "artifact_conflict").await;

    let events = [started(), step(1), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    assert_eq!(
        portal.view(claim.run).await.artifacts,
        std::slice::from_ref(&artifact)
    );
    // After the last event, too: an agent that was killed does it again.
    assert_eq!(taken(&portal, &claim, NAME, &bytes).await, artifact);
    let response = portal.get(&path(claim.run, NAME)).await;
    assert_eq!(
        response.headers()["content-type"],
        "application/octet-stream"
    );
    assert_eq!(response.headers()["content-length"], "700000");
    let disposition = response.headers()["content-disposition"].clone();
    assert_eq!(disposition, format!("attachment; filename=\"{NAME}\""));
    assert_eq!(response.bytes().await.expect("all of it"), bytes);

    let whole = format!("/api/runs/{}/AllFiles.zip", claim.run);
    let (all, file) = manifest(&portal, &whole).await;
    assert_eq!(file.as_deref(), Some(&bytes[..]));
    let last = all["files"].as_array().expect("files").last().cloned();
    assert_eq!(last.expect("a file")["sha256"], artifact.sha256);
    assert_eq!(all.get("left_out"), None);
    let zip = portal.get(&whole).await.bytes().await.expect("all of it");
    let opened = bundle::open(&zip, &bundle::Limits::default());
    let opened = opened.expect("a bundle of ours");
    assert_eq!(opened.run.artifacts, [artifact]);
    assert_eq!(opened.files[NAME], bytes);
}

#[tokio::test]
async fn a_share_says_that_there_is_a_file_and_does_not_give_it() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    taken(&portal, &claim, NAME, b"packets").await;
    let events = [started(), step(1), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    for redact in ["support", "public"] {
        let asked = format!("/api/runs/{}/shares/preview?redact={redact}", claim.run);
        let preview: Value = portal.get(&asked).await.json().await.expect("JSON");
        assert_eq!(preview["run"]["artifacts"][0]["left_out"], true);
        let asked = format!("/api/runs/{}/AllFiles.zip?redact={redact}", claim.run);
        let (all, file) = manifest(&portal, &asked).await;
        assert_eq!(file, None);
        assert_eq!(all["left_out"][0]["name"], NAME);
        let made = portal
            .post(
                &format!("/api/runs/{}/shares", claim.run),
                format!("{{\"redact\":\"{redact}\"}}"),
            )
            .await;
        let made: Value = made.json().await.expect("JSON");
        let token = made["url"].as_str().expect("a link");
        let token = token.rsplit('/').next().expect("a token");
        let (all, file) = manifest(&portal, &format!("/api/shares/{token}/AllFiles.zip")).await;
        assert_eq!((file, &all["left_out"][0]["name"]), (None, &NAME.into()));
        let gone = portal
            .get(&format!("/api/shares/{token}/artifacts/{NAME}"))
            .await;
        assert_eq!(gone.status(), 404);
    }
}

#[tokio::test]
async fn what_is_not_that_agents_or_no_such_file_is_refused() {
    let portal = Portal::with(|config| config.caps.artifact_bytes = 1_000).await;
    let claim = portal.claimed().await;
    let token = portal.agent.token.clone();
    let whom = (claim.run, claim.lease, NAME);
    let no_token = hand_in(&portal, "none", whom, "x").await;
    problem(no_token, 401, "unauthorized").await;
    let other = Fake::admitted(&portal.server, "two").await;
    let not_yours = hand_in(&portal, &other.token, whom, "x").await;
    problem(not_yours, 403, "not_your_run").await;
    let foreign = (claim.run, LeaseId(claim.run.0), NAME);
    let unknown = hand_in(&portal, &token, foreign, "x").await;
    problem(unknown, 409, "unknown_lease").await;
    let no_run = (RunId(claim.lease.0), claim.lease, NAME);
    let no_run = hand_in(&portal, &token, no_run, "x").await;
    problem(no_run, 404, "no_such_run").await;
    for bad in [
        "run.json",
        "manifest.json",
        "NetworkTrace_1.pcapng",
        "..%2f..%2fx",
        "%00",
    ] {
        let bad = hand_in(&portal, &token, (claim.run, claim.lease, bad), "x").await;
        problem(bad, 422, "bad_artifact_name").await;
    }
    let large = hand_in(&portal, &token, whom, vec![0; 1_001]).await;
    problem(large, 413, "body_too_large").await;
    // One that does not say how long it is.
    let pieces = (0..11).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 100]));
    let pieces = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    let large = hand_in(&portal, &token, whom, pieces).await;
    problem(large, 413, "body_too_large").await;
    let url = format!("/api/agent/runs/{}/artifacts/{NAME}", claim.run);
    problem(portal.post(&url, "{}").await, 415, "not_json").await;
    assert_eq!(portal.view(claim.run).await.artifacts, []);
    for second in 0..4 {
        taken(&portal, &claim, &name(second), b"x").await;
    }
    let more = (
        claim.run,
        claim.lease,
        "NetworkTrace_20261121T150009.pcapng",
    );
    let more = hand_in(&portal, &token, more, "x").await;
    problem(more, 422, "too_many_artifacts").await;
    let none = portal
        .get(&path(claim.run, "NetworkTrace_none.pcapng"))
        .await;
    problem(none, 404, "no_such_artifact").await;
    let none = portal.get(&path(RunId(claim.lease.0), NAME)).await;
    problem(none, 404, "no_such_run").await;
}

#[tokio::test]
async fn a_file_goes_with_its_run_and_one_that_belongs_to_none_at_the_start() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    taken(&portal, &claim, NAME, b"packets").await;
    let events = [started(), finished(false)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let folder = portal.folder.path().join("artifacts");
    let of_run = folder.join(claim.run.to_string());
    assert!(of_run.join(hex_of(b"packets")).is_file());
    let url = portal.url(&format!("/api/runs/{}", claim.run));
    let request = portal.http.delete(&url);
    let request = request.header("content-type", "application/json");
    assert_eq!(request.send().await.expect("an answer").status(), 204);
    let gone = portal.get(&path(claim.run, NAME)).await;
    problem(gone, 404, "no_such_run").await;
    eventually("the file is gone", LONG, async || {
        (!of_run.exists()).then_some(())
    })
    .await;

    let orphan = folder.join(claim.lease.to_string());
    std::fs::create_dir_all(&orphan).expect("made");
    std::fs::write(orphan.join("aa"), "x").expect("written");
    let _portal = portal.restarted(|_| {}).await;
    eventually("the orphan is gone", LONG, async || {
        (!orphan.exists()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_lost_takes_nothing_else_along() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    taken(&portal, &claim, NAME, b"packets").await;
    let run = claim.run;
    let folder = portal.folder.path().join("artifacts").join(run.to_string());
    std::fs::remove_dir_all(folder).expect("removed");
    let lost = portal.get(&path(run, NAME)).await;
    problem(lost, 404, "no_such_artifact").await;
    let (all, file) = manifest(&portal, &format!("/api/runs/{run}/AllFiles.zip")).await;
    assert_eq!((file, &all["left_out"][0]["name"]), (None, &NAME.into()));
}

fn hex_of(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("text");
    }
    text
}
