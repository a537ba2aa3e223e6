//! What of the further checks' facts is masked, field by field.

use super::Masker;
use model::{
    DatabaseEntry, DeviceCode, GatewayRegion, RevocationAnswer, Route, RouteHop, SignInHost,
    SqlInstance, TlsOffer, TokenFacts, TokenRefusal, TraceFile, TracedConnection,
};

impl Masker {
    pub(super) fn route(&mut self, route: &Route) -> Route {
        let Route {
            destination,
            gateway,
            interface,
            source,
            mtu,
        } = route;
        Route {
            destination: self.endpoint(destination),
            gateway: gateway.as_ref().map(|text| self.interface_address(text)),
            interface: interface.as_ref().map(|text| self.interface_name(text)),
            source: source.as_ref().map(|text| self.interface_address(text)),
            mtu: *mtu,
        }
    }

    pub(super) fn sql_instance(&mut self, instance: &SqlInstance) -> SqlInstance {
        let SqlInstance {
            server,
            instance: name,
            port,
            version,
            clustered,
        } = instance;
        SqlInstance {
            server: self.server(server),
            instance: self.instance(name),
            port: *port,
            version: version.as_ref().map(|text| self.peer(text)),
            clustered: *clustered,
        }
    }

    pub(super) fn gateway_region(&mut self, region: &GatewayRegion) -> GatewayRegion {
        let GatewayRegion {
            region,
            cloud,
            by,
            told_by,
            gateways,
            as_of,
        } = region;
        GatewayRegion {
            region: self.peer(region),
            cloud: self.peer(cloud),
            by: *by,
            told_by: self.endpoint(told_by),
            gateways: gateways.iter().map(|text| self.endpoint(text)).collect(),
            as_of: self.peer(as_of),
        }
    }

    pub(super) fn sign_in_host(&mut self, host: &SignInHost) -> SignInHost {
        let SignInHost {
            host,
            addresses,
            phases,
            issuer,
        } = host;
        SignInHost {
            host: self.host(host),
            addresses: addresses.iter().map(|text| self.endpoint(text)).collect(),
            phases: phases.clone(),
            issuer: issuer.as_ref().map(|text| self.distinguished_name(text)),
        }
    }

    pub(super) fn tls_offer(&mut self, offer: &TlsOffer) -> TlsOffer {
        let TlsOffer {
            endpoint,
            version,
            accepted,
            cipher,
            code,
            detail,
        } = offer;
        TlsOffer {
            endpoint: self.endpoint(endpoint),
            version: self.peer(version),
            accepted: *accepted,
            cipher: cipher.as_ref().map(|text| self.peer(text)),
            code: code.as_ref().map(|code| self.code(code)),
            detail: detail.as_ref().map(|text| self.peer(text)),
        }
    }

    pub(super) fn revocation(&mut self, answer: &RevocationAnswer) -> RevocationAnswer {
        let RevocationAnswer {
            kind,
            url,
            subject,
            status,
            http_status,
            bytes,
            elapsed_us,
        } = answer;
        RevocationAnswer {
            kind: self.peer(kind),
            url: self.service_name(url),
            subject: self.distinguished_name(subject),
            status: status.as_ref().map(|text| self.peer(text)),
            http_status: *http_status,
            bytes: *bytes,
            elapsed_us: *elapsed_us,
        }
    }

    pub(super) fn route_hop(&mut self, hop: &RouteHop) -> RouteHop {
        let RouteHop {
            ttl,
            from,
            answer,
            elapsed_us,
        } = hop;
        RouteHop {
            ttl: *ttl,
            from: from.as_ref().map(|text| self.endpoint(text)),
            answer: self.peer(answer),
            elapsed_us: *elapsed_us,
        }
    }

    pub(super) fn database_entry(&mut self, entry: &DatabaseEntry) -> DatabaseEntry {
        let DatabaseEntry { name, found, state } = entry;
        DatabaseEntry {
            name: self.database(name),
            found: *found,
            state: state.as_ref().map(|text| self.peer(text)),
        }
    }

    pub(super) fn token(&mut self, token: &TokenFacts) -> TokenFacts {
        let TokenFacts {
            source,
            authority,
            audience,
            tenant,
            application,
            not_before,
            expires_at,
        } = token;
        TokenFacts {
            source: *source,
            authority: authority.as_ref().map(|text| self.service_name(text)),
            audience: audience.as_ref().map(|text| self.service_name(text)),
            tenant: tenant.as_ref().map(|text| self.user(text)),
            application: application.as_ref().map(|text| self.user(text)),
            not_before: *not_before,
            expires_at: *expires_at,
        }
    }

    pub(super) fn token_refusal(&mut self, refusal: &TokenRefusal) -> TokenRefusal {
        let TokenRefusal {
            authority,
            error,
            numbers,
            description,
            trace_id,
            correlation_id,
            service_time,
        } = refusal;
        TokenRefusal {
            authority: self.service_name(authority),
            error: self.peer(error),
            numbers: numbers.clone(),
            description: self.peer(description),
            // Random; only Microsoft can tell whose.
            trace_id: trace_id.as_ref().map(|text| self.peer(text)),
            correlation_id: correlation_id.as_ref().map(|text| self.peer(text)),
            service_time: *service_time,
        }
    }

    /// A code that still works signs its reader in: no share shows it.
    pub(super) fn device_code(&mut self, code: &DeviceCode) -> DeviceCode {
        let DeviceCode {
            user_code: _,
            verification_url,
            expires_at,
        } = code;
        DeviceCode {
            user_code: "[code]".to_owned(),
            verification_url: self.service_name(verification_url),
            expires_at: *expires_at,
        }
    }

    pub(super) fn trace_file(&mut self, file: &TraceFile) -> TraceFile {
        let TraceFile {
            name,
            packets,
            bytes,
            dropped,
        } = file;
        TraceFile {
            name: self.peer(name),
            packets: *packets,
            bytes: *bytes,
            dropped: *dropped,
        }
    }

    pub(super) fn traced(&mut self, traced: &TracedConnection) -> TracedConnection {
        let TracedConnection {
            endpoint,
            local,
            syns,
            answered,
            retransmitted,
            peer_retransmitted,
            ended_by,
            rst_ttl,
            data_ttl,
            icmp,
        } = traced;
        TracedConnection {
            endpoint: self.endpoint(endpoint),
            local: self.endpoint(local),
            syns: *syns,
            answered: *answered,
            retransmitted: *retransmitted,
            peer_retransmitted: *peer_retransmitted,
            ended_by: *ended_by,
            rst_ttl: *rst_ttl,
            data_ttl: *data_ttl,
            icmp: self.texts(icmp),
        }
    }
}
