//! The link between a SQL Server and a managed instance, as tables.

use super::link::{Link, StageState};
use super::{Cell, Lasting, Table, Tone};
use crate::lasting::undone;
use model::lasting::{LegEnd, LinkDirection, LinkReadiness, LinkSide};
use rules::words::{leg, leg_by, statement_does};

/// What a server said of one thing.
type Told = fn(&LinkReadiness) -> Cell;

/// What both servers said of themselves, beside each other.
pub(super) fn servers(link: &Link) -> Table {
    let head = ["", "SQL Server", "Managed instance"];
    let mut table = Table::new("link_servers", "The two servers of the link", &head);
    let of = |side: LinkSide| link.readiness.iter().rev().find(|one| one.side == side);
    let (server, instance) = (of(LinkSide::Server), of(LinkSide::Instance));
    if server.is_none() && instance.is_none() {
        return table;
    }
    let rows: [(&str, Told); 9] = [
        ("Version", |said| text(said.version.as_deref())),
        ("Engine edition", |said| {
            let number = said.edition.map(|number| number.to_string());
            text(number.as_deref())
        }),
        ("Platform", |said| text(said.platform.as_deref())),
        ("Sysadmin", |said| yes(said.sysadmin)),
        ("May make jobs", |said| yes(said.may_make_jobs)),
        ("SQL Server Agent", |said| {
            text(said.agent_service.as_deref())
        }),
        ("Master key in master", |said| yes(said.master_key)),
        ("Mirroring endpoint", |said| match &said.endpoint {
            None => Cell::of(Tone::Idle, "none"),
            Some(one) => Cell::text(format!("{} on port {}", one.name, one.port))
                .with(one.state.to_lowercase()),
        }),
        ("Port taken by", |said| match &said.port_taken_by {
            None => Cell::of(Tone::Idle, "nobody"),
            Some(other) => Cell::of(Tone::Bad, other.as_str()),
        }),
    ];
    // Only the SQL Server is asked the last six.
    for (at, (name, cell)) in rows.into_iter().enumerate() {
        let asked = |of: Option<&LinkReadiness>, all: bool| match of {
            Some(said) if all || at < 2 || at == 3 || at == 4 => cell(said),
            Some(_) => Cell::none(),
            None => Cell::of(Tone::Idle, "not said"),
        };
        let row = vec![
            Cell::text(name),
            asked(server, true),
            asked(instance, false),
        ];
        table.rows.push(row);
    }
    table
}

fn text(said: Option<&str>) -> Cell {
    said.map_or_else(|| Cell::of(Tone::Idle, "not said"), Cell::text)
}

fn yes(said: Option<bool>) -> Cell {
    match said {
        Some(true) => Cell::of(Tone::Ok, "yes"),
        Some(false) => Cell::of(Tone::Warn, "no"),
        None => Cell::of(Tone::Idle, "not said"),
    }
}

/// How far a direction has come.
pub(super) fn stages(link: &Link, direction: LinkDirection) -> Table {
    let (key, title) = match direction {
        LinkDirection::ToInstance => ("stages_to", "From the SQL Server to the instance"),
        LinkDirection::FromInstance => ("stages_from", "From the instance to the SQL Server"),
    };
    let mut table = Table::new(key, title, &["Stage", "How it went"]);
    table.rows = link
        .stages(direction)
        .into_iter()
        .map(|stage| {
            let (tone, word) = said(stage.state);
            let state = Cell::of(tone, word).with(stage.told);
            vec![Cell::text(stage.title), state]
        })
        .collect();
    table
}

/// How a stage is told, beside its sign.
#[must_use]
pub fn said(state: StageState) -> (Tone, &'static str) {
    match state {
        StageState::Waits => (Tone::Idle, "waits"),
        StageState::Runs => (Tone::Plain, "being done"),
        StageState::Passed => (Tone::Ok, "passed"),
        StageState::Failed => (Tone::Bad, "failed"),
        StageState::NotReached => (Tone::Idle, "not reached"),
        StageState::NotNeeded => (Tone::Idle, "not needed"),
    }
}

/// What the connects said.
pub(super) fn legs(link: &Link, direction: LinkDirection) -> Table {
    let head = ["Connect", "TCP test", "Address"];
    let (key, title) = match direction {
        LinkDirection::ToInstance => ("legs_to", "Connects to the instance"),
        LinkDirection::FromInstance => ("legs_from", "Connects to the SQL Server"),
    };
    let mut table = Table::new(key, title, &head);
    let subnet = link
        .asked
        .as_ref()
        .and_then(|asked| asked.subnet.as_deref());
    table.rows = link.legs(direction).map(|end| row(end, subnet)).collect();
    let to = direction == LinkDirection::ToInstance;
    if let (true, Some(seen), false) = (to, &link.addresses, table.rows.is_empty()) {
        table.notes.push(format!(
            "The instance said just before that it is {}, with its primary on {} and port {} for replication. After a \
             failover it says something else.",
            seen.dns_name, seen.node, seen.hadr_port
        ));
    }
    if to && subnet.is_none() && !table.rows.is_empty() {
        let none = "The instance's subnet was not given, so no address was compared with it.";
        table.notes.push(none.to_owned());
    }
    table
}

fn row(end: &LegEnd, subnet: Option<&str>) -> Vec<Cell> {
    let reached = match end.reached {
        Some(true) => Cell::of(Tone::Ok, "connected"),
        Some(false) => Cell::of(Tone::Bad, "not connected"),
        None => Cell::of(Tone::Idle, "nobody said"),
    };
    let address = end.remote_address.as_deref();
    let address = match (address, end.in_subnet, subnet) {
        (Some(address), Some(true), Some(subnet)) => {
            Cell::of(Tone::Ok, address).with(format!("in {subnet}"))
        }
        (Some(address), Some(false), Some(subnet)) => {
            Cell::of(Tone::Bad, address).with(format!("outside {subnet}"))
        }
        _ => text(address),
    };
    let (host, port, by) = (&end.host, end.port, leg_by(end.by));
    vec![
        Cell::text(leg(end.leg)).with(format!("to {host}:{port}, by {by}")),
        reached,
        address,
    ]
}

/// Of a dry run every statement in its order, what it is for, and how it is undone. Of others the transcript has them.
pub(super) fn statements(all: &Lasting) -> Table {
    let head = ["Statement", "On", "What it is for", "Undone by", "T-SQL"];
    let mut table = Table::new("link_statements", "Statements of the link", &head);
    if all.link.asked.as_ref().is_none_or(|asked| !asked.dry_run) {
        return table;
    }
    table.rows = undone::all(&all.statements)
        .iter()
        .map(|one| {
            let undone = match (one.undone_by, one.undoes) {
                (Some(number), _) => Cell::text(format!("statement {number}")),
                (None, Some((first, last))) if first == last => {
                    Cell::text(format!("undoes {first}"))
                }
                (None, Some((first, last))) => Cell::text(format!("undoes {first} to {last}")),
                (None, None) => Cell::none(),
            };
            vec![
                Cell::text(one.number.to_string()),
                Cell::text(one.statement.server.clone().unwrap_or_default()),
                Cell::text(statement_does(one.statement)),
                undone,
                Cell::text(one.statement.sql.as_str()),
            ]
        })
        .collect();
    table
}
