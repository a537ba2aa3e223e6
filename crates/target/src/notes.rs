//! Oddities of a server string that do not stop a run, each explained.

use crate::{Kind, Parsed, facts, kind};

/// Something worth saying about what was typed. It does not stop the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// Stable key.
    pub code: &'static str,
    /// One plain sentence.
    pub text: &'static str,
}

const COLON_PORT: Note = Note {
    code: "colon_port",
    text: "Read as host and port. SQL Server drivers want a comma between the two: host,1433.",
};
const BARE_SUFFIX: Note = Note {
    code: "bare_suffix",
    text: "This is only the suffix that all servers share. Put your server's name before it.",
};
const CUSTOM_DOMAIN: Note = Note {
    code: "custom_domain",
    text: "This name is under no suffix of Azure SQL. If it is an alias of an Azure name, certificate and login \
           expect the original name.",
};
const MI_PUBLIC_PORT: Note = Note {
    code: "mi_public_port",
    text: "The public endpoint of a managed instance listens on port 3342 only: write host,3342 in connection \
           strings.",
};
const MI_PRIVATE_PORT: Note = Note {
    code: "mi_private_port",
    text: "Port 3342 belongs to the public endpoint, whose name has .public. in it. Inside the network the port \
           is 1433.",
};
const MI_PORT_ELSEWHERE: Note = Note {
    code: "port_3342_elsewhere",
    text: "Only the public endpoint of a managed instance listens on port 3342. This kind of server listens on 1433.",
};
const PRIVATELINK_NAME: Note = Note {
    code: "privatelink_name",
    text: "Connect by the public name, without privatelink: the certificate and the login do not accept this one.",
};
const NODE_NAME: Note = Note {
    code: "node_name",
    text: "This is the name of a node behind the gateway, which changes. Connect by the server's own name.",
};
const ADDRESS_LITERAL: Note = Note {
    code: "address_literal",
    text: "An address instead of a name: Azure SQL finds the server by its name, and the certificate will not \
           match an address.",
};
const UNUSUAL_PORT: Note = Note {
    code: "unusual_port",
    text: "Azure SQL listens on port 1433, the public endpoint of a managed instance on 3342. Another port reaches it only \
           through a forwarder of your own.",
};
const ADMIN_PORT: Note = Note {
    code: "admin_port",
    text: "Port 1434 is for the one connection that an administrator keeps for emergencies. Programs use 1433.",
};
const REDIRECT_PORT: Note = Note {
    code: "redirect_port",
    text: "Ports 11000 to 11999 belong to the nodes that a gateway sends clients on to, and change. Programs use 1433.",
};
const CLOSED_CLOUD: Note = Note {
    code: "closed_cloud",
    text: "This suffix belongs to Azure Germany, which was closed in 2021. The server has another name by now.",
};
const INSTANCE_ON_AZURE: Note = Note {
    code: "instance_on_azure",
    text: "Azure SQL has no named instances. Leave \\instance away.",
};
const INSTANCE_AND_PORT: Note = Note {
    code: "instance_and_port",
    text: "Both an instance and a port: drivers use the port and do not look at the instance.",
};
const INSTANCE_PORT: Note = Note {
    code: "instance_port",
    text: "Only SQL Browser (UDP 1434) on that host knows this instance's port. Give the port when you know it.",
};

/// The notes on one server string.
pub(crate) fn of(parsed: &Parsed, colon: bool) -> Vec<Note> {
    let mi_private = matches!(
        parsed.kind,
        Kind::ManagedInstanceVnetLocal | Kind::ManagedInstancePrivateEndpoint
    );
    let azure = parsed.kind.is_azure();
    let port = parsed.port.unwrap_or(1433);
    let redirect = (11_000..=11_999).contains(&port);
    let node = kind::is_node(&parsed.host);
    let public = parsed.kind == Kind::ManagedInstancePublic;
    let instance = parsed.instance.is_some();
    [
        (colon, COLON_PORT),
        (kind::is_bare_suffix(&parsed.host), BARE_SUFFIX),
        (parsed.kind == Kind::CustomDomain, CUSTOM_DOMAIN),
        (
            parsed.kind == Kind::ManagedInstancePublic
                && !(parsed.port_given && parsed.port == Some(3342)),
            MI_PUBLIC_PORT,
        ),
        (mi_private && parsed.port == Some(3342), MI_PRIVATE_PORT),
        (
            azure && !parsed.kind.is_managed_instance() && parsed.port == Some(3342),
            MI_PORT_ELSEWHERE,
        ),
        (azure && port == 1434 && !public, ADMIN_PORT),
        (azure && redirect && !node && !public, REDIRECT_PORT),
        (
            azure && !matches!(port, 1433 | 1434 | 3342) && !redirect && !public,
            UNUSUAL_PORT,
        ),
        (
            azure
                && facts::cloud_of(&parsed.host).is_some_and(|cloud| cloud.id == "germany_legacy"),
            CLOSED_CLOUD,
        ),
        (
            matches!(
                parsed.kind,
                Kind::SqlDatabasePrivatelink | Kind::ManagedInstancePrivateEndpoint
            ),
            PRIVATELINK_NAME,
        ),
        (node, NODE_NAME),
        (
            parsed.address().is_some_and(|ip| !ip.is_loopback()),
            ADDRESS_LITERAL,
        ),
        (instance && azure, INSTANCE_ON_AZURE),
        (
            instance && !azure && parsed.port.is_some(),
            INSTANCE_AND_PORT,
        ),
        (instance && !azure && parsed.port.is_none(), INSTANCE_PORT),
    ]
    .into_iter()
    .filter_map(|(holds, note)| holds.then_some(note))
    .collect()
}
