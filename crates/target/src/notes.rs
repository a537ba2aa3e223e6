//! Oddities of a server string that do not stop a run, each explained.

use crate::{Kind, Parsed, kind};

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
            matches!(
                parsed.kind,
                Kind::SqlDatabasePrivatelink | Kind::ManagedInstancePrivateEndpoint
            ),
            PRIVATELINK_NAME,
        ),
        (kind::is_node(&parsed.host), NODE_NAME),
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
