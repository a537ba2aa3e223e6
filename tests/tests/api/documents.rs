//! The API's description, the routes and `docs/API.md` say the same.

use crate::support::Portal;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// `METHOD path` of everything that the description lists.
async fn described(portal: &Portal) -> BTreeSet<String> {
    let response = portal.get("/api/openapi.json").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let document: Value = response.json().await.expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[tokio::test]
async fn every_described_route_is_there_and_takes_no_other_method() {
    let portal = Portal::start().await;
    let described = described(&portal).await;
    assert!(described.len() >= 14, "{described:?}");
    let run = "01a1fd3b-44f4-751c-b846-f23f52f4e303";
    let all = [
        Method::GET,
        Method::POST,
        Method::DELETE,
        Method::PUT,
        Method::PATCH,
    ];
    let paths: BTreeSet<&str> = described
        .iter()
        .filter_map(|route| route.split_once(' '))
        .map(|(_, path)| path)
        .collect();
    for path in paths {
        for method in &all {
            let request = portal
                .http
                .request(method.clone(), portal.url(&path.replace("{id}", run)))
                .header("content-type", "application/json")
                .body("{}");
            let response = request.send().await.expect("an answer");
            let status = response.status();
            let code = response.json::<Value>().await.unwrap_or_default();
            let there = described.contains(&format!("{method} {path}"));
            assert_eq!(status == 405, !there, "{method} {path}: {status}");
            assert_ne!(code["code"], "not_found", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_document_for_people_names_the_same_routes() {
    let portal = Portal::start().await;
    let text = include_str!("../../../docs/API.md");
    let written: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    let mut described = described(&portal).await;
    described.insert("GET /api/openapi.json".into());
    described.insert("GET /api/docs".into());
    assert_eq!(written, described);
}

#[tokio::test]
async fn the_page_for_people_comes_without_script_and_with_its_style() {
    let portal = Portal::start().await;
    let page = portal.get("/api/docs").await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].clone();
    assert!(
        !policy
            .to_str()
            .expect("text")
            .contains("style-src 'unsafe-inline'")
    );
    let page = page.text().await.expect("text");
    for route in described(&portal).await {
        let (method, path) = route.split_once(' ').expect("a route");
        let title = format!("{method}</b> <code>{path}</code></h3>");
        assert!(page.contains(&title), "{route}");
    }
    let link = "<link rel=\"stylesheet\" href=\"/api/docs.css\">";
    assert!(page.contains(link) && !page.contains("<script"));
    let style = portal.get("/api/docs.css").await;
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
}
