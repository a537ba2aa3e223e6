//! The managed identity of this host: asked of the virtual machine's metadata service, or of App Service where its
//! variables say so.

use super::http::Http;
use super::{Refused, refusal};
use crate::context::Secret;
use crate::failure::Failure;
use crate::identity::Metadata;
use model::FailureCode;
use serde_json::Value;
use url::Url;

const VIRTUAL_MACHINE: (&str, &str) = ("api-version", "2018-02-01");
const APP_SERVICE: (&str, &str) = ("api-version", "2019-08-01");

/// Asks for a token that is good for `resource`.
pub(super) async fn ask(
    metadata: &Metadata,
    client_id: Option<&str>,
    resource: &str,
    http: &Http,
) -> Result<Secret, Refused> {
    let internal = |error: String| Refused::from(Failure::new(FailureCode::Internal, error));
    let mut url: Url = metadata
        .address()
        .map_err(|error| internal(error.to_string()))?;
    let said_by = place(&url);
    let (version, header) = match metadata {
        Metadata::Usual | Metadata::At(_) => {
            url.set_path("/metadata/identity/oauth2/token");
            (VIRTUAL_MACHINE, ("metadata", "true"))
        }
        Metadata::AppService { header, .. } => {
            (APP_SERVICE, ("x-identity-header", header.expose()))
        }
    };
    {
        let mut query = url.query_pairs_mut();
        query.append_pair(version.0, version.1);
        query.append_pair("resource", resource);
        if let Some(id) = client_id {
            query.append_pair("client_id", id);
        }
    }
    let request = http::Request::builder()
        .uri(url.as_str())
        .header(header.0, header.1)
        .body(Vec::new())
        .map_err(|error| internal(error.to_string()))?;
    let response = http
        .send(request)
        .await
        .map_err(|broken| Refused::from(Failure::from(broken)))?;
    let status = response.status();
    if status.is_success() {
        let body: Option<Value> = serde_json::from_slice(response.body()).ok();
        let token = body
            .as_ref()
            .and_then(|body| body.get("access_token")?.as_str());
        if let Some(token) = token {
            return Ok(Secret::new(token.to_owned()));
        }
    }
    let said = refusal::read(&said_by, &http.last());
    Err(match said {
        Some(said) => Refused {
            failure: refusal::failure(&said),
            said: Some(Box::new(said)),
        },
        None => Refused::from(Failure::new(
            FailureCode::TokenMalformed,
            format!(
                "the answer (HTTP {}) is none of a metadata service",
                status.as_u16()
            ),
        )),
    })
}

/// Scheme, host and port.
pub(super) fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}
