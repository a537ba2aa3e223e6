//! `AllFiles.zip` and the reports of a run.

use crate::support::{Portal, started, step};
use std::io::Read as _;

#[tokio::test]
async fn a_bundle_holds_what_its_manifest_says() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let response = portal.get(&format!("/api/runs/{run}/AllFiles.zip")).await;
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/zip");
    assert_eq!(
        headers["content-disposition"],
        "attachment; filename=\"AllFiles.zip\""
    );
    let bytes = response.bytes().await.expect("all of it");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).expect("a zip");
    let mut manifest = String::new();
    zip.by_name("manifest.json")
        .expect("a manifest")
        .read_to_string(&mut manifest)
        .expect("text");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["run"], run.to_string());
    assert_eq!(
        manifest["files"].as_array().expect("files").len() + 1,
        zip.len()
    );
    let again = portal.get(&format!("/api/runs/{run}/AllFiles.zip")).await;
    assert_eq!(
        again.bytes().await.expect("all of it"),
        bytes,
        "the same bytes"
    );
}

#[tokio::test]
async fn reports_lead_with_the_verdict_and_are_taken_away() {
    let portal = Portal::start().await;
    let run = portal.completed().await;
    let verdict = portal.view(run).await.verdict.expect("settled");
    for (name, kind) in [
        ("report.md", "text/markdown; charset=utf-8"),
        ("report.html", "text/html; charset=utf-8"),
    ] {
        let response = portal.get(&format!("/api/runs/{run}/{name}")).await;
        assert_eq!(response.headers()["content-type"], kind);
        let disposition = response.headers()["content-disposition"].to_str();
        assert!(disposition.expect("text").contains(name));
        let text = response.text().await.expect("all of it");
        assert!(text.contains(&verdict.code), "{name}");
    }
}

#[tokio::test]
async fn a_run_that_still_runs_can_be_taken_away_too() {
    let portal = Portal::start().await;
    let claim = portal.claimed().await;
    let events = [started(), step(1)];
    portal.agent.post(&claim, 1, &events).await.expect("taken");
    let text = portal
        .api
        .report_markdown(claim.run)
        .await
        .expect("a report");
    assert!(text.contains("db.example.test"));
}
