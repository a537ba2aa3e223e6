//! The names that the portal goes by, where others find it, and who a caller is.

use crate::config::{Access, Tls};
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// The names that the portal goes by.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Where others find it, without a slash at the end; links are made with it.
    pub public_url: String,
    /// Only this computer can open such links.
    pub is_loopback: bool,
    /// Whoever reaches it does so over TLS.
    pub is_secure: bool,
    behind_proxy: bool,
    listening: IpAddr,
    names: Vec<String>,
}

impl Reach {
    pub(super) fn new(access: &Access, listening: SocketAddr) -> Self {
        let is_secure = access.tls.is_on();
        let mut names = access.allow_hosts.clone();
        let public = access.public_url.as_ref();
        names.extend(public.and_then(Url::host_str).map(str::to_owned));
        Self {
            public_url: public.map_or_else(
                || listened_on(listening, is_secure),
                |url| url.origin().ascii_serialization(),
            ),
            is_loopback: public.map_or_else(
                || listening.ip().is_loopback() || listening.ip().is_unspecified(),
                is_loopback,
            ),
            is_secure,
            behind_proxy: access.tls == Tls::Proxy,
            listening: listening.ip(),
            names,
        }
    }

    /// Whether the portal goes by what stands in `Host`. Loopback names are its own wherever it listens, and so
    /// is any address when it listens on all: no foreign name can be pointed at a portal under these.
    #[must_use]
    pub fn is_ours(&self, host: &str) -> bool {
        let name = without_port(host);
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        if self
            .names
            .iter()
            .any(|ours| ours.eq_ignore_ascii_case(name))
        {
            return true;
        }
        let literal = name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(name);
        literal.parse::<IpAddr>().is_ok_and(|ip| {
            ip == self.listening || ip.is_loopback() || self.listening.is_unspecified()
        })
    }

    /// Whether a page of this origin is our own, in a call that named this host.
    #[must_use]
    pub fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        let scheme = if self.is_secure { "https" } else { "http" };
        let same = origin
            .split_once("://")
            .is_some_and(|(with, of)| with == scheme && of.eq_ignore_ascii_case(host));
        same || origin.eq_ignore_ascii_case(&self.public_url)
    }

    /// Who calls: the other end of the connection, or, behind a proxy, whom the proxy says it speaks for.
    /// Only the last entry is the proxy's own word.
    #[must_use]
    pub fn caller(&self, peer: IpAddr, forwarded: Option<&str>) -> IpAddr {
        let Some(forwarded) = forwarded.filter(|_| self.behind_proxy) else {
            return peer;
        };
        let last = forwarded.rsplit(',').next().unwrap_or_default().trim();
        let bare = last.trim_matches(['[', ']']);
        bare.parse()
            .or_else(|_| last.parse().map(|address: SocketAddr| address.ip()))
            .unwrap_or(peer)
    }

    /// One address stands for many callers.
    #[must_use]
    pub fn is_behind_proxy(&self) -> bool {
        self.behind_proxy
    }
}

fn listened_on(listening: SocketAddr, is_secure: bool) -> String {
    let scheme = if is_secure { "https" } else { "http" };
    if listening.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", listening.port())
    } else {
        format!("{scheme}://{listening}")
    }
}

/// Whether an address leads to the computer it is opened on.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.is_empty() => {
            // `::1` without brackets is no host with a port.
            if name.contains(':') && !name.ends_with(']') {
                host
            } else {
                name
            }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::config::{Access, Tls};

    fn reach(listening: &str, access: &Access) -> Reach {
        Reach::new(access, listening.parse().expect("an address"))
    }

    fn public(url: &str, tls: Tls) -> Access {
        Access {
            tls,
            public_url: Some(url.parse().expect("an address")),
            allow_hosts: vec!["inside".into()],
            ..Access::default()
        }
    }

    #[test]
    fn only_loopback_names_are_ours_on_loopback() {
        let reach = reach("127.0.0.1:8080", &Access::default());
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(reach.is_ours(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]:8080",
            "localhost:80:80",
            "local host",
        ] {
            assert!(!reach.is_ours(host), "{host}");
        }
    }

    #[test]
    fn names_come_from_the_public_url_the_list_and_the_address() {
        let access = public("https://portal.example", Tls::Proxy);
        let one = reach("192.0.2.1:8443", &access);
        for host in [
            "portal.example",
            "Portal.Example:443",
            "inside:8443",
            "192.0.2.1:8443",
            "localhost",
        ] {
            assert!(one.is_ours(host), "{host}");
        }
        for host in [
            "192.0.2.2",
            "evil.example",
            "portal.example.evil.example",
            "xportal.example",
        ] {
            assert!(!one.is_ours(host), "{host}");
        }
        let all = reach("0.0.0.0:8443", &access);
        assert!(all.is_ours("192.0.2.2:8443") && all.is_ours("[2001:db8::1]"));
        assert!(!all.is_ours("evil.example"));
    }

    #[test]
    fn an_origin_has_the_scheme_that_the_portal_has() {
        let plain = reach("127.0.0.1:8080", &Access::default());
        assert!(plain.is_own_origin("http://localhost:8080", "localhost:8080"));
        for foreign in [
            "https://localhost:8080",
            "http://localhost:1",
            "null",
            "",
            "http://",
        ] {
            assert!(!plain.is_own_origin(foreign, "localhost:8080"), "{foreign}");
        }
        let proxied = reach(
            "127.0.0.1:8080",
            &public("https://portal.example", Tls::Proxy),
        );
        assert!(proxied.is_own_origin("https://portal.example", "127.0.0.1:8080"));
        assert!(proxied.is_own_origin("https://inside", "inside"));
        assert!(!proxied.is_own_origin("http://portal.example", "portal.example"));
    }

    #[test]
    fn links_lead_to_where_others_find_it() {
        for (listening, access, url, is_loopback) in [
            (
                "127.0.0.1:80",
                Access::default(),
                "http://127.0.0.1:80",
                true,
            ),
            ("[::1]:8080", Access::default(), "http://[::1]:8080", true),
            (
                "0.0.0.0:8443",
                public("https://a.example/", Tls::Proxy),
                "https://a.example",
                false,
            ),
            (
                "127.0.0.1:1",
                public("https://A.example:8443", Tls::Proxy),
                "https://a.example:8443",
                false,
            ),
            (
                "127.0.0.1:1",
                public("http://localhost:9", Tls::None),
                "http://localhost:9",
                true,
            ),
            (
                "192.0.2.1:8443",
                Access {
                    tls: Tls::Proxy,
                    ..Access::default()
                },
                "https://192.0.2.1:8443",
                false,
            ),
            (
                "[::]:8443",
                Access {
                    tls: Tls::Proxy,
                    ..Access::default()
                },
                "https://localhost:8443",
                true,
            ),
        ] {
            let reach = reach(listening, &access);
            assert_eq!(reach.public_url, url);
            assert_eq!(reach.is_loopback, is_loopback, "{url}");
        }
    }

    #[test]
    fn only_a_proxy_says_who_calls_and_only_its_last_word_counts() {
        let peer = "192.0.2.1".parse().expect("an address");
        let proxied = reach("127.0.0.1:1", &public("https://a.example", Tls::Proxy));
        for (forwarded, expected) in [
            (None, "192.0.2.1"),
            (Some("198.51.100.7"), "198.51.100.7"),
            (Some("203.0.113.9, 198.51.100.7"), "198.51.100.7"),
            (Some("198.51.100.7:4711"), "198.51.100.7"),
            (Some("[2001:db8::1]:4711"), "2001:db8::1"),
            (Some("2001:db8::1"), "2001:db8::1"),
            (Some("unknown"), "192.0.2.1"),
            (Some(""), "192.0.2.1"),
        ] {
            let caller = proxied.caller(peer, forwarded);
            assert_eq!(caller.to_string(), expected, "{forwarded:?}");
        }
        let plain = reach("127.0.0.1:1", &Access::default());
        assert_eq!(plain.caller(peer, Some("198.51.100.7")), peer);
    }
}
