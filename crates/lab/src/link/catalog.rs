//! What one of the two servers has. Bounded.

use super::net::{InstancePorts, Listening, Net, listen};
use super::replies::Refused;
use super::{Fault, Part};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Things of one kind.
const MOST: usize = 64;

/// Name of an endpoint that is there from the beginning.
const EXISTING: &str = "Hadr_endpoint";

/// A job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) steps: Vec<JobStep>,
    pub(super) has_server: bool,
    pub(super) is_running: bool,
    /// Step, status and words, once a step has ended; the job itself last, as step 0.
    pub(super) history: Vec<(i32, i32, String)>,
}

/// A step that connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JobStep {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) port: u16,
    /// Says `True` or `False` and no more.
    pub(super) quiet: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    jobs: BTreeMap<String, Job>,
    /// Job and limit in milliseconds, by name.
    procedures: BTreeMap<String, (String, u64)>,
    certificates: BTreeSet<String>,
    /// One at most, as servers have it.
    endpoint: Option<(String, u16, String)>,
    /// Whose note lies beside it; empty for one that was there.
    master_key: Option<String>,
    listening: Vec<Listening>,
    /// What an instance has open for ever.
    _own: Vec<Listening>,
}

type Done<T> = Result<T, Refused>;

impl Catalog {
    pub(super) fn of(part: Part, net: &Net) -> io::Result<Self> {
        let mut catalog = Self::default();
        match part {
            Part::Server(fault) => {
                if fault != Fault::NoMasterKey {
                    catalog.master_key = Some(String::new());
                }
                if fault == Fault::EndpointExists {
                    let open = listen(0, true)?;
                    net.add_endpoint(open.port, open.port, open.port);
                    catalog.endpoint = Some((EXISTING.to_owned(), open.port, String::new()));
                    catalog.listening.push(open);
                }
            }
            Part::Instance(name, fault) => {
                let mirroring = listen(0, true)?;
                let hadr = listen(0, fault != Fault::Blocked)?;
                let ports = InstancePorts {
                    mirroring: mirroring.port,
                    hadr: hadr.port,
                };
                net.add_instance(name, ports);
                catalog._own = vec![mirroring, hadr];
            }
        }
        Ok(catalog)
    }

    pub(super) fn inventory(&self) -> Vec<String> {
        let named = |kind: &str, name: &String| format!("{kind} {name}");
        let mut all: Vec<String> = self.jobs.keys().map(|name| named("job", name)).collect();
        all.extend(self.procedures.keys().map(|name| named("procedure", name)));
        all.extend(
            self.certificates
                .iter()
                .map(|name| named("certificate", name)),
        );
        all.extend(
            self.endpoint
                .iter()
                .map(|(name, ..)| named("endpoint", name)),
        );
        all.extend(self.master_key.iter().map(|note| named("master key", note)));
        all
    }

    /// Addresses that it has open for ever.
    pub(super) fn addresses(&self) -> impl Iterator<Item = std::net::SocketAddr> {
        let all = self._own.iter().chain(&self.listening);
        all.flat_map(|one| one.addresses.clone())
    }

    pub(super) fn has_master_key(&self) -> bool {
        self.master_key.is_some()
    }

    pub(super) fn create_master_key(&mut self, note: &str) -> Done<()> {
        if self.master_key.is_some() {
            return Err(Refused::MasterKeyExists);
        }
        self.master_key = Some(note.to_owned());
        Ok(())
    }

    pub(super) fn drop_master_key(&mut self, note: &str) {
        if self.note(note) {
            self.master_key = None;
        }
    }

    pub(super) fn note(&self, note: &str) -> bool {
        !note.is_empty() && self.master_key.as_deref() == Some(note)
    }

    pub(super) fn create_certificate(&mut self, name: &str) -> Done<()> {
        if !self.has_master_key() {
            return Err(Refused::NoMasterKey);
        }
        if self.certificates.len() >= MOST {
            return Err(Refused::Full);
        }
        if !self.certificates.insert(name.to_owned()) {
            return Err(Refused::Exists(15_232, name.to_owned()));
        }
        Ok(())
    }

    pub(super) fn drop_certificate(&mut self, name: &str) -> Done<()> {
        if self
            .endpoint
            .as_ref()
            .is_some_and(|(.., used)| used == name)
        {
            return Err(Refused::InUse(name.to_owned()));
        }
        self.certificates.remove(name);
        Ok(())
    }

    pub(super) fn certificate(&self, name: &str) -> bool {
        self.certificates.contains(name)
    }

    pub(super) fn endpoint(&self) -> Option<(&str, u16)> {
        let (name, port, _) = self.endpoint.as_ref()?;
        Some((name, *port))
    }

    pub(super) fn create_endpoint(
        &mut self,
        name: &str,
        port: i64,
        certificate: &str,
        net: &Net,
        fault: Fault,
    ) -> Done<()> {
        let port = u16::try_from(port).map_err(|_| Refused::Full)?;
        if self.endpoint.is_some() {
            return Err(Refused::OneEndpoint);
        }
        if !self.certificate(certificate) {
            return Err(Refused::NotThere(certificate.to_owned()));
        }
        let open = listen(port, true).map_err(|_| Refused::Full)?;
        let mut for_instance = open.port;
        if fault == Fault::Blocked {
            let shut = listen(0, false).map_err(|_| Refused::Full)?;
            for_instance = shut.port;
            self.listening.push(shut);
        }
        net.add_endpoint(port, open.port, for_instance);
        self.listening.push(open);
        self.endpoint = Some((name.to_owned(), port, certificate.to_owned()));
        Ok(())
    }

    pub(super) fn drop_endpoint(&mut self, name: &str, net: &Net) {
        if let Some((own, port)) = self.endpoint()
            && own == name
        {
            net.remove_endpoint(port);
            self.endpoint = None;
            self.listening.clear();
        }
    }

    pub(super) fn job(&self, name: &str) -> bool {
        self.jobs.contains_key(name)
    }

    /// Somebody else has made one of this name.
    pub(super) fn seed_job(&mut self, name: &str) {
        if self.jobs.len() < MOST {
            self.jobs.entry(name.to_owned()).or_default();
        }
    }

    pub(super) fn add_job(&mut self, name: &str) -> Done<()> {
        if self.job(name) {
            return Err(Refused::Exists(14_261, name.to_owned()));
        }
        if self.jobs.len() >= MOST {
            return Err(Refused::Full);
        }
        self.jobs.insert(name.to_owned(), Job::default());
        Ok(())
    }

    pub(super) fn job_mut(&mut self, name: &str) -> Done<&mut Job> {
        let none = || Refused::NotThere(name.to_owned());
        self.jobs.get_mut(name).ok_or_else(none)
    }

    pub(super) fn add_step(&mut self, job: &str, step: &str, command: &str) -> Done<()> {
        let job = self.job_mut(job)?;
        if job.steps.len() >= MOST {
            return Err(Refused::Full);
        }
        job.steps
            .push(connects(step, command).ok_or(Refused::Full)?);
        Ok(())
    }

    pub(super) fn add_job_server(&mut self, job: &str) -> Done<()> {
        self.job_mut(job)?.has_server = true;
        Ok(())
    }

    pub(super) fn drop_job(&mut self, name: &str) {
        self.jobs.remove(name);
    }

    pub(super) fn history(&self, job: &str) -> Vec<(i32, i32, String)> {
        self.jobs
            .get(job)
            .map(|job| job.history.clone())
            .unwrap_or_default()
    }

    pub(super) fn create_procedure(&mut self, name: &str, job: &str, limit: i64) -> Done<()> {
        if self.procedures.len() >= MOST {
            return Err(Refused::Full);
        }
        if self.procedures.contains_key(name) {
            return Err(Refused::Exists(2714, name.to_owned()));
        }
        let limit = u64::try_from(limit).unwrap_or(0);
        let procedure = (job.to_owned(), limit);
        self.procedures.insert(name.to_owned(), procedure);
        Ok(())
    }

    pub(super) fn drop_procedure(&mut self, name: &str) {
        self.procedures.remove(name);
    }

    pub(super) fn procedure(&self, name: &str) -> Option<&(String, u64)> {
        self.procedures.get(name)
    }
}

/// What a step's PowerShell connects to; nothing else is understood.
fn connects(step: &str, command: &str) -> Option<JobStep> {
    let rest = command.strip_prefix("Test-NetConnection -ComputerName '")?;
    let (host, rest) = rest.split_once("' -Port ")?;
    let (port, rest) = rest.split_once(' ')?;
    Some(JobStep {
        name: step.to_owned(),
        host: host.replace("''", "'"),
        port: port.parse().ok()?,
        quiet: rest.contains("-InformationLevel Quiet"),
    })
}
