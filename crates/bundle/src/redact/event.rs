//! What of an event is masked, field by field.

use super::Masker;
use model::{
    AgentId, Attempt, EventBody, LeaseId, Options, Plan, PlanLogin, RunEvent, Subject, Target,
};

impl Masker {
    pub(super) fn event(&mut self, event: &RunEvent) -> RunEvent {
        let RunEvent {
            seq,
            at,
            elapsed_us,
            body,
        } = event;
        RunEvent {
            seq: *seq,
            at: *at,
            elapsed_us: *elapsed_us,
            body: self.body(body),
        }
    }

    fn body(&mut self, body: &EventBody) -> EventBody {
        match body {
            EventBody::RunCreated {
                plan,
                agent,
                agent_name,
            } => EventBody::RunCreated {
                plan: Box::new(self.plan(plan)),
                agent: self.agent(*agent),
                agent_name: self.agent_name(agent_name),
            },
            EventBody::RunClaimed { lease } => EventBody::RunClaimed {
                lease: if self.is_public() {
                    LeaseId::NIL
                } else {
                    *lease
                },
            },
            EventBody::RunStarted {
                agent_version,
                clock_ahead_ms,
            } => EventBody::RunStarted {
                agent_version: self.peer(agent_version),
                clock_ahead_ms: *clock_ahead_ms,
            },
            EventBody::StepStarted {
                step,
                parent,
                step_kind,
                hop,
                subject,
            } => EventBody::StepStarted {
                step: *step,
                parent: *parent,
                step_kind: *step_kind,
                hop: *hop,
                subject: self.subject(subject),
            },
            EventBody::AttemptFinished { step, attempt } => EventBody::AttemptFinished {
                step: *step,
                attempt: self.attempt(attempt),
            },
            EventBody::Observed {
                step,
                attempt,
                observation,
            } => EventBody::Observed {
                step: *step,
                attempt: *attempt,
                observation: self.fact(observation),
            },
            EventBody::StepFinished {
                step,
                state,
                code,
                detail,
                elapsed_us,
            } => EventBody::StepFinished {
                step: *step,
                state: *state,
                code: code.as_ref().map(|code| self.code(code)),
                detail: detail.as_ref().map(|text| self.peer(text)),
                elapsed_us: *elapsed_us,
            },
            EventBody::CancelRequested => EventBody::CancelRequested,
            EventBody::LogTruncated { kept } => EventBody::LogTruncated { kept: *kept },
            EventBody::RunFinished { cancelled } => EventBody::RunFinished {
                cancelled: *cancelled,
            },
            EventBody::AgentRestarted => EventBody::AgentRestarted,
            EventBody::CleaningReported { gone, given_up } => EventBody::CleaningReported {
                gone: gone.clone(),
                given_up: *given_up,
            },
            EventBody::RunSettled {
                state,
                outcome,
                interruption,
            } => EventBody::RunSettled {
                state: *state,
                outcome: *outcome,
                interruption: *interruption,
            },
            EventBody::Unknown(value) => EventBody::Unknown(self.json(value)),
        }
    }

    pub(super) fn agent(&self, agent: AgentId) -> AgentId {
        if self.is_public() {
            AgentId::NIL
        } else {
            agent
        }
    }

    fn plan(&mut self, plan: &Plan) -> Plan {
        let Plan {
            run,
            target,
            login,
            options,
        } = plan;
        Plan {
            run: *run,
            target: self.target(target),
            login: self.login(login),
            options: self.options(options),
        }
    }

    pub(super) fn target(&mut self, target: &Target) -> Target {
        let Target {
            server,
            host,
            port,
            instance,
            database,
            kind,
        } = target;
        Target {
            host: self.host(host),
            instance: instance.as_ref().map(|name| self.instance(name)),
            database: self.database(database),
            server: self.server(server),
            port: *port,
            kind: self.peer(kind),
        }
    }

    pub(super) fn login(&mut self, login: &PlanLogin) -> PlanLogin {
        match login {
            PlanLogin::None => PlanLogin::None,
            PlanLogin::Sql { user } => PlanLogin::Sql {
                user: self.user(user),
            },
            PlanLogin::Dummy => PlanLogin::Dummy,
            PlanLogin::EntraToken => PlanLogin::EntraToken,
            PlanLogin::EntraPassword { user } => PlanLogin::EntraPassword {
                user: self.user(user),
            },
            PlanLogin::EntraServicePrincipal { tenant, client_id } => {
                PlanLogin::EntraServicePrincipal {
                    tenant: self.user(tenant),
                    client_id: self.user(client_id),
                }
            }
            PlanLogin::EntraManagedIdentity { client_id } => PlanLogin::EntraManagedIdentity {
                client_id: client_id.as_ref().map(|id| self.user(id)),
            },
            PlanLogin::EntraDeviceCode { tenant } => PlanLogin::EntraDeviceCode {
                tenant: tenant.as_ref().map(|name| self.user(name)),
            },
            PlanLogin::Integrated => PlanLogin::Integrated,
        }
    }

    /// Limits and choices; of these only a schema and a replica's peer name something.
    pub(super) fn options(&mut self, options: &Options) -> Options {
        Options {
            lasting: self.lasting(&options.lasting),
            ..options_kept(options)
        }
    }

    pub(super) fn subject(&mut self, subject: &Subject) -> Subject {
        let Subject {
            host,
            port,
            endpoint,
            source,
        } = subject;
        Subject {
            host: host.as_ref().map(|name| self.host(name)),
            port: *port,
            endpoint: endpoint.as_ref().map(|text| self.endpoint(text)),
            source: source.as_ref().map(|text| self.resolver(text)),
        }
    }

    pub(super) fn attempt(&mut self, attempt: &Attempt) -> Attempt {
        let Attempt {
            number,
            started_us,
            elapsed_us,
            code,
            local,
            detail,
        } = attempt;
        Attempt {
            number: *number,
            started_us: *started_us,
            elapsed_us: *elapsed_us,
            code: code.as_ref().map(|code| self.code(code)),
            local: local.as_ref().map(|text| self.endpoint(text)),
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }
}

/// Limits and choices name nobody, but for what lasts: all others are kept. A new one is looked at before it joins
/// them.
fn options_kept(options: &Options) -> Options {
    let Options {
        tcp_attempts: _,
        tcp_spacing_ms: _,
        tcp_timeout_ms: _,
        dns_timeout_ms: _,
        prelogin_timeout_ms: _,
        tls_timeout_ms: _,
        login_timeout_ms: _,
        query_timeout_ms: _,
        max_redirects: _,
        retry_delays_ms: _,
        slow_phase_ms: _,
        query: _,
        encryption: _,
        connection_attempts: _,
        attempt_delay_ms: _,
        gateways: _,
        external_resolver: _,
        sign_in_hosts: _,
        tls_versions: _,
        revocation: _,
        route_trace: _,
        redirect_sample: _,
        network_trace: _,
        usage_data: _,
        trust_server_certificate: _,
        allow_clear_text: _,
        deadline_ms: _,
        lasting: _,
        driver:
            model::DriverSettings {
                dialect: _,
                encrypt: _,
                trust_server_certificate: _,
                connect_timeout_s: _,
                multi_subnet_failover: _,
                application_intent: _,
                connect_retry_count: _,
                connect_retry_interval_s: _,
            },
    } = options;
    options.clone()
}
