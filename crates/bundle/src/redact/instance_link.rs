//! What of a link between a SQL Server and a managed instance is masked, field by field.

use super::Masker;
use model::lasting::{InstanceAddresses, InstanceLink, LegEnd, LinkReadiness, MirroringEndpoint};

impl Masker {
    pub(super) fn instance_link(&mut self, link: &InstanceLink) -> InstanceLink {
        let InstanceLink {
            instance,
            user,
            directions,
            way,
            address,
            subnet,
            server_port,
            instance_port,
            objects_allowed,
            master_key_allowed,
            dry_run,
            poll_ms,
            limit_ms,
        } = link;
        InstanceLink {
            instance: self.server(instance),
            user: self.user(user),
            directions: directions.clone(),
            way: *way,
            address: self.endpoint(address),
            subnet: subnet.as_ref().map(|text| self.subnet(text)),
            server_port: *server_port,
            instance_port: *instance_port,
            objects_allowed: *objects_allowed,
            master_key_allowed: *master_key_allowed,
            dry_run: *dry_run,
            poll_ms: *poll_ms,
            limit_ms: *limit_ms,
        }
    }

    /// Its address as any other; how long it is names nobody.
    fn subnet(&mut self, text: &str) -> String {
        match text.split_once('/') {
            Some((network, length)) => format!("{}/{}", self.endpoint(network), self.peer(length)),
            None => self.endpoint(text),
        }
    }

    pub(super) fn link_readiness(&mut self, readiness: &LinkReadiness) -> LinkReadiness {
        let LinkReadiness {
            side,
            version,
            edition,
            platform,
            sysadmin,
            may_make_jobs,
            agent_service,
            master_key,
            endpoint,
            port_taken_by,
        } = readiness;
        let mut peer = |text: &Option<String>| text.as_ref().map(|text| self.peer(text));
        LinkReadiness {
            side: *side,
            version: peer(version),
            edition: *edition,
            platform: peer(platform),
            sysadmin: *sysadmin,
            may_make_jobs: *may_make_jobs,
            agent_service: peer(agent_service),
            master_key: *master_key,
            port_taken_by: peer(port_taken_by),
            endpoint: endpoint.as_ref().map(|one| self.mirroring_endpoint(one)),
        }
    }

    fn mirroring_endpoint(&mut self, endpoint: &MirroringEndpoint) -> MirroringEndpoint {
        let MirroringEndpoint { name, port, state } = endpoint;
        MirroringEndpoint {
            name: self.host(name),
            port: *port,
            state: self.peer(state),
        }
    }

    pub(super) fn instance_addresses(&mut self, seen: &InstanceAddresses) -> InstanceAddresses {
        let InstanceAddresses {
            dns_name,
            node,
            hadr_port,
        } = seen;
        InstanceAddresses {
            dns_name: self.host(dns_name),
            node: self.host(node),
            hadr_port: *hadr_port,
        }
    }

    pub(super) fn leg_end(&mut self, end: &LegEnd) -> LegEnd {
        let LegEnd {
            leg,
            by,
            host,
            port,
            reached,
            remote_address,
            in_subnet,
            words,
        } = end;
        LegEnd {
            leg: *leg,
            by: *by,
            host: self.endpoint(host),
            port: *port,
            reached: *reached,
            remote_address: remote_address.as_ref().map(|text| self.endpoint(text)),
            in_subnet: *in_subnet,
            words: words.as_ref().map(|text| self.peer(text)),
        }
    }
}
