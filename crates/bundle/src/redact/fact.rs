//! What of a fact is masked, field by field.

use super::{Masker, beats, path};
use model::{
    Closing, DnsRecord, DnsSource, HopTarget, Interface, Observation, PreloginOption, ServerMessage,
};

/// Environment changes by what they carry.
const DATABASE: u8 = 1;
const PARTNER: u8 = 13;
const USER_INSTANCE: u8 = 19;

impl Masker {
    pub(super) fn fact(&mut self, fact: &Observation) -> Observation {
        match fact {
            Observation::Host {
                hostname,
                os,
                arch,
                interfaces,
                resolvers,
                proxy_variables,
                trusted_roots,
                ephemeral_ports,
                tls_versions,
                tls_suites,
            } => Observation::Host {
                hostname: self.host(hostname),
                os: self.peer(os),
                arch: self.peer(arch),
                interfaces: interfaces.iter().map(|one| self.interface(one)).collect(),
                resolvers: resolvers.iter().map(|text| self.resolver(text)).collect(),
                proxy_variables: self.texts(proxy_variables),
                trusted_roots: *trusted_roots,
                ephemeral_ports: *ephemeral_ports,
                tls_versions: self.texts(tls_versions),
                tls_suites: self.texts(tls_suites),
            },
            Observation::Route(route) => Observation::Route(self.route(route)),
            Observation::Instances { instances } => Observation::Instances {
                instances: instances.iter().map(|one| self.sql_instance(one)).collect(),
            },
            Observation::GatewayRegion(region) => {
                Observation::GatewayRegion(self.gateway_region(region))
            }
            Observation::SignInHost(host) => Observation::SignInHost(self.sign_in_host(host)),
            Observation::TlsOffer(offer) => Observation::TlsOffer(self.tls_offer(offer)),
            Observation::RevocationAnswer(answer) => {
                Observation::RevocationAnswer(self.revocation(answer))
            }
            Observation::RouteHop(hop) => Observation::RouteHop(self.route_hop(hop)),
            Observation::DatabaseEntry(entry) => {
                Observation::DatabaseEntry(self.database_entry(entry))
            }
            Observation::Token(token) => Observation::Token(self.token(token)),
            Observation::TokenRefused(refusal) => {
                Observation::TokenRefused(self.token_refusal(refusal))
            }
            Observation::DeviceCode(code) => Observation::DeviceCode(self.device_code(code)),
            Observation::TraceFile(file) => Observation::TraceFile(self.trace_file(file)),
            Observation::TracedConnection(traced) => {
                Observation::TracedConnection(self.traced(traced))
            }
            Observation::LoopFailure(failure) => {
                Observation::LoopFailure(self.loop_failure(failure))
            }
            Observation::LoopMinute(minute) => Observation::LoopMinute(self.loop_minute(minute)),
            Observation::BeatMinute(minute) => Observation::BeatMinute(beats::beat_minute(minute)),
            Observation::LinkChange(change) => Observation::LinkChange(self.link_change(change)),
            Observation::FreshLoginFailed(failed) => {
                Observation::FreshLoginFailed(self.fresh_login_failed(failed))
            }
            Observation::IdleRung(rung) => Observation::IdleRung(self.idle_rung(rung)),
            Observation::IdleProgress(progress) => Observation::IdleProgress(*progress),
            Observation::FlowEnd(end) => Observation::FlowEnd(self.flow_end(end)),
            Observation::LocalPorts(ports) => Observation::LocalPorts(path::local_ports(ports)),
            Observation::RampStage(stage) => Observation::RampStage(self.ramp_stage(stage)),
            Observation::RampEnd(end) => Observation::RampEnd(self.ramp_end(end)),
            Observation::SynTimes(times) => Observation::SynTimes(self.syn_times(times)),
            Observation::AddressesTried(tried) => {
                Observation::AddressesTried(self.addresses_tried(tried))
            }
            Observation::SizeAnswer(answer) => Observation::SizeAnswer(self.size_answer(answer)),
            Observation::Replica(fact) => Observation::Replica(self.replica(fact)),
            Observation::DnsAnswer {
                source,
                name,
                records,
                addresses,
                code,
                rcode,
                elapsed_us,
            } => Observation::DnsAnswer {
                source: self.dns_source(source),
                name: self.host(name),
                records: records.iter().map(|one| self.dns_record(one)).collect(),
                addresses: addresses.iter().map(|text| self.endpoint(text)).collect(),
                code: code.as_ref().map(|code| self.code(code)),
                rcode: rcode.as_ref().map(|text| self.peer(text)),
                elapsed_us: *elapsed_us,
            },
            Observation::ConnectTimes {
                endpoint,
                attempts,
                established,
                min_us,
                median_us,
                max_us,
            } => Observation::ConnectTimes {
                endpoint: self.endpoint(endpoint),
                attempts: *attempts,
                established: *established,
                min_us: *min_us,
                median_us: *median_us,
                max_us: *max_us,
            },
            Observation::TraceId {
                connection_id,
                activity_id,
                at,
                endpoint,
                local,
            } => Observation::TraceId {
                // Random; only Microsoft can tell whose.
                connection_id: self.peer(connection_id),
                activity_id: self.peer(activity_id),
                at: *at,
                endpoint: self.endpoint(endpoint),
                local: self.endpoint(local),
            },
            Observation::PreloginReply {
                version,
                encryption,
                instance_matches,
                fed_auth_required,
                mars,
                options,
                packet_type,
            } => Observation::PreloginReply {
                version: version.as_ref().map(|text| self.peer(text)),
                encryption: *encryption,
                instance_matches: *instance_matches,
                fed_auth_required: *fed_auth_required,
                mars: *mars,
                options: options
                    .iter()
                    .map(|one| self.prelogin_option(one))
                    .collect(),
                packet_type: *packet_type,
            },
            Observation::NotTds {
                first_bytes,
                looks_like,
                text,
            } => Observation::NotTds {
                first_bytes: self.bytes(first_bytes),
                looks_like: looks_like.as_ref().map(|text| self.peer(text)),
                text: self.peer(text),
            },
            Observation::FragmentedReply {
                phase,
                reads,
                bytes,
                elapsed_us,
            } => Observation::FragmentedReply {
                phase: *phase,
                reads: *reads,
                bytes: *bytes,
                elapsed_us: *elapsed_us,
            },
            Observation::TlsSession {
                protocol,
                cipher,
                wrapper_type,
            } => Observation::TlsSession {
                protocol: self.peer(protocol),
                cipher: self.peer(cipher),
                wrapper_type: *wrapper_type,
            },
            Observation::TlsChain {
                server_name,
                certificates,
                verdict,
                overridden,
            } => Observation::TlsChain {
                server_name: self.host(server_name),
                certificates: certificates
                    .iter()
                    .map(|one| self.certificate(one))
                    .collect(),
                verdict: self.chain_verdict(verdict),
                overridden: *overridden,
            },
            Observation::TlsAlert { number, name } => Observation::TlsAlert {
                number: *number,
                name: self.peer(name),
            },
            Observation::LoginSent {
                endpoint,
                server_name,
                database,
                user,
                application,
                encrypted,
            } => Observation::LoginSent {
                endpoint: self.endpoint(endpoint),
                server_name: self.server(server_name),
                database: self.database(database),
                user: self.user(user),
                application: self.peer(application),
                encrypted: *encrypted,
            },
            Observation::ServerError(message) => {
                Observation::ServerError(self.server_message(message))
            }
            Observation::ServerInfo(message) => {
                Observation::ServerInfo(self.server_message(message))
            }
            Observation::LoginAck {
                program,
                version,
                tds_version,
            } => Observation::LoginAck {
                program: self.peer(program),
                version: self.peer(version),
                tds_version: self.peer(tds_version),
            },
            Observation::EnvChange {
                change,
                name,
                new,
                old,
            } => Observation::EnvChange {
                change: *change,
                name: self.peer(name),
                new: self.environment(*change, new),
                old: self.environment(*change, old),
            },
            Observation::Routing(hop) => Observation::Routing(self.hop_target(hop)),
            Observation::FeatureAck { features } => Observation::FeatureAck {
                features: features
                    .iter()
                    .map(|(id, data)| (*id, self.bytes(data)))
                    .collect(),
            },
            Observation::FedAuthInfo { sts_url, spn } => Observation::FedAuthInfo {
                sts_url: sts_url.as_ref().map(|text| self.service_name(text)),
                spn: spn.as_ref().map(|text| self.service_name(text)),
            },
            Observation::OddToken {
                token,
                offset,
                bytes,
                why,
            } => Observation::OddToken {
                token: *token,
                offset: *offset,
                bytes: self.bytes(bytes),
                why: self.peer(why),
            },
            Observation::Done { status, rows } => Observation::Done {
                status: *status,
                rows: *rows,
            },
            Observation::RetryScheduled { number, delay_ms } => Observation::RetryScheduled {
                number: *number,
                delay_ms: *delay_ms,
            },
            Observation::StatementSent { sql } => Observation::StatementSent {
                sql: self.peer(sql),
            },
            Observation::QueryResult { columns, rows } => Observation::QueryResult {
                columns: self.texts(columns),
                rows: rows
                    .iter()
                    .map(|row| row.iter().map(|cell| self.cell(cell)).collect())
                    .collect(),
            },
            Observation::PlannedStatement(statement) => {
                Observation::PlannedStatement(self.planned_statement(statement))
            }
            Observation::ServerObject(fact) => Observation::ServerObject(self.object_fact(fact)),
            Observation::WriteRound(round) => Observation::WriteRound(Self::write_round(round)),
            Observation::WriteCount(count) => Observation::WriteCount(Self::write_count(count)),
            Observation::OddWrite(write) => Observation::OddWrite(Self::odd_write(write)),
            Observation::LinkReadiness(seen) => {
                Observation::LinkReadiness(self.link_readiness(seen))
            }
            Observation::InstanceAddresses(seen) => {
                Observation::InstanceAddresses(self.instance_addresses(seen))
            }
            Observation::LegEnd(end) => Observation::LegEnd(self.leg_end(end)),
            Observation::Closed(closing) => Observation::Closed(self.closing(closing)),
            Observation::SecretEchoed { place } => Observation::SecretEchoed {
                place: self.peer(place),
            },
            Observation::Unknown(value) => Observation::Unknown(self.json(value)),
        }
    }

    pub(super) fn texts(&mut self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|text| self.peer(text)).collect()
    }

    fn interface(&mut self, interface: &Interface) -> Interface {
        let Interface {
            name,
            addresses,
            mtu,
        } = interface;
        Interface {
            name: self.interface_name(name),
            addresses: addresses
                .iter()
                .map(|text| self.interface_address(text))
                .collect(),
            mtu: *mtu,
        }
    }

    fn dns_source(&mut self, source: &DnsSource) -> DnsSource {
        match source {
            DnsSource::System => DnsSource::System,
            DnsSource::HostsFile => DnsSource::HostsFile,
            DnsSource::Resolver { server } => DnsSource::Resolver {
                server: self.resolver(server),
            },
            // Public by its nature.
            DnsSource::External { server } => DnsSource::External {
                server: self.peer(server),
            },
            DnsSource::Literal => DnsSource::Literal,
        }
    }

    fn dns_record(&mut self, record: &DnsRecord) -> DnsRecord {
        let DnsRecord {
            name,
            kind,
            ttl_s,
            data,
        } = record;
        DnsRecord {
            name: self.host(name),
            kind: self.peer(kind),
            ttl_s: *ttl_s,
            // An address or a name; whatever else it is names somebody, too.
            data: self.endpoint(data),
        }
    }

    fn prelogin_option(&mut self, option: &PreloginOption) -> PreloginOption {
        let PreloginOption {
            id,
            offset,
            length,
            bytes,
        } = option;
        PreloginOption {
            id: *id,
            offset: *offset,
            length: *length,
            bytes: self.bytes(bytes),
        }
    }

    pub(super) fn server_message(&mut self, message: &ServerMessage) -> ServerMessage {
        let ServerMessage {
            number,
            state,
            class,
            message: text,
            server,
            procedure,
            line,
        } = message;
        ServerMessage {
            number: *number,
            state: *state,
            class: *class,
            message: self.peer(text),
            server: self.server(server),
            procedure: self.procedure(procedure),
            line: *line,
        }
    }

    fn environment(&mut self, change: u8, value: &str) -> String {
        const WORDS: std::ops::RangeInclusive<u8> = 2..=6;
        match change {
            DATABASE => self.database(value),
            PARTNER | USER_INSTANCE => self.server(value),
            change if WORDS.contains(&change) => self.peer(value),
            _ => self.bytes(value),
        }
    }

    fn hop_target(&mut self, hop: &HopTarget) -> HopTarget {
        let HopTarget {
            host,
            port,
            raw,
            database,
        } = hop;
        HopTarget {
            host: self.host(host),
            port: *port,
            raw: raw.as_ref().map(|text| self.server(text)),
            database: database.as_ref().map(|name| self.database(name)),
        }
    }

    /// A single word may be any name; what has more of them is text.
    fn cell(&mut self, cell: &str) -> String {
        let masked = self.peer(cell);
        let word = !cell.contains(char::is_whitespace) && cell.contains(char::is_alphabetic);
        if self.is_public() && word && masked == cell {
            return self.database(cell);
        }
        masked
    }

    fn closing(&mut self, closing: &Closing) -> Closing {
        let Closing {
            endpoint,
            local,
            closer,
            sent,
            received,
            last_phase,
            phases,
        } = closing;
        Closing {
            endpoint: self.endpoint(endpoint),
            local: self.endpoint(local),
            closer: *closer,
            sent: *sent,
            received: *received,
            last_phase: *last_phase,
            phases: phases.clone(),
        }
    }
}
