//! The two servers of a link, as far as Linecheck asks them: a SQL Server and a managed instance, each with jobs,
//! and the network between them.
//!
//! ```text
//!  batch ──▶ words ──▶ statement ──▶ catalog: keys, certificates, endpoints, jobs, procedures
//!                                      └─ a job that is started ──▶ net: a connect on loopback, really made
//! ```
//! One catalog for each scenario, one network for the whole lab. What is no statement of a link is answered as by any
//! other server of the lab.

mod catalog;
mod jobs;
mod net;
mod replies;
mod statements;

pub(crate) use net::Net;

use catalog::Catalog;
use replies::Refused;
use statements::Statement;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tds::token::Body;

/// Which of the two servers it plays, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The SQL Server.
    Server(Fault),
    /// The managed instance, with its name in DNS.
    Instance(&'static str, Fault),
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// `master` has no master key.
    NoMasterKey,
    /// SQL Server Agent does not run.
    AgentStopped,
    /// The login may make nothing.
    NoPermission,
    /// A job of any name is there already.
    NameTaken,
    /// Jobs do not end.
    NeverEnds,
    /// It has a mirroring endpoint.
    EndpointExists,
    /// Job steps and endpoints cannot be made.
    HalfWay,
    /// The connection is closed when something is to be started, or an endpoint was made.
    ConnectionLost,
    /// Its port is closed to the other server.
    Blocked,
}

/// One of the two servers.
pub(crate) struct Link {
    part: Part,
    net: Arc<Net>,
    catalog: Mutex<Catalog>,
    /// Batches that were understood, in their order; bounded.
    sent: Mutex<Vec<String>>,
}

/// Batches that are remembered.
const MOST_SENT: usize = 512;

/// What becomes of a batch.
pub(crate) enum Answer {
    /// It is answered.
    Tokens(Vec<Body>),
    /// The connection is closed without a word.
    Gone,
}

impl Link {
    /// With what it has from the beginning. Needs a tokio runtime.
    pub(crate) fn new(part: Part, net: Arc<Net>) -> std::io::Result<Arc<Self>> {
        let catalog = Catalog::of(part, &net)?;
        Ok(Arc::new(Self {
            part,
            net,
            catalog: Mutex::new(catalog),
            sent: Mutex::default(),
        }))
    }

    fn fault(&self) -> Fault {
        match self.part {
            Part::Server(fault) | Part::Instance(_, fault) => fault,
        }
    }

    fn catalog(&self) -> MutexGuard<'_, Catalog> {
        self.catalog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that it has now: `job linecheck_…`.
    pub(crate) fn inventory(&self) -> Vec<String> {
        self.catalog().inventory()
    }

    /// What it was sent so far.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Addresses that it has open from the beginning, beside its own port.
    pub(crate) fn addresses(&self) -> Vec<std::net::SocketAddr> {
        self.catalog().addresses().collect()
    }

    /// Where an instance really listens for mirroring.
    pub(crate) fn instance_port(&self) -> Option<u16> {
        match self.part {
            Part::Server(_) => None,
            Part::Instance(name, _) => Some(self.net.instance(name)?.mirroring),
        }
    }

    fn remember(&self, sql: &str) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() < MOST_SENT {
            sent.push(sql.to_owned());
        }
    }

    /// The reply to a batch; `None` when it is not for a link.
    pub(crate) async fn batch(self: &Arc<Self>, sql: &str) -> Option<Answer> {
        let statement = statements::read(sql)?;
        self.remember(sql);
        if self.fault() == Fault::NoPermission && statement.makes_something() {
            return Some(Answer::Tokens(replies::refused(&Refused::NotPermitted)));
        }
        let cuts = self.fault() == Fault::ConnectionLost
            && matches!(
                statement,
                Statement::Start(_) | Statement::CreateEndpoint { .. }
            );
        let done = match statement {
            Statement::Execute(name) => jobs::execute(self, &name).await,
            Statement::Start(job) if !cuts => jobs::start(self, &job).map(|()| replies::done()),
            Statement::Start(_) => Ok(replies::done()),
            other => self.make(other),
        };
        if cuts {
            return Some(Answer::Gone);
        }
        Some(Answer::Tokens(
            done.unwrap_or_else(|why| replies::refused(&why)),
        ))
    }

    fn make(&self, statement: Statement) -> Result<Vec<Body>, Refused> {
        let fault = self.fault();
        let is_instance = matches!(self.part, Part::Instance(..));
        let mut catalog = self.catalog();
        Ok(match statement {
            Statement::WhatItIs => replies::what_it_is(is_instance, fault == Fault::NoPermission),
            Statement::Platform => replies::texts(&["host_platform"], &[vec!["Windows".into()]]),
            Statement::AgentService => {
                let stopped = fault == Fault::AgentStopped;
                let status = if stopped { "Stopped" } else { "Running" };
                replies::texts(&["status_desc"], &[vec![status.into()]])
            }
            Statement::MasterKey => replies::names(
                catalog
                    .has_master_key()
                    .then_some("##MS_DatabaseMasterKey##"),
            ),
            Statement::MirroringEndpoint => replies::endpoint(catalog.endpoint()),
            Statement::Listener(port) => {
                let taken = catalog
                    .endpoint()
                    .is_some_and(|(_, own)| i64::from(own) == port);
                replies::names(taken.then_some("DATABASE_MIRRORING"))
            }
            Statement::InstanceParameters | Statement::PrimaryNodes if !is_instance => {
                return Err(Refused::NoView);
            }
            Statement::InstanceParameters => replies::parameters(&self.net, self.part),
            Statement::PrimaryNodes => replies::nodes(self.part),
            Statement::CreateMasterKey(note) => {
                catalog.create_master_key(&note)?;
                replies::done()
            }
            Statement::DropMasterKey(note) => {
                catalog.drop_master_key(&note);
                replies::done()
            }
            Statement::Note(name) => replies::names(catalog.note(&name).then_some(name.as_str())),
            Statement::CreateCertificate(name) => {
                catalog.create_certificate(&name)?;
                replies::done()
            }
            Statement::DropCertificate(name) => {
                catalog.drop_certificate(&name)?;
                replies::done()
            }
            Statement::Certificate(name) => {
                replies::names(catalog.certificate(&name).then_some(name.as_str()))
            }
            Statement::CreateEndpoint { .. } if fault == Fault::HalfWay => {
                return Err(Refused::Full);
            }
            Statement::CreateEndpoint {
                name,
                port,
                certificate,
            } => {
                catalog.create_endpoint(&name, port, &certificate, &self.net, fault)?;
                replies::done()
            }
            Statement::DropEndpoint(name) => {
                catalog.drop_endpoint(&name, &self.net);
                replies::done()
            }
            Statement::Endpoint(name) => {
                let there = catalog.endpoint().is_some_and(|(own, _)| own == name);
                replies::names(there.then_some(name.as_str()))
            }
            Statement::Job(name) => {
                if fault == Fault::NameTaken {
                    catalog.seed_job(&name);
                }
                replies::names(catalog.job(&name).then_some(name.as_str()))
            }
            Statement::AddJob(name) => {
                catalog.add_job(&name)?;
                replies::done()
            }
            Statement::AddStep { .. } if fault == Fault::HalfWay => return Err(Refused::Full),
            Statement::AddStep { job, step, command } => {
                catalog.add_step(&job, &step, &command)?;
                replies::done()
            }
            Statement::AddJobServer(job) => {
                catalog.add_job_server(&job)?;
                replies::done()
            }
            Statement::DropJob(name) => {
                catalog.drop_job(&name);
                replies::done()
            }
            Statement::History(job) => replies::history(&catalog.history(&job)),
            Statement::CreateProcedure { name, job, limit } => {
                catalog.create_procedure(&name, &job, limit)?;
                replies::done()
            }
            Statement::DropProcedure(name) => {
                catalog.drop_procedure(&name);
                replies::done()
            }
            Statement::Procedure(name) => {
                replies::names(catalog.procedure(&name).is_some().then_some(name.as_str()))
            }
            Statement::Start(_) | Statement::Execute(_) => replies::done(),
        })
    }
}

#[cfg(test)]
mod tests;
