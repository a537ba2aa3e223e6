//! A lab with the scenarios that a test is about.

use lab::{Config, Lab, Limits, Scenario};
use std::net::{Ipv4Addr, SocketAddr};

/// A running lab and where its scenarios are.
pub(crate) struct Practising {
    pub(crate) lab: Lab,
}

impl Practising {
    /// Port of a scenario that must be there.
    pub(crate) fn port(&self, scenario: Scenario) -> u16 {
        self.lab
            .port(scenario)
            .unwrap_or_else(|| panic!("{scenario} is unavailable"))
    }

    /// Its IPv4 address.
    pub(crate) fn v4(&self, scenario: Scenario) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port(scenario)).into()
    }

    /// Every address of its first port.
    pub(crate) fn addresses(&self, scenario: Scenario) -> Vec<SocketAddr> {
        let port = self.port(scenario);
        self.lab
            .endpoints()
            .into_iter()
            .filter(|address| address.port() == port)
            .collect()
    }
}

/// These scenarios, a hundred times as fast as in real life.
pub(crate) async fn practise(scenarios: &[Scenario]) -> Practising {
    practise_within(scenarios, Limits::default()).await
}

/// Likewise, with limits of one's own.
pub(crate) async fn practise_within(scenarios: &[Scenario], limits: Limits) -> Practising {
    let config = Config {
        scale: 0.01,
        scenarios: scenarios.iter().map(|&scenario| (scenario, 0)).collect(),
        limits,
        ..Config::default()
    };
    Practising {
        lab: Lab::start(config).await.unwrap(),
    }
}
