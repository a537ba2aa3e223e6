//! What is changed in a connection string, and why.

use super::Right;
use crate::{Dialect, Encrypt, Kind, Note, OdbcDriver, Pasted, kind};

const BARE_SUFFIX: Note = Note {
    code: "server_name_missing",
    text: "The server's own name was missing: put it in place of your-server.",
};
const NODE_NAME: Note = Note {
    code: "node_name_replaced",
    text: "The name of a node behind the gateway was taken out, because it changes: put the server's own name in place \
           of your-server.",
};
const PRIVATELINK: Note = Note {
    code: "privatelink_removed",
    text: "privatelink was taken out of the name: DNS leads to the private endpoint from the public name, and only that \
           fits certificate and login.",
};
const INSTANCE: Note = Note {
    code: "instance_removed",
    text: "The instance was taken out: Azure SQL has none.",
};
const PORT_3342: Note = Note {
    code: "port_3342",
    text: "The port is 3342 now: the public endpoint of a managed instance listens there only.",
};
const PORT_1433: Note = Note {
    code: "port_1433",
    text: "The port is 1433 now: 3342 belongs to the public endpoint, whose name has .public. in it. If the public \
           endpoint was meant, put public after the instance's name and keep 3342.",
};
const PORT_NOT_3342: Note = Note {
    code: "port_not_3342",
    text: "The port is 1433 now: 3342 is for the public endpoint of a managed instance only.",
};
const COMMA: Note = Note {
    code: "comma_before_port",
    text: "The port stands after a comma now: this driver takes a colon for a part of the name.",
};
const ENCRYPT: Note = Note {
    code: "encrypt_on",
    text: "Encrypt is on now: Azure SQL encrypts in any case, and only so does the driver check whose certificate it \
           is.",
};
const ENCRYPT_WRITTEN: Note = Note {
    code: "encrypt_written",
    text: "Encrypt is written out now: its default differs between drivers and versions.",
};
const TRUST: Note = Note {
    code: "certificate_checked",
    text: "TrustServerCertificate is off now: the certificates of Azure SQL are trusted everywhere, so nothing but a \
           device in between needs it.",
};
const TIMEOUT: Note = Note {
    code: "timeout_longer",
    text: "The connect time-out is 30 s now, 60 s for a serverless pool: 15 s are too short for a redirect, a failover \
           or a database that wakes up.",
};
const BUDGET: Note = Note {
    code: "timeout_holds_retries",
    text: "The connect time-out is as long as the retries' waits now: it was shorter than ConnectRetryCount × \
           ConnectRetryInterval.",
};
const MULTI_SUBNET: Note = Note {
    code: "multi_subnet_off",
    text: "MultiSubnetFailover was taken out: it is for listeners with several addresses. Azure's names have one, and \
           the setting cuts the time for it into slices.",
};
const OLD_ODBC: Note = Note {
    code: "odbc_driver_18",
    text: "The driver is ODBC Driver 18 now: the old one is no longer maintained. It has to be installed.",
};

impl Right {
    pub(super) fn put_right(&mut self, pasted: &Pasted) {
        self.name();
        self.place(pasted);
        if pasted.server.kind.is_azure() {
            self.azure(pasted.server.kind, pasted.dialect);
        }
        self.budget();
        if pasted.dialect == Dialect::Odbc(OdbcDriver::Old) {
            self.old_driver = true;
            self.changes.push(OLD_ODBC);
        }
    }

    fn name(&mut self) {
        if kind::is_bare_suffix(&self.host) {
            self.host = format!("your-server.{}", self.host);
            self.changes.push(BARE_SUFFIX);
        } else if kind::is_node(&self.host) {
            let suffix = self.host.rsplit_once("worker.").map(|(_, suffix)| suffix);
            self.host = format!("your-server.{}", suffix.unwrap_or_default());
            self.port = Some(1433);
            self.changes.push(NODE_NAME);
        }
    }

    fn place(&mut self, pasted: &Pasted) {
        let kind = pasted.server.kind;
        if matches!(
            kind,
            Kind::SqlDatabasePrivatelink | Kind::ManagedInstancePrivateEndpoint
        ) {
            self.host = self.host.replacen(".privatelink.", ".", 1);
            self.changes.push(PRIVATELINK);
        }
        if kind.is_azure() && self.instance.take().is_some() {
            self.port = self.port.or(Some(kind.default_port()));
            self.changes.push(INSTANCE);
        }
        let written = pasted.server.port_given.then_some(self.port).flatten();
        if kind == Kind::ManagedInstancePublic && written != Some(3342) {
            self.port = Some(3342);
            self.changes.push(PORT_3342);
        } else if kind.is_managed_instance()
            && kind != Kind::ManagedInstancePublic
            && self.port == Some(3342)
        {
            self.port = Some(1433);
            self.changes.push(PORT_1433);
        }
        if kind.is_azure() && !kind.is_managed_instance() && self.port == Some(3342) {
            self.port = Some(1433);
            self.changes.push(PORT_NOT_3342);
        }
        if pasted.notes.iter().any(|note| note.code == "colon_port") {
            self.changes.push(COMMA);
        }
    }

    fn azure(&mut self, kind: Kind, dialect: Dialect) {
        // The script has parameters of its own for all of this but the trust.
        if self.driver.trust_server_certificate == Some(true) {
            self.driver.trust_server_certificate = Some(false);
            self.changes.push(TRUST);
        }
        if dialect == Dialect::PowerShell {
            return;
        }
        match self.driver.encrypt {
            Some(Encrypt::Optional) => {
                self.driver.encrypt = Some(Encrypt::Mandatory);
                self.changes.push(ENCRYPT);
            }
            None => {
                self.driver.encrypt = Some(Encrypt::Mandatory);
                self.changes.push(ENCRYPT_WRITTEN);
            }
            Some(Encrypt::Mandatory | Encrypt::Strict) => {}
        }
        let least = if kind == Kind::SynapseServerless {
            60
        } else {
            30
        };
        let has_timeout = !matches!(dialect, Dialect::Odbc(_));
        // JDBC's default is 30 s already.
        let usual = if dialect == Dialect::Jdbc { 30 } else { 15 };
        let timeout = self.driver.connect_timeout_s.unwrap_or(usual);
        if has_timeout && timeout != 0 && timeout < least {
            self.driver.connect_timeout_s = Some(least);
            self.changes.push(TIMEOUT);
        }
        if self.driver.multi_subnet_failover == Some(true) {
            self.driver.multi_subnet_failover = None;
            self.changes.push(MULTI_SUBNET);
        }
    }

    fn budget(&mut self) {
        let driver = &mut self.driver;
        let Some(timeout) = driver.connect_timeout_s.filter(|s| *s > 0) else {
            return;
        };
        let Some(count) = driver.connect_retry_count else {
            return;
        };
        let waits = count.saturating_mul(driver.connect_retry_interval_s.unwrap_or(10));
        if timeout < waits {
            driver.connect_timeout_s = Some(waits);
            self.changes.push(BUDGET);
        }
    }
}
