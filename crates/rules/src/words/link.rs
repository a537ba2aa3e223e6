//! Words for the link between a SQL Server and a managed instance.

use model::lasting::{LegBy, LinkLeg};

/// From where to where.
#[must_use]
pub fn leg(leg: LinkLeg) -> &'static str {
    match leg {
        LinkLeg::ToInstance => "from the SQL Server to the instance's endpoint",
        LinkLeg::ToNode => "from the SQL Server to the instance's node",
        LinkLeg::ServerItself => "from the SQL Server's host to its own endpoint",
        LinkLeg::ToServer => "from the instance to the SQL Server",
    }
}

/// Who connected.
#[must_use]
pub fn leg_by(by: LegBy) -> &'static str {
    match by {
        LegBy::ServerJob => "a job on the SQL Server",
        LegBy::InstanceJob => "a job on the instance",
        LegBy::Agent => "the agent",
    }
}
