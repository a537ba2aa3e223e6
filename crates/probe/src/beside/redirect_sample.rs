//! Some ports of the range that redirects go to, at the host that the run was redirected to, else at the target.
//!
//! A firewall that lets one port of the range through and not another shows here. An RST is an answer too: the way is
//! open, nobody listens.

use super::{Check, Note};
use crate::policy::Purpose;
use crate::record::{Place, Try};
use crate::run::Run;
use crate::tcp;
use futures::FutureExt;
use futures::future::join_all;
use model::{Closer, FailureCode, Observation, StepKind, Subject};
use std::net::{IpAddr, SocketAddr};
use target::Kind;
use tokio::time::Instant;

/// First port and number of ports of the range.
const FIRST: u16 = 11_000;
const PORTS: u16 = 1_000;
/// Ports that are connected to.
const SAMPLE: u16 = 5;

/// Where a sample would be taken.
#[derive(Default)]
pub(super) struct Memory {
    place: Option<(u32, String, IpAddr)>,
}

impl Memory {
    pub(super) fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Option<Check<'r>> {
        if !run.plan.options.redirect_sample {
            return None;
        }
        match note {
            Note::Found {
                hop,
                host,
                addresses,
                ..
            } => {
                let address = addresses.first()?;
                self.place = Some((*hop, host.clone(), *address));
                None
            }
            Note::Over => {
                let (hop, host, address) = self.place.take()?;
                let kind = Kind::from_key(&run.plan.target.kind)?;
                // Where nobody is ever routed, there is nothing to sample.
                (hop > 0 || kind.redirect_ports().is_some())
                    .then(|| make(run, host, address).boxed())
            }
            _ => None,
        }
    }
}

/// Ports spread over the range, others in each run.
fn ports(seed: u128) -> impl Iterator<Item = u16> {
    let stride = PORTS / SAMPLE;
    (0..SAMPLE).map(move |index| {
        let shifted = seed >> (u32::from(index) * 16);
        let within = u16::try_from(shifted % u128::from(stride)).unwrap_or(0);
        FIRST + index * stride + within
    })
}

async fn make(run: &Run<'_>, host: String, address: IpAddr) {
    let subject = Subject {
        host: Some(host),
        endpoint: Some(address.to_string()),
        ..Subject::default()
    };
    let step = run
        .recorder
        .start(StepKind::RedirectSample, Place::default(), subject);
    let limit = run.limits.tcp.timeout;
    let connects = ports(run.plan.run.0.as_u128())
        .zip(1..)
        .map(|(port, number)| async move {
            let endpoint = SocketAddr::new(address, port);
            if let Err(refusal) = run.context.policy.decide(endpoint, Purpose::Target) {
                return Err((FailureCode::PolicyRefused, refusal.to_string()));
            }
            let started = Instant::now();
            let connected = tcp::connect(endpoint, limit, step, number).await;
            let ended = Instant::now();
            let (local, result) = match connected {
                Ok(connection) => {
                    let local = connection.local().to_owned();
                    connection.close(Closer::Us).await;
                    (Some(local), Ok(()))
                }
                Err(failure) => (None, Err(failure.code)),
            };
            let code = result.err();
            step.attempt(Try {
                number,
                started,
                ended,
                code: code.clone(),
                local,
                detail: Some(format!("port {port}")),
            });
            let took = crate::record::micros_between(started, ended);
            let took = code.is_none().then_some(took);
            step.observe(
                Some(number),
                Observation::ConnectTimes {
                    endpoint: endpoint.to_string(),
                    attempts: 1,
                    established: u32::from(code.is_none()),
                    min_us: took,
                    median_us: took,
                    max_us: took,
                },
            );
            match code {
                None => Ok(()),
                Some(code) => Err((code, format!("port {port}"))),
            }
        });
    let results = join_all(connects).await;
    if results.iter().any(Result::is_ok) {
        return step.ok();
    }
    match results.into_iter().find_map(Result::err) {
        Some((code @ FailureCode::PolicyRefused, why)) => step.skipped(code, Some(&why)),
        Some((code, why)) => step.failed(code, Some(&format!("every port of the sample; {why}"))),
        None => step.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::ports;

    #[test]
    fn five_ports_spread_over_the_range() {
        for seed in [0, 1, u128::MAX, 0x0193_F0A0_0000_7000_8000_0000_0000_0001] {
            let found: Vec<u16> = ports(seed).collect();
            assert_eq!(found.len(), 5);
            assert!(found.is_sorted() && found.iter().all(|port| (11_000..12_000).contains(port)));
            assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
