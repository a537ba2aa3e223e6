//! One place for requests: address, proxy rule, answers to values or errors.

use crate::Error;
use model::Problem;
use reqwest::header::{COOKIE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Longest text of an answer that is kept in an error.
const KEPT_CHARS: usize = 200;

/// A client and where it calls.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: Client,
    base: Url,
    /// Of a login.
    cookie: Option<HeaderValue>,
}

impl Http {
    /// `ca` holds certificates (PEM) that are trusted beside the usual roots.
    pub(crate) fn new(portal: &str, ca: Option<&[u8]>) -> Result<Self, Error> {
        let address = || Error::Address(portal.to_owned());
        let mut base = Url::parse(portal).map_err(|_| address())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(address());
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut builder = Client::builder()
            .user_agent(concat!("linecheck/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            // What runs on this host is never behind a proxy.
            builder = builder.no_proxy();
        }
        if let Some(ca) = ca {
            let roots = Certificate::from_pem_bundle(ca).map_err(|_| Error::Ca)?;
            if roots.is_empty() {
                return Err(Error::Ca);
            }
            builder = builder.tls_certs_merge(roots);
        }
        let client = builder.build().map_err(Error::Transport)?;
        Ok(Self {
            client,
            base,
            cookie: None,
        })
    }

    /// For calls that carry a secret: refuses a link that others could read.
    pub(crate) fn for_secrets(portal: &str, ca: Option<&[u8]>) -> Result<Self, Error> {
        let http = Self::new(portal, ca)?;
        http.refuse_clear_text()?;
        Ok(http)
    }

    pub(crate) fn refuse_clear_text(&self) -> Result<(), Error> {
        if self.base.scheme() == "https" || is_loopback(&self.base) {
            Ok(())
        } else {
            Err(Error::ClearText)
        }
    }

    /// Every call from here on carries the cookies that `headers` set.
    pub(crate) fn keep_cookies(&mut self, headers: &HeaderMap) {
        let pairs: Vec<&str> = headers
            .get_all(reqwest::header::SET_COOKIE)
            .iter()
            .filter_map(|set| set.to_str().ok()?.split(';').next())
            .collect();
        self.cookie = HeaderValue::from_str(&pairs.join("; ")).ok();
        if let Some(cookie) = &mut self.cookie {
            cookie.set_sensitive(true);
        }
    }

    /// An address under the portal. `path` has no leading slash.
    pub(crate) fn url(&self, path: &str) -> Result<Url, Error> {
        self.base
            .join(path)
            .map_err(|_| Error::Address(path.to_owned()))
    }

    pub(crate) fn get(&self, path: &str) -> Result<RequestBuilder, Error> {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Result<RequestBuilder, Error> {
        self.request(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<RequestBuilder, Error> {
        self.request(Method::DELETE, path)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Error> {
        let request = self.client.request(method, self.url(path)?);
        Ok(match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie.clone()),
            None => request,
        })
    }
}

/// Sends it; an answer that is not a success becomes an error.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Response, Error> {
    let response = request.send().await.map_err(Error::Transport)?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status().as_u16();
    let text = response.text().await.map_err(Error::Transport)?;
    Err(match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => Error::Problem(Box::new(problem)),
        Err(_) => unexpected(status, &text),
    })
}

/// Sends it and reads the answer's JSON.
pub(crate) async fn json<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Error> {
    read(answer(request).await?).await
}

/// Reads an answer's JSON.
pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.map_err(Error::Transport)?;
    serde_json::from_slice(&bytes).map_err(|_| unexpected(status, &String::from_utf8_lossy(&bytes)))
}

fn unexpected(status: u16, text: &str) -> Error {
    Error::Unexpected {
        status,
        text: text.chars().take(KEPT_CHARS).collect(),
    }
}

fn is_loopback(url: &Url) -> bool {
    // `host_str` writes IPv6 in brackets.
    let host = url.host_str().unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Http, is_loopback};
    use crate::Error;
    use reqwest::Url;

    #[test]
    fn only_http_addresses_are_portals() {
        for bad in ["", "portal", "ftp://host", "file:///etc", "http://"] {
            assert!(Http::new(bad, None).is_err(), "{bad}");
        }
        let http = Http::new("http://127.0.0.1:8080/tools", None).expect("an address");
        assert_eq!(
            http.url("api/runs").expect("an address").as_str(),
            "http://127.0.0.1:8080/tools/api/runs"
        );
    }

    #[test]
    fn a_secret_goes_over_tls_or_stays_on_this_host() {
        for (portal, fine) in [
            ("https://portal.example.net", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://portal.example.net", false),
            ("http://10.0.0.1:8080", false),
        ] {
            let http = Http::for_secrets(portal, None);
            assert_eq!(http.is_ok(), fine, "{portal}");
            assert!(fine || matches!(http, Err(Error::ClearText)), "{portal}");
        }
    }

    #[test]
    fn a_file_without_a_certificate_is_no_ca() {
        let http = Http::new("https://portal.example.net", Some(b"nothing"));
        assert!(matches!(http, Err(Error::Ca)));
    }

    #[test]
    fn loopback_is_known_in_all_its_forms() {
        for (url, is) in [
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:1", true),
            ("http://localhost:1", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.net", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).expect("a URL")), is, "{url}");
        }
    }
}
