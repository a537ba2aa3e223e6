//! Every gateway of the region that the connection enters by, all at once.
//!
//! The region is told by the address, else by an alias on the way to it. An address that the table does not know is
//! unknown, not wrong: the table ages.

use super::{Check, Note};
use crate::policy::Purpose;
use crate::record::Place;
use crate::run::Run;
use crate::tcp;
use futures::FutureExt;
use futures::future::join_all;
use model::{FailureCode, GatewayRegion, Observation, RegionSource, StepKind, Subject};
use std::net::{IpAddr, SocketAddr};
use target::Kind;
use target::facts::{Region, has_gateways};
use tokio::sync::oneshot;

/// Gateways that are connected to at most.
const MOST_GATEWAYS: usize = 32;

/// Port of a gateway where the target names none.
const PORT: u16 = 1433;

/// What the first hop's name came to; the two may be told in either order.
#[derive(Default)]
pub(super) struct Memory {
    addresses: Option<Vec<IpAddr>>,
    aliases: Option<Vec<String>>,
    is_settled: bool,
}

impl Memory {
    pub(super) fn hear<'r>(&mut self, run: &'r Run<'r>, note: &Note) -> Option<Check<'r>> {
        match note {
            Note::Found {
                hop: 0, addresses, ..
            } => self.addresses = Some(addresses.clone()),
            Note::Aliases { hop: 0, aliases } => self.aliases = Some(aliases.clone()),
            _ => return None,
        }
        let addresses = self.addresses.as_deref()?;
        if self.is_settled || !run.plan.options.gateways {
            return None;
        }
        let by_name = Kind::from_key(&run.plan.target.kind).is_some_and(Kind::has_gateways);
        if by_name && let Some(told) = by_address(run, addresses) {
            self.is_settled = true;
            return Some(connect(run, told));
        }
        let aliases = self.aliases.as_deref()?;
        self.is_settled = true;
        if !by_name && !aliases.iter().any(|alias| has_gateways(alias)) {
            return None;
        }
        let told = by_address(run, addresses).or_else(|| by_alias(run, addresses, aliases));
        if told.is_none() {
            unknown(run, addresses);
        }
        told.map(|told| connect(run, told))
    }
}

fn by_address(run: &Run<'_>, addresses: &[IpAddr]) -> Option<GatewayRegion> {
    addresses.iter().find_map(|address| {
        let (region, _) = run.context.gateways.region_of(*address)?;
        Some(told(
            run,
            region,
            RegionSource::Address,
            address.to_string(),
        ))
    })
}

fn by_alias(run: &Run<'_>, addresses: &[IpAddr], aliases: &[String]) -> Option<GatewayRegion> {
    // An address inside a private network is no gateway, whatever the aliases say.
    if addresses.iter().all(|address| is_private(*address)) {
        return None;
    }
    aliases.iter().find_map(|alias| {
        let region = run.context.gateways.region_by_alias(alias)?;
        Some(told(run, region, RegionSource::Alias, alias.clone()))
    })
}

fn told(run: &Run<'_>, region: &Region, by: RegionSource, told_by: String) -> GatewayRegion {
    GatewayRegion {
        region: region.name.clone(),
        cloud: region.cloud.clone(),
        by,
        told_by,
        gateways: region
            .exact
            .iter()
            .take(MOST_GATEWAYS)
            .map(ToString::to_string)
            .collect(),
        as_of: run.context.gateways.as_of().to_owned(),
    }
}

fn is_private(address: IpAddr) -> bool {
    crate::ip_class::class(address) == crate::ip_class::Class::Private
}

/// Says that the region is not known, and why.
fn unknown(run: &Run<'_>, addresses: &[IpAddr]) {
    let list: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    let list = list.join(", ");
    let why = if addresses.iter().all(|address| is_private(*address)) {
        format!("{list} is inside a private network: no gateway of a region")
    } else {
        let as_of = run.context.gateways.as_of();
        format!("the table of gateways of {as_of} does not know {list}: unknown, not wrong")
    };
    let subject = subject(run, None);
    let step = run
        .recorder
        .start(StepKind::GatewayConnect, Place::default(), subject);
    step.skipped(FailureCode::NotAvailable, Some(&why));
}

fn subject(run: &Run<'_>, endpoint: Option<SocketAddr>) -> Subject {
    Subject {
        host: Some(run.plan.target.host.clone()),
        port: run.plan.target.port,
        endpoint: endpoint.map(|endpoint| endpoint.to_string()),
        source: None,
    }
}

/// The region is a fact of the first gateway's step; every gateway is a step.
fn connect<'r>(run: &'r Run<'r>, region: GatewayRegion) -> Check<'r> {
    let port = run.plan.target.port.unwrap_or(PORT);
    let endpoints: Vec<SocketAddr> = region
        .gateways
        .iter()
        .filter_map(|address| Some(SocketAddr::new(address.parse().ok()?, port)))
        .collect();
    let mut region = Some(Observation::GatewayRegion(region));
    let mut connects = Vec::new();
    for endpoint in &endpoints {
        let subject = subject(run, Some(*endpoint));
        let step = run
            .recorder
            .start(StepKind::GatewayConnect, Place::default(), subject);
        if let Some(region) = region.take() {
            step.observe(None, region);
        }
        match run.context.policy.decide(*endpoint, Purpose::Target) {
            Err(refusal) => {
                step.skipped(FailureCode::PolicyRefused, Some(&refusal.to_string()));
            }
            Ok(()) => {
                // Nobody waits for the first that is established: each is closed at once.
                let (first, _) = oneshot::channel();
                connects.push(tcp::connect_all(*endpoint, run.limits.tcp, step, first));
            }
        }
    }
    if let Some(region) = region {
        let subject = subject(run, None);
        let step = run
            .recorder
            .start(StepKind::GatewayConnect, Place::default(), subject);
        step.observe(None, region);
        let why = "the table names no address of this region, only ranges";
        step.skipped(FailureCode::NotAvailable, Some(why));
    }
    async move {
        join_all(connects).await;
    }
    .boxed()
}
